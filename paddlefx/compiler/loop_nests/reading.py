"""Which nodes of a captured graph a kernel can compute, and how.

in: a node. out: a :class:`Reading`: its formula, its tensors, its shape. A node is tried on
imagined operands at once, so that what has no formula, or none for its types, is known before
anything is grouped.
"""

from __future__ import annotations

from typing import Any, Callable, Dict, List, NamedTuple, Optional, Sequence, Tuple

from ... import frameworks
from ...graph import Node
from ...tensor_meta import TensorMeta
from .expression import (
    FLOATING,
    REDUCTIONS,
    SUPPORTED,
    TRANSCENDENTAL,
    Expressions,
    Value,
    ordered,
)
from .formulas import BY_FUNCTION, BY_NAME, NotFusable, of_dtype
from .row_formulas import ROW_FORMULAS

__all__ = ["Reading", "meta_of", "read"]

Shape = Tuple[int, ...]

#: Operations that take as long as some ten others.
_HEAVY = TRANSCENDENTAL | frozenset(REDUCTIONS)


class Reading(NamedTuple):
    """How a kernel computes a node.

    Args:
        tensors: the nodes that it reads, in order.
        dtype: the scalar type of the result.
        shape: the result's; -1 for a size that varies.
        axes: how many trailing axes of the first tensor make up a row; 0 without rows.
        reduces: whether the result has one value a row.
        heavy: whether it is worth a kernel of its own.
        value: called with the expressions and the tensors' values; the result's.
        records: whether autograd records it.
    """

    tensors: Tuple[Node, ...]
    dtype: str
    shape: Shape
    axes: int
    reduces: bool
    heavy: bool
    value: Callable[[Expressions, List[Value]], Value]
    records: bool


def meta_of(node: Any) -> Optional[TensorMeta]:
    """What is known of a node's tensor; ``None`` for another value."""
    meta = node.meta.get("tensor_meta") if isinstance(node, Node) else None
    return meta if isinstance(meta, TensorMeta) else None


def read(node: Node) -> Optional[Reading]:
    """How to compute a node; ``None`` when a kernel can't."""
    if node.op != "call_function":
        return None
    meta = meta_of(node)
    if meta is None:
        return None
    framework: Any = frameworks.active()
    name = framework.op_name(node.target)
    try:
        if name in ROW_FORMULAS:
            return _read(node, meta, ROW_FORMULAS[name].value, name)
        formula = BY_NAME.get(name or "") or BY_FUNCTION.get(node.target)
        return None if formula is None else _read(node, meta, formula, None)
    except (NotFusable, TypeError):
        # TypeError: arguments that the formula doesn't take, or a target without a hash.
        return None


def _read(
    node: Node, meta: TensorMeta, formula: Callable[..., Value], row: Optional[str]
) -> Reading:
    dtype = of_dtype(meta.dtype)
    records = not meta.stop_gradient
    tensors: List[Node] = []
    places: List[Any] = []
    for argument in node.args:
        if isinstance(argument, Node):
            known = meta_of(argument)
            if known is None:
                raise NotFusable("an operand that is no tensor")
            of_dtype(known.dtype)
            if argument not in tensors:
                tensors.append(argument)
            places.append(argument)
        elif _holds_node(argument):
            raise NotFusable("tensors in a list")
        else:
            places.append(argument)
    named = {key: argument for key, argument in node.kwargs.items() if key != "out"}
    if node.kwargs.get("out") is not None or _holds_node(list(named.values())):
        raise NotFusable("tensors by name")
    if not tensors:
        raise NotFusable("no tensors")
    shapes = [_meta(tensor).shape for tensor in tensors]
    axes, reduces = 0, False
    if row is not None:
        described = ROW_FORMULAS[row]
        axes = described.axes(len(shapes[0]), *node.args[1:], **named)
        reduces = described.reduces
        if not 0 < axes <= len(shapes[0]) or node.args[0] is not tensors[0]:
            raise NotFusable("no row")
        if row == "layer_norm" and records and _stops(node.args[1:2]):
            raise NotFusable("Paddle leaves a scale that stops gradients out of those of x")

    def value(e: Expressions, values: List[Value]) -> Value:
        given: Dict[Node, Value] = dict(zip(tensors, values))
        operands = [given[place] if isinstance(place, Node) else place for place in places]
        result = formula(e, dtype, *operands, **named)
        if result.dtype != dtype:
            raise NotFusable(f"{result.dtype} instead of {dtype}")
        # No gradient flows through what autograd doesn't record.
        return result if records or dtype not in FLOATING else e.apply("fixed", result)

    e = Expressions()
    result = value(e, [e.input(n, of_dtype(_meta(t).dtype), True) for n, t in enumerate(tensors)])
    parts = ordered([result])
    for part in parts:
        if part.args and part.op not in REDUCTIONS:
            kind = "floating" if part.args[0].dtype in FLOATING else "integer"
            if part.op not in SUPPORTED[kind] and part.op != "select":
                raise NotFusable(f"{part.op} of {part.args[0].dtype}")
    heavy = any(part.op in _HEAVY for part in parts)
    return Reading(tuple(tensors), dtype, meta.shape, axes, reduces, heavy, value, records)


def _meta(node: Node) -> TensorMeta:
    meta = meta_of(node)
    assert meta is not None
    return meta


def _stops(values: Sequence[Any]) -> bool:
    """Whether one of some arguments is a tensor that stops gradients."""
    metas = [meta_of(value) for value in values]
    return any(meta is not None and meta.stop_gradient for meta in metas)


def _holds_node(value: Any) -> bool:
    if isinstance(value, Node):
        return True
    if isinstance(value, (list, tuple)):
        return any(_holds_node(item) for item in value)
    return isinstance(value, slice)
