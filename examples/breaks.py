"""What paddlefx did with a function that can't be one graph, and what to do about it."""

from __future__ import annotations

import paddle

import paddlefx


def normalise(x: paddle.Tensor, y: paddle.Tensor) -> paddle.Tensor:
    total = x + y
    print("summed", total.shape)
    return total * x


print(paddlefx.explain(normalise)(paddle.ones([2, 3]), paddle.ones([2, 3])))
