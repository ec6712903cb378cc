"""Taking out what nobody sees.

in: a graph. out: the same graph without calls whose results and effects are not seen: pure calls
whose results nothing uses, ``stop_gradient`` set to what it is, in-place operations on memory that no call behind or before reads,
attributes that nothing reads, and changes of state with nothing before the next one.

Random operations stay, since they move the generator on, and so does what writes to memory that
is seen from outside.
"""

from __future__ import annotations

from typing import Dict, List, Optional

from ..graph_layer import GraphLayer
from ..node import Node
from .aliasing import Aliasing

__all__ = ["dead_code"]


def dead_code(layer: GraphLayer) -> int:
    """Take out dead nodes.

    Args:
        layer: its graph is changed.

    Returns:
        how many nodes went.
    """
    before = len(layer.graph)
    live = _live(layer)
    for node in reversed(layer.graph.nodes):
        if node not in live:
            layer.graph.erase_node(node)
    _drop_states(layer)
    return before - len(layer.graph)


def _live(layer: GraphLayer) -> Dict[Node, None]:
    aliasing = Aliasing(layer.graph, layer.operations)
    live: Dict[Node, None] = {}
    pending: List[Node] = []
    local_writers: List[Node] = []
    for node in layer.graph.nodes:
        effects = aliasing.effects[node]
        if node.op in ("placeholder", "output") or effects.random or effects.state:
            pending.append(node)
        elif effects.idle and _alone(aliasing, node):
            continue
        elif effects.opaque or any(aliasing.escapes(written) for written in effects.writes):
            pending.append(node)
        elif effects.writes:
            local_writers.append(node)
    while pending:
        while pending:
            node = pending.pop()
            if node not in live:
                live[node] = None
                pending.extend(node.all_input_nodes)
        # A write is seen by what uses the memory: by reads behind it, and by the backward pass
        # of reads before it, which checks that nothing was changed.
        pending.extend(
            [
                writer
                for writer in local_writers
                if writer not in live
                for written in aliasing.effects[writer].writes
                if any(aliasing.may_share(written, node) for node in live)
            ]
        )
    return live


def _alone(aliasing: Aliasing, node: Node) -> bool:
    """Whether it writes to a tensor of the graph's own that nothing else writes to."""
    (written,) = aliasing.effects[node].writes
    return aliasing.writers(written) == [node] and not aliasing.escapes(written)


def _drop_states(layer: GraphLayer) -> None:
    """Of changes of one state with no call between them the last one counts."""
    operations = layer.operations
    last: Optional[Node] = None
    for node in layer.graph.nodes:
        if node.op != "call_function":
            continue
        if not operations.effects(node).state:
            last = None
            continue
        if last is not None and last.target is node.target and not last.users:
            layer.graph.erase_node(last)
        last = node
