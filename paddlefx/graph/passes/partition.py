"""Which parts of a graph a backend compiles.

in: a captured graph, and which of its nodes a backend supports. out: a graph that calls regions,
graphs of supported nodes, and the other nodes as they were.

A region is convex: nothing that it computes comes back to it by way of a node outside. Nodes with
an effect stay in their order, what comes before one in the graph runs before it, and what comes
behind it behind.
"""

from __future__ import annotations

import operator
from typing import Any, Callable, Dict, List, Optional, Set

from ...tensor_meta import TensorMeta
from ..graph import Graph
from ..graph_layer import GraphLayer
from ..node import Node, map_nodes

__all__ = ["count_calls", "partition", "regions_of"]


def partition(
    layer: GraphLayer,
    is_supported: Callable[[Node], bool],
    is_impure: Callable[[Node], bool],
    is_worth: Optional[Callable[[List[Node]], bool]] = None,
) -> GraphLayer:
    """A graph with the supported nodes in regions.

    Args:
        layer: a captured graph.
        is_supported: whether a node may be in a region; asked about calls without an effect.
            Steps into what a call with several results gives go with that call.
        is_impure: whether a node writes to a tensor, draws random numbers or the like.
        is_worth: whether nodes, in order, make a region that is worth it; without it all are.

    Returns:
        A layer of the same class. A region is the target of a node: a layer of that class whose
        result is a tuple. A graph without any is a copy.
    """
    supported = _supported(layer.graph, is_supported, is_impure)
    while True:
        levels = _levels(layer.graph, supported, is_impure)
        regions: Dict[int, List[Node]] = {}
        for node in layer.graph.nodes:
            if node in supported:
                regions.setdefault(levels[node], []).append(node)
        if is_worth is None:
            break
        refused = [nodes for nodes in regions.values() if not is_worth(nodes)]
        if not refused:
            break
        supported.difference_update(*refused)
    return _Builder(layer, supported, levels, regions).build()


def regions_of(layer: GraphLayer) -> List[Node]:
    """The nodes that call a region, in order."""
    calls = layer.graph.find_nodes(op="call_function")
    return [node for node in calls if isinstance(node.target, GraphLayer)]


def count_calls(layer: GraphLayer) -> int:
    """How many operations a graph calls, without the steps into their results."""
    calls = layer.graph.find_nodes(op="call_function")
    return sum([node.target is not operator.getitem for node in calls])


def _is_step(node: Node) -> bool:
    """Whether a node takes one of several results of a call."""
    if node.target is not operator.getitem or not isinstance(node.args[0], Node):
        return False
    meta = node.args[0].meta.get("tensor_meta")
    return type(meta) in (tuple, list)


def _supported(
    graph: Graph, is_supported: Callable[[Node], bool], is_impure: Callable[[Node], bool]
) -> Set[Node]:
    supported: Set[Node] = set()
    for node in graph.nodes:
        if node.op != "call_function":
            continue
        if _is_step(node):
            fits = node.args[0] in supported
        elif is_impure(node) or not is_supported(node):
            fits = False
        elif isinstance(node.meta.get("tensor_meta"), TensorMeta):
            fits = True
        else:  # several results leave a region one by one
            fits = all(_is_step(user) and user.args[0] is node for user in node.users)
        if fits:
            supported.add(node)
    return supported


def _levels(
    graph: Graph, supported: Set[Node], is_impure: Callable[[Node], bool]
) -> Dict[Node, int]:
    """When a node runs: at each level first the nodes outside, in order, then the region.

    A node outside stands one level behind the last region that it waits for.
    """
    levels: Dict[Node, int] = {}
    floor = 0
    last = 0
    for node in graph.nodes:
        inside = node in supported
        level = floor
        for used in node.all_input_nodes:
            if inside and _is_step(node):
                level = levels[used]
                break
            behind = 1 if used in supported and not inside else 0
            level = max(level, levels[used] + behind)
        if node.op == "call_function" and not inside and is_impure(node):
            level = floor = max(level, last)
        levels[node] = level
        last = max(last, level + 1 if inside else level)
    return levels


class _Builder:
    """Writes the new graph."""

    def __init__(
        self,
        layer: GraphLayer,
        supported: Set[Node],
        levels: Dict[Node, int],
        regions: Dict[int, List[Node]],
    ) -> None:
        self.layer = layer
        self.supported = supported
        self.levels = levels
        self.regions = regions
        self.graph = Graph()
        self.made: Dict[Node, Any] = {}

    def build(self) -> GraphLayer:
        outside: Dict[int, List[Node]] = {}
        output: Optional[Node] = None
        for node in self.layer.graph.nodes:
            if node.op == "placeholder":
                self.made[node] = self.graph.placeholder(node.name, dict(node.meta))
            elif node.op == "output":
                output = node
            elif node not in self.supported:
                outside.setdefault(self.levels[node], []).append(node)
        for level in sorted({*outside, *self.regions}):
            for node in outside.get(level, ()):
                self.made[node] = self.graph.create_node(
                    node.op,
                    node.target,
                    map_nodes(node.args, self._node),
                    map_nodes(node.kwargs, self._node),
                    node.name,
                    dict(node.meta),
                )
            if level in self.regions:
                self._call_region(self.regions[level])
        assert output is not None
        self.graph.output(map_nodes(output.args[0], self._node), dict(output.meta))
        self.graph.eliminate_dead_code(lambda node: node.op == "call_function")
        return type(self.layer)(self.graph, self.layer.attributes)

    def _node(self, node: Node) -> Any:
        return self.made[node]

    def _call_region(self, nodes: List[Node]) -> None:
        graph = Graph()
        inside: Dict[Node, Node] = {}
        inputs: List[Node] = []
        attributes: Dict[str, Any] = {}
        used = [item for node in nodes for item in node.all_input_nodes]
        region = set(nodes)
        for node in used:
            if node.op != "get_attr" and node not in region and node not in inside:
                inside[node] = graph.placeholder(node.name, dict(node.meta))
                inputs.append(node)
        for node in used:
            if node.op == "get_attr" and node not in inside:
                inside[node] = graph.get_attr(node.target, dict(node.meta))
                attributes[node.target] = self.layer.attributes[node.target]
        for node in nodes:
            inside[node] = graph.call_function(
                node.target,
                map_nodes(node.args, inside.__getitem__),
                map_nodes(node.kwargs, inside.__getitem__),
                dict(node.meta),
                node.name,
            )
        results = [
            node
            for node in nodes
            if isinstance(node.meta.get("tensor_meta"), TensorMeta)
            and any(user not in region for user in node.users)
        ]
        graph.output(tuple([inside[node] for node in results]))
        metas = tuple([node.meta["tensor_meta"] for node in results])
        call = self.graph.call_function(
            type(self.layer)(graph, attributes),
            tuple([self.made[node] for node in inputs]),
            {},
            {"tensor_meta": metas, "position": nodes[0].position},
            "region",
        )
        for index, node in enumerate(results):
            self.made[node] = self.graph.call_function(
                operator.getitem, (call, index), {}, dict(node.meta), node.name
            )
