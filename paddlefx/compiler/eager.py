"""The ``eager`` backend: the captured operations in order, as they were."""

from __future__ import annotations

from typing import Any, Sequence

from ..graph import GraphLayer
from .base import CompiledGraph, Compiler
from .replay import replayed

__all__ = ["EagerCompiler"]


class EagerCompiler(Compiler):
    """Replays the captured operations; what it costs beyond them is a few nanoseconds each."""

    name = "eager"
    takes_numbers = True

    def compile(self, graph_layer: GraphLayer, example_inputs: Sequence[Any]) -> CompiledGraph:
        """The graph as a plain function; its source shows in tracebacks.

        Args:
            graph_layer: the graph; its attributes are bound now.
            example_inputs: not used.
        """
        del example_inputs
        return replayed(graph_layer)
