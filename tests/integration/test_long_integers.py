"""Integers with more digits than a conversion to text or from text may have."""

from __future__ import annotations

import sys

import paddle
import pytest

import paddlefx


def refuse(call):
    try:
        return call()
    except ValueError as error:
        return str(error)


LONG = 10**700
CONVERSIONS = [
    lambda: len(str(LONG)),
    lambda: len(repr(LONG)),
    lambda: len(f"{LONG}"),
    lambda: len(f"{LONG:,d}"),
    lambda: len("%d" % LONG),
    lambda: len("%s" % ((LONG,),)),
    lambda: len("{}".format(LONG)),
    lambda: len(str([{1: LONG}])),
    lambda: len(str(ValueError(LONG))),
    lambda: len(LONG.__str__()),
    lambda: int("1" * 700) % 1000,
    lambda: int(b"1" * 700) % 1000,
    lambda: int("1" * 700, 16) % 1000,
    lambda: LONG % 1001,
    lambda: len(hex(LONG)),
]


@pytest.mark.parametrize("number", range(len(CONVERSIONS)))
def test_long_integers_as_text(number):
    """How many digits a conversion may have is a setting, which may change between calls."""
    call = CONVERSIONS[number]

    def function(x):
        return x + 1, refuse(call), x * 2

    before = sys.get_int_max_str_digits()
    compiled = paddlefx.optimize(function)
    x = paddle.ones([2])
    try:
        for digits in (0, 650, 0, 5000, 650):
            sys.set_int_max_str_digits(digits)
            assert compiled(x)[1] == function(x)[1]
    finally:
        sys.set_int_max_str_digits(before)


def test_a_guard_on_a_long_integer_is_not_written_out():
    def function(x, n):
        return x + 1 if n > 5 else x

    before = sys.get_int_max_str_digits()
    compiled = paddlefx.optimize(function)
    x = paddle.ones([2])
    try:
        sys.set_int_max_str_digits(650)
        for n in (LONG, LONG + 1, -LONG, 7):
            assert compiled(x, n).tolist() == function(x, n).tolist()
        record = paddlefx.explain(function)(x, LONG)
        assert "bits" in str(record)
    finally:
        sys.set_int_max_str_digits(before)
    assert paddlefx.stats()["fallbacks"] == 0
