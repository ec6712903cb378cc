"""Attributes and signatures of functions that the frame makes."""

from __future__ import annotations

import functools
import inspect

import paddle
import pytest

import paddlefx
from tests.support.versus import alike, versus


def x():
    return paddle.arange(3, dtype="float32") + 1


def one_graph(function):
    paddlefx.reset()
    found = versus(function, [lambda: (x(),), lambda: (x(),)])
    assert (found["graphs"], found["graph_breaks"], found["fallbacks"]) == (1, 0, 0), found


def test_defaults_are_replaced():
    def function(y):
        def inner(value, by=2.0, *, plus=1.0):
            return value * by + plus

        first = inner(y)
        inner.__defaults__ = (5.0,)
        second = inner(y)
        inner.__defaults__ = None
        inner.__kwdefaults__ = None
        return first, second, inner(y, 3.0, plus=y), inner.__defaults__

    one_graph(function)


def test_a_default_is_gone():
    def function(y):
        def inner(value, by=2.0):
            return value * by

        inner.__defaults__ = None
        return inner(y)

    paddlefx.reset()
    versus(function, [lambda: (x(),)])


@pytest.mark.parametrize("name, value", [("__defaults__", [1]), ("__name__", 3), ("__code__", 1)])
def test_what_is_refused(name, value):
    def function(y):
        def inner(value):
            return value

        setattr(inner, name, value)
        return inner(y)

    paddlefx.reset()
    versus(function, [lambda: (x(),)])


def test_the_dict_is_the_attributes():
    def function(y):
        def inner(value):
            return value

        inner.note = "noted"
        table = inner.__dict__
        table["more"] = y + 1
        inner.__name__ = "other"
        inner.last = 3
        del table["note"]
        return inner.more * inner.last, list(table), "__name__" in table, inner.__name__

    one_graph(function)


def test_the_dict_leaves_with_the_function():
    def function(y):
        def inner(value):
            return value + y

        inner.__dict__.update(note=y * 2)
        return inner, inner.__dict__

    plain, ours = function(x()), paddlefx.optimize(function)(x())
    assert ours[1] is ours[0].__dict__ and list(ours[1]) == list(plain[1])
    assert alike(ours[1]["note"], plain[1]["note"]) is None


def decorated(wrapped):
    @functools.wraps(wrapped)
    def wrapper(*args, **kwargs):
        return wrapped(*args, **kwargs)

    return wrapper


@decorated
def outside(value, by=2, *rest, key=None):
    return value * by


def test_signatures():
    def function(y):
        def inner(value: int, by=2, *rest, key="k", **named) -> int:
            return value * by

        texts = [str(inspect.signature(one)) for one in (inner, decorated(inner), outside)]
        names = [name for name, _ in inspect.signature(inner).parameters.items()]
        default = inspect.signature(inner).parameters["by"].default
        fewer = inspect.signature(inner).replace(parameters=[])
        return inner(y), texts, names, default, str(fewer)

    one_graph(function)


def test_a_wrapped_function_is_another():
    held = [lambda value, one: value, lambda value, two: value]

    def function(y):
        return y + 1, str(inspect.signature(outer))

    def outer():
        pass

    compiled = paddlefx.optimize(function)
    for wrapped in held:
        outer.__wrapped__ = wrapped
        assert compiled(x())[1] == function(x())[1]
    outer.__signature__ = inspect.signature(held[0])
    assert compiled(x())[1] == function(x())[1]
    del outer.__signature__, outer.__wrapped__
    assert compiled(x())[1] == function(x())[1] == "()"


def test_no_grad_as_a_decorator():
    def function(y):
        @paddle.no_grad()
        def inner(value, by=2):
            """Its text."""
            return value * by

        z = inner(y)
        return z, inner(y, by=3), inner.__name__, inner.__doc__, paddle.is_grad_enabled()

    one_graph(function)
