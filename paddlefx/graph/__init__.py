"""The tensor graph: what was captured, as data.

:class:`Graph` holds :class:`Node` objects in the order in which they run;
:class:`GraphLayer` runs one with the parameters it reads.
"""

from __future__ import annotations

from .codegen import Call, PythonCode
from .graph import Graph, GraphError
from .graph_layer import GraphLayer
from .node import Node, SourcePosition, iter_nodes, map_nodes

__all__ = [
    "Call",
    "Graph",
    "GraphError",
    "GraphLayer",
    "Node",
    "PythonCode",
    "SourcePosition",
    "iter_nodes",
    "map_nodes",
]
