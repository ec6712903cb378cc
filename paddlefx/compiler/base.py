"""What a backend is."""

from __future__ import annotations

import abc
from typing import Any, Callable, Sequence

from ..graph import GraphLayer

__all__ = ["CallableCompiler", "CompiledGraph", "Compiler"]

#: What a backend makes: takes the graph's inputs in order, returns the tuple of its outputs.
CompiledGraph = Callable[..., Any]


class Compiler(abc.ABC):
    """A backend.

    ``compile`` is called once for each captured graph. It may keep ``graph_layer``, and must
    not keep ``example_inputs``.
    """

    #: The name that users choose it by.
    name: str = ""
    #: Whether graphs may have placeholders for Python numbers, and tensors whose sizes vary.
    takes_numbers: bool = False

    @abc.abstractmethod
    def compile(self, graph_layer: GraphLayer, example_inputs: Sequence[Any]) -> CompiledGraph:
        """A callable that computes what ``graph_layer`` computes.

        Args:
            graph_layer: the captured graph with its parameters.
            example_inputs: one value for each placeholder: tensors of the first call, or
                :class:`~paddlefx.tensor_meta.TensorMeta` where none exists yet; ints and
                floats with :attr:`takes_numbers`.
        """

    def __repr__(self) -> str:
        return f"<compiler {self.name}>"


class CallableCompiler(Compiler):
    """Any callable ``(graph_layer, example_inputs) -> callable`` as a compiler.

    An attribute ``takes_numbers = True`` of the callable says so of the compiler.
    """

    def __init__(self, function: Callable[[GraphLayer, Sequence[Any]], CompiledGraph]) -> None:
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
