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
