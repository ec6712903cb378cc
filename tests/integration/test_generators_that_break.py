"""A generator that breaks as it runs lives as long as what holds it, read again or not."""

from __future__ import annotations

import paddle
import pytest

import paddlefx


def breaking(x, told):
    try:
        for _ in range(3):
            x = x * 2
            yield x
            print(end="")
    finally:
        told.append("closed")


def quiet(x, told):
    try:
        for _ in range(3):
            x = x * 2
            yield x
    finally:
        told.append("closed")


def breaking_before_it_tries(x, told):
    yield x
    print(end="")
    try:
        yield x * 2
    finally:
        told.append("closed")


def outer(x, told):
    inner = breaking(x, told)
    yield next(inner)
    yield next(inner)
    told.append("outer")
    yield x


def delegating(x, told):
    yield from breaking(x, told)


class Box:
    pass


def twice(source):
    """Take two values of what ``source`` gives; it is in a local that isn't read again."""

    def taken(x, told):
        values = source(x, told)
        next(values)
        y = next(values)
        told.append("end")
        return y if isinstance(y, paddle.Tensor) else y[1]

    taken.__name__ = source.__name__
    return taken


def numbered(x, told):
    return enumerate(breaking(x, told))


def mapped(x, told):
    return map(lambda v: v * 2, breaking(x, told))


def by_a_loop(x, told):
    source = breaking(x, told)
    for _ in source:
        break
    for y in source:
        break
    told.append("end")
    return y


def left_by_finally(x, told):
    try:
        source = breaking(x, told)
        next(source)
        return next(source)
    finally:
        told.append("end")


def in_a_dict(x, told):
    held = {"a": (breaking(x, told),)}
    next(held["a"][0])
    y = next(held["a"][0])
    told.append("end")
    return y


def quiet_in_an_iterator(x, told):
    source = enumerate(quiet(x, told))
    y = next(source)[1]
    print(end="")
    told.append("end")
    return y


def quiet_in_an_object(x, told):
    box = Box()
    box.source = quiet(x, told)
    y = next(box.source)
    print(end="")
    told.append("end")
    return y


def in_a_generator_that_goes_on(x, told):
    source = outer(x, told)
    next(source)
    next(source)
    y = next(source)
    told.append("end")
    return y


def in_a_callee(x, told):
    source = breaking(x, told)
    next(source)
    y = next(source)
    told.append("end")
    return y


def of_a_caller(x, told):
    y = in_a_callee(x, told)
    told.append("after")
    return y


@pytest.mark.parametrize(
    "function",
    [
        twice(breaking),
        twice(breaking_before_it_tries),
        twice(outer),
        twice(delegating),
        twice(numbered),
        twice(mapped),
        by_a_loop,
        left_by_finally,
        in_a_dict,
        quiet_in_an_iterator,
        quiet_in_an_object,
        in_a_generator_that_goes_on,
        of_a_caller,
    ],
)
def test_it_is_closed_as_in_the_plain_program(function):
    x = paddle.ones([2])
    plain: list = []
    expected = function(x, plain)
    compiled = paddlefx.optimize(function, backend="eager")
    for _ in range(3):
        told: list = []
        assert compiled(x, told).tolist() == expected.tolist()
        assert told == plain
    assert paddlefx.stats()["fallbacks"] == 0
