"""Finding a small graph inside a large one, and putting another in its place.

The idea is that of ``torch/fx/subgraph_rewriter.py``: pattern and replacement are graphs with
the same inputs and outputs.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Callable, Dict, Iterator, List, Optional, Set, Union

from .graph import Graph, GraphError
from .node import Node, map_nodes
from .proxy import graph_of

__all__ = ["Match", "find_pattern", "replace_pattern"]

Pattern = Union[Graph, Callable[..., Any]]


@dataclass
class Match:
    """A place where a pattern stands in a graph.

    Args:
        nodes: by node of the pattern, the node of the graph; inputs aside.
        inputs: by input of the pattern, what stands there: a node, or a constant.
    """

    nodes: Dict[Node, Node] = field(default_factory=dict)
    inputs: Dict[Node, Any] = field(default_factory=dict)

    def copy(self) -> Match:
        """Another one that can be changed."""
        return Match(dict(self.nodes), dict(self.inputs))


def find_pattern(graph: Graph, pattern: Pattern) -> List[Match]:
    """Where a pattern stands, in the graph's order; places don't overlap.

    A node of the pattern that isn't one of its outputs stands for a node that nothing outside
    of the place uses. An input stands for any value, the same everywhere.

    Args:
        graph: where to look.
        pattern: a graph, or a function for :func:`graph_of`. All its outputs have to be found
            from the last: as the nodes that it is computed from.

    Raises:
        GraphError: the pattern's last output is no operation, or another can't be found from it.
    """
    searched = pattern if isinstance(pattern, Graph) else graph_of(pattern)
    outputs = _outputs(searched)
    anchor = outputs[-1] if outputs else None
    if not isinstance(anchor, Node) or anchor.op != "call_function":
        raise GraphError("a pattern needs an operation as its last output")
    inside = _computing(anchor)
    if any(node not in inside or node.op == "placeholder" for node in outputs):
        raise GraphError("a pattern's outputs are what its last is computed from, and no inputs")
    taken: Set[Node] = set()
    found: List[Match] = []
    for node in reversed(graph.nodes):
        match = _matched(anchor, node, Match())
        if match is None:
            continue
        nodes = set(match.nodes.values())
        if len(nodes) != len(match.nodes) or nodes & taken:
            continue
        if all(
            there in (match.nodes[output] for output in outputs) or set(there.users) <= nodes
            for there in nodes
        ):
            taken |= nodes
            found.append(match)
    return found[::-1]


def replace_pattern(
    graph: Graph,
    pattern: Pattern,
    replacement: Pattern,
    *,
    where: Optional[Callable[[Match], bool]] = None,
    is_impure: Optional[Callable[[Node], bool]] = None,
) -> List[Match]:
    """Put a graph in the place of another; what was found and replaced, in the graph's order.

    Args:
        graph: is changed.
        pattern: what to look for; :func:`find_pattern` tells what fits.
        replacement: a graph or a function with as many inputs and outputs.
        where: whether a place is one to be replaced; all are without it.
        is_impure: nodes that write to a tensor, draw random numbers or the like; a place stays
            as it is where one of them stands between its first and its last node.

    A place stays as well where a node uses one of its outputs before the last is computed.

    Raises:
        GraphError: the two have different numbers of inputs or outputs.
    """
    searched = pattern if isinstance(pattern, Graph) else graph_of(pattern)
    put = replacement if isinstance(replacement, Graph) else graph_of(replacement)
    old_outputs, new_outputs = _outputs(searched), _outputs(put)
    if len(searched.placeholders) != len(put.placeholders) or len(old_outputs) != len(new_outputs):
        raise GraphError("pattern and replacement need as many inputs and outputs as each other")
    replaced = []
    order: Dict[Node, float] = {node: place for place, node in enumerate(graph.nodes)}
    gone: Dict[Node, Any] = {}
    for match in find_pattern(graph, searched):
        if where is not None and not where(match):
            continue
        if is_impure is not None and any(map(is_impure, _between(graph, match))):
            continue
        for old, value in match.inputs.items():  # it may be what another place gave
            match.inputs[old] = map_nodes(value, lambda node: gone.get(node, node))
        last = match.nodes[old_outputs[-1]]
        inside = set(match.nodes.values())
        if any(
            order[user] < order[last]
            for output in old_outputs
            for user in match.nodes[output].users
            if user not in inside
        ):
            continue
        made: Dict[Node, Any] = {
            new: match.inputs.get(old) for old, new in zip(searched.placeholders, put.placeholders)
        }
        with graph.inserting_before(last):
            for node in put.nodes:
                if node.op in ("placeholder", "output"):
                    continue
                meta = {**last.meta, **node.meta}
                made[node] = graph.create_node(
                    node.op,
                    node.target,
                    map_nodes(node.args, made.__getitem__),
                    map_nodes(node.kwargs, made.__getitem__),
                    node.name,
                    meta,
                )
                order[made[node]] = order[last] - 0.5
        for old, new in zip(old_outputs, new_outputs):
            there = match.nodes[old]
            stands = made[new] if isinstance(new, Node) else new
            gone[there] = stands
            if isinstance(stands, Node) and stands.op == "call_function":
                if "tensor_meta" in there.meta:
                    stands.meta.setdefault("tensor_meta", there.meta["tensor_meta"])
            there.replace_all_uses_with(stands)
        for there in sorted(inside, key=order.__getitem__, reverse=True):
            graph.erase_node(there)
        replaced.append(match)
    return replaced


def _outputs(graph: Graph) -> List[Any]:
    """The values in a graph's result, whatever their nesting is."""
    output = graph.output_node
    if output is None:
        raise GraphError("the graph has no output")
    found: List[Any] = []
    pending: List[Any] = list(output.args[::-1])
    while pending:
        value = pending.pop()
        if isinstance(value, dict):
            value = list(value.values())
        if isinstance(value, (tuple, list)):
            pending += value[::-1]
        else:
            found.append(value)
    return found


