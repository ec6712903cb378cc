"""Constants are told apart by type and by every bit, and go to JSON and back."""

from __future__ import annotations

import itertools
import json
import math

import pytest

from paddlefx.ir.constants import constant_key, constant_of, from_json, to_json

NAN = float("nan")
#: Each differs from every other, however equal Python calls some.
CONSTANTS = [
    None,
    Ellipsis,
    True,
    False,
    0,
    1,
    -1,
    2**200,
    -(2**200),
    10**5000,  # longer than str(int) allows from 3.11 on
    0.0,
    -0.0,
    1.0,
    NAN,
    math.copysign(NAN, -1.0),
    float("inf"),
    5e-324,
    0j,
    complex(0.0, -0.0),
    complex(-0.0, 0.0),
    1 + 0j,
    "",
    "1",
    "a\u0301",
    "\u00e1",
    "\ud800",
    b"",
    b"1",
    (),
    (1,),
    (True,),
    (1.0,),
    ((1,),),
    (0.0,),
    (-0.0,),
    frozenset(),
    frozenset({1}),
    frozenset({True}),
    frozenset({1.0}),
    frozenset({1, 2, "x", None}),
    (frozenset({(1, frozenset({2}))}), b"x"),
    slice(None, 1, None),
    slice(None, True, None),
]


def test_keys_tell_constants_apart():
    for (i, one), (j, other) in itertools.product(enumerate(CONSTANTS), repeat=2):
        assert (constant_key(one) == constant_key(other)) is (i == j), (one, other)
        if i == j:
            assert hash(constant_key(one)) == hash(constant_key(other))


@pytest.mark.parametrize("value", CONSTANTS, ids=lambda value: type(value).__name__)
def test_constants_go_to_json_and_back(value):
    key = constant_key(value)
    read = from_json(json.loads(json.dumps(to_json(key))))
    assert read == key
    again = constant_of(read)
    assert type(again) is type(value)
    assert constant_key(again) == key


def test_the_order_of_a_set_does_not_count():
    one = frozenset(["a", "b", "c", "d"])
    other = frozenset(["d", "c", "b", "a"])
    assert constant_key(one) == constant_key(other)


def test_a_subclass_of_int_is_no_int():
    class Long(int):
        pass

    assert constant_key(Long(1)) != constant_key(1)


def test_an_object_equals_itself_and_stays_here():
    def function():
        pass

    class Equal:
        def __eq__(self, other):
            return True

        __hash__ = object.__hash__

    assert constant_key(function) == constant_key(function)
    assert constant_key(Equal()) != constant_key(Equal())
    assert constant_of(constant_key(function)) is function
    with pytest.raises(TypeError, match="no constant"):
        to_json(constant_key(function))


def test_an_unknown_type_is_refused():
    with pytest.raises(ValueError, match="no type of a constant"):
        constant_of(("decimal", "1"))
