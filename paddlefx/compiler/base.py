"""What a backend is."""

from __future__ import annotations

import abc
from typing import Any, Callable, Optional, Sequence

from ..errors import CompileError
from ..graph import GraphLayer
from ..tensor_meta import TensorMeta
from .frozen_weights import FrozenWeights
from .replay import replayed

__all__ = ["CallableCompiler", "CompiledGraph", "Compiler", "needs_gradients"]

#: What a backend makes: takes the graph's inputs in order, returns the tuple of its outputs.
CompiledGraph = Callable[..., Any]


class Compiler(abc.ABC):
    """A backend: a subclass says how a graph is compiled, and what graphs it is for.

    An instance is called once for each captured graph.

    Args:
        allow_fallback: what can't be compiled runs eagerly, and ``explain`` says so; otherwise
            it is a :class:`~paddlefx.errors.CompileError`.
        full_graph: a graph is compiled as one piece or not at all: parts that the backend
            doesn't support count as what can't be compiled.
        print_tabular_mode: print each graph before it is compiled: ``"rich"`` or ``"plain"``.

    Raises:
        ValueError: no such way to print.
    """

    #: The name that users choose it by.
    name: str = ""
    #: Whether graphs may have placeholders for Python numbers, and tensors whose sizes vary.
    takes_numbers: bool = False
    #: Whether gradients flow through what it makes; otherwise it isn't given such graphs.
    gives_gradients: bool = True
    #: Whether what it makes has the values of parameters in it; then they are watched.
    freezes_weights: bool = False

    # Those of a subclass whose __init__ doesn't come here.
    allow_fallback: bool = True
    full_graph: bool = False
    print_tabular_mode: Optional[str] = None

    def __init__(
        self,
        *,
        allow_fallback: bool = True,
        full_graph: bool = False,
        print_tabular_mode: Optional[str] = None,
    ) -> None:
        if print_tabular_mode not in (None, "rich", "plain"):
            raise ValueError(
                f"print_tabular_mode is 'rich', 'plain' or None, not {print_tabular_mode!r}"
            )
        self.allow_fallback = allow_fallback
        self.full_graph = full_graph
        self.print_tabular_mode = print_tabular_mode

    @abc.abstractmethod
    def compile(self, graph_layer: GraphLayer, example_inputs: Sequence[Any]) -> CompiledGraph:
        """A callable that computes what ``graph_layer`` computes.

        It may keep ``graph_layer``, and must not keep ``example_inputs``.

        Args:
            graph_layer: the captured graph with its parameters.
            example_inputs: one value for each placeholder: tensors of the first call, or
                :class:`~paddlefx.tensor_meta.TensorMeta` where none exists yet; ints and
                floats with :attr:`takes_numbers`.

        Raises:
            CompileError: it can't.
        """

    def __call__(self, graph_layer: GraphLayer, example_inputs: Sequence[Any]) -> CompiledGraph:
        """Compile a captured graph, within the backend's options and what it is for.

        Raises:
            CompileError: it can't be compiled, and ``allow_fallback`` is off.
        """
        if self.print_tabular_mode is not None:
            graph_layer.print_tabular(self.print_tabular_mode)
        try:
            return self.compile_strictly(graph_layer, example_inputs)
        except CompileError as error:
            if not self.allow_fallback:
                raise
            graph_layer.note(f"runs eagerly: {error.reason}")
            return replayed(graph_layer)

    def compile_strictly(
        self, graph_layer: GraphLayer, example_inputs: Sequence[Any]
    ) -> CompiledGraph:
        """:meth:`compile`, for graphs that the backend is for, with its weights watched.

        Raises:
            CompileError: it can't be compiled, whatever ``allow_fallback`` says.
        """
        if not self.gives_gradients and needs_gradients(graph_layer):
            raise CompileError(
                f"{self.name} gives no gradients, which this graph needs",
                hint="call it under paddle.no_grad(), or choose a backend that trains",
            )
        if self.freezes_weights:
            return FrozenWeights(self.compile, graph_layer, example_inputs)
        return self.compile(graph_layer, example_inputs)

    def __repr__(self) -> str:
        return f"<compiler {self.name}>"


def needs_gradients(graph_layer: GraphLayer) -> bool:
    """Whether autograd records anything of what a graph computes."""
    return any(
        _records(value)
        for node in graph_layer.graph.nodes
        if node.op not in ("placeholder", "get_attr", "output")
        for value in (node.meta.get("tensor_meta"),)
    )


def _records(value: Any) -> bool:
    if isinstance(value, TensorMeta):
        return not value.stop_gradient
    if isinstance(value, (tuple, list)):
        return any(_records(item) for item in value)
    return False


class CallableCompiler(Compiler):
    """Any callable ``(graph_layer, example_inputs) -> callable`` as a compiler.

    An attribute ``takes_numbers = True`` of the callable says so of the compiler.
    """

    def __init__(self, function: Callable[[GraphLayer, Sequence[Any]], CompiledGraph]) -> None:
        super().__init__(allow_fallback=False)
        self.function = function
        self.name = str(getattr(function, "__name__", type(function).__name__))
        self.takes_numbers = bool(getattr(function, "takes_numbers", False))

    def compile(self, graph_layer: GraphLayer, example_inputs: Sequence[Any]) -> CompiledGraph:
        """What the user's function returns.

        Raises:
            TypeError: it returned something that can't be called.
        """
        compiled = self.function(graph_layer, example_inputs)
        if not callable(compiled):
            raise TypeError(
                f"backend {self.name!r} returned {type(compiled).__name__}, not a callable"
            )
        return compiled
