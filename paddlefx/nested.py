"""What is in nested arguments."""

from __future__ import annotations

from typing import Any, Iterable, List, Type, TypeVar

__all__ = ["gather"]

T = TypeVar("T")
#: What most arguments are: nothing is in them.
_PLAIN = frozenset({bool, bytes, complex, float, int, str, type(None)})


def gather(values: Iterable[Any], wanted: Type[T]) -> List[T]:
    """The objects of a class in tuples, lists, dicts and slices, in order, repeated ones repeated."""
    found: List[T] = []
    _gather(values, wanted, found)
    return found


def _gather(values: Iterable[Any], wanted: Type[T], found: List[T]) -> None:
    for value in values:
        kind = type(value)
        if kind is wanted:
            found.append(value)
        elif kind in _PLAIN:
            continue
        elif issubclass(kind, (tuple, list)):
            _gather(value, wanted, found)
        elif issubclass(kind, dict):
            _gather(value.values(), wanted, found)
        elif kind is slice:
            _gather((value.start, value.stop, value.step), wanted, found)
