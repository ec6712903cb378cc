"""The views that somebody can tell from copies.

in: a graph. out: nodes whose results have to lie in the memory of their arguments: it is written
to, or it is what the caller gets beside an input, a parameter or another output that lies there.
A backend that gives copies must leave them alone.
"""

from __future__ import annotations

from typing import List, Set

from ..effects import Operations
from ..graph import Graph
from ..node import Node
from .aliasing import Aliasing

__all__ = ["visible_views"]


def visible_views(graph: Graph, operations: Operations) -> Set[Node]:
    """The nodes of a graph that give such views.

    Args:
        graph: a captured graph.
        operations: the framework, which knows what each call does.
    """
    aliasing = Aliasing(graph, operations)
    found = {
        node
        for node in graph.find_nodes(op="call_function")
        if aliasing.effects[node].shares and aliasing.is_written(node)
    }
    sharing = aliasing.outputs()
    places = {*sharing.outside, *[place for pair in sharing.pairs for place in pair]}
    pending: List[Node] = [sharing.leaves[place] for place in places]
    while pending:
        node = pending.pop()
        if node in found or node.op != "call_function":
            continue
        shares = aliasing.effects[node].shares
        if shares:
            found.add(node)
            pending += [share.argument for share in shares]
        elif node.all_input_nodes:
            # A step into a tuple of views.
            pending += [item for item in node.all_input_nodes if aliasing.may_share(node, item)]
    return found
