"""A break inside the framework or the standard library is one break, at the user's call."""

from __future__ import annotations

import pprint

import paddle

import paddlefx
from tests.support.same import assert_same


class Telling(paddle.nn.Layer):
    def __init__(self, told):
        super().__init__()
        self.told = told
        self.linear = paddle.nn.Linear(3, 3)

    def forward(self, x):
        x = self.linear(x) + 1
        self.told(x.shape)
        return paddle.nn.functional.relu(x)


def formatted(x):
    x = x * 2
    text = pprint.pformat({"x": x})
    return x + len(text)


def test_the_standard_library_is_not_taken_to_pieces():
    x = paddle.ones([2, 3])
    paddlefx.reset()
    assert_same(paddlefx.optimize(formatted)(x), formatted(x))
    found = paddlefx.stats()
    assert (found["graphs"], found["graph_breaks"], found["fallbacks"]) == (2, 1, 0)


def test_a_layer_that_breaks_leaves_the_others_in_graphs():
    told = paddlefx.disable(lambda shape: shapes.append(tuple(shape)))
    shapes = []
    net = paddle.nn.Sequential(
        paddle.nn.Linear(3, 3), paddle.nn.ReLU(), Telling(told), paddle.nn.Linear(3, 2)
    )
    x = paddle.ones([2, 3])
    paddlefx.reset()
    compiled = paddlefx.optimize(net)
    for _ in range(3):
        assert_same(compiled(x), net(x))
    assert shapes == [(2, 3)] * 6
    found = paddlefx.stats()
    # the layers before with the first half of Telling; its second half; the layer behind
    assert (found["graphs"], found["fallbacks"], found["recompiles"]) == (3, 0, 0)
