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


def called_before_and_behind_a_break(x, log):
    v, found, functions = 3, [], []

    def outside():
        return v

    own = [
        (functions.append(lambda: v), log(v), found.append([f() for f in functions]), v + 10)
        for v in range(3)
    ]
    v = 20
    return found, own, [f() for f in functions], outside(), v, x + 1


def closed_over_in_two_scopes(x, log):
    a = b = "outside"
    own = [[log(a), lambda: (a, b, x + a)] for a in range(2) for b in range(3) if not log(b)]
    more = {b: [(lambda: a + b)() for a in (b, 5) if not log(a)] for b in range(2)}
    return [f() for _, f in own], more, a, b, (lambda: a)()


def closed_over_with_a_break_and_an_exception(x, log):
    v, kept = 3, []

    def outside():
        return v

    for _ in range(2):
        try:
            [kept.append(lambda: v) or log(v) or 1 // v for v in (1, 2, 0)]
        except ZeroDivisionError:
            x = x + outside()
    return [f() for f in kept], v, x


def closed_over_in_a_callee(x, log):
    def inner(x, w):
        v = 9
        own = [(lambda: v + w)() for v in range(3) if not log(v)]
        return x * sum(own), v

    y, kept = inner(x, 2)
    own = [log(w) or inner(x, w)[0] + (lambda: w)() for w in (1, 2)]
    return y, kept, own


def closed_over_in_a_long_comprehension(x, log):
    v, functions = 3, []
    total = [functions.append(lambda: v) or v for v in range(20000) if v % 9999 or not log(v)]
    log(sum(total))
    return x + v, {f() for f in functions[:5]}, v, (lambda: v)()


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
    *(closed_over_with_a_break_inside, called_before_and_behind_a_break),
    *(closed_over_in_two_scopes, closed_over_with_a_break_and_an_exception),
    closed_over_in_a_callee,
]
#: Long computations, and what Python does otherwise in each version, run plain from somewhere on.
PLAIN_IN_PART = [
    *(closed_over_in_what_runs_plain, closed_over_in_a_long_comprehension),
    of_the_name_of_an_enclosing_variable,
]


@pytest.mark.parametrize("function", CLOSED_OVER, ids=lambda function: function.__name__)
def test_a_variable_that_an_inner_function_shares(function):
    """The comprehension's variable is another one than that of the function around it."""
    check(function)
    assert paddlefx.stats()["fallbacks"] == 0


@pytest.mark.parametrize("function", PLAIN_IN_PART, ids=lambda function: function.__name__)
def test_a_shared_variable_where_a_part_runs_plain(function):
    check(function)
