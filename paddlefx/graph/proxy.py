"""A graph written as a Python expression: ``graph_of(lambda x, y: (x + y) * x)``."""

from __future__ import annotations

import inspect
import operator
from typing import Any, Callable, Dict, Optional, Tuple

from .graph import Graph
from .node import Node

__all__ = ["Proxy", "call", "graph_of"]


class Proxy:
    """Stands for a node's value in a function that :func:`graph_of` runs.

    Operators on it, and items of it, become nodes; :func:`call` makes those of other functions.
    """

    __slots__ = ("node",)

    def __init__(self, node: Node) -> None:
        self.node = node

    def __getitem__(self, key: Any) -> Proxy:
        item: Proxy = call(operator.getitem, self, key)
        return item

    def __iter__(self) -> Any:
        raise TypeError("how many items a node's value has isn't known: use x[0], x[1]")

    def __bool__(self) -> bool:
        raise TypeError("the truth of a node's value isn't known while its graph is written")

    def __repr__(self) -> str:
        return f"Proxy({self.node.name})"


def _install() -> None:
    """Every operator of a tensor, forward and reflected."""

    def forward(function: Callable[..., Any]) -> Callable[..., Any]:
        return lambda self, *others: call(function, self, *others)

    def backward(function: Callable[..., Any]) -> Callable[..., Any]:
        return lambda self, other: call(function, other, self)

    binary = "add sub mul truediv floordiv mod pow matmul lshift rshift and_ or_ xor"
    for name in binary.split():
        function = getattr(operator, name)
        bare = name.rstrip("_")
        setattr(Proxy, f"__{bare}__", forward(function))
        setattr(Proxy, f"__r{bare}__", backward(function))
    for name in ["lt", "le", "gt", "ge", "eq", "ne", "neg", "pos", "invert"]:
        setattr(Proxy, f"__{name}__", forward(getattr(operator, name)))
    Proxy.__hash__ = object.__hash__  # type: ignore[method-assign]


_install()


def _nodes(value: Any, found: Optional[Graph] = None) -> Tuple[Any, Optional[Graph]]:
    """An argument with nodes for proxies, and the graph that they are in."""
    if isinstance(value, Proxy):
        return value.node, value.node.graph
    if type(value) in (list, tuple):
        parts = []
        for item in value:
            part, found = _nodes(item, found)
            parts.append(part)
        return type(value)(parts), found
    if type(value) is dict:
        pairs: Dict[Any, Any] = {}
        for key, item in value.items():
            pairs[key], found = _nodes(item, found)
        return pairs, found
    if type(value) is slice:
        (start, stop, step), found = _nodes((value.start, value.stop, value.step), found)
        return slice(start, stop, step), found
    return value, found


def call(target: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """A node that calls ``target``; without a :class:`Proxy` among the arguments, its result."""
    (given, named), graph = _nodes((args, kwargs))
    if graph is None:
        return target(*args, **kwargs)
    return Proxy(graph.call_function(target, given, named))


def graph_of(function: Callable[..., Any]) -> Graph:
    """The graph of a function of positional parameters that computes by operators and ``call``.

    Args:
        function: its parameters become inputs of the same names; what it returns, a value or a
            nesting of tuples, lists and dicts, becomes the output.
    """
    graph = Graph()
    names = list(inspect.signature(function).parameters)
    result = function(*[Proxy(graph.placeholder(name)) for name in names])
    graph.output(_nodes(result)[0])
    return graph
