"""A graph as straight-line Python.

in: a graph. out: a function that calls the framework's own C++ operations in order, with its
values in locals. Autograd, AMP and device placement are the framework's own, as the operations
are; the Python code between them is gone.
"""

from __future__ import annotations

import itertools
import linecache
import weakref
from types import FunctionType

from ..graph import GraphLayer

__all__ = ["replayed"]

_numbers = itertools.count()


def replayed(graph_layer: GraphLayer) -> FunctionType:
    """The graph as a plain function; its attributes are bound now, its source shows in tracebacks."""
    source, namespace, _ = graph_layer.replay_code()
    filename = f"<paddlefx graph {next(_numbers)}>"
    # The compiled function's globals: its targets and parameters, nothing of ours.
    scope = {"__name__": "paddlefx.graph", **namespace}
    exec(compile(source, filename, "exec"), scope)
    function: FunctionType = scope.pop("forward")
    linecache.cache[filename] = (len(source), None, source.splitlines(True), filename)
    weakref.finalize(function, linecache.cache.pop, filename, None)
    return function
