"""The ``auto`` backend, the default: each graph runs by what was measured to be fastest for it.

in: a graph. out: a callable that begins eagerly and times its own calls. Once the eager calls
have taken as long as compiling is expected to take, each candidate is compiled and timed in the
calls that follow, and the fastest stays: whatever the number of calls, the time spent is at most
some twice that of the best choice made in advance (the ski-rental rule, Karlin et al. 1988).
What was measured is remembered for graphs alike.
"""

from __future__ import annotations

import hashlib
import threading
import time
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Sequence, Tuple

from ..errors import CompileError, CompilerNotFoundError
from ..graph import GraphLayer, Node
from ..tensor_meta import TensorMeta
from .base import CompiledGraph, Compiler, needs_gradients
from .replay import replayed

__all__ = ["AutoCompiler"]

#: Graphs with fewer elements, all tensors taken together, stay eager: calling another runtime
#: costs more than computing them.
_SMALL = 1 << 16
#: Calls of each form that are timed, after one that warms it up.
_TIMED = 3
#: A form has to take less than this of the eager time to be chosen.
_GAIN = 0.95


class _Candidate(NamedTuple):
    """A backend that may be tried.

    Args:
        name: as the registry knows it.
        trains: whether it is for graphs that need gradients, for others, or (``None``) for both.
        seconds: what compiling costs, for each operation and once.
    """

    name: str
    trains: Optional[bool]
    seconds: Tuple[float, float]


#: In the order in which they are tried (../shared/facts/backends.md has the figures).
_CANDIDATES = (
    _Candidate("openvino", False, (0.005, 0.1)),
    _Candidate("static", None, (0.01, 0.1)),
    _Candidate("llvm", None, (0.01, 0.1)),
)


class AutoCompiler(Compiler):
    """Chooses for each graph among the backends that are installed, by measuring.

    Args:
        candidates: the names of the backends to choose from, in the order in which they are
            tried; those known to be fast on a CPU when ``None``. ``eager`` always takes part, so
            that nothing needs to fall back.
        print_tabular_mode: as for :class:`Compiler`.
    """

    name = "auto"
    takes_numbers = True

    def __init__(
        self,
        *,
        candidates: Optional[Sequence[str]] = None,
        print_tabular_mode: Optional[str] = None,
    ) -> None:
        super().__init__(print_tabular_mode=print_tabular_mode)
        known = {candidate.name: candidate for candidate in _CANDIDATES}
        self.candidates = tuple(
            _CANDIDATES
            if candidates is None
            else [known.get(name, _Candidate(name, None, (0.01, 0.1))) for name in candidates]
        )
        self._chosen: Dict[bytes, _Choice] = {}

    def compile(self, graph_layer: GraphLayer, example_inputs: Sequence[Any]) -> CompiledGraph:
        """A callable that finds out what is fastest; a small graph's eager form itself."""
        eager = replayed(graph_layer)
        size = _elements(graph_layer)
        if size < _SMALL:
            graph_layer.note(f"auto: eager, a graph of {size} elements is too small to gain")
            return eager
        if _has_effects(graph_layer):
            # A form that fails in a call is run again eagerly, which mustn't do anything twice.
            graph_layer.note("auto: eager, as it writes to tensors or draws random numbers")
            return eager
        key = _key(graph_layer)
        choice = self._chosen.get(key)
        if choice is not None:
            compiled = self._remembered(choice, graph_layer, example_inputs)
            if compiled is not None:
                return compiled
        candidates = self._suited(graph_layer)
        if not candidates:
            graph_layer.note("auto: eager, no other backend that is installed takes this graph")
            return eager
        graph_layer.note(
            "auto: eager, until it has run as long as compiling takes; then what is fastest"
        )

        def chosen(choice: _Choice) -> None:
            self._chosen[key] = choice
            graph_layer.note(str(choice))

        return _Trial(graph_layer, eager, candidates, chosen)

    def _remembered(
        self, choice: _Choice, graph_layer: GraphLayer, example_inputs: Sequence[Any]
    ) -> Optional[CompiledGraph]:
        graph_layer.note(f"{choice}, measured on a graph like this")
        if choice.name == "eager":
            return replayed(graph_layer)
        try:
            return _compiled(choice.name, graph_layer, example_inputs)
        except CompileError:
            return None

    def _suited(self, graph_layer: GraphLayer) -> List[_Candidate]:
        """The candidates that are installed and made for such a graph."""
        trains = needs_gradients(graph_layer)
        numbers = any(
            not isinstance(node.meta.get("tensor_meta"), TensorMeta)
            for node in graph_layer.graph.find_nodes(op="placeholder")
        )
        suited = []
        for candidate in self.candidates:
            if candidate.trains not in (None, trains):
                continue
            try:
                compiler = _get(candidate.name)
            except CompilerNotFoundError:
                continue
            if (trains and not compiler.gives_gradients) or (
                numbers and not compiler.takes_numbers
            ):
                continue
            suited.append(candidate)
        return suited


