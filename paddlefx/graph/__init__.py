"""The tensor graph: what was captured, as data.

:class:`Graph` holds :class:`Node` objects in the order in which they run;
:class:`GraphLayer` runs one with the parameters it reads.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from .channels import ChannelNorm, ChannelProduct
from .codegen import Call, PythonCode
from .effects import Effects, Operations, Sharing
from .graph import Graph, GraphError
from .graph_layer import GraphLayer
from .loops import Loop
from .node import Node, SourcePosition, iter_nodes, map_nodes

if TYPE_CHECKING:
    from .interpreter import Interpreter, Transformer
    from .proxy import Proxy, call, graph_of
    from .rewriter import Match, find_pattern, replace_pattern

__all__ = [
    "Call",
    "ChannelNorm",
    "ChannelProduct",
    "Effects",
    "Graph",
    "GraphError",
    "GraphLayer",
    "Interpreter",
    "Loop",
    "Match",
    "Node",
    "Operations",
    "Proxy",
    "PythonCode",
    "Sharing",
    "SourcePosition",
    "Transformer",
    "call",
    "find_pattern",
    "graph_of",
    "iter_nodes",
    "map_nodes",
    "replace_pattern",
]

#: What capture doesn't need, by name: imported when it is first asked for (PEP 562).
_HOMES = {
    "Interpreter": ".interpreter",
    "Match": ".rewriter",
    "Proxy": ".proxy",
    "Transformer": ".interpreter",
    "call": ".proxy",
    "find_pattern": ".rewriter",
    "graph_of": ".proxy",
    "replace_pattern": ".rewriter",
}

if not TYPE_CHECKING:

    def __getattr__(name: str) -> Any:
        """A name of :data:`_HOMES`."""
        home = _HOMES.get(name)
        if home is None:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        found = globals()[name] = getattr(importlib.import_module(home, __name__), name)
        return found
