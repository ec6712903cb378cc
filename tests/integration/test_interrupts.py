"""An interrupt at any point: nothing stays switched, and the next call is right."""

from __future__ import annotations

import sys
import threading

import paddle
import pytest

import paddlefx
from paddlefx import _C, translate
from paddlefx.hook import counters
from tests.support.interpreter import hook_is_on

#: Points of a first call that are tried.
POINTS = 60


def makes_a_graph():
    def function(x, numbers):
        y = x
        for number in numbers:
            y = y + x * number
        return y

    return function


def makes_a_break():
    def function(x, numbers):
        y = x * 2
        print(end="")
        for number in numbers:
            y = y + number
        return y

    return function


def makes_a_fallback():
    def function(x, numbers):
        def values():
            yield x * 2
            yield x * 3

        sys._getframe()
        return sum(values()) * len(numbers)

    return function


class Stop(KeyboardInterrupt):
    """What the interrupt raises."""


class Interrupt:
    """A trace function that raises at the n-th line that runs in paddlefx or Paddle."""

    def __init__(self, at=0):
        self.left = at
        self.lines = 0

    def __call__(self, frame, event, arg):
        filename = frame.f_code.co_filename
        return self.line if "/paddlefx/" in filename or "/paddle/" in filename else None

    def line(self, frame, event, arg):
        if event == "line":
            self.lines += 1
            if self.lines == self.left:
                raise Stop
        return self.line


def switches():
    """What translation switches for a while, as this thread has it."""
    tracer = paddle.base.framework.global_var._dygraph_tracer_
    return (
        _C.is_enabled(),
        hook_is_on(),
        _C.hook_depth(),
        paddle.is_grad_enabled(),
        paddle.get_default_dtype(),
        tracer is not None and tracer._amp_level,
    )


def translation_is_free():
    """Whether another thread could translate."""
    answers = []

    def ask():
        got = translate._lock.acquire(timeout=5)
        answers.append(got)
        if got:
            translate._lock.release()

    thread = threading.Thread(target=ask)
    thread.start()
    thread.join()
    return answers == [True]


@pytest.mark.parametrize("make", [makes_a_graph, makes_a_break, makes_a_fallback])
def test_an_interrupt_at_any_line_of_a_first_call(make):
    x, numbers = paddle.to_tensor([1.0, 2.0, 3.0]), [1, 2]
    expected = make()(x, numbers).tolist()
    paddlefx.optimize(make())(x, numbers)  # what the first of a process does
    paddlefx.reset()
    before = switches()
    interrupt = Interrupt()
    optimized = paddlefx.optimize(make())
    sys.settrace(interrupt)
    try:
        optimized(x, numbers)
    finally:
        sys.settrace(None)
    assert interrupt.lines > 10 * POINTS
    for point in range(POINTS):
        paddlefx.reset()
        optimized = paddlefx.optimize(make())
        at = 1 + point * interrupt.lines // POINTS
        with pytest.raises(Stop):
            sys.settrace(Interrupt(at))
            try:
                optimized(x, numbers)
            finally:
                sys.settrace(None)
        assert switches() == before, at
        assert translation_is_free(), at
        for _ in range(2):
            assert optimized(x, numbers).tolist() == expected, at
        assert switches() == before, at


@pytest.mark.parametrize("raises_in", ["callback", "backend"])
def test_a_call_that_raises_leaves_dispatch_on(raises_in):
    """A translation that is left while it has switched dispatch off, or on."""

    def leaves(cache, state):
        _C.set_enabled(False)
        raise Stop

    def backend(graph_layer, example_inputs):
        _C.set_enabled(False)
        raise Stop

    def plain(x):
        return x + 1

    if raises_in == "callback":
        optimized = _C.Dispatcher(plain, leaves)
    else:
        optimized = paddlefx.optimize(plain, backend=backend)
    with pytest.raises(Stop):
        optimized(paddle.ones([2]))
    assert _C.is_enabled()
    assert counters()["cache_misses"] > 0
