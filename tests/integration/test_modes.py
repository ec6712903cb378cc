"""Paddle's global modes: what is captured in one is never used in another."""

from __future__ import annotations

import paddle
import pytest

import paddlefx
from tests.support.same import assert_same


def product(x, y):
    return paddle.matmul(x, y) + x


@pytest.fixture
def xy():
    return paddle.randn([4, 4]), paddle.randn([4, 4])


@pytest.mark.filterwarnings("ignore:amp_guard can only be enabled")  # it still sets its state
def test_amp_that_has_no_effect_on_a_cpu_changes_nothing(xy):
    optimized = paddlefx.optimize(product)
    for _ in range(2):
        with paddle.amp.auto_cast(level="O1", dtype="bfloat16"):
            inside, expected = optimized(*xy), product(*xy)
        assert inside.dtype == expected.dtype
        assert_same(inside.astype("float32"), expected.astype("float32"))
        assert_same(optimized(*xy), product(*xy))
    stats = paddlefx.stats()
    assert (stats["translations"], stats["cache_hits"], stats["fallbacks"]) == (1, 3, 0)


def test_amp_that_casts_is_never_captured(xy):
    """What ``auto_cast`` does where there is an accelerator, done by hand."""
    optimized = paddlefx.optimize(product)
    tracer = paddle.base.framework._dygraph_tracer()
    before = tracer._amp_level, tracer._amp_dtype
    lists = tracer._get_amp_op_list()
    for _ in range(2):
        try:
            tracer._set_amp_op_list({"matmul"}, set())
            tracer._amp_level, tracer._amp_dtype = paddle.base.core.AmpLevel.O1, "bfloat16"
            inside, expected = optimized(*xy), product(*xy)
        finally:
            tracer._amp_level, tracer._amp_dtype = before
            tracer._set_amp_op_list(*lists)
        assert inside.dtype == expected.dtype
        assert_same(inside.astype("float32"), expected.astype("float32"))
        assert_same(optimized(*xy), product(*xy))
    stats = paddlefx.stats()
    # The first call can't be captured; the graph of the second casts by itself in the third.
    assert (stats["translations"], stats["fallbacks"]) == (1, 1)


def test_no_grad_uses_the_same_graph(xy):
    x, y = xy
    x.stop_gradient = False
    optimized = paddlefx.optimize(product)
    with paddle.no_grad():
        assert optimized(x, y).stop_gradient
    out = optimized(x, y)
    assert not out.stop_gradient
    out.sum().backward()
    ours = x.grad.clone()
    x.clear_grad()
    product(x, y).sum().backward()
    assert_same(ours, x.grad)
    assert paddlefx.stats()["translations"] == 1


def test_the_default_dtype_is_guarded():
    def made(x):
        return paddle.full([2], 1.5) + x.shape[0]

    optimized = paddlefx.optimize(made)
    x = paddle.ones([3])
    try:
        for dtype in ("float32", "float64", "float32"):
            paddle.set_default_dtype(dtype)
            assert_same(optimized(x), made(x))
    finally:
        paddle.set_default_dtype("float32")
