"""What ``auto`` may try, and what it has found for a graph."""

from __future__ import annotations

from typing import Any, NamedTuple, Optional, Sequence, Tuple

from ..errors import CompileError
from ..graph import GraphLayer
from .base import CompiledGraph

__all__ = [
    "ADVANTAGE",
    "GAIN",
    "Candidate",
    "Choice",
    "compiled",
    "how_apart",
    "least_cost",
    "milliseconds",
    "why_not",
]

#: A form has to take less than this of the eager time to be chosen, and less than the second of
#: another form's.
GAIN, ADVANTAGE = 0.95, 0.98


class Candidate(NamedTuple):
    """A backend that may be tried.

    Args:
        name: as the registry knows it.
        trains: whether it is for graphs that need gradients, for others, or (``None``) for both.
        seconds: what compiling costs, for each operation and once.
        small: the same for a graph of few elements; ``None`` where calling what it makes costs
            more than computing such a graph.
    """

    name: str
    trains: Optional[bool]
    seconds: Tuple[float, float]
    small: Optional[Tuple[float, float]] = None


class Choice(NamedTuple):
    """What was found fastest; seconds of a call."""

    name: str
    eager: float
    tried: Tuple[Tuple[str, str], ...]

    def __str__(self) -> str:
        times = ", ".join(f"{name} {found}" for name, found in self.tried)
        return f"auto: {self.name}; eager {milliseconds(self.eager)}, {times}"


def compiled(name: str, graph_layer: GraphLayer, inputs: Sequence[Any]) -> CompiledGraph:
    """A backend's form of a graph; eager instead of it is of no use here.

    Raises:
        CompilerNotFoundError: the backend isn't installed.
        CompileError: it can't compile the graph.
    """
    from .registry import get

    return get(name).compile_strictly(graph_layer, inputs)


def least_cost(graph_layer: GraphLayer, costs: Sequence[Tuple[float, float]]) -> float:
    """Seconds of the cheapest compilation, by what each operation costs and what is paid once."""
    operations = len(graph_layer.graph.find_nodes(op="call_function"))
    return min(each * operations + once for each, once in costs)


def how_apart(plain: Any, found: Any) -> str:
    """How a form's first results differ from the eager ones by more than rounding, if they do."""
    from .difference import difference  # Not before: it needs Paddle.

    return difference(plain, found)


def why_not(error: Exception) -> str:
    """What to tell of a form that couldn't be made or called."""
    if isinstance(error, CompileError):
        return f"can't: {error.reason}"
    return f"failed: {type(error).__name__}: {error}"


def milliseconds(seconds: float) -> str:
    """Three digits of them."""
    return f"{seconds * 1e3:.3g} ms"
