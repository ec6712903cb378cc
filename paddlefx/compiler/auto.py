"""The ``auto`` backend, the default: each graph runs by what was measured to be fastest for it.

in: a graph. out: a callable that begins eagerly and times its own calls. Once the eager calls
have taken as long as compiling is expected to take, the candidates are compiled one after the
other, each timed beside the fastest so far, and the fastest stays: whatever the number of calls,
the time spent is at most some twice that of the best choice made in advance (the ski-rental
rule, Karlin et al. 1988). Nothing is imported before. Graphs that have effects or need gradients
are timed on copies (:mod:`.rehearsal`), small ones within one call (:mod:`.small_graphs`), the
others in the calls themselves. What was measured is remembered for graphs alike.
"""

from __future__ import annotations

import hashlib
import threading
import time
from typing import Any, Callable, Dict, List, Optional, Sequence, Tuple

from .. import frameworks
from ..errors import CompileError, CompilerNotFoundError
from ..graph import GraphLayer, Node
from ..tensor_meta import TensorMeta
from .base import CompiledGraph, Compiler, needs_gradients
from .choice import (
    ADVANTAGE,
    GAIN,
    Candidate,
    Choice,
    compiled,
    how_apart,
    least_cost,
    milliseconds,
    why_not,
)
from .replay import replayed
from .small_graphs import small_graph

__all__ = ["AutoCompiler"]

#: Graphs with fewer elements, all tensors taken together, are for few candidates: calling another
#: runtime costs more than computing them.
_SMALL = 1 << 16
#: Calls of each form that are timed, after one that warms it up.
_TIMED = 4
#: Calls before a rehearsal, which takes about as long.
_REHEARSED = 12
#: Graphs whose choice is remembered.
_MOST_REMEMBERED = 4096


