"""Every rule of the verifier finds what breaks it."""

from __future__ import annotations

import pytest

from paddlefx.errors import InvalidProgram
from paddlefx.ir.instr import Handler, Instr, Label, Op, Position
from paddlefx.ir.program import Program
from paddlefx.ir.verify import OPERANDS, verify

FLAGS = 0x3


def program(*items, **fields):
    return Program(list(items), "f", "f", flags=FLAGS, **fields)


def const(value=None):
    return Instr(Op.LOAD_CONST, value)


RETURN = Instr(Op.RETURN)


def test_a_valid_program():
    end = Label()
    caught = Label()
    handler = Handler(caught, 0, 0)
    verify(
        program(
            Instr(Op.LOAD_LOCAL, "x", handler),
            Instr(Op.BRANCH, (end, end), handler),
            caught,
            Instr(Op.ENTER_HANDLER),
            Instr(Op.POP),
            Instr(Op.POP_EXCEPT),
            end,
            const(),
            RETURN,
        )
    )


def test_every_operation_has_an_operand_rule():
    assert set(OPERANDS) == set(Op)


@pytest.mark.parametrize(
    "op, arg",
    [
        (Op.POP, 1),
        (Op.COPY, 0),
        (Op.COPY, True),
        (Op.SWAP, 1),
        (Op.LOAD_LOCAL, 0),
        (Op.LOAD_ATTR, None),
        (Op.UNARY, "!"),
        (Op.BINARY, ("+=", False)),
        (Op.BINARY, "+"),
        (Op.COMPARE, "in"),
        (Op.IS, 0),
        (Op.CALL, (1, ("a", "b"))),
        (Op.CALL, (1, ["a"])),
        (Op.CALL, 1),
        (Op.CALL_EX, 1),
        (Op.BUILD_TUPLE, -1),
        (Op.BUILD_SLICE, 4),
        (Op.BUILD_CONST_KEY_MAP, 2),
        (Op.BUILD_UNPACK, ("frozenset", 2)),
        (Op.CONVERT, "x"),
        (Op.UNPACK_EX, (1,)),
        (Op.MAKE_FUNCTION, 32),
        (Op.MAKE_FUNCTION, 20),
        (Op.LOAD_COMMON_CONSTANT, "AssertionError"),
        (Op.BUILD_INTERPOLATION, ("x", False)),
        (Op.BUILD_INTERPOLATION, "r"),
        (Op.JUMP, 3),
        (Op.BRANCH, (Label(), None)),
        (Op.RAISE, 3),
        (Op.GET_AWAITABLE, None),
        (Op.INTRINSIC, "PRINT"),
        (Op.LOAD_DEREF, "not a cell"),
    ],
)
def test_bad_operands(op, arg):
    bad = Instr(op, arg, position=Position(7))
    with pytest.raises(InvalidProgram) as caught:
        verify(program(const(), RETURN, bad))
    assert op.value in caught.value.reason
    assert caught.value.lineno == 7


def raises(match, *items, **fields):
    with pytest.raises(InvalidProgram, match=match):
        verify(program(*items, **fields))


def test_the_stack():
    raises("needs 1 values, there are 0", Instr(Op.POP), const(), RETURN)
    raises("needs 2 values, there are 1", const(), Instr(Op.COPY, 2), RETURN)
    raises("runs off the end", const())
    raises("runs off the end")
    here = Label()
    raises(
        "paths meet",
        const(),
        Instr(Op.BRANCH, (here, here)),
        here,
        const(),
        Instr(Op.JUMP, here),
    )


def test_labels():
    label = Label("twice")
    raises("stands twice", label, label, const(), RETURN)
    raises("stands nowhere", Instr(Op.JUMP, Label("gone")))
    raises("stands nowhere", const(), Instr(Op.FOR_ITER, Label()), RETURN)
    raises("stands nowhere", Instr(Op.LOAD_LOCAL, "x", Handler(Label(), 0, 0)), RETURN)


def test_handlers():
    caught = Label()
    raises(
        "keeps 1 values of 0",
        Instr(Op.LOAD_LOCAL, "x", Handler(caught, 1, 0)),
        RETURN,
        caught,
        Instr(Op.RERAISE),
    )
    raises(
        "keeps 1 scopes of 0",
        Instr(Op.LOAD_LOCAL, "x", Handler(caught, 0, 1)),
        RETURN,
        caught,
        Instr(Op.RERAISE),
    )
    raises("no Handler", Instr(Op.LOAD_LOCAL, "x", caught), RETURN, caught)
    raises("no Handler", Instr(Op.LOAD_LOCAL, "x", Handler(caught, -1, 0)), RETURN, caught)


def test_scopes():
    raises("does not close", Instr(Op.POP_EXCEPT), const(), RETURN)
    raises("does not close", Instr(Op.RESTORE_LOCAL, "x"), const(), RETURN)
    raises("handler open", const(), Instr(Op.ENTER_HANDLER), RETURN)
    raises(
        "does not close",
        Instr(Op.SAVE_LOCAL, "x"),
        const(),
        Instr(Op.ENTER_HANDLER),
        Instr(Op.RESTORE_LOCAL, "x"),
        RETURN,
    )


def test_not_an_item():
    raises("neither", "LOAD_CONST")
