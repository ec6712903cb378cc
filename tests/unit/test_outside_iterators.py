"""What the extension tells of built-in iterators without moving them (csrc/iterators.c)."""

from __future__ import annotations

import itertools
from collections import OrderedDict
from typing import Any, Callable, Dict, List

import pytest

from paddlefx import _C
from paddlefx.guards import Guard, GuardKind, compile_guards
from paddlefx.source import IteratorPartSource, LocalSource, UpcomingSource

_TABLE = {name: number for number, name in enumerate("abcde")}
_ORDERED = OrderedDict(_TABLE)
_ORDERED.move_to_end("b")

MAKERS: Dict[str, Callable[[], Any]] = {
    "list": lambda: iter([1, 2, 3, 4]),
    "empty list": lambda: iter([]),
    "reversed": lambda: reversed([1, 2, 3, 4]),
    "tuple": lambda: iter((1, 2, 3)),
    "range": lambda: iter(range(5, -7, -3)),
    "large range": lambda: iter(range(-(2**62), 2**62, 2**61)),
    "keys": lambda: iter(_TABLE),
    "values": lambda: iter(_TABLE.values()),
    "items": lambda: iter(_TABLE.items()),
    "ordered keys": lambda: iter(_ORDERED),
    "ordered values": lambda: iter(_ORDERED.values()),
    "ordered items": lambda: iter(_ORDERED.items()),
    "ordered keys reversed": lambda: reversed(_ORDERED),
    "ordered items reversed": lambda: reversed(_ORDERED.items()),
}


def left(iterator: Any) -> List[Any]:
    """All that it will give."""
    found: List[Any] = []
    while True:
        value = _C.upcoming(iterator, len(found))
        if value is _C.UNBOUND:
            return found
        found.append(value)


@pytest.mark.parametrize("kind", MAKERS)
def test_upcoming(kind: str) -> None:
    whole = list(MAKERS[kind]())
    for taken in range(len(whole) + 2):
        iterator = MAKERS[kind]()
        for _ in itertools.islice(iterator, taken):
            pass
        assert left(iterator) == whole[taken:]
        _C.advance(iterator, 2)
        assert list(iterator) == whole[taken + 2 :]
        assert left(iterator) == []


def test_a_list_that_changes() -> None:
    items = [1, 2, 3]
    forward, backward = iter(items), reversed(items)
    next(forward)
    items.append(4)
    assert left(forward) == [2, 3, 4] and left(backward) == [3, 2, 1]
    del items[1:]
    assert left(forward) == [] and left(backward) == []
    assert list(backward) == [] and list(forward) == []


@pytest.mark.parametrize("make", [dict, OrderedDict])
def test_a_dict_whose_size_changed_raises(make: Any) -> None:
    table = make(a=1, b=2)
    iterator = iter(table)
    table["c"] = 3
    with pytest.raises(TypeError, match="can't tell"):
        _C.upcoming(iterator, 0)
    with pytest.raises(RuntimeError):
        _C.advance(iterator, 1)


def test_others_are_not_read() -> None:
    for other in (iter("text"), iter({1, 2}), map(abs, [1]), [1], enumerate([1])):
        with pytest.raises(TypeError, match="can't tell"):
            _C.upcoming(other, 0)


def test_parts() -> None:
    part = IteratorPartSource
    items = [1, 2]
    assert _C.iterator_part(iter(items), part.OVER) is items
    ended = iter(items)
    list(ended)
    assert _C.iterator_part(ended, part.OVER) is _C.UNBOUND
    assert _C.iterator_part(iter(_TABLE.items()), part.OVER) is _TABLE
    assert _C.iterator_part(iter(_ORDERED), part.OVER) is _ORDERED
    inner = iter(items)
    numbered = enumerate(inner, 7)
    assert _C.iterator_part(numbered, part.INDEX) == 7
    assert _C.iterator_part(numbered, part.INNER) is inner
    assert _C.iterator_part(numbered, part.INNER + 1) is _C.UNBOUND
    assert _C.iterator_part(enumerate(items, 2**70), part.INDEX) is _C.UNBOUND
    pair = zip(inner, numbered)
    assert _C.iterator_part(pair, part.INNER) is inner
    assert _C.iterator_part(pair, part.INNER + 1) is numbered
    assert _C.iterator_part(pair, part.INNER + 2) is _C.UNBOUND
    kinds = [iter(_ORDERED), iter(_ORDERED.values()), iter(_ORDERED.items()), reversed(_ORDERED)]
    assert len({_C.iterator_part(one, part.INDEX) for one in kinds}) == 4


def test_guards() -> None:
    source = LocalSource("it", 0)
    guards = [
        Guard(source, GuardKind.TYPE, type(iter([]))),
        Guard(UpcomingSource(source, 1), GuardKind.VALUE, 5),
        Guard(source, GuardKind.GIVES, 3),
    ]
    program = compile_guards(guards)
    assert program.check((iter([4, 5, 6]),), {})
    assert program.check((iter([0, 5, 6, 7]),), {})
    assert not program.check((iter([4, 5]),), {})
    assert not program.check((iter([4, 6, 6]),), {})
    assert "3 values or more" in str(program.explain((iter([4, 5]),), {}))
    ends = compile_guards([Guard(source, GuardKind.ENDS, 2)])
    assert ends.check((iter((1, 2)),), {}) and ends.check((iter([1]),), {})
    assert not ends.check((iter([1, 2, 3]),), {})
    assert not ends.check((iter("ab"),), {})
    over = Guard(IteratorPartSource(source, IteratorPartSource.OVER), GuardKind.LENGTH, 2)
    assert compile_guards([over]).check((iter([1, 2]),), {})
    assert not compile_guards([over]).check((iter([1, 2, 3]),), {})
