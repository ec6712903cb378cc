"""A graph as straight-line Python.

in: a graph. out: a function that calls the framework's own C++ operations in order, with its
values in locals. Autograd, AMP and device placement are the framework's own, as the operations
are; the Python code between them is gone.
"""

from __future__ import annotations

import itertools
import linecache
import weakref
from types import CodeType, FunctionType
from typing import Any, Mapping

from ..graph import GraphLayer

__all__ = ["code_of", "function_of", "replayed"]

_numbers = itertools.count()


def replayed(graph_layer: GraphLayer) -> FunctionType:
    """The graph as a plain function; its attributes are bound now, its source shows in tracebacks."""
    source, namespace, _ = graph_layer.replay_code()
    return function_of(source, namespace)


def function_of(source: str, namespace: Mapping[str, Any]) -> FunctionType:
    """A function ``forward`` of a source, which shows in tracebacks.

    Args:
        source: what :meth:`~paddlefx.graph.GraphLayer.replay_code` wrote, or what was made of it.
        namespace: its globals.
    """
    filename = f"<paddlefx graph {next(_numbers)}>"
    # The compiled function's globals: its targets and parameters, nothing of ours.
    scope = {"__name__": "paddlefx.graph", **namespace}
    exec(compile(source, filename, "exec"), scope)
    function: FunctionType = scope.pop("forward")
    linecache.cache[filename] = (len(source), None, source.splitlines(True), filename)
    weakref.finalize(function, linecache.cache.pop, filename, None)
    return function


def code_of(source: str, filename: str) -> CodeType:
    """The code of the one function of a source."""
    module = compile(source, filename, "exec")
    (code,) = [each for each in module.co_consts if isinstance(each, CodeType)]
    return code
