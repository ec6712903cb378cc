"""A long computation of plain Python isn't unrolled: it runs as it is, and the rest is captured."""

from __future__ import annotations

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
