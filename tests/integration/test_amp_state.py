"""``paddle.amp.auto_cast`` in the frame and around it, where there is no accelerator.

There it warns and casts nothing, but its state can be seen: the lists of operations, the dtype.
"""

from __future__ import annotations

import sys
import threading
import warnings

import paddle
import pytest
from paddle.base import framework as paddle_framework

import paddlefx
from tests.support.versus import versus

AMP = sys.modules["paddle.amp.auto_cast"]


def state():
    tracer = paddle_framework._dygraph_tracer()
    allowed, blocked = tracer._get_amp_op_list()
    return sorted(allowed), sorted(blocked), tracer._amp_dtype, tracer._use_promote


def x():
    return paddle.arange(6, dtype="float32").reshape([2, 3])


def casting(y):
    with paddle.amp.auto_cast(custom_white_list={"tanh"}, level="O2", dtype="bfloat16"):
        z = paddle.tanh(y) @ y.T
    return z, z.dtype


@pytest.fixture(autouse=True)
def quiet():
    paddlefx.reset()
    before = state()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
    assert state() == before


def test_one_graph():
    found = versus(casting, [lambda: (x(),)] * 3)
    assert (found["graphs"], found["graph_breaks"], found["fallbacks"]) == (1, 0, 0), found


def test_it_warns_as_the_plain_one():
    def seen(function):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            function(x())
        return [(str(one.message), one.category, one.filename, one.lineno) for one in caught]

    compiled = paddlefx.optimize(casting)
    compiled(x())
    assert seen(compiled) == seen(casting) != []


def test_a_break_inside_sees_the_state():
    def function(y, log):
        with paddle.amp.auto_cast(custom_white_list={"tanh"}, dtype="bfloat16"):
            y = y + 1
            log.append(state())
            y = y * 2
        log.append(state())
        return y

    versus(function, [lambda: (x(), [])] * 2)


def test_an_error_inside_gives_it_back():
    def function(y):
        with paddle.amp.auto_cast(custom_black_list={"tanh"}):
            return paddle.reshape(y, [4])

    before = state()
    versus(function, [lambda: (x(),)] * 2)
    assert state() == before


def test_inside_another():
    compiled = paddlefx.optimize(casting)
    compiled(x())
    with paddle.amp.auto_cast(custom_white_list={"relu"}):
        around = state()
        assert (compiled(x())[0] == casting(x())[0]).all()
        assert state() == around
    assert (compiled(x())[0] == casting(x())[0]).all()


def test_each_thread_has_its_own():
    compiled = paddlefx.optimize(casting)
    compiled(x())
    failed = []

    def run():
        try:
            before = state()
            compiled(x())
            assert state() == before
        except BaseException as error:
            failed.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert not failed


def test_questions_of_the_device():
    def function(y):
        tracer = paddle_framework._dygraph_tracer()
        place = tracer._expected_place
        return y + 1, place.is_cpu_place(), tracer._amp_dtype, tracer._use_promote, str(place)

    found = versus(function, [lambda: (x(),)] * 2)
    assert (found["graphs"], found["graph_breaks"], found["fallbacks"]) == (1, 0, 0), found
