"""Convolutions, linear maps and batch norms of Paddle, as products and norms by channel.

Arguments are in the order of ``paddle/phi/ops/yaml/ops.yaml``, as ``paddle.nn.functional`` gives
them.
"""

from __future__ import annotations

import operator
from typing import Any, Mapping, Optional

from ..graph import ChannelNorm, ChannelProduct, Node
from ..tensor_meta import TensorMeta

__all__ = ["channel_norm", "channel_product"]

#: Operations whose second argument is a weight: the axis with the result's channels.
_WEIGHT_AXES: Mapping[str, int] = {
    "conv2d": 0,
    "conv3d": 0,
    "depthwise_conv2d": 0,
    "linear": 1,
    "conv2d_transpose": 1,
    "conv3d_transpose": 1,
}

_GROUPS_OF_TRANSPOSED = 7


def channel_norm(name: Optional[str], node: Node) -> Optional[ChannelNorm]:
    """A batch norm with statistics that it is given; ``None`` for another call.

    Args:
        name: the operation's in ``paddle._C_ops``.
        node: its call.
    """
    if name != "batch_norm" or len(node.args) < 10 or node.kwargs:
        return None
    x, mean, variance, scale, bias, is_test, _, epsilon, layout, use_global = node.args[:10]
    if is_test is not True and use_global is not True:
        return None
    if not all(isinstance(value, Node) for value in (x, mean, variance)):
        return None
    axis = 1 if layout.startswith("NC") else len(_shape(x)) - 1
    return ChannelNorm(x, mean, variance, scale, bias, epsilon, axis, 0)


def channel_product(name_of: Any, node: Node) -> Optional[ChannelProduct]:
    """A product, or the addition of a bias to one; ``None`` for another call.

    Args:
        name_of: gives an operation's name by its target.
        node: the call.
    """
    name = name_of(node.target)
    if name == "add" or node.target is operator.add:
        return _with_bias(name_of, node)
    axis = _WEIGHT_AXES.get(name)
    if axis is None or node.kwargs or not isinstance(node.args[1], Node):
        return None
    if name.endswith("_transpose"):
        groups = node.args[_GROUPS_OF_TRANSPOSED : _GROUPS_OF_TRANSPOSED + 1]
        if groups != (1,):
            return None
    return ChannelProduct(node, 1, axis, 2 if name == "linear" else None)


def _with_bias(name_of: Any, node: Node) -> Optional[ChannelProduct]:
    """``conv2d(x, weight) + reshape(bias, [1, -1, 1, 1])``."""
    if len(node.args) != 2 or not all(isinstance(argument, Node) for argument in node.args):
        return None
    product, shaped = node.args
    if name_of(shaped.target) != "reshape" or not isinstance(shaped.args[0], Node):
        return None
    found = channel_product(name_of, product)
    bias, shape = shaped.args[0], _shape(shaped)
    rank = len(_shape(node))
    if found is None or found.added is not None or found.bias is not None or len(_shape(bias)) != 1:
        return None
    channels = _shape(bias)[0]
    if len(shape) != rank or shape != tuple([1, channels] + [1] * (rank - 2)):
        return None  # channels behind the others: the pass compares with the norm's axis
    return found._replace(added=bias)


def _shape(node: Node) -> Any:
    meta = node.meta.get("tensor_meta")
    return meta.shape if isinstance(meta, TensorMeta) else ()
