"""A load borrows only where the local outlives what the load pushed."""

from __future__ import annotations

import pytest

from paddlefx.emit.borrow import borrowable
from paddlefx.ir.instr import Instr, Label, Op
from paddlefx.ir.program import Program
from paddlefx.ir.spelling import Spelling

A, B = Instr(Op.LOAD_LOCAL, "a"), Instr(Op.LOAD_LOCAL, "b")
NONE = Instr(Op.LOAD_CONST)
RETURN = Instr(Op.RETURN)
END = Label("end")


def found(*items, methods=()):
    """Which of the loads may borrow, by index."""
    program = Program(list(items), "f", "f", argcount=2, varnames=("a", "b"))
    return sorted(borrowable(program, range(len(items)), set(methods)))


@pytest.mark.parametrize(
    "items, expected",
    [
        pytest.param((A, RETURN), [0], id="consumed"),
        pytest.param((A, B, Instr(Op.BINARY, ("+", False)), RETURN), [0, 1], id="both"),
        pytest.param((A, Instr(Op.STORE_LOCAL, "b"), NONE, RETURN), [], id="becomes a local"),
        pytest.param((A, NONE, Instr(Op.STORE_LOCAL, "a"), RETURN), [], id="overwritten"),
        pytest.param((A, NONE, Instr(Op.STORE_LOCAL, "b"), RETURN), [0], id="another is written"),
        pytest.param((A, Instr(Op.DELETE_LOCAL, "a"), RETURN), [], id="deleted"),
        pytest.param((A, Instr(Op.SAVE_LOCAL, "a"), RETURN), [], id="put aside"),
        pytest.param((A, Instr(Op.SAVE_LOCAL, "b"), RETURN), [0], id="another is put aside"),
        pytest.param((A, Instr(Op.RESTORE_LOCAL, "a"), RETURN), [], id="restored"),
        pytest.param((A, END, RETURN), [], id="left at a label"),
        pytest.param((A, B, Instr(Op.BRANCH, (END, END)), END, RETURN), [1], id="left at a jump"),
        pytest.param((A, Instr(Op.GET_ITER), Instr(Op.FOR_ITER, END), RETURN), [0], id="iterated"),
        pytest.param((A, Instr(Op.FOR_ITER, END), RETURN), [], id="left in a loop"),
        pytest.param((A, NONE, Instr(Op.YIELD_FROM), RETURN), [0], id="awaited"),
        pytest.param(
            (A, Instr(Op.COPY, 1), Instr(Op.STORE_LOCAL, "b"), RETURN), [], id="a copy is kept"
        ),
        pytest.param(
            (A, B, Instr(Op.SWAP, 2), Instr(Op.STORE_LOCAL, "b"), RETURN), [], id="swapped"
        ),
        pytest.param(
            (NONE, A, Instr(Op.SWAP, 3), Instr(Op.POP), Instr(Op.POP), Instr(Op.POP), RETURN),
            [1],
            id="swapped with what came before",
        ),
        pytest.param(
            (A, Instr(Op.LOAD_ATTR, "n"), NONE, Instr(Op.STORE_LOCAL, "a"), RETURN),
            [0],
            id="an attribute is another value",
        ),
        pytest.param(
            (A, Instr(Op.WITH_ENTER), Instr(Op.POP), Instr(Op.POP), NONE, RETURN),
            [0],
            id="a manager that is let go",
        ),
        pytest.param(
            (A, Instr(Op.WITH_ENTER), Instr(Op.STORE_LOCAL, "a"), Instr(Op.POP), NONE, RETURN),
            [],
            id="a manager whose local goes",
        ),
        pytest.param((Instr(Op.LOAD_CELL, "c"), Instr(Op.POP), NONE, RETURN), [0], id="a cell"),
    ],
)
def test_what_may_borrow(items, expected):
    assert found(*items) == expected


def test_a_methods_object_stays_till_the_call():
    load, call = Instr(Op.LOAD_ATTR, "n"), Instr(Op.CALL, (1, ()))
    ends = (Instr(Op.POP), NONE, RETURN)
    assert found(A, load, NONE, call, *ends, methods=[1]) == [0]
    # a = None between them takes the object away
    between = (NONE, Instr(Op.STORE_LOCAL, "a"))
    assert found(A, load, *between, NONE, call, *ends, methods=[1]) == []
    assert found(A, load, *between, NONE, call, *ends) == [0]


def test_the_first_argument_of_super():
    call = Instr(Op.CALL, (0, ()), spelling=Spelling("LOAD_SUPER_ATTR"))
    items = (Instr(Op.LOAD_GLOBAL, "super"), call, Instr(Op.LOAD_ATTR, "n"))
    assert found(*items, Instr(Op.CALL, (0, ())), RETURN, methods=[2]) == [1]
    store = (NONE, Instr(Op.STORE_LOCAL, "a"))
    assert found(*items, *store, Instr(Op.CALL, (0, ())), RETURN, methods=[2]) == []
    assert found(*items, *store, RETURN) == [1]


def test_what_cannot_be_reached_is_no_load():
    program = Program([RETURN, A, RETURN], "f", "f", argcount=2, varnames=("a", "b"))
    assert borrowable(program, {0}, set()) == frozenset()
