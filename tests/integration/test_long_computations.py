"""A long computation of plain Python isn't unrolled: it runs as it is, and the rest is captured."""

from __future__ import annotations

import paddle

import paddlefx
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
