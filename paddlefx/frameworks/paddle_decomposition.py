"""Calls of Paddle taken apart into primitive ones, by Paddle's own rules.

in: a node of a captured graph. out: a small graph of calls that compute the same.

The call is written into a PIR program, ``paddle.decomposition.decompose`` takes that apart, and
the operations are read back (:mod:`.paddle_operator_graph`) and called by their functions in
``paddle._C_ops``, which autograd records one by one.
"""

from __future__ import annotations

import contextlib
import operator
from typing import Any, Callable, Dict, FrozenSet, Iterator, List, Optional, Tuple

import paddle
from paddle.base import core
from paddle.decomposition import decompose

from ..graph import Graph, GraphLayer, Node, map_nodes
from ..graph.operators import operator_of
from ..tensor_meta import TensorMeta
from .paddle_operator_graph import OperatorReader

__all__ = ["DECOMPOSED", "decomposition"]

_pir: Any = paddle.base.libpaddle.pir
_ops: Any = paddle._C_ops

#: The calls that are taken apart. Not those whose primitives have other gradients at some
#: points (relu as a maximum), or answer otherwise to NaN.
DECOMPOSED: FrozenSet[str] = frozenset(
    (
        *("gelu", "group_norm", "instance_norm", "layer_norm", "log_softmax", "mean"),
        *("silu", "softmax", "swish"),
    )
)

#: By primitive operator, its attributes in the order in which its function takes them.
_PRIMITIVES: Dict[str, Tuple[str, ...]] = {
    **dict.fromkeys(("add", "subtract", "multiply", "divide", "maximum", "minimum"), ()),
    **dict.fromkeys(("exp", "erf", "log", "rsqrt", "sigmoid", "sqrt", "tanh"), ()),
    "cast": ("dtype",),
    "elementwise_pow": (),
    "expand": ("shape",),
    "full": ("shape", "value", "dtype"),
    "max": ("axis", "keepdim"),
    "min": ("axis", "keepdim"),
    "pow": ("y",),
    "reshape": ("shape",),
    "scale": ("scale", "bias", "bias_after_scale"),
    "squeeze": ("axis",),
    "sum": ("axis", "dtype", "keepdim"),
    "unsqueeze": ("axis",),
}


@contextlib.contextmanager
def _primitive_mode() -> Iterator[None]:
    before = core._is_fwd_prim_enabled()
    core._set_prim_forward_enabled(True)
    try:
        yield
    finally:
        core._set_prim_forward_enabled(before)


class _Decomposer(OperatorReader):
    """Reads one call, taken apart."""

    def _replay(self, node: Node) -> Any:
        result = super()._replay(node)
        if not isinstance(result, _pir.Value):
            return result
        with _primitive_mode():
            (found,) = decompose(self.program, [result])
        return found


def decomposition(
    name: Optional[str], node: Node, make_layer: Callable[[Graph, Dict[str, Any]], GraphLayer]
) -> Optional[Graph]:
    """A graph whose placeholders are the call's operands, in order, and which gives its result.

    Args:
        name: of the operation in ``paddle._C_ops``.
        node: the call.
        make_layer: makes the layer that is read.

    Returns:
        ``None`` for a call that isn't taken apart: for one of another name, of sizes that vary,
        whose primitives aren't all known here, or whose gradients Paddle computes otherwise.
    """
    meta = node.meta.get("tensor_meta")
    if name not in DECOMPOSED or not isinstance(meta, TensorMeta):
        return None
    operands = node.all_input_nodes
    if name == "layer_norm" and not meta.stop_gradient and isinstance(node.args[1], Node):
        # Paddle leaves a scale that needs no gradient out of the gradient of x.
        return None
    if not all(_is_static(operand.meta.get("tensor_meta")) for operand in operands):
        return None
    alone = Graph()
    placed = {item: alone.placeholder(item.name, dict(item.meta)) for item in operands}
    args = map_nodes(node.args, placed.__getitem__)
    kwargs = map_nodes(node.kwargs, placed.__getitem__)
    copied = alone.call_function(node.target, args, kwargs, dict(node.meta), node.name)
    alone.output((copied,))
    layer = make_layer(alone, {})
    read = _Decomposer(layer, lambda call: False).read()
    return _called(read.graph, meta)


def _is_static(meta: Any) -> bool:
    return isinstance(meta, TensorMeta) and all(
        type(size) is int and size >= 0 for size in meta.shape
    )


def _called(read: Graph, meta: TensorMeta) -> Optional[Graph]:
    """An operator graph with functions in the operators' places."""
    graph = Graph()
    made: Dict[Node, Node] = {}
    result: Any = None
    for node in read.nodes:
        if node.op == "placeholder":
            made[node] = graph.placeholder(node.name, dict(node.meta))
        elif node.op == "output":
            (result,) = node.args[0]
        elif node.target is operator.getitem:
            return None
        else:
            order = _PRIMITIVES.get(operator_of(node))
            if order is None or any(attribute not in node.kwargs for attribute in order):
                return None
            args: List[Any] = [made[item] if isinstance(item, Node) else item for item in node.args]
            args += [node.kwargs[attribute] for attribute in order]
            if operator_of(node) == "full":
                args.append(paddle.CPUPlace())
            target = getattr(_ops, operator_of(node))
            made[node] = graph.call_function(target, tuple(args), {}, dict(node.meta))
    if result not in made or not isinstance(made[result].meta.get("tensor_meta"), TensorMeta):
        return None
    found = made[result].meta["tensor_meta"]
    if (tuple(found.shape), found.dtype) != (tuple(meta.shape), meta.dtype):
        return None
    graph.output((made[result],))
    graph.eliminate_dead_code(lambda node: False)
    return graph
