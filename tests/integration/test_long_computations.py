"""A long computation of plain Python isn't unrolled: it runs as it is, and the rest is captured."""

from __future__ import annotations

import collections
import time

import paddle
import pytest

import paddlefx
from paddlefx.executor import machine
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


#: What a turn does to a container from outside, and to what is made in the frame.
TURNS = {
    "append": "out.append(i)",
    "extend": "out += [i, i]",
    "pop": "out.append(i); out.append(i); out.pop()",
    "replace": "out.append(i); out[i // 2] = -1",
    "delete": "out.append(i); out.append(i); del out[-1]",
    "compare": "made.append(i); held = made == None",
    "length": "made.append(i); held = len(made)",
    "hand on": "made.append(i); held = given(made)",
    "store under a key": "table[i] = i; table[0] = i",
    "delete a key": "table[i] = i; table[-i] = i; del table[-i]",
    "pop a key": "table[i] = i; table[-i] = i; table.pop(-i)",
    "default": "table.setdefault(i, []).append(i)",
    "queue": "queue.append(i); queue.append(i); queue.popleft()",
}
LOOP = """
def given(value):
    return value

def f(x, count, out, table, queue):
    held, made = None, []
    y = x + 1
    for i in range(count):
        {turn}
    return y * count, len(out), held
"""


def called(turn, count):
    """What one call of a loop gives, what it leaves, and the seconds that it took."""
    scope = {}
    exec(LOOP.format(turn=turn), scope)
    outcomes = []
    for function in (scope["f"], paddlefx.optimize(scope["f"])):
        given = ([], {}, collections.deque())
        began = time.process_time()
        result = function(paddle.ones([2]), count, *given)
        outcomes.append(((result, given), time.process_time() - began))
    (plain, _), (compiled, seconds) = outcomes
    assert_same(compiled, plain)
    return seconds


@pytest.mark.parametrize("turn", TURNS.values(), ids=TURNS)
def test_what_a_step_costs_does_not_grow_with_a_container(turn):
    called(turn, 10)
    few = max(called(turn, 250), called(turn, 250))
    assert called(turn, 3000) < 24 * few  # 12 times the steps
