"""Which of Paddle's calls are loops over elements or rows."""

from __future__ import annotations

import operator
from typing import Any, FrozenSet, List, Optional

from ..graph import Loop, Node
from ..tensor_meta import TensorMeta

__all__ = ["ELEMENTWISE", "loop_of"]

#: Operations of ``paddle._C_ops`` that compute each element from the elements at its place.
ELEMENTWISE: FrozenSet[str] = frozenset(
    [
        "abs",
        "acos",
        "acosh",
        "add",
        "asin",
        "asinh",
        "assign",
        "atan",
        "atan2",
        "atanh",
        "bitwise_and",
        "bitwise_not",
        "bitwise_or",
        "bitwise_xor",
        "cast",
        "ceil",
        "celu",
        "clip",
        "cos",
        "cosh",
        "divide",
        "elementwise_pow",
        "elu",
        "equal",
        "erf",
        "exp",
        "expm1",
        "floor",
        "floor_divide",
        "fmax",
        "fmin",
        "full_like",
        "gelu",
        "greater_equal",
        "greater_than",
        "hardshrink",
        "hardsigmoid",
        "hardswish",
        "hardtanh",
        "heaviside",
        "isfinite",
        "isinf",
        "isnan",
        "leaky_relu",
        "lerp",
        "less_equal",
        "less_than",
        "lgamma",
        "log",
        "log10",
        "log1p",
        "log2",
        "logical_and",
        "logical_not",
        "logical_or",
        "logical_xor",
        "logit",
        "logsigmoid",
        "maximum",
        "minimum",
        "mish",
        "multiply",
        "not_equal",
        "pow",
        "reciprocal",
        "relu",
        "relu6",
        "remainder",
        "round",
        "rsqrt",
        "scale",
        "selu",
        "sigmoid",
        "sign",
        "silu",
        "sin",
        "sinh",
        "softplus",
        "softshrink",
        "softsign",
        "sqrt",
        "square",
        "stanh",
        "subtract",
        "swish",
        "tan",
        "tanh",
        "tanh_shrink",
        "thresholded_relu",
        "trunc",
        "where",
    ]
)

_OPERATORS = frozenset(
    (
        *(operator.add, operator.sub, operator.mul, operator.truediv, operator.floordiv),
        *(operator.mod, operator.pow, operator.lt, operator.le, operator.eq, operator.ne),
        *(operator.gt, operator.ge, operator.neg, operator.abs, operator.invert),
        *(operator.and_, operator.or_, operator.xor),
    )
)

#: Their second argument is the axes.
_REDUCTIONS = frozenset(("sum", "mean", "max", "min", "amax", "amin"))

#: Their second argument is the axis.
_NORMALISATIONS = frozenset(("softmax", "log_softmax"))

#: About how many elementwise calls a normalisation stands for.
_NORMALISING_PASSES = 4


def loop_of(name: Optional[str], node: Node) -> Optional[Loop]:
    """The loop that a call is; ``None``: it is none, or not over trailing axes.

    Args:
        name: the operation's in ``paddle._C_ops``; ``None`` for other targets.
        node: its call.
    """
    if any(isinstance(value, Node) for value in node.kwargs.values()):
        return None
    if name in ELEMENTWISE or (name is None and node.target in _OPERATORS):
        tensors = [a for a in node.args if isinstance(a, Node)]
        return Loop() if tensors and all(_rank(a) is not None for a in tensors) else None
    if name is None or not node.args or not isinstance(node.args[0], Node):
        return None
    operand = node.args[0]
    rank = _rank(operand)
    if not rank:
        return None
    if name in _REDUCTIONS:
        count = _trailing(_axis(node, None), rank)
        return None if count is None else Loop(operand, count)
    if name in _NORMALISATIONS:
        count = _trailing([_axis(node, -1)], rank)
        return None if count is None else Loop(operand, count, _NORMALISING_PASSES)
    if name == "layer_norm" and len(node.args) == 5 and type(node.args[4]) is int:
        return Loop(operand, rank - node.args[4], _NORMALISING_PASSES)
    return None


def _axis(node: Node, default: Any) -> Any:
    """The second argument, or ``axis=``."""
    return node.args[1] if len(node.args) > 1 else node.kwargs.get("axis", default)


def _rank(node: Node) -> Optional[int]:
    meta = node.meta.get("tensor_meta")
    return len(meta.shape) if isinstance(meta, TensorMeta) else None


def _trailing(axes: Any, rank: int) -> Optional[int]:
    """How many trailing axes these are; ``None``: others, or not known."""
    if axes is None:
        return rank
    if type(axes) is int:
        axes = [axes]
    if not isinstance(axes, (list, tuple)) or not all(type(axis) is int for axis in axes):
        return None
    if not axes:
        return rank  # none named: all
    places: List[int] = sorted([axis % rank for axis in axes])
    return len(places) if places == list(range(rank - len(places), rank)) else None
