"""Batch norms that go into the weights before them.

in: a graph without gradients, whose layer's tensors are frozen. out: the same graph in which a
convolution or linear map followed by a batch norm in evaluation has new weights and a new bias,
and the norm is gone.

Results are rounded differently: the product with the norm's factor is in the weight.
"""

from __future__ import annotations

import operator
from typing import Any, List, Optional

from ...tensor_meta import TensorMeta
from ..channels import ChannelNorm, ChannelProduct
from ..graph_layer import GraphLayer
from ..node import Node
from .aliasing import Aliasing
from .dead_code import dead_code

__all__ = ["conv_batch_norm"]


def conv_batch_norm(layer: GraphLayer) -> int:
    """Fold batch norms into the weights before them.

    The caller says by running it that the layer's tensors are frozen: that they never change, or
    that the layer is made anew when they do.

    Args:
        layer: its graph is changed, and gets attributes.

    Returns:
        how many norms went.
    """
    folded = 0
    for node in layer.graph.nodes:
        if node.op != "call_function":
            continue
        norm = layer.operations.channel_norm(node)
        if norm is not None:
            product = layer.operations.channel_product(norm.x)
            if product is not None and _fits(layer, node, norm, product):
                _fold(layer, node, norm, product)
                folded += 1
    dead_code(layer)
    return folded


def _fits(layer: GraphLayer, node: Node, norm: ChannelNorm, product: ChannelProduct) -> bool:
    aliasing = Aliasing(layer.graph, layer.operations)
    weights = _weights(norm, product)
    between = {norm.x, product.node}
    return (
        all(weight.op == "get_attr" and not aliasing.is_written(weight) for weight in weights)
        and all(list(value.users) in ([node], [norm.x]) for value in between)
        and not any(aliasing.is_written(value) for value in between)
        and aliasing.is_pure(product.node)
        and all(_selects(user, norm.result) for user in node.users)
        and _stops(product.node)
        and all(_stops(user) for user in node.users)
        and (product.bias is not None or norm.axis == 1)
        and (product.bias is None or norm.axis == len(_meta(norm.x).shape) - 1)
    )


def _weights(norm: ChannelNorm, product: ChannelProduct) -> List[Node]:
    """The tensors that the new weight and bias are computed from."""
    weight = product.node.args[product.weight]
    found = [weight, norm.mean, norm.variance, norm.scale, norm.bias, _bias(product)]
    return [node for node in found if node is not None]


def _bias(product: ChannelProduct) -> Optional[Node]:
    if product.bias is None:
        return product.added
    given = product.node.args[product.bias : product.bias + 1]
    return given[0] if given else None


def _selects(node: Node, index: int) -> bool:
    return node.target is operator.getitem and node.args[1] == index


def _meta(node: Node) -> Any:
    return node.meta.get("tensor_meta")


def _stops(node: Node) -> bool:
    meta = _meta(node)
    return isinstance(meta, TensorMeta) and meta.stop_gradient


def _fold(layer: GraphLayer, node: Node, norm: ChannelNorm, product: ChannelProduct) -> None:
    def value(weight: Optional[Node]) -> Any:
        return None if weight is None else layer.attributes[weight.target]

    weight = product.node.args[product.weight]
    rank = len(_meta(norm.x).shape)
    shape = [1] * rank
    shape[norm.axis] = -1
    made, bias = layer.operations.evaluated(
        _folded,
        (
            value(weight),
            value(_bias(product)),
            value(norm.mean),
            value(norm.variance),
            value(norm.scale),
            value(norm.bias),
            norm.epsilon,
            product.axis,
            shape if product.bias is None else [-1],
        ),
        {},
    )
    graph = layer.graph
    with graph.inserting_before(node):

        def constant(name: str, tensor: Any) -> Node:
            meta = {"tensor_meta": layer.operations.tensor_meta(tensor), "constant": True}
            return graph.get_attr(layer.add_attribute(name, tensor), meta)

        args = list(product.node.args)
        args[product.weight] = constant(f"{weight.target}_folded", made)
        shift = constant(f"{node.name}_bias", bias)
        if product.bias is not None:
            args[product.bias :] = [shift, *args[product.bias + 1 :]]
        meta = dict(product.node.meta)
        result = graph.call_function(
            product.node.target, tuple(args), dict(product.node.kwargs), meta, product.node.name
        )
        if product.bias is None:
            result = graph.call_function(operator.add, (result, shift), {}, dict(meta))
    for user in list(node.users):
        user.replace_all_uses_with(result)


def _folded(
    weight: Any,
    bias: Any,
    mean: Any,
    variance: Any,
    scale: Any,
    shift: Any,
    epsilon: float,
    axis: int,
    shape: List[int],
) -> Any:
    """The new weight and bias; tensors, ``None`` where there is none."""
    factor = (variance + epsilon) ** -0.5
    if scale is not None:
        factor = factor * scale
    along = [1] * len(weight.shape)
    along[axis] = -1
    moved = -mean if bias is None else bias - mean
    moved = moved * factor
    if shift is not None:
        moved = moved + shift
    return weight * factor.reshape(along), moved.reshape(shape)
