"""Running passes one after the other.

in: a layer and passes. out: a new layer; the one given is left as it is.
"""

from __future__ import annotations

from typing import Callable, Sequence

from ..graph_layer import GraphLayer

__all__ = ["Pass", "run_passes"]

#: Edits the graph of a layer, and says how many changes it made. It may add attributes.
Pass = Callable[[GraphLayer], int]


def run_passes(layer: GraphLayer, passes: Sequence[Pass]) -> GraphLayer:
    """A layer that computes what ``layer`` computes.

    Args:
        layer: the graph; it stays as it is.
        passes: run in order, each on what the one before left. One with options goes in as a
            ``functools.partial``.

    Returns:
        a layer of the same class, which shares the attributes by identity.

    Raises:
        GraphError: a pass broke a rule of graphs.
    """
    made = type(layer)(layer.graph.copy()[0], layer.attributes)
    for edit in passes:
        edit(made)
        made.recompile()
    return made
