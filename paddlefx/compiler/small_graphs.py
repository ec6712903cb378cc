"""How ``auto`` runs a graph of few elements: eagerly, and by kernels once these pay.

in: a small graph without effects. out: its eager form, which counts its calls. When these have
taken as long as compiling is expected to take, the candidates are compiled, each is held against
the eager form's results and timed beside the fastest so far, with the inputs of that call, and
the fastest stays.

A call takes some microseconds, so nothing may stand around it: not a clock, nor a Python
function. Compiled code holds one function, and what that does is changed by giving it other code
(``function.__code__``, "The standard type hierarchy" of the language's reference): at first the
graph's statements behind one step of an iterator, in the end the statements alone, or a call of
what was chosen. How long a call takes is measured once.
"""

from __future__ import annotations

import itertools
import threading
import weakref
from types import CodeType, FunctionType
from typing import Any, Callable, List, Optional, Sequence, Tuple

from ..errors import CompilerNotFoundError
from ..graph import GraphLayer
from .base import CompiledGraph
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
from .replay import code_of, function_of

__all__ = ["small_graph"]

#: Calls before the eager form is timed, once, in so many turns of so many calls.
_COLD = 64
_GLANCE = (3, 4)
#: Turns of each form when they are compared, and the seconds of one, or one call if that is longer.
_TURNS, _TURN = 7, 1e-4
#: Seconds of a call that the clock may have missed.
_SHORTEST = 1e-7


def small_graph(
    graph_layer: GraphLayer,
    candidates: Sequence[Candidate],
    clock: Callable[[], float],
    choice: Optional[Choice],
    chosen: Callable[[GraphLayer, Choice], None],
) -> FunctionType:
    """The graph's function.

    Args:
        graph_layer: the graph; calls of it have no effect.
        candidates: what to try, with the costs of compiling small graphs.
        clock: gives seconds.
        choice: what was measured on a graph alike: there is nothing to measure.
        chosen: is told what was found.
    """
    return _SmallGraph(graph_layer, list(candidates), clock, choice, chosen).made()


class _Sources:
    """What a graph's function does: sources whose statements are at the same lines.

    Args:
        source: the graph's.
    """

    def __init__(self, source: str) -> None:
        #: Globals that the sources use, by what they are.
        self.names = {word: _unused(word, source) for word in ("tick", "ticks", "due", "run")}
        head, body = source.split("\n", 1)
        given = head[head.index("(") :].rstrip(":")
        #: The statements, or ``due`` in their place when the ticks have run out.
        self.counting = (
            f"{head}\n"
            f"    for {self.names['tick']} in {self.names['ticks']}: break\n"
            f"    else: return {self.names['due']}{given}\n"
            f"{body}"
        )
        self.plain = f"{head}\n\n\n{body}"
        #: A call of what was chosen.
        self.passing = f"{head}\n    return {self.names['run']}{given}\n"


def _unused(word: str, source: str) -> str:
    while word in source:
        word = f"_{word}_"
    return word