#: In the order in which they are tried (../shared/facts/backends.md has the figures).
_CANDIDATES = (
    Candidate("openvino", False, (0.005, 0.1)),
    Candidate("static", False, (0.01, 0.1)),
    Candidate("onednn", True, (0.01, 0.1)),
    Candidate("blas", None, (0.01, 0.1)),
    # Not where gradients are needed: it gains little there, and what a kernel read and is written
    # to before the backward pass is an error that Paddle's own operations don't always have.
    Candidate("llvm", False, (0.01, 0.1), small=(0.003, 0.05)),
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
            else [known.get(name, Candidate(name, None, (0.01, 0.1))) for name in candidates]
        )
        self._chosen: Dict[bytes, Choice] = {}

    def compile(self, graph_layer: GraphLayer, example_inputs: Sequence[Any]) -> CompiledGraph:
        """A callable that finds out what is fastest; a small graph's eager form itself."""
        size = _elements(graph_layer)
        if size < _SMALL:
            return self._small(graph_layer, size)
        eager = replayed(graph_layer)
        effects, opaque = _effects(graph_layer)
        if opaque:
            graph_layer.note("auto: eager, as it calls what may do anything")
            return eager
        trains = needs_gradients(graph_layer)
        candidates = [each for each in self.candidates if each.trains in (None, trains)]
        if not candidates:
            graph_layer.note("auto: eager, no other backend takes this graph")
            return eager
        choice = self._known(graph_layer)
        if choice is not None:
            candidates = [each for each in candidates if each.name == choice.name]
            if not candidates:
                return eager
        kind = _Rehearsed if trains or effects else _Trial
        return kind(graph_layer, eager, candidates, choice, self._remember)

    def _small(self, graph_layer: GraphLayer, size: int) -> CompiledGraph:
        from .registry import is_here

        candidates = [each for each in self.candidates if each.small and is_here(each.name)]
        if not candidates or needs_gradients(graph_layer) or not _repeatable(graph_layer):
            graph_layer.note(f"auto: eager, a graph of {size} elements is too small to gain")
            return replayed(graph_layer)
        choice = self._known(graph_layer)
        if choice is not None:
            candidates = [each for each in candidates if each.name == choice.name]
            if not candidates:
                return replayed(graph_layer)
        return small_graph(graph_layer, candidates, _clock(), choice, self._remember)

    def _known(self, graph_layer: GraphLayer) -> Optional[Choice]:
        """What was measured on a graph alike; told, or that nothing was."""
        choice = self._chosen.get(_key(graph_layer)) if self._chosen else None
        graph_layer.note(
            "auto: eager, until it has run as long as compiling takes; then what is fastest"
            if choice is None
            else f"{choice}, measured on a graph like this"
        )
        return choice

    def _remember(self, graph_layer: GraphLayer, choice: Choice) -> None:
        while len(self._chosen) >= _MOST_REMEMBERED:
            self._chosen.pop(next(iter(self._chosen)), None)
        self._chosen[_key(graph_layer)] = choice
        graph_layer.note(str(choice))


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
        candidates: List[Candidate],
        choice: Optional[Choice],
        chosen: Callable[[GraphLayer, Choice], None],
    ) -> None:
        self._layer = graph_layer
        self._eager = eager
        self._waiting = list(candidates)
        self._choice = choice
        self._chosen = chosen
        self._lock = threading.Lock()
        self._clock = _clock()
        self._cost = least_cost(graph_layer, [each.seconds for each in candidates])
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
            self._best = _Form("eager", self._eager, GAIN)
            self._next(inputs)
            return
        for candidate in self._waiting:
            try:
                self._run = compiled(candidate.name, self._layer, inputs)
            except Exception as error:
                self._layer.note(f"auto: eager, {candidate.name} {why_not(error)}")
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
        self._chosen(self._layer, Choice(best.name, seconds, tuple(self._tried)))


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
            self._tried.append((form.name, why_not(error)))
            if form is best:
                self._best = _Form("eager", self._eager, GAIN)
            self._next(inputs)
            return result
        took = self._clock() - start
        if form is other and not other.times:
            plain = self._eager(*inputs)
            apart = how_apart(plain, result)
            if apart:
                self._tried.append((form.name, f"gives {apart}"))
                self._next(inputs)
                return plain
        form.times.append(took)
        if len(best.times) > _TIMED:
            self._decide(best, other)
            self._next(inputs)
        return result

    def _decide(self, best: _Form, other: _Form) -> None:
        # The first of each warms it up.
        one, two = min(best.times[1:]), min(other.times[1:])
        if best.name == "eager":
            self._eager_time = one
        self._tried.append((other.name, milliseconds(two)))
        if two < one * best.gain:
            self._best = _Form(other.name, other.run, ADVANTAGE)

    def _next(self, inputs: Sequence[Any]) -> None:
        self._other = None
        assert self._best is not None
        self._best.times = []
        while self._waiting:
            candidate = self._waiting.pop(0)
            try:
                run = compiled(candidate.name, self._layer, inputs)
            except CompilerNotFoundError:
                continue
            except Exception as error:
                self._tried.append((candidate.name, why_not(error)))
                continue
            self._other = _Form(candidate.name, run, ADVANTAGE)
            return
        self._settle(self._eager_time or min(self._spent))


class _Rehearsed(_Waiting):
    """A graph with effects or gradients: its forms are timed on copies."""

    least_calls = _REHEARSED

    def _next(self, inputs: Sequence[Any]) -> None:
        from .registry import get
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
                compiler = get(candidate.name)
                eager, found = rehearsal.compare(compiler.compile_strictly, trains)
                self._tried.append((candidate.name, milliseconds(found)))
                eager_time = eager
                if found < (best or eager * GAIN):
                    run = compiler.compile_strictly(self._layer, inputs)
                    best, self._best = found, _Form(candidate.name, run, ADVANTAGE)
            except CompilerNotFoundError:
                continue
            except Exception as error:
                self._tried.append((candidate.name, why_not(error)))
        self._settle(eager_time)


def _clock() -> Callable[[], float]:
    # Where one thread computes, other processes mustn't change the choice.
    alone = frameworks.active().kernel_threads() == 1
    return time.process_time if alone else time.perf_counter


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


def _repeatable(graph_layer: GraphLayer) -> bool:
    """Whether a graph can run any number of times in a call, and nobody can tell."""
    found = map(graph_layer.operations.effects, graph_layer.graph.find_nodes(op="call_function"))
    return all(effects.pure or effects.idle for effects in found)


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
