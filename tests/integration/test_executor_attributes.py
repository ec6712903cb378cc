"""Attribute look-up on objects of classes that derive from builtin types."""

from __future__ import annotations

import collections
import re

import numpy as np
import paddle
import pytest

import paddlefx


def of(base, *args):
    """An object of a class derived from ``base``, with a float and a method."""

    class Derived(base):
        shift = 1.0

        def shifted(self, x):
            return x + self.shift

    made = Derived(*args)
    made.scale = 3.0
    return made


@pytest.mark.parametrize(
    "base, args",
    [
        (dict, ({"a": 1},)),
        (collections.OrderedDict, ()),
        (collections.defaultdict, (list,)),
        (collections.deque, ([1],)),
        (list, ([1],)),
        (tuple, ([1],)),
        (set, ()),
        (str, ("text",)),
        (int, (3,)),
        (float, (2.5,)),
        (ValueError, ("text",)),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_attributes_of_an_object_whose_class_derives_from_a_builtin(base, args):
    settings = of(base, *args)

    def f(x):
        return settings.shifted(x * settings.scale)

    x = paddle.ones([2])
    told = paddlefx.explain(f)(x)
    assert told.result.tolist() == f(x).tolist() == [4.0, 4.0]
    assert (len(told.graphs), told.breaks, told.fallbacks) == (1, [], [])


def test_a_changed_attribute_of_such_an_object_is_seen():
    settings = of(dict)

    @paddlefx.optimize
    def f(x):
        return x * settings.scale

    x = paddle.ones([2])
    assert f(x).tolist() == [3.0, 3.0]
    settings.scale = 5.0
    assert f(x).tolist() == [5.0, 5.0]
    settings["scale"] = 7.0
    assert f(x).tolist() == [5.0, 5.0]


class DropPath(paddle.nn.Layer):
    """As vision packages write it: its rate is one of numpy's doubles."""

    def __init__(self, rate):
        super().__init__()
        self.rate = rate

    def forward(self, x):
        if self.rate == 0.0 or not self.training:
            return x * 2
        return x * (1 - self.rate)


@pytest.mark.parametrize("rate", np.linspace(0, 0.5, 2))
def test_a_number_of_numpy_kept_in_a_layer(rate):
    layer = DropPath(rate)
    x = paddle.ones([2])
    for training in (True, False):
        layer.train() if training else layer.eval()
        told = paddlefx.explain(layer)(x)
        assert told.result.tolist() == layer(x).tolist()
        assert (len(told.graphs), told.breaks, told.fallbacks) == (1, [], [])
    optimized = paddlefx.optimize(layer)
    layer.train()
    for changed in (rate, np.float64(0.25), np.float32(0.5), 0.0):
        layer.rate = changed
        assert optimized(x).tolist() == layer(x).tolist()


UPPER = re.compile("([a-z])([A-Z])")


def test_a_compiled_regular_expression():
    def f(x, name):
        return x + len(UPPER.sub(r"\1_\2", name)), UPPER.search(name) is None

    x = paddle.ones([2])
    told = paddlefx.explain(f)(x, "camelCaseName")
    assert told.result[0].tolist() == f(x, "camelCaseName")[0].tolist() == [16.0, 16.0]
    assert told.result[1] is False
    assert (len(told.graphs), told.breaks, told.fallbacks) == (1, [], [])
