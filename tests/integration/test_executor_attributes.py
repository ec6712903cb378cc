"""Attribute look-up on objects of classes that derive from builtin types."""

from __future__ import annotations

import collections

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
