"""The tensor graph: what was captured, as data.

:class:`Graph` holds :class:`Node` objects in the order in which they run;
:class:`GraphLayer` runs one with the parameters it reads.
"""

from __future__ import annotations

from .channels import ChannelNorm, ChannelProduct
from .codegen import Call, PythonCode
from .effects import Effects, Operations, Sharing
from .graph import Graph, GraphError
from .graph_layer import GraphLayer
from .interpreter import Interpreter, Transformer
from .loops import Loop
from .node import Node, SourcePosition, iter_nodes, map_nodes
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
