"""What this Paddle does where Paddles differ, found out by asking it once."""

from __future__ import annotations

import functools
import math

import paddle
import paddle.nn.functional as F

__all__ = [
    "extremes_keep_nan",
    "nearness",
    "scales_to_divide",
    "slopes_are_float32",
    "ties_share_gradients",
]


@functools.lru_cache(maxsize=None)
def scales_to_divide() -> bool:
    """Whether ``tensor / number`` multiplies by the inverse and adds 0: so in 3.0."""
    zero = paddle.full([], -0.0)
    return math.copysign(1.0, float(zero / 3.0)) > 0


@functools.lru_cache(maxsize=None)
def nearness() -> float:
    """How near floats are that Paddle calls equal (``compare_functors.h``): 1e-8 in 3.0."""
    return 1e-8 if bool(paddle.full([], 0.0) == paddle.full([], 1e-9)) else 1e-15


@functools.lru_cache(maxsize=None)
def extremes_keep_nan() -> bool:
    """Whether ``maximum`` is NaN when its first operand is; in 3.0 it is the second then."""
    return math.isnan(float(paddle.maximum(paddle.full([], math.nan), paddle.full([], 0.0))))


@functools.lru_cache(maxsize=None)
def slopes_are_float32() -> bool:
    """Whether ``leaky_relu`` rounds its slope to float32 for every dtype: so in 3.0."""
    return float(F.leaky_relu(paddle.full([], -1.0, "float64"), 0.1)) != -0.1


@functools.lru_cache(maxsize=None)
def ties_share_gradients() -> bool:
    """Whether both operands of ``maximum`` have half of a gradient at a tie; else the second all."""
    with paddle.enable_grad():
        one = paddle.full([], 1.0)
        one.stop_gradient = False
        (gradient,) = paddle.grad(paddle.maximum(one, paddle.full([], 1.0)), one)
    return float(gradient) == 0.5
