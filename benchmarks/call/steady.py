"""Calls of what is compiled already: ratios to plain Paddle, in interleaved rounds.

In each round every contender makes the same calls, and its ratio is to the plain calls of that
round; a row has the medians, so that a machine that slows down meanwhile slows all alike. Time
is the process's CPU time, with Paddle held to one thread.
"""

from __future__ import annotations

import gc
import statistics
import time
from typing import Any, Callable, Dict, List, Sequence

from .cases import CASES, CONTENDERS, call_of, two_operators

#: Calls before the clock starts, and CPU seconds of ``auto``'s: it has chosen by then, for networks
#: that take half a second a call too.
_SETTLING = 120
_CHOOSING = 5.0
#: CPU seconds of a contender's turn: far above the clock's grain, far below the machine's moods.
_TURN = 5e-3


def seconds(call: Callable[[], Any], count: int) -> float:
    """The CPU seconds of one of ``count`` calls."""
    repeat = [None] * count
    start = time.process_time()
    for _ in repeat:
        call()
    return (time.process_time() - start) / count


def interleaved(
    calls: Dict[str, Callable[[], Any]], rounds: int, base: str
) -> Dict[str, Dict[str, float]]:
    """Microseconds a call, and the ratio to ``base``, of each."""
    count = max(1, int(_TURN / seconds(calls[base], 3)))
    turns: Dict[str, List[float]] = {name: [] for name in calls}
    gc.collect()
    gc.disable()
    for turn in range(rounds):
        names = list(calls)
        for name in names[turn % len(names) :] + names[: turn % len(names)]:
            turns[name].append(seconds(calls[name], count))
    gc.enable()
    return {
        name: {
            "us": statistics.median(times) * 1e6,
            "ratio": statistics.median(one / plain for one, plain in zip(times, turns[base])),
        }
        for name, times in turns.items()
    }


def steady(name: str, contenders: Sequence[str], rounds: int) -> Dict[str, Dict[str, float]]:
    """A row: each contender's :func:`interleaved` figures, and its largest relative error."""
    import paddle

    case = CASES[name]
    function, args = case.make()
    calls: Dict[str, Callable[[], Any]] = {}
    errors: Dict[str, float] = {}
    with paddle.set_grad_enabled(case.gradients):
        expected = function(*args).numpy()
        for contender in contenders:
            call = calls[contender] = call_of(case, CONTENDERS[contender](function), args)
            slow = seconds(call, 1) > 1e-2 and seconds(call, 1) > 1e-2
            begun = time.process_time()
            for _ in range(25 if slow else _SETTLING):
                result = call()
            while contender == "auto" and time.process_time() - begun < _CHOOSING:
                result = call()
            errors[contender] = float(abs(result.numpy() - expected).max() / abs(expected).max())
            assert errors[contender] <= 1e-3, (name, contender, errors[contender])
        figures = interleaved(calls, rounds, "plain")
    for contender, error in errors.items():
        figures[contender]["error"] = error
    return figures


def guards_and_dispatch(rounds: int) -> Dict[str, float]:
    """Microseconds that a call takes beyond the compiled code itself, for two tensors.

    The graph is replaced by a C function that gives a tensor, and the compiled code is called
    once through its guards and once by itself.
    """
    import paddle

    import paddlefx

    x, y = paddle.randn([8, 16]), paddle.randn([8, 16])
    constant = (paddle.zeros([8, 16]),)

    def backend(graph_layer: Any, example_inputs: Any) -> Any:
        return lambda *inputs: constant

    optimized = paddlefx.optimize(two_operators, backend=backend)
    with paddle.no_grad():
        optimized(x, y)
        (entry,) = optimized.cache.entries
        compiled = entry.function
        figures = interleaved(
            {
                "compiled": lambda: compiled(x, y),
                "optimized": lambda: optimized(x, y),
                "plain": lambda: two_operators(x, y),
            },
            rounds,
            "compiled",
        )
    assert paddlefx.stats()["cache_misses"] >= 1
    over = figures["optimized"]["us"] - figures["compiled"]["us"]
    return {"us": over, "plain_us": figures["plain"]["us"], "part": over / figures["plain"]["us"]}
