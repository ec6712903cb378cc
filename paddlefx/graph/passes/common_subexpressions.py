"""Computing once what is computed twice.

in: a graph. out: the same graph in which a call that repeats an earlier one takes its result.

Two calls are the same if they have one target, the same arguments, one state of the framework
(the gradient mode) and nothing between them that may write to what they read. They stay two where
somebody could tell: one of the results is written to, both are seen from outside, or the graph
records gradients and one is seen. Where a gradient flows through, two backward passes would be
added in another order, so those stay too unless asked for.
"""

from __future__ import annotations

from typing import Any, Dict, Hashable, List, Set, Tuple

from ...tensor_meta import TensorMeta
from ..graph_layer import GraphLayer
from ..node import Node
from .aliasing import Aliasing

__all__ = ["common_subexpressions"]


def common_subexpressions(layer: GraphLayer, *, gradients: bool = False) -> int:
    """Merge equal calls.

    Args:
        layer: its graph is changed.
        gradients: merge calls through which gradients flow; sums in the backward pass are then
            rounded differently.

    Returns:
        how many calls went.
    """
    return _Merging(layer, gradients).run()


class _Merging:
    def __init__(self, layer: GraphLayer, gradients: bool) -> None:
        self.graph = layer.graph
        self.gradients = gradients
        self.aliasing = Aliasing(layer.graph, layer.operations)
        self.records = any(_records(node) for node in layer.graph.nodes)
        self.state: Dict[Any, Hashable] = {}
        self.seen: Dict[Hashable, List[Node]] = {}
        #: Nodes that stand for merged ones which somebody outside may meet.
        self.met: Set[Node] = set()

    def run(self) -> int:
        merged = 0
        for node in self.graph.nodes:
            effects = self.aliasing.effects[node]
            if effects.state:
                self.state[id(node.target)] = _key((node.args, node.kwargs))
            elif effects.opaque:
                self.state["opaque"] = id(node)
            elif node.op in ("get_attr", "call_function") and effects.pure and effects.same is None:
                merged += self._visit(node)
        return merged

    def _visit(self, node: Node) -> int:
        state = _key(self.state) if node.op == "call_function" else None
        key = (node.op, _key(node.target), _key((node.args, node.kwargs)), state)
        candidates = self.seen.setdefault(key, [])
        for first in candidates:
            if node.op == "get_attr" or self._mergeable(first, node):
                if self._is_seen(node):
                    self.met.add(first)
                node.replace_all_uses_with(first)
                self.graph.erase_node(node)
                return 1
        candidates.append(node)
        return 0

    def _mergeable(self, first: Node, second: Node) -> bool:
        aliasing = self.aliasing
        if first.meta.get("tensor_meta") != second.meta.get("tensor_meta"):
            return False
        if not self.gradients and (_records(first) or _records(second)):
            return False
        if aliasing.writers(first) or aliasing.writers(second):
            return False
        start, end = aliasing.position[first], aliasing.position[second]
        for argument in second.all_input_nodes:
            if any(start < aliasing.position[w] < end for w in aliasing.writers(argument)):
                return False
        seen = self._is_seen(first) + self._is_seen(second)
        return seen == 0 or (seen == 1 and not self.records)

    def _is_seen(self, node: Node) -> bool:
        return node in self.met or self.aliasing.is_seen(node)


def _records(node: Node) -> bool:
    """Whether a gradient flows through a tensor that it gives, as far as is known."""
    return _flows(node.meta.get("tensor_meta"))


def _flows(meta: Any) -> bool:
    if isinstance(meta, TensorMeta):
        return not meta.stop_gradient
    return isinstance(meta, (tuple, list)) and any(_flows(item) for item in meta)


def _key(value: Any) -> Hashable:
    """A hashable that tells arguments apart: by type, bits and, for what has none, identity."""
    kind = type(value)
    if kind is Node:
        return (Node, id(value))
    if isinstance(value, (tuple, list)):
        return (kind, tuple([_key(item) for item in value]))
    if isinstance(value, dict):
        return (kind, tuple([(_key(name), _key(item)) for name, item in value.items()]))
    if kind is slice:
        parts: Tuple[Any, ...] = (value.start, value.stop, value.step)
        return (slice, tuple([_key(part) for part in parts]))
    if kind in (float, complex):
        return (kind, repr(value))  # 0.0 == -0.0, nan != nan
    if kind in (bool, int, str, bytes, type(None), type(Ellipsis)):
        return (kind, value)
    return (kind, id(value))
