"""Guards on two places: the same object, or two."""

from __future__ import annotations

import types
from typing import Any, Tuple

import pytest

from paddlefx import _C
from paddlefx.guards import Guard, GuardKind, compile_guards
from paddlefx.source import (
    AttributeSource,
    CellObjectSource,
    CellSource,
    ComputedSource,
    ConstantSource,
    ItemSource,
    LocalSource,
    Source,
)
from tests.support.guarded import Plain

X, Y = LocalSource("x", 0), LocalSource("y", 1)


def both(values: Tuple[Any, ...], one: Source, two: Source) -> Tuple[bool, bool]:
    """Whether SAME and DISTINCT hold of two places; explain and check must agree."""
    answers = []
    for kind in (GuardKind.SAME, GuardKind.DISTINCT):
        program = compile_guards([Guard(one, kind, two, "user.py", 3)])
        holds = program.check(values, {})
        assert (program.explain(values, {}) is None) == holds
        answers.append(holds)
    return answers[0], answers[1]


def test_two_locals() -> None:
    items: Any = []
    assert both((items, items), X, Y) == (True, False)
    assert both((items, []), X, Y) == (False, True)


def test_deep_places() -> None:
    items: Any = []
    box, other = Plain(), Plain()
    box.items = items
    one, two = AttributeSource(X, "items"), ItemSource(Y, 0)
    assert both((box, [items]), one, two) == (True, False)
    assert both((box, [[]]), one, two) == (False, True)
    assert both((box, []), one, two) == (False, False)  # nothing there: neither holds
    assert both((other, [items]), one, two) == (False, False)
    assert both((box, items), X, Y) == (False, True)
    assert both((items, box), Y, AttributeSource(Y, "items")) == (False, True)


def test_an_unbound_local_is_neither() -> None:
    assert both(([], _C.UNBOUND), X, Y) == (False, False)
    assert both((_C.UNBOUND, []), X, Y) == (False, False)
    assert both(([],), X, Y) == (False, False)


def test_a_held_object() -> None:
    box = Plain()
    assert both((box,), X, ConstantSource(box, "box")) == (True, False)
    assert both((Plain(),), X, ConstantSource(box, "box")) == (False, True)


def test_the_words() -> None:
    items: Any = []
    same = compile_guards([Guard(X, GuardKind.SAME, Y, "user.py", 3)])
    assert str(same.texts[0]) == "x: the same object as y"
    assert "x has to be the same object as y" in str(same.explain((items, []), {}))
    distinct = compile_guards([Guard(X, GuardKind.DISTINCT, Y)])
    assert distinct.explain((items, items), {}) == (
        "x has to be another object than y, but it is the same"
    )


def test_equal_guards_are_one() -> None:
    guards = [Guard(X, GuardKind.SAME, LocalSource("y", 1)) for _ in range(3)]
    assert len(compile_guards(guards).texts) == 1


def test_a_cell_is_not_its_contents() -> None:
    one, two = types.CellType(1), types.CellType(1)
    cells = (one, two, one)

    def same(left: int, right: int) -> bool:
        places = CellObjectSource("a", left), CellObjectSource("b", right)
        guards = [Guard(places[0], GuardKind.SAME, places[1])]
        return compile_guards(guards).check((), {}, None, cells)

    assert same(0, 2) and not same(0, 1) and not same(0, 3)
    contents = [Guard(CellSource("a", 0), GuardKind.VALUE, 1)]
    assert compile_guards(contents).check((), {}, None, cells)
    assert compile_guards([Guard(CellObjectSource("a", 0), GuardKind.TYPE, types.CellType)]).check(
        (), {}, None, (types.CellType(),)
    )


@pytest.mark.parametrize("second", [-1, 5, "x", 2**80])
def test_a_second_register_has_to_be_filled(second: Any) -> None:
    with pytest.raises((ValueError, TypeError, OverflowError)):
        _C.GuardProgram((("LOAD_LOCAL", 0, -1, 0, None), ("CHECK_SAME", -1, 0, second, None)))


def test_methods_of_c_types_compute() -> None:
    upper = ComputedSource(str.upper, (X,))
    program = compile_guards([Guard(upper, GuardKind.VALUE, "A")])
    assert program.check(("a",), {}) and not program.check(("b",), {})
    assert not program.check((1,), {})  # it raises, and so doesn't hold
    with pytest.raises(TypeError):
        compile_guards([Guard(ComputedSource(lambda x: x, (X,)), GuardKind.VALUE, 1)])
