"""Breaks inside comprehensions that stand in the middle of an expression.

From 3.12 on a comprehension runs in the frame itself (PEP 709), with values of the expression
below it on the stack.
"""

from __future__ import annotations

import warnings

import paddle
import pytest

import paddlefx
from tests.support.same import assert_same


def as_an_argument(x, log):
    rows = []
    rows.append([log(v) or v for v in (1, 2)])
    return x + 1, rows


def behind_several_values(x, log):
    v = "outer"
    return max(3, 4, *[log(v) or v for v in (1, 2)]), v, x * 2


def of_two_names(x, log):
    return [x, {(a, b): log(a) or x * b for a in range(2) for b in range(1, 3)}, [log(3)]]


def inside_each_other(x, log):
    return x, (0, [[log(a + b) or x + b for a in range(2)] for b in range(2)], "end")


def with_a_condition_that_breaks(x, log):
    return "text", sorted([v for v in (3, 1, 2) if not log(v)], reverse=True), x


def in_a_loop(x, log):
    t, rows = 0, []
    while t < 3:
        t += 1
        rows.append([log(v) or v for v in (1, t)])
        x = x + 1
    return x, rows


def that_fails(x, log):
    try:
        return [x, [log(v) or 1 // v for v in (1, 0)]]
    except ZeroDivisionError as error:
        return x * 3, str(error)


FUNCTIONS = [
    *(as_an_argument, behind_several_values, of_two_names, inside_each_other),
    *(with_a_condition_that_breaks, in_a_loop, that_fails),
]


def check(function):
    @paddlefx.disable
    def log(value):
        seen.append(value)

    compiled = paddlefx.optimize(function)
    for x in (paddle.ones([2]), paddle.zeros([2])):
        seen = []
        expected, plainly = function(x, log), seen
        seen = []
        with warnings.catch_warnings():
            warnings.simplefilter("error", RuntimeWarning)  # a fault of ours
            assert_same(compiled(x, log), expected)
        assert seen == plainly


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.__name__)
def test_a_break_in_the_middle_of_an_expression(function):
    check(function)
    assert paddlefx.stats()["graph_breaks"] > 0


def closed_over(x, log):
    v = 7
    own = [lambda: v for v in range(3)]
    kept = v
    v = 20
    return [f() for f in own], kept, v, x + 1


def closed_over_behind_a_break(x, log):
    v, rows = 3, []
    for k in range(2):
        log(k)
        rows.append([lambda: v for v in range(k, k + 2)])
    return [f() for row in rows for f in row], v, x + 1


def closed_over_and_left_by_an_exception(x, log):
    v = 3

    def outside():
        return v

    log(v)
    for _ in range(2):
        try:
            [lambda: v for v in (1, 2, 0) if 1 // v]
        except ZeroDivisionError:
            x = x + 1
    return outside(), v, x


def closed_over_with_a_break_inside(x, log):
    y = x + 1
    own = [lambda: v for v in range(3) if not log(v)]
    v = 20
    return [f() for f in own], v, y


def closed_over_in_what_runs_plain(x, log):
    v = 3
    inner = lambda: v  # noqa: E731
    log(v)
    for _ in range(60000):
        pass
    own = [lambda: v for v in range(2)]
    log(v)
    more = [lambda: v for v in range(5)]
    return [f() for f in own + more], v, inner()


def of_the_name_of_an_enclosing_variable(x, log):
    v = 0

    def inner():
        nonlocal v
        v = 5
        own = [lambda: v for v in range(2)]
        log(v)
        own += [lambda: v for v in range(3)]
        return [f() for f in own], v

    return inner(), v, x + 1


CLOSED_OVER = [
    *(closed_over, closed_over_behind_a_break, closed_over_and_left_by_an_exception),
    *(closed_over_with_a_break_inside, closed_over_in_what_runs_plain),
    of_the_name_of_an_enclosing_variable,
]


@pytest.mark.parametrize("function", CLOSED_OVER, ids=lambda function: function.__name__)
def test_a_variable_that_an_inner_function_shares(function):
    """The comprehension's variable is another one than that of the function around it."""
    check(function)
