"""Objects to guard: each would run user code if a guard touched it carelessly."""

from __future__ import annotations

from typing import Any

from paddlefx.guards import Guard, GuardKind, compile_guards
from paddlefx.source import CellSource, LocalSource

X = LocalSource("x", 0)
NAN = float("nan")
USER = "stands for a User(), which pytest must not touch"


def holds(value: Any, kind: GuardKind, operand: Any, source: Any = X) -> bool:
    """Whether a guard on the one local holds; explain and check must agree.

    So must a guard on the same value in a cell, once it is witnessed.
    """
    if value is USER:
        value = User()
    program = compile_guards([Guard(source, kind, operand, "user.py", 3)])
    result = program.check((value,), {}, None, None)
    sentence = program.explain((value,), {})
    assert (sentence is None) == result
    assert result or "(user.py:3)" in sentence
    if source is X:
        closed = compile_guards([Guard(CellSource("x", 0), kind, operand)])
        scope = ((), {}, None, ((lambda: value).__closure__ or ())[:1])
        assert [closed.check(*scope) for _ in range(4)] == [result] * 4
    return result


class User:
    """Everything that a careless guard would call raises."""

    def __init__(self, **attributes: Any) -> None:
        self.__dict__.update(attributes)

    def _refuse(self, *args: Any) -> Any:
        raise AssertionError("a guard ran user code")

    __eq__ = __bool__ = __len__ = __getattr__ = __iter__ = __contains__ = __getitem__ = _refuse
    __repr__ = _refuse
    __hash__ = None  # type: ignore[assignment]


class Plain:
    pass


class MyInt(int):
    pass


class MyList(list):
    __len__ = __getitem__ = __iter__ = User._refuse


class MyDict(dict):
    __len__ = __getitem__ = __iter__ = __contains__ = get = keys = User._refuse


class Slots:
    __slots__ = ("a", "b")


class Dtype:
    """As in pybind: a fresh object at each read, equal by value."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Dtype) and other.name == self.name

    __hash__ = None  # type: ignore[assignment]


class Place:
    def __init__(self, name: str) -> None:
        self.name = name

    def _equals(self, other: "Place") -> bool:
        return self.name == other.name


class Tensor:
    def __init__(self, dtype: Any, shape: Any, stop_gradient: Any = True, place: Any = None):
        self.dtype, self.shape, self.stop_gradient, self.place = dtype, shape, stop_gradient, place
