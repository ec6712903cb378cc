"""A graph as plain data (what ``json`` can hold), and back."""

from __future__ import annotations

import base64
import importlib
import math
from typing import Any, Callable, Dict, List, Optional, Tuple

from ..tensor_meta import TensorMeta
from .graph import Graph, GraphError
from .node import Node, SourcePosition

__all__ = ["Codec", "graph_from_data", "graph_to_data", "path_of", "resolve"]

#: The version of the format, raised when old readers can't read it.
FORMAT = 1


def resolve(path: str) -> Any:
    """The object that a path like ``operator.add`` or ``paddle.Tensor.add_`` names.

    Raises:
        LookupError: there is no such object.
    """
    module, _, rest = path.partition(":")
    try:
        value: Any = importlib.import_module(module)
        for name in rest.split("."):
            value = getattr(value, name)
    except (ImportError, AttributeError) as error:
        raise LookupError(f"{path} isn't there: {error}") from error
    return value


def path_of(value: Any) -> Optional[str]:
    """The path by which :func:`resolve` finds this very object; ``None``: there is none."""
    owner = getattr(value, "__objclass__", None)
    name = getattr(value, "__qualname__", None) or getattr(value, "__name__", None)
    module = getattr(value, "__module__", None) or getattr(owner, "__module__", None)
    if not isinstance(name, str) or not isinstance(module, str) or "<" in name:
        return None
    path = f"{module}:{name}"
    try:
        return path if resolve(path) is value else None
    except LookupError:
        return None


class Codec:
    """How constants and targets that have no spelling of their own are written.

    A framework's codec knows its dtypes, devices and the like; it overrides both methods.
    """

    def encode(self, value: Any) -> Optional[List[Any]]:
        """A list ``[word, ...]`` of plain data; ``None``: it can't be written."""
        del value
        return None

    def decode(self, word: str, data: List[Any]) -> Any:
        """What :meth:`encode` wrote.

        Raises:
            GraphError: the word isn't known.
        """
        del data
        raise GraphError(f"the graph holds a value of unknown kind {word!r}")


def graph_to_data(graph: Graph, codec: Codec) -> Dict[str, Any]:
    """The graph as dicts, lists, strings and numbers.

    Of a node's ``meta``, ``"tensor_meta"`` and ``"position"`` are kept.

    Raises:
        GraphError: a target or a constant can't be written; the text names its node.
    """
    numbers = {node: number for number, node in enumerate(graph.nodes)}
    nodes = []
    for node in graph.nodes:

        def write(value: Any, node: Node = node) -> Any:
            return _encoded(value, numbers, codec, node)

        target = node.target
        nodes.append(
            {
                "name": node.name,
                "op": node.op,
                "target": target if isinstance(target, str) else write(target),
                "args": write(node.args)[1:],
                "kwargs": {key: write(value) for key, value in node.kwargs.items()},
                "tensor_meta": write(node.meta.get("tensor_meta")),
                "position": None if node.position is None else list(node.position),
            }
        )
    return {"format": FORMAT, "nodes": nodes}


def graph_from_data(data: Dict[str, Any], codec: Codec) -> Graph:
    """The graph that :func:`graph_to_data` wrote.

    Raises:
        GraphError: another format, or something in it that isn't there any more.
    """
    if data.get("format") != FORMAT:
        raise GraphError(f"a graph of format {data.get('format')!r}; this reads {FORMAT}")
    graph = Graph()
    made: List[Node] = []
    for row in data["nodes"]:
        args = tuple([_decoded(value, made, codec) for value in row["args"]])
        kwargs = {key: _decoded(value, made, codec) for key, value in row["kwargs"].items()}
        target = row["target"]
        if not isinstance(target, str):
            target = _decoded(target, made, codec)
        meta: Dict[str, Any] = {}
        described = _decoded(row["tensor_meta"], made, codec)
        if described is not None:
            meta["tensor_meta"] = described
        if row["position"] is not None:
            meta["position"] = SourcePosition(*row["position"])
        if row["op"] == "placeholder":
            node = graph.placeholder(target, meta)
        else:
            node = graph.create_node(row["op"], target, args, kwargs, row["name"], meta)
        made.append(node)
    graph.lint()
    return graph


_CONTAINERS: Dict[type, str] = {tuple: "tuple", list: "list"}


def _encoded(value: Any, numbers: Dict[Node, int], codec: Codec, node: Node) -> Any:
    kind = type(value)
    if value is None or kind in (bool, int, str):
        return value
    if kind is float:
        return value if math.isfinite(value) else ["float", repr(value)]
    if kind is Node:
        return ["node", numbers[value]]

    def write(item: Any) -> Any:
        return _encoded(item, numbers, codec, node)

    if kind in _CONTAINERS:
        return [_CONTAINERS[kind], *[write(item) for item in value]]
    if kind is dict:
        return ["dict", *[[write(key), write(item)] for key, item in value.items()]]
    if kind is slice:
        return ["slice", write(value.start), write(value.stop), write(value.step)]
    if kind is TensorMeta:
        shape, dtype, stop_gradient, place = value
        return ["meta", list(shape), write(dtype), stop_gradient, write(place)]
    if kind is complex:
        return ["complex", repr(value.real), repr(value.imag)]
    if kind is bytes:
        return ["bytes", base64.b64encode(value).decode("ascii")]
    if value is Ellipsis:
        return ["ellipsis"]
    known = codec.encode(value)
    if known is not None:
        return known
    path = path_of(value)
    if path is None:
        raise GraphError(
            f"node {node.name!r}: {value!r} can't be saved; it has no name under which it can "
            "be imported"
        )
    return ["path", path]


def _decoded(value: Any, made: List[Node], codec: Codec) -> Any:
    if not isinstance(value, list):
        return value
    word, *rest = value

    def read(item: Any) -> Any:
        return _decoded(item, made, codec)

    simple: Dict[str, Callable[[], Any]] = {
        "float": lambda: float(rest[0]),
        "node": lambda: made[rest[0]],
        "tuple": lambda: tuple([read(item) for item in rest]),
        "list": lambda: [read(item) for item in rest],
        "dict": lambda: {read(key): read(item) for key, item in rest},
        "slice": lambda: slice(*[read(item) for item in rest]),
        "meta": lambda: TensorMeta(_shape(rest[0]), read(rest[1]), rest[2], read(rest[3])),
        "complex": lambda: complex(float(rest[0]), float(rest[1])),
        "bytes": lambda: base64.b64decode(rest[0]),
        "ellipsis": lambda: Ellipsis,
    }
    if word in simple:
        return simple[word]()
    if word != "path":
        return codec.decode(word, rest)
    try:
        return resolve(rest[0])
    except LookupError as error:
        raise GraphError(f"the graph needs what isn't installed here: {error}") from error


def _shape(sizes: List[int]) -> Tuple[int, ...]:
    return tuple(sizes)
