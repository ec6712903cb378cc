"""A resume function with cells that falls back: what it calls is compiled all the same.

PYTEST_DONT_REWRITE: an ``assert`` in what is compiled is the user's.
"""

from __future__ import annotations

from typing import Any

import paddle

import paddlefx
from tests.integration.test_breaks_loops import as_data


@paddlefx.disable
def note() -> None:
    pass


def called(x):
    return x * 2 + 1


def gives_up(x):
    """Nothing makes the iterator again that is alive at the second break."""
    scale = 3

    def scaled(value):
        return value * scale

    x = x + 1
    note()
    table = {"a"}
    keys = iter(table)
    next(keys)
    table.add("b")
    note()
    x = called(x)
    return scaled(x), sorted(table), keys


def makes(scale):
    def made(x):
        x = x + 1
        note()
        table = {"a"}
        keys = iter(table)
        next(keys)
        table.add("b")
        note()
        return called(x) * scale, keys

    return made


def test_what_it_calls_is_compiled() -> None:
    compiled: Any = paddlefx.optimize(gives_up)
    plain = as_data(gives_up(paddle.ones([2]))[:2])
    counts = []
    for _ in range(3):
        assert as_data(compiled(paddle.ones([2]))[:2]) == plain
        counts.append(dict(paddlefx.stats()))
    assert counts[0]["fallbacks"] == 1
    # The part before the first break, and what the plain rest calls.
    assert counts[0]["graphs"] >= 2
    assert counts[2]["translations"] == counts[0]["translations"]


def test_each_closure_runs_its_own_plain_function() -> None:
    functions = [makes(scale) for scale in (2, 3, 2)]
    compiled = [paddlefx.optimize(function) for function in functions]
    for _ in range(2):
        for one, function in zip(compiled, functions):
            assert as_data(one(paddle.ones([2]))[0]) == as_data(function(paddle.ones([2]))[0])
