"""The ``eager`` backend: the captured operations in order, as straight-line Python.

in: a graph. out: a function that calls the framework's own C++ operations with its
values in locals. Autograd, AMP and device placement are the framework's own, as
the operations are; the Python code between them is gone.
"""

from __future__ import annotations

import itertools
import linecache
import weakref
from types import FunctionType
from typing import Any, Sequence

from ..graph import GraphLayer
from .base import CompiledGraph, Compiler

__all__ = ["EagerCompiler"]

_numbers = itertools.count()


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
        source, namespace, _ = graph_layer.replay_code()
        filename = f"<paddlefx graph {next(_numbers)}>"
        # The compiled function's globals: its targets and parameters, nothing of ours.
        scope = {"__name__": "paddlefx.graph", **namespace}
        exec(compile(source, filename, "exec"), scope)
        function: FunctionType = scope.pop("forward")
        linecache.cache[filename] = (len(source), None, source.splitlines(True), filename)
        weakref.finalize(function, linecache.cache.pop, filename, None)
        return function
