"""What warns at each call of the plain function warns at each call of the compiled one."""

from __future__ import annotations

import math
import operator
import warnings

import paddle
import pytest

import paddlefx


def an_inverted_bool(x):
    flag = True
    return x + 1, ~flag


def inverted_by_operator(x):
    return x + 1, operator.invert(True)


def inverted_by_method(x):
    flag = False
    return x + 1, flag.__invert__(), bool.__invert__(flag)


def factorial_of_a_float(x):
    return x + math.factorial(5.0)


class Index:
    def __index__(self):
        return True


def an_index_that_is_a_bool(x):
    return x + 1, [1, 2][Index()]


def warned(function):
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        try:
            function(paddle.ones([2]))
        except TypeError as error:
            return [str(error)]
    return [(warning.category, str(warning.message)) for warning in told]


@pytest.mark.parametrize(
    "function",
    [
        an_inverted_bool,
        inverted_by_operator,
        inverted_by_method,
        factorial_of_a_float,
        an_index_that_is_a_bool,
    ],
)
def test_each_call_warns(function):
    plain = warned(function)
    compiled = paddlefx.optimize(function, backend="eager")
    assert [warned(compiled) for _ in range(3)] == [plain] * 3


def test_an_inverted_integer_is_computed_once():
    compiled = paddlefx.optimize(lambda x: (x + 1, ~5), backend="eager")
    assert compiled(paddle.ones([2]))[1] == -6
    assert paddlefx.stats()["graph_breaks"] == 0
