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


class Answering(type):
    def __getattribute__(cls, name):
        return name == "told"


class Answers(metaclass=Answering):
    pass


def asks_a_metaclass(x):
    kind = Answers
    return x + 1, kind.told, kind.__mro__


def test_a_metaclass_is_not_asked_for_the_dicts():
    compiled = paddlefx.optimize(asks_a_metaclass, backend="eager")
    for _ in range(2):
        assert compiled(paddle.ones([2]))[1:] == (True, False)
