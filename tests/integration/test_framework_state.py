"""Whether gradients are recorded, and where they stop: state that captured code changes."""

from __future__ import annotations

import enum
import logging

import paddle
import pytest
from paddle.base import core

import paddlefx
from tests.support.versus import versus


def leaf():
    x = paddle.ones([2])
    x.stop_gradient = False
    return x


def grads(function):
    """``function`` and the gradient that it leaves on its first argument."""

    def run(x, *rest):
        result = function(x, *rest)
        flags = [t.stop_gradient for t in result]
        result[-1].sum().backward()
        return result, flags, x.grad

    return run


def one_graph(function, *calls, graphs=1):
    paddlefx.reset()
    found = versus(function, calls)
    assert (found["graphs"], found["graph_breaks"], found["fallbacks"]) == (graphs, 0, 0), found


def test_switched_in_the_frame():
    def function(x):
        before = core._has_grad()
        core._set_has_grad(False)
        y = x * 2
        inner = y.stop_gradient, core._has_grad()
        core._set_has_grad(before)
        z = x * 3
        return y, z, y + z, inner

    for enabled in (True, False):
        paddlefx.reset()
        with paddle.set_grad_enabled(enabled):
            one_graph(function, lambda: (leaf(),), lambda: (leaf(),))


def test_left_switched():
    def function(x):
        y = x + 1
        core._set_has_grad(False)
        return y, x * 2

    def restored(run):
        def wrapped(x):
            try:
                return run(x), core._has_grad()
            finally:
                core._set_has_grad(True)

        return wrapped

    compiled = paddlefx.optimize(function)
    versus(restored(function), [lambda: (leaf(),)] * 3, restored(compiled))
    stats = paddlefx.stats()
    assert (stats["graphs"], stats["graph_breaks"], stats["fallbacks"]) == (1, 0, 0)


def test_given_back_when_an_operation_raises():
    def function(x, index):
        core._set_has_grad(False)
        y = paddle.gather(x, index)
        core._set_has_grad(True)
        return y

    compiled = paddlefx.optimize(function)
    assert compiled(leaf(), paddle.to_tensor([1])).stop_gradient
    with pytest.raises(Exception, match="index"):
        compiled(leaf(), paddle.to_tensor([7]))
    assert core._has_grad()
    assert paddlefx.stats()["cache_hits"] == 1


def test_the_mode_outside_is_guarded():
    def function(x):
        y = x * 2
        return y, 1 if core._has_grad() else 2

    def calls(x, enabled):
        with paddle.set_grad_enabled(enabled):
            return compiled(x)

    def plain(x, enabled):
        with paddle.set_grad_enabled(enabled):
            return function(x)

    compiled = paddlefx.optimize(function)
    versus(plain, [lambda i=i: (leaf(), i % 2 == 0) for i in range(4)], calls)


@pytest.mark.parametrize("flag", [True, False])
def test_stop_gradient_of_an_intermediate(flag):
    @grads
    def plain(x, flag):
        y = x * 2
        y.stop_gradient = flag
        return y, y * x

    def function(x, flag):
        y = x * 2
        y.stop_gradient = flag
        return y, y * x

    compiled = grads(paddlefx.optimize(function))
    versus(plain, [lambda: (leaf(), flag)] * 2, compiled)
    stats = paddlefx.stats()
    assert (stats["graphs"], stats["graph_breaks"], stats["fallbacks"]) == (1, 0, 0)


def test_stop_gradient_of_an_input():
    def function(x):
        x.stop_gradient = not x.stop_gradient
        return x * 2, x.stop_gradient

    one_graph(function, lambda: (leaf(),), lambda: (leaf(),))


def test_stop_gradient_of_what_may_be_another():
    def function(x, y):
        x.stop_gradient = True
        return x * 2, y * 3, y.stop_gradient

    def twice():
        x = leaf()
        return x, x

    versus(function, [lambda: (leaf(), leaf()), twice, lambda: (leaf(), leaf())])


def test_locals_in_a_callee():
    def callee(a, b=2, *rest, **named):
        c = a + 1
        found = locals()
        return c, sorted(found), list(found)[:2], found["b"]

    def function(x):
        return callee(x, 3, 4, key=x)

    one_graph(function, lambda: (leaf(),))
    one_graph(callee, lambda: (leaf(),))


def test_locals_twice():
    def callee(a):
        first = locals()
        b = a + 1
        second = locals()
        return b, len(first), len(second), first is second

    versus(lambda x: callee(x), [lambda: (leaf(),)] * 2)


def test_auto_cast_around_a_call_on_a_cpu():
    net = paddle.nn.Linear(2, 2)
    compiled = paddlefx.optimize(net)
    with pytest.warns(UserWarning, match="no effect"), paddle.amp.auto_cast():
        assert compiled(leaf()).dtype == paddle.float32
    assert compiled(leaf()).dtype == paddle.float32
    stats = paddlefx.stats()
    assert (stats["graphs"], stats["fallbacks"], stats["cache_hits"]) == (1, 0, 1)


def test_a_level_that_is_off_is_no_break():
    logger = logging.getLogger("paddlefx.tests.levels")

    def function(x):
        logger.debug("%s", x)
        return x * 2, logger.isEnabledFor(logging.DEBUG)

    one_graph(function, lambda: (leaf(),), lambda: (leaf(),))
    compiled = paddlefx.optimize(function)
    assert compiled(leaf())[1] is False
    try:
        logger.setLevel(logging.DEBUG)
        assert compiled(leaf())[1] is True
    finally:
        logger.setLevel(logging.NOTSET)
    assert compiled(leaf())[1] is False


def test_a_dict_keyed_by_members_of_enums_and_classes():
    class Colour(enum.Enum):
        RED = 1
        BLUE = 2

    class Number(enum.IntEnum):
        ONE = 1

    table = {Colour.RED: 2.0, Colour.BLUE: 3.0, Number.ONE: 4.0, int: 5.0}

    def function(x):
        total = x * table[Colour.RED] + table[int]
        for key, value in table.items():
            if key is not Colour.BLUE:
                total = total + value
        return total, Number.ONE in table, float in table, 1 in table

    def changed(x, red):
        table[Colour.RED] = red
        return function(x)

    compiled = paddlefx.optimize(function)

    def ours(x, red):
        table[Colour.RED] = red
        return compiled(x)

    versus(changed, [lambda red=red: (leaf(), red) for red in (1.0, 1.0, 2.0, 2.0)], ours)
    assert (paddlefx.stats()["graph_breaks"], paddlefx.stats()["fallbacks"]) == (0, 0)


def test_questions_of_the_devices_are_constants():
    def function(x):
        return (
            x + 1, core.get_all_custom_device_type(), paddle.device.get_device(),
            paddle.device.is_compiled_with_cuda(), core.get_available_device(),
            x.place.is_cpu_place(), x.place.is_gpu_place(), str(paddle.CPUPlace()),
        )  # fmt: skip

    one_graph(function, lambda: (paddle.ones([2]),), lambda: (paddle.ones([2]),))


def test_tables_of_dtypes_are_constants():
    def function(x):
        kinds = paddle.pir.core.datatype_to_vartype
        return (
            paddle.rank(x),
            x.dtype in kinds,
            kinds[x.dtype],
            kinds.get("no dtype", 3),
            len(kinds),
        )

    one_graph(function, lambda: (paddle.ones([2, 3]),), lambda: (paddle.ones([2, 3]),))
