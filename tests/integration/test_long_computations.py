"""A long computation of plain Python isn't unrolled: it runs as it is, and the rest is captured."""

from __future__ import annotations

import collections

import paddle
import pytest

import paddlefx
from paddlefx.executor import machine
from tests.support.container_loops import TURNS, loop
from tests.support.same import assert_same


def collatz(limit):
    longest = 0
    for start in range(1, limit):
        length, number = 0, start
        while number != 1:
            number = number // 2 if number % 2 == 0 else 3 * number + 1
            length += 1
        longest = max(longest, length)
    return longest


def scaled(x):
    return x * collatz(2_000) + 1


def scaled_in_line(x):
    total = 0
    for index in range(100_000):
        total += index % 7
    return x * total


def test_a_long_call_breaks_at_the_call():
    x = paddle.ones([2, 3])
    paddlefx.reset()
    compiled = paddlefx.optimize(scaled)
    assert_same(compiled(x), scaled(x))
    found = paddlefx.stats()
    assert found["graphs"] == 1
    assert found["graph_breaks"] == 1
    assert "instructions without a tensor" in str(paddlefx.explain(scaled)(x))


def test_a_long_loop_of_the_function_itself_runs_plain():
    x = paddle.ones([2, 3])
    paddlefx.reset()
    compiled = paddlefx.optimize(scaled_in_line)
    assert_same(compiled(x), scaled_in_line(x))
    assert_same(compiled(x), scaled_in_line(x))
    assert paddlefx.stats()["fallbacks"] == 1


def table(count):
    return [index * index % 7 for index in range(count)]


def looping_behind_a_tensor(x, seen):
    y = paddle.tanh(x)
    total = 0
    for outer in range(200):
        seen.append(outer)
        total += sum(table(60))
    return paddle.tanh(y * total)


def test_a_long_loop_behind_a_tensor_runs_plain_from_its_first_turn_on():
    x = paddle.ones([2, 3])
    paddlefx.reset()
    compiled = paddlefx.optimize(looping_behind_a_tensor)
    for _ in range(2):
        left, right = [], []
        assert_same(compiled(x, left), looping_behind_a_tensor(x, right))
        assert left == right
    found = paddlefx.stats()
    assert found["graphs"] == 1
    assert found["graph_breaks"] == 1
    assert found["fallbacks"] == 1
    told = str(paddlefx.explain(looping_behind_a_tensor)(x, []))
    assert "instructions without a tensor" in told


def working_now_and_then(x):
    for outer in range(30):
        for inner in range(300):
            x = x + 0 if inner == 150 else x
        x = x * 2
    return x


def test_a_loop_with_tensors_in_each_turn_is_one_graph(monkeypatch):
    monkeypatch.setattr(machine, "PLAIN_STEP_LIMIT", 4_000)
    x = paddle.ones([2])
    paddlefx.reset()
    assert_same(paddlefx.optimize(working_now_and_then)(x), working_now_and_then(x))
    found = paddlefx.stats()
    assert found["graphs"] == 1
    assert found["graph_breaks"] == found["fallbacks"] == 0


def crowded(x):
    """Wherever a limit is reached, it is at another kind of instruction."""
    count = total = 0
    x = x + 1
    for outer in range(40):
        for inner in range(12):
            count += 1
            total = total + inner
            if inner > 8:
                continue
            try:
                if inner > 5:
                    raise ValueError(outer)
            except ValueError as error:
                total = total - len(error.args)
    return x + count, total


@pytest.mark.parametrize("limit", range(500, 560))
def test_a_limit_may_be_reached_at_any_instruction(monkeypatch, limit):
    monkeypatch.setattr(machine, "STEP_LIMIT", limit)
    monkeypatch.setattr(machine, "PLAIN_STEP_LIMIT", 4)
    x = paddle.ones([2])
    compiled = paddlefx.optimize(crowded)
    assert_same(compiled(x), crowded(x))


@pytest.mark.parametrize("turn", TURNS.values(), ids=TURNS)
def test_containers_are_as_the_plain_loop_leaves_them(turn):
    function = loop(turn)
    compiled = paddlefx.optimize(function)
    for count in (10, 250):
        left, right = ([], {}, collections.deque()), ([], {}, collections.deque())
        one = compiled(paddle.ones([2]), count, *left)
        two = function(paddle.ones([2]), count, *right)
        assert_same((one, left), (two, right))
