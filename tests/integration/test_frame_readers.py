"""Functions that look into their own frame run as plain Python; those that only seem to don't.

PYTEST_DONT_REWRITE: an ``assert`` in what is compiled is the user's.
"""

from __future__ import annotations

import builtins
import sys
from typing import Any

import paddle
import pytest

import paddlefx
from tests.integration.test_breaks_loops import as_data


class Mode:
    """Methods that are called as such builtins are."""

    def __init__(self) -> None:
        self.log = []

    def eval(self):
        self.log.append("eval")

    def locals(self, number):
        return number


@paddlefx.disable
def note() -> None:
    pass


def evaluated(x):
    y = x + 1
    return y * eval("2 + n", {"n": 3})


def evaluated_in_local_dicts(x):
    names = dict()
    names["n"] = 3
    other = {}
    y = x + 1
    exec("m = n * 2", names, other)
    return y * other["m"], sorted(other)


def given_objects(x):
    mode = Mode()
    y = x + 1
    note()
    mode.eval()
    return y * mode.locals(2), sorted(vars(mode)), "log" in dir(mode)


def in_a_loop(x):
    for number in range(3):
        x = x + eval("n", {"n": number})
    return x


def own_locals(x):
    number = 4
    y = x + 1
    note()
    return y * eval("number", None)


def dicts_that_may_be_none(x, names=None):
    number = 5
    y = x + 1
    note()
    return y * eval("number", names)


def a_local_that_may_be_none(x, flag=True):
    number = 6
    names = {}
    if flag:
        names = None
    y = x + 1
    note()
    return y * eval("number", names)


def by_the_module(x):
    number = 7
    y = x + 1
    note()
    return y * builtins.eval("number")


def by_keyword(x):
    y = x + 1
    note()
    return y * len(sorted(vars()))


def the_frame(x):
    number = 8
    y = x + 1
    note()
    return y * sys._getframe().f_locals["number"]


def handed_on(x):
    number = 9
    y = x + 1
    note()
    function = eval
    return y * function("number")


TAKEN_APART = [evaluated, evaluated_in_local_dicts, given_objects, in_a_loop]
KEPT_WHOLE = [
    own_locals,
    dicts_that_may_be_none,
    a_local_that_may_be_none,
    by_the_module,
    by_keyword,
    the_frame,
    handed_on,
]


@pytest.mark.parametrize("function", [*TAKEN_APART, *KEPT_WHOLE])
def test_as_plain(function: Any) -> None:
    compiled = paddlefx.optimize(function)
    for _ in range(2):
        plain = as_data(function(paddle.ones([2])))
        assert as_data(compiled(paddle.ones([2]))) == plain
    assert (paddlefx.stats()["fallbacks"] == 0) == (function in TAKEN_APART)