class _Choice(NamedTuple):
    """What was found fastest; seconds of a call."""

    name: str
    seconds: float
    eager: float
    tried: Tuple[Tuple[str, str], ...]

    def __str__(self) -> str:
        times = ", ".join(f"{name} {found}" for name, found in self.tried)
        return f"auto: {self.name}; eager {_milliseconds(self.eager)}, {times}"


class _Trial:
    """A graph on the way to its fastest form."""

    def __init__(
        self,
        graph_layer: GraphLayer,
        eager: CompiledGraph,
        candidates: List[_Candidate],
        chosen: Callable[[_Choice], None],
    ) -> None:
        self._layer = graph_layer
        self._eager = eager
        self._waiting = list(candidates)
        self._chosen = chosen
        self._lock = threading.Lock()
        operations = len(graph_layer.graph.find_nodes(op="call_function"))
        self._cost = min(each * operations + once for _, _, (each, once) in candidates)
        self._spent = 0.0
        self._times: List[float] = []  # of the form that is timed, after its first call
        self._eager_time = 0.0
        self._best: Tuple[float, str, CompiledGraph] = (float("inf"), "eager", eager)
        self._tried: List[Tuple[str, str]] = []
        self._name = "eager"
        self._warm = False
        self._run: CompiledGraph = eager
        self._settled = False

    def __call__(self, *inputs: Any) -> Any:
        """What the graph gives."""
        # One call at a time is timed; what other threads call meanwhile runs as it is.
        if self._settled or not self._lock.acquire(False):
            return self._run(*inputs)
        try:
            run = self._run
            start = time.perf_counter()
            try:
                result = run(*inputs)
            except Exception as error:
                if run is self._eager:
                    raise
                self._tried.append((self._name, f"failed: {type(error).__name__}: {error}"))
                self._next(inputs)
                return self._eager(*inputs)
            self._note(time.perf_counter() - start, inputs)
            return result
        finally:
            self._lock.release()

    def _note(self, seconds: float, inputs: Sequence[Any]) -> None:
        if self._name == "eager":
            self._spent += seconds
        if not self._warm:
            self._warm = True
            return
        self._times.append(seconds)
        if len(self._times) < _TIMED or (self._name == "eager" and self._spent < self._cost):
            return
        best = min(self._times)
        if self._name == "eager":
            self._eager_time = best
            self._best = (best * _GAIN, "eager", self._eager)
        else:
            self._tried.append((self._name, _milliseconds(best)))
            if best < self._best[0]:
                self._best = (best, self._name, self._run)
        self._next(inputs)

    def _next(self, inputs: Sequence[Any]) -> None:
        """Go on with the next candidate that compiles, or settle."""
        self._times, self._warm = [], False
        while self._waiting:
            candidate = self._waiting.pop(0)
            try:
                self._run = _compiled(candidate.name, self._layer, inputs)
            except CompileError as error:
                self._tried.append((candidate.name, f"can't: {error.reason}"))
                continue
            self._name = candidate.name
            return
        seconds, name, self._run = self._best
        self._settled = True
        self._chosen(_Choice(name, seconds, self._eager_time, tuple(self._tried)))


def _get(name: str) -> Compiler:
    from .registry import get

    return get(name)


def _compiled(name: str, graph_layer: GraphLayer, inputs: Sequence[Any]) -> CompiledGraph:
    """A backend's form of a graph; eager instead of it is of no use here."""
    compiler = _get(name)
    return compiler.compile_strictly(graph_layer, inputs)


def _has_effects(graph_layer: GraphLayer) -> bool:
    """Whether a graph does more than give results, beside changing the gradient mode."""
    for node in graph_layer.graph.find_nodes(op="call_function"):
        effects = graph_layer.operations.effects(node)
        if effects.writes or effects.random or effects.opaque:
            return True
    return False


def _elements(graph_layer: GraphLayer) -> int:
    """The elements of all tensors in a graph, parameters included."""
    return sum(_sizes(node.meta.get("tensor_meta")) for node in graph_layer.graph.nodes)


def _sizes(value: Any) -> int:
    if isinstance(value, TensorMeta):
        size = 1
        for dimension in value.shape:
            size *= max(int(dimension), 0)
        return size
    if isinstance(value, (tuple, list)):
        return sum(_sizes(item) for item in value)
    return 0


def _key(graph_layer: GraphLayer) -> bytes:
    """The same for graphs with the same operations on the same shapes, dtypes and gradients."""
    text = [graph_layer.code]
    text += [_described(node) for node in graph_layer.graph.nodes]
    return hashlib.sha256("\n".join(text).encode()).digest()


def _described(node: Node) -> str:
    return repr(node.meta.get("tensor_meta"))


def _milliseconds(seconds: float) -> str:
    return f"{seconds * 1e3:.3g} ms"
