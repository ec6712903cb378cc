"""The ``auto`` backend, the default: each graph runs by what was measured to be fastest for it.

in: a graph. out: a callable that begins eagerly and times its own calls. Once the eager calls
have taken as long as compiling is expected to take, the candidates are compiled one after the
other, each timed beside the fastest so far, and the fastest stays: whatever the number of calls,
the time spent is at most some twice that of the best choice made in advance (the ski-rental
rule, Karlin et al. 1988). Nothing is imported before. Graphs that have effects or need gradients
are timed on copies (:mod:`.rehearsal`), the others in the calls themselves. What was measured is
remembered for graphs alike.
"""

from __future__ import annotations

import hashlib
import threading
import time
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Sequence, Tuple

from .. import frameworks
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
_TIMED = 4
#: A form has to take less than this of the eager time to be chosen, and less than the second of
#: another form's.
_GAIN, _ADVANTAGE = 0.95, 0.98
#: Calls before a rehearsal, which takes about as long.
_REHEARSED = 12
#: Graphs whose choice is remembered.
_MOST_REMEMBERED = 4096


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
    _Candidate("static", False, (0.01, 0.1)),
    _Candidate("onednn", True, (0.01, 0.1)),
    _Candidate("blas", None, (0.01, 0.1)),
    # Not where gradients are needed: its nodes of autograd have several edges, and paddle.grad by
    # some of the inputs raises at those.
    _Candidate("llvm", False, (0.01, 0.1)),
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
        effects, opaque = _effects(graph_layer)
        if opaque:
            graph_layer.note("auto: eager, as it calls what may do anything")
            return eager
        trains = needs_gradients(graph_layer)
        candidates = [each for each in self.candidates if each.trains in (None, trains)]
        if not candidates:
            graph_layer.note("auto: eager, no other backend takes this graph")
            return eager
        choice = self._chosen.get(_key(graph_layer)) if self._chosen else None
        if choice is None:
            graph_layer.note(
                "auto: eager, until it has run as long as compiling takes; then what is fastest"
            )
        else:
            graph_layer.note(f"{choice}, measured on a graph like this")
            candidates = [each for each in candidates if each.name == choice.name]
            if not candidates:
                return eager
        kind = _Rehearsed if trains or effects else _Trial
        return kind(graph_layer, eager, candidates, choice, self._remember)

    def _remember(self, graph_layer: GraphLayer, choice: _Choice) -> None:
        while len(self._chosen) >= _MOST_REMEMBERED:
            self._chosen.pop(next(iter(self._chosen)), None)
        self._chosen[_key(graph_layer)] = choice
        graph_layer.note(str(choice))


class _Choice(NamedTuple):
    """What was found fastest; seconds of a call."""

    name: str
    eager: float
    tried: Tuple[Tuple[str, str], ...]

    def __str__(self) -> str:
        times = ", ".join(f"{name} {found}" for name, found in self.tried)
        return f"auto: {self.name}; eager {_milliseconds(self.eager)}, {times}"


class _Form:
    """A way to run the graph, and the seconds of its calls beside another one's."""

    def __init__(self, name: str, run: CompiledGraph, gain: float) -> None:
        self.name = name
        self.run = run
        #: What of its time another one may take to replace it.
        self.gain = gain
        self.times: List[float] = []


class _Waiting:
    """A graph that runs eagerly until it pays to look for its fastest form.

    Args:
        graph_layer: the graph.
        eager: its eager form.
        candidates: what to try.
        choice: what was measured on a graph alike: there is nothing to measure.
        chosen: is told what was found.
    """

    def __init__(
        self,
        graph_layer: GraphLayer,
        eager: CompiledGraph,
        candidates: List[_Candidate],
        choice: Optional[_Choice],
        chosen: Callable[[GraphLayer, _Choice], None],
    ) -> None:
        self._layer = graph_layer
        self._eager = eager
        self._waiting = list(candidates)
        self._choice = choice
        self._chosen = chosen
        self._lock = threading.Lock()
        # Where one thread computes, other processes mustn't change the choice.
        alone = frameworks.active().kernel_threads() == 1
        self._clock = time.process_time if alone else time.perf_counter
        operations = len(graph_layer.graph.find_nodes(op="call_function"))
        self._cost = min(each * operations + once for _, _, (each, once) in candidates)
        self._spent: List[float] = []
        self._tried: List[Tuple[str, str]] = []
        self._run = eager
        #: The eager form, until the time has come.
        self._best: Optional[_Form] = None
        self._settled = False

    def __call__(self, *inputs: Any) -> Any:
        """What the graph gives."""
        # One call at a time is timed; what other threads call meanwhile runs as it is.
        if self._settled or not self._lock.acquire(False):
            return self._run(*inputs)
        try:
            if self._best is not None:
                return self._timed(inputs)
            start = self._clock()
            result = self._eager(*inputs)
            self._spent.append(self._clock() - start)
            if sum(self._spent) >= self._cost and len(self._spent) >= self.least_calls:
                self._begin(inputs)
            return result
        finally:
            self._lock.release()

    #: Eager calls before anything is tried.
    least_calls = 1

    def _begin(self, inputs: Sequence[Any]) -> None:
        if self._choice is None:
            self._best = _Form("eager", self._eager, _GAIN)
            self._next(inputs)
            return
        for candidate in self._waiting:
            try:
                self._run = _compiled(candidate.name, self._layer, inputs)
            except Exception as error:
                self._layer.note(f"auto: eager, {candidate.name} {_why(error)}")
        self._settled = True

    def _timed(self, inputs: Sequence[Any]) -> Any:
        """A call that tells how long something takes."""
        raise NotImplementedError

    def _next(self, inputs: Sequence[Any]) -> None:
        """Go on with the next candidate, or settle."""
        raise NotImplementedError

    def _settle(self, seconds: float) -> None:
        best = self._best
        assert best is not None
        self._run, self._settled = best.run, True
        self._best, self._spent = None, []
        if not self._tried:
            self._layer.note("auto: eager, no other backend that is installed takes this graph")
            return
        self._chosen(self._layer, _Choice(best.name, seconds, tuple(self._tried)))


