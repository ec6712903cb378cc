"""Keys of classes' and objects' dicts that aren't texts: a look-up runs their ``__eq__``.

CPython's ``test_descr`` has such in ``test_vicious_descriptor_nonsense`` and
``test_type_lookup_mro_reference``. Capture looks nothing up where such a key is.
"""

from __future__ import annotations

import paddle
import pytest

import paddlefx


class Key:
    """Found where a name is looked for, and changes what is found."""

    def __init__(self, name, change):
        self.name = name
        self.change = change

    def __hash__(self):
        return hash(self.name)

    def __eq__(self, other):
        self.change()
        return False


class Number:
    def __get__(self, target, kind=None):
        print(end="")
        return 1


class First:
    number = 1
    other = 10


class Second:
    number = 2
    other = 20


def of_a_class(x, made):
    y = x + 1
    print(made.number, end="")
    return y + made.number, made.other


def of_an_object(x, made):
    found = made()
    y = x + 1
    print(found.number, end="")
    return y + found.number, found.other


def of_its_own(x, made):
    y = x + 1
    print(made.number, end="")
    return y, hasattr(made, "number")


def class_with_key():
    def change():
        made.__bases__ = (Second,)

    made = type("Made", (First,), {Key("number", change): 5})
    return made


def object_with_key():
    def change():
        if "number" in vars(Made):
            del Made.number

    Made = type("Made", (), {"number": Number()})
    made = Made()
    made.__dict__[Key("number", change)] = 0
    return made


@pytest.mark.filterwarnings("ignore:non-string key")
@pytest.mark.parametrize(
    ("function", "make"),
    [
        (of_a_class, class_with_key),
        (of_an_object, class_with_key),
        (of_its_own, object_with_key),
    ],
)
def test_capture_runs_no_comparison_of_a_key(function, make):
    """As a look-up changes the class, one more than plain would be seen."""
    x = paddle.ones([2])
    plain = function(x, make())
    compiled = paddlefx.optimize(function, backend="eager")
    for _ in range(3):
        total, other = compiled(x, make())
        assert total.tolist() == plain[0].tolist()
        assert other == plain[1]


def looks_at_its_class(x):
    seen = []

    class Meta(type):
        def mro(cls):
            cls.__dict__["look"]()
            return super().mro()

    class Made(metaclass=Meta):
        def look():
            print(end="")
            seen.append(__class__)

    return x + 1, seen == [Made]


def test_a_class_that_is_being_made_has_no_bases_yet():
    """As ``test___class___mro`` of CPython's ``test_super``."""
    compiled = paddlefx.optimize(looks_at_its_class, backend="eager")
    for _ in range(2):
        assert compiled(paddle.ones([2]))[1] is True
