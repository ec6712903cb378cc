"""An interrupt at any point: nothing stays switched, and the next call is right."""

from __future__ import annotations

import subprocess
import sys

import paddle
import pytest

import paddlefx
from paddlefx import _C
from paddlefx.hook import counters
from tests.integration.interrupts import (
    Interrupt,
    Stop,
    makes_a_break,
    makes_a_fallback,
    makes_a_graph,
    switches,
    translation_is_free,
)

#: Points of a first call that are tried.
POINTS = 60


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


def test_signals_while_many_functions_are_called():
    command = [sys.executable, "-W", "ignore", "-m", "tests.integration.signals_that_raise", "2"]
    ended = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=300)
    assert ended.returncode == 0, (ended.returncode, ended.stderr.decode()[-3000:])
    assert int(ended.stdout) >= 20


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