class _SmallGraph:
    """A small graph until its form is chosen; the arguments are those of :func:`small_graph`."""

    def __init__(
        self,
        graph_layer: GraphLayer,
        candidates: List[Candidate],
        clock: Callable[[], float],
        choice: Optional[Choice],
        chosen: Callable[[GraphLayer, Choice], None],
    ) -> None:
        self._layer = graph_layer
        self._waiting = candidates
        costs = [each.small for each in candidates if each.small is not None]
        #: Seconds of eager calls after which a candidate is compiled.
        self._cost = least_cost(graph_layer, costs)
        self._clock = clock
        self._choice = choice
        self._chosen = chosen
        self._lock = threading.Lock()
        self._seconds: Optional[float] = None
        self._tried: List[Tuple[str, str]] = []
        self._settled = False
        self._plain: Optional[CodeType] = None

    def made(self) -> FunctionType:
        """The function. It isn't held: it goes when its user drops it, and this with it."""
        source, namespace, _ = self._layer.replay_code()
        self._sources = _Sources(source)
        due = {self._sources.names["due"]: self.due}
        function = function_of(self._sources.counting, {**namespace, **due})
        self._function = weakref.ref(function)
        self._wait(function, _COLD)
        return function

    def _wait(self, function: FunctionType, calls: int) -> None:
        function.__globals__[self._sources.names["ticks"]] = itertools.repeat(None, calls)

    def _statements(self, function: FunctionType) -> CodeType:
        if self._plain is None:
            self._plain = code_of(self._sources.plain, function.__code__.co_filename)
        return self._plain

    def due(self, *inputs: Any) -> Any:
        """What the graph gives, in a call that looks for a faster form."""
        function = self._function()
        assert function is not None  # It calls this.
        eager: CompiledGraph = FunctionType(self._statements(function), function.__globals__)
        result = eager(*inputs)
        # One thread looks; what others call meanwhile is eager.
        if not self._settled and self._lock.acquire(False):
            try:
                self._go_on(function, eager, inputs, result)
            finally:
                self._lock.release()
        return result

    def _go_on(
        self, function: FunctionType, eager: CompiledGraph, inputs: Sequence[Any], result: Any
    ) -> None:
        if self._seconds is None:
            self._seconds = self._glance(eager, inputs)
            self._wait(function, int(self._cost / max(self._seconds, _SHORTEST)))
            return
        run = self._known(inputs) if self._choice else self._fastest(eager, inputs, result)
        if run is None:
            function.__code__ = self._statements(function)
        else:
            function.__globals__[self._sources.names["run"]] = run
            function.__code__ = code_of(self._sources.passing, function.__code__.co_filename)
        self._settled = True

    def _known(self, inputs: Sequence[Any]) -> Optional[CompiledGraph]:
        for candidate in self._waiting:
            try:
                return compiled(candidate.name, self._layer, inputs)
            except Exception as error:
                self._layer.note(f"auto: eager, {candidate.name} {why_not(error)}")
        return None

    def _fastest(
        self, eager: CompiledGraph, inputs: Sequence[Any], result: Any
    ) -> Optional[CompiledGraph]:
        """The fastest form; ``None`` for the eager one."""
        name, best, gain, seconds = "eager", eager, GAIN, self._seconds or 0.0
        while self._waiting:
            candidate = self._waiting.pop(0)
            try:
                run = compiled(candidate.name, self._layer, inputs)
                apart = how_apart(result, run(*inputs))
                if apart:
                    self._tried.append((candidate.name, f"gives {apart}"))
                    continue
                one, two = self._times([best, run], inputs)
            except CompilerNotFoundError:
                continue
            except Exception as error:
                self._tried.append((candidate.name, why_not(error)))
                continue
            if best is eager:
                seconds = one
            self._tried.append((candidate.name, milliseconds(two)))
            if two < one * gain:
                name, best, gain = candidate.name, run, ADVANTAGE
        if self._tried:
            self._chosen(self._layer, Choice(name, seconds, tuple(self._tried)))
        else:
            self._layer.note("auto: eager, no other backend that is installed takes this graph")
        return None if best is eager else best

    def _glance(self, run: CompiledGraph, inputs: Sequence[Any]) -> float:
        turns, calls = _GLANCE
        return min([self._turn(run, inputs, calls) for _ in range(turns)])

    def _times(self, forms: List[CompiledGraph], inputs: Sequence[Any]) -> List[float]:
        """Seconds of a call of each form, in turns; the shortest of the turns."""
        calls = max(1, int(_TURN / max(self._glance(forms[0], inputs), _SHORTEST)))
        turns = [[self._turn(run, inputs, calls) for run in forms] for _ in range(_TURNS)]
        return [min(times) for times in zip(*turns)]

    def _turn(self, run: CompiledGraph, inputs: Sequence[Any], calls: int) -> float:
        start = self._clock()
        for _ in range(calls):
            run(*inputs)
        return (self._clock() - start) / calls