class _Trial(_Waiting):
    """A graph whose forms are timed in its calls: each beside the fastest so far, in turns."""

    _other: Optional[_Form] = None
    _eager_time = 0.0

    def _timed(self, inputs: Sequence[Any]) -> Any:
        best, other = self._best, self._other
        if best is None or other is None:  # What compiled the next one was interrupted.
            self._next(inputs)
            return self._eager(*inputs)
        form = best if len(best.times) < len(other.times) else other
        start = self._clock()
        try:
            result = form.run(*inputs)
        except Exception as error:
            if form.name == "eager":
                raise
            # The graph has no effects: it can be run again. An error that is its own comes now.
            result = self._eager(*inputs)
            self._tried.append((form.name, _why(error)))
            if form is best:
                self._best = _Form("eager", self._eager, _GAIN)
            self._next(inputs)
            return result
        form.times.append(self._clock() - start)
        if len(best.times) > _TIMED:
            self._decide(best, other)
            self._next(inputs)
        return result

    def _decide(self, best: _Form, other: _Form) -> None:
        # The first of each warms it up.
        one, two = min(best.times[1:]), min(other.times[1:])
        if best.name == "eager":
            self._eager_time = one
        self._tried.append((other.name, _milliseconds(two)))
        if two < one * best.gain:
            self._best = _Form(other.name, other.run, _ADVANTAGE)

    def _next(self, inputs: Sequence[Any]) -> None:
        self._other = None
        assert self._best is not None
        self._best.times = []
        while self._waiting:
            candidate = self._waiting.pop(0)
            try:
                run = _compiled(candidate.name, self._layer, inputs)
            except CompilerNotFoundError:
                continue
            except Exception as error:
                self._tried.append((candidate.name, _why(error)))
                continue
            self._other = _Form(candidate.name, run, _ADVANTAGE)
            return
        self._settle(self._eager_time or min(self._spent))


class _Rehearsed(_Waiting):
    """A graph with effects or gradients: its forms are timed on copies."""

    least_calls = _REHEARSED

    def _next(self, inputs: Sequence[Any]) -> None:
        from .rehearsal import Rehearsal

        trains, eager_time = needs_gradients(self._layer), min(self._spent)
        best = 0.0
        try:
            rehearsal = Rehearsal(self._layer, inputs, self._clock)
        except CompileError as error:
            self._tried.append(("rehearsal", error.reason))
            self._waiting.clear()
        for candidate in self._waiting:
            try:
                compiler = _get(candidate.name)
                eager, found = rehearsal.compare(compiler.compile_strictly, trains)
                self._tried.append((candidate.name, _milliseconds(found)))
                eager_time = eager
                if found < (best or eager * _GAIN):
                    run = compiler.compile_strictly(self._layer, inputs)
                    best, self._best = found, _Form(candidate.name, run, _ADVANTAGE)
            except CompilerNotFoundError:
                continue
            except Exception as error:
                self._tried.append((candidate.name, _why(error)))
        self._settle(eager_time)


def _get(name: str) -> Compiler:
    from .registry import get

    return get(name)


def _compiled(name: str, graph_layer: GraphLayer, inputs: Sequence[Any]) -> CompiledGraph:
    """A backend's form of a graph; eager instead of it is of no use here."""
    compiler = _get(name)
    return compiler.compile_strictly(graph_layer, inputs)


def _why(error: Exception) -> str:
    if isinstance(error, CompileError):
        return f"can't: {error.reason}"
    return f"failed: {type(error).__name__}: {error}"


def _effects(graph_layer: GraphLayer) -> Tuple[bool, bool]:
    """Whether a graph writes to tensors or draws random numbers; whether it may do anything."""
    some = False
    for node in graph_layer.graph.find_nodes(op="call_function"):
        effects = graph_layer.operations.effects(node)
        if effects.opaque:
            return True, True
        # A write of what is there already can be done again.
        some = some or effects.random or (bool(effects.writes) and not effects.idle)
    return some, False


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
