"""Calls taken apart into primitive ones.

in: a graph. out: the same graph, in which ``layer_norm``, ``softmax``, ``gelu`` and their like are
sums, products, exponentials and so on, as the framework itself takes them apart. A backend then
needs fewer operators.

Gradients stay; results are rounded differently.
"""

from __future__ import annotations

from typing import Any, Dict, FrozenSet, Optional

from ...tensor_meta import TensorMeta
from ..graph import Graph
from ..graph_layer import GraphLayer
from ..node import Node, map_nodes
from .aliasing import Aliasing

__all__ = ["decomposition"]


def decomposition(layer: GraphLayer, names: Optional[FrozenSet[str]] = None) -> int:
    """Take calls apart.

    Args:
        layer: its graph is changed.
        names: of the operations to take apart; all that the framework has rules for when
            ``None``.

    Returns:
        how many calls went.
    """
    aliasing = Aliasing(layer.graph, layer.operations)
    taken = 0
    for node in layer.graph.nodes:
        if node.op != "call_function" or not aliasing.is_pure(node):
            continue
        found = layer.operations.decomposition(node, names)
        if found is not None:
            _put(layer.graph, node, found)
            taken += 1
    return taken


def _put(graph: Graph, node: Node, parts: Graph) -> None:
    """The calls of ``parts`` in the place of a call."""
    made: Dict[Node, Any] = dict(zip(parts.placeholders, node.all_input_nodes))
    meta = node.meta["tensor_meta"]
    with graph.inserting_before(node):
        for part in parts.nodes:
            if part.op == "call_function":
                args = map_nodes(part.args, made.__getitem__)
                own: TensorMeta = part.meta["tensor_meta"]
                stops = meta.stop_gradient or all(_stops(item) for item in _nodes(args))
                details = {
                    **node.meta,
                    "tensor_meta": own._replace(stop_gradient=stops),
                }
                made[part] = graph.call_function(part.target, args, {}, details)
            elif part.op == "output":
                node.replace_all_uses_with(made[part.args[0][0]])
    graph.erase_node(node)


def _nodes(args: Any) -> Any:
    return [item for item in args if isinstance(item, Node)]


def _stops(node: Node) -> bool:
    meta = node.meta.get("tensor_meta")
    return isinstance(meta, TensorMeta) and bool(meta.stop_gradient)