def _computing(node: Node) -> Set[Node]:
    """A node and all that it is computed from."""
    found: Set[Node] = set()
    pending = [node]
    while pending:
        here = pending.pop()
        if here not in found:
            found.add(here)
            pending += here.all_input_nodes
    return found


def _between(graph: Graph, match: Match) -> Iterator[Node]:
    """The nodes of others between the first and the last of a place."""
    nodes = set(match.nodes.values())
    left = len(nodes)
    for node in graph.nodes:
        if node in nodes:
            left -= 1
            if left == 0:
                return
        elif left < len(nodes):
            yield node


def _matched(pattern: Node, node: Node, match: Match) -> Optional[Match]:
    """``match`` with a node of the pattern at a node of the graph; ``None`` if it doesn't fit."""
    known = match.nodes.get(pattern)
    if known is not None:
        return match if known is node else None
    if node.op != pattern.op or not _same(pattern.target, node.target):
        return None
    found: Optional[Match] = match.copy()
    assert found is not None
    found.nodes[pattern] = node
    found = _fits(pattern.args, node.args, found)
    return found and _fits(pattern.kwargs, node.kwargs, found)


def _fits(pattern: Any, value: Any, match: Match) -> Optional[Match]:
    """``match`` with an argument of the pattern at an argument of the graph."""
    if isinstance(pattern, Node) and pattern.op == "placeholder":
        if pattern in match.inputs:
            return match if _same(match.inputs[pattern], value) else None
        found = match.copy()
        found.inputs[pattern] = value
        return found
    if isinstance(pattern, Node):
        return _matched(pattern, value, match) if isinstance(value, Node) else None
    if type(pattern) is not type(value):
        return None
    if isinstance(pattern, slice):
        return _fits(
            (pattern.start, pattern.stop, pattern.step),
            (value.start, value.stop, value.step),
            match,
        )
    if isinstance(pattern, (tuple, list)):
        if len(pattern) != len(value):
            return None
        pairs = list(zip(pattern, value))
    elif isinstance(pattern, dict):
        if pattern.keys() != value.keys():
            return None
        pairs = [(item, value[key]) for key, item in pattern.items()]
    else:
        return match if _same(pattern, value) else None
    going: Optional[Match] = match
    for one, other in pairs:
        if going is not None:
            going = _fits(one, other, going)
    return going


def _same(one: Any, other: Any) -> bool:
    """Whether two constants, targets or nodes are the same."""
    if one is other:
        return True
    if isinstance(one, Node) or isinstance(other, Node) or type(one) is not type(other):
        return False
    return bool(one == other)
