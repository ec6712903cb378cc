"""One graph, compiled for each of the sizes that it is called with.

in: a graph with inputs whose sizes vary, and inputs that are Python numbers. out: a callable with
a compiled form for each combination of sizes and numbers that comes more than once, up to a
limit; other calls run eagerly.
"""

from __future__ import annotations

import threading
from typing import Any, Callable, Dict, Sequence, Set, Tuple

from ..errors import CompileError
from ..graph import Graph, GraphError, GraphLayer, Node, map_nodes
from ..graph.passes import propagation
from ..tensor_meta import TensorMeta
from .base import CompiledGraph
from .replay import replayed

__all__ = ["Specialised", "varies", "with_sizes"]

#: Forms of one graph.
_MOST_FORMS = 8
#: Combinations of sizes that are remembered as seen once.
_MOST_SEEN = 64


def varies(layer: GraphLayer) -> bool:
    """Whether sizes of a graph's inputs vary, or numbers are among them."""
    for node in layer.graph.placeholders:
        meta = node.meta.get("tensor_meta")
        if not isinstance(meta, TensorMeta):
            return True
        if any(type(size) is not int or size < 0 for size in meta.shape):
            return True
    return False


def with_sizes(layer: GraphLayer, inputs: Sequence[Any]) -> GraphLayer:
    """A copy of a graph for inputs of given sizes; numbers among them are constants in it.

    Args:
        layer: with as many placeholders as inputs; they all stay, used or not.
        inputs: tensors and Python numbers.

    Raises:
        CompileError: the graph doesn't take them.
    """
    graph, mapping = layer.graph.copy()
    known: Dict[Node, Any] = {}
    for node, value in zip(layer.graph.placeholders, inputs):
        if type(value) in (bool, int, float):
            known[mapping[node]] = value
            # No number any more, but what no tensor is.
            mapping[node].meta["tensor_meta"] = None
    for node in graph.nodes:
        if node.op == "placeholder" or not node.all_input_nodes:
            continue
        args = map_nodes(node.args, lambda used: known.get(used, used))
        node.args = args
        node.kwargs = map_nodes(node.kwargs, lambda used: known.get(used, used))
        if node.op == "call_function" and not node.all_input_nodes and _is_of_numbers(node):
            try:
                known[node] = node.target(*node.args, **node.kwargs)
            except Exception as error:
                raise CompileError(f"{node.name}: {error}") from error
    made = type(layer)(_without(graph, known), layer.attributes)
    try:
        propagation(made, inputs)
    except GraphError as error:
        raise CompileError(f"sizes can't be told: {error}") from error
    return made


def _is_of_numbers(node: Node) -> bool:
    """Whether a call computes Python numbers of Python numbers."""
    return not isinstance(node.meta.get("tensor_meta"), (TensorMeta, list, tuple)) and (
        getattr(node.target, "__module__", None) in ("_operator", "builtins", "math")
    )


def _without(graph: Graph, known: Dict[Node, Any]) -> Graph:
    for node in reversed(graph.nodes):
        if node in known and node.op == "call_function" and not node.users:
            graph.erase_node(node)
    return graph


class Specialised:
    """A graph's forms by the sizes and numbers of its inputs.

    Args:
        layer: the graph.
        compile: compiles a graph whose sizes are known.
        inputs: those of the first call, for which the first form is made; not kept.

    Raises:
        CompileError: there is no form for these; or the graph takes fractions, which seldom come
            again.
    """

    def __init__(
        self,
        layer: GraphLayer,
        compile: Callable[[GraphLayer], CompiledGraph],
        inputs: Sequence[Any],
    ) -> None:
        if any(type(value) is float for value in inputs):
            raise CompileError("a number that varies is a fraction")
        if any(isinstance(value, TensorMeta) for value in inputs):
            raise CompileError("the sizes of the first call aren't known")
        self._layer = layer
        self._compile = compile
        self._eager = replayed(layer)
        self._lock = threading.Lock()
        self._seen: Set[Any] = set()
        self._forms: Dict[Any, CompiledGraph] = {
            _key(inputs): compile(with_sizes(layer, inputs)),
        }

    def __call__(self, *inputs: Any) -> Any:
        """What the graph gives."""
        key = _key(inputs)
        form = self._forms.get(key)
        if form is None:
            form = self._new(key, inputs)
        return form(*inputs)

    def _new(self, key: Any, inputs: Sequence[Any]) -> CompiledGraph:
        with self._lock:
            if key in self._forms:
                return self._forms[key]
            if key not in self._seen:
                if len(self._seen) < _MOST_SEEN:
                    self._seen.add(key)
                return self._eager
            if len(self._forms) >= _MOST_FORMS:
                self._layer.note(f"compiled for {_MOST_FORMS} sizes; calls with others run eagerly")
                return self._eager
            try:
                form = self._compile(with_sizes(self._layer, inputs))
            except CompileError as error:
                self._layer.note(f"runs eagerly for some sizes: {error.reason}")
                form = self._eager
            self._forms[key] = form
            return form


def _key(inputs: Sequence[Any]) -> Tuple[Any, ...]:
    """What tells calls apart that need different forms."""
    return tuple(
        [
            (type(value), value) if isinstance(value, (bool, int, float)) else tuple(value.shape)
            for value in inputs
        ]
    )
