"""The listing of a program."""

from __future__ import annotations

from paddlefx.ir.instr import Handler, Instr, Label, Op, Position
from paddlefx.ir.printer import format_instr, format_program
from paddlefx.ir.program import Program


def test_a_listing():
    caught, end = Label(), Label()
    handler = Handler(caught, 0, 0)
    program = Program(
        [
            Instr(Op.LOAD_LOCAL, "x", handler, Position(2)),
            Instr(Op.LOAD_CONST, None, handler, Position(2)),
            Instr(Op.BINARY, ("+", True), handler, Position(3)),
            Instr(Op.BRANCH, (end, end), handler, Position(3)),
            caught,
            Instr(Op.RERAISE, position=Position(None)),
            end,
            Instr(Op.LOAD_CONST, "a\n" * 80, position=Position(4)),
            Instr(Op.RETURN, position=Position(4)),
        ],
        "f",
        "C.f",
        argcount=1,
        varnames=("x",),
        freevars=("y",),
    )
    assert format_program(program) == (
        "C.f(x)\n"
        "  free: y\n"
        "    2  LOAD_LOCAL           x                   -> L1 [depth 0, scopes 0]\n"
        "       LOAD_CONST           None                -> L1 [depth 0, scopes 0]\n"
        "    3  BINARY               +=                  -> L1 [depth 0, scopes 0]\n"
        "       BRANCH               true L2, false L2   -> L1 [depth 0, scopes 0]\n"
        "L1:\n"
        "       RERAISE\n"
        "L2:\n"
        "    4  LOAD_CONST           '" + "a\\n" * 18 + "a\\...\n"
        "       RETURN\n"
    )


def test_a_constant_that_cannot_be_shown():
    class Hostile:
        def __repr__(self):
            raise ZeroDivisionError

    text = format_instr(Instr(Op.LOAD_CONST, Hostile()))
    assert text == "LOAD_CONST           <Hostile, whose repr raises ZeroDivisionError>"
    assert format_instr(Instr(Op.CALL, (2, ("k",)))) == "CALL                 2 (k)"
    code = format_instr(Instr(Op.LOAD_CONST, (lambda: 0).__code__))
    assert code == "LOAD_CONST           <code <lambda>>"


def test_a_label_that_nothing_leads_to_does_not_show():
    start, loop = Label(), Label()
    program = Program([start, loop, Instr(Op.JUMP, loop)], "f", "f")
    assert format_program(program) == "f()\nL1:\n       JUMP                 L1\n"
