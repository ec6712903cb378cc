"""Operator graphs: what backends read that walk a graph node by node.

A captured graph calls Python functions: with positional arguments in an order that differs
between versions of a framework, defaults left out, Python numbers among the tensors. In an
operator graph each call's target is an :class:`Operator`, known by its name alone. Tensors are
positional arguments, attributes are named, all of them are there, and each node is one tensor
(:data:`operator.getitem` takes one from an operator that gives several).

Calls that no operator stands for stay as they were captured: opaque nodes.
"""

from __future__ import annotations

import functools
from typing import Any

from .graph import GraphError
from .node import Node

__all__ = ["ORIGIN", "Operator", "is_opaque", "operator_named", "operator_of"]

#: ``node.meta[ORIGIN]``: the captured node that a node of an operator graph belongs to.
ORIGIN = "captured"


class Operator:
    """A named operation, the target of nodes.

    It can't be called: what it means is what a backend makes of it. To run the graph call the
    captured one.

    Args:
        name: as the framework's yaml has it: ``conv2d``, ``softmax``.
    """

    __slots__ = ("__name__", "__qualname__")

    __module__ = "operators"

    def __init__(self, name: str) -> None:
        self.__name__ = name
        self.__qualname__ = name

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Raises GraphError."""
        raise GraphError(f"operator {self.__name__!r} is for a backend to compile, not to call")

    def __reduce__(self) -> Any:
        return operator_named, (self.__name__,)

    def __repr__(self) -> str:
        return f"Operator({self.__name__!r})"


@functools.lru_cache(maxsize=None)
def operator_named(name: str) -> Operator:
    """The one :class:`Operator` of a name."""
    return Operator(name)


def operator_of(node: Node) -> str:
    """The name of a node's operator; ``""`` for nodes of other kinds."""
    return node.target.__name__ if isinstance(node.target, Operator) else ""


def is_opaque(node: Node) -> bool:
    """Whether a node of an operator graph is a call as it was captured."""
    import operator

    return (
        node.op == "call_function"
        and not isinstance(node.target, Operator)
        and node.target is not operator.getitem
    )
