"""A fault of ours never takes the user's call down, and is never silent."""

from __future__ import annotations

import paddle
import pytest

import paddlefx
from paddlefx import translate
from tests.support.same import assert_same


@pytest.mark.parametrize("stage", ["execute", "emit"])
def test_a_fault_is_told_counted_and_costs_only_speed(monkeypatch, stage):
    def broken(*args):
        raise AssertionError("no such thing")

    def func(x):
        return x + 1

    x = paddle.ones([2])
    optimized = paddlefx.optimize(func)
    with monkeypatch.context() as patch:
        patch.setattr(translate, stage, broken)
        with pytest.warns(RuntimeWarning, match=r"func .*no such thing.*please report"):
            assert_same(optimized(x), func(x))
        assert_same(optimized(x), func(x))
        assert paddlefx.stats()["fallbacks"] == 1
        with pytest.warns(RuntimeWarning, match="please report"):
            (fallback,) = paddlefx.explain(func)(x).fallbacks
        assert "no such thing" in fallback.reason and fallback.hint
    paddlefx.reset()
    assert_same(optimized(x), func(x))
    assert paddlefx.stats()["translations"] == 1


def test_notimplemented_as_a_global_is_guarded():
    def func(x):
        return x + 1, NotImplemented

    x = paddle.ones([2])
    result, same = paddlefx.optimize(func)(x)
    assert_same(result, x + 1)
    assert same is NotImplemented
    assert (paddlefx.stats()["graphs"], paddlefx.stats()["graph_breaks"]) == (1, 0)


def test_values_that_nest_deeper_than_the_stack_are_no_fault():
    def func(x):
        nested = []
        for _ in range(3000):
            nested = [nested]
        return x + 1, nested

    x = paddle.ones([2])
    optimized = paddlefx.optimize(func)
    for _ in range(2):
        result, nested = optimized(x)  # a warning would be an error
        assert_same(result, x + 1)
        depth = 0
        while nested:
            (nested,), depth = nested, depth + 1
        assert depth == 3000
