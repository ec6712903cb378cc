"""Equal programs have one canonical form, and only they; it goes to JSON and back."""

from __future__ import annotations

import json

import pytest

from paddlefx.decode.deep import decode_deep
from paddlefx.errors import InvalidProgram
from paddlefx.ir.body import Body
from paddlefx.ir.canonical import Canonical, canonical
from paddlefx.ir.compare import compare
from paddlefx.ir.instr import Handler, Instr, Label, Op, Position
from paddlefx.ir.program import Program
from paddlefx.ir.verify import verify
from paddlefx.opcodes import table_for
from tests.support.mutations import corpus_programs
from tests.support.reemit import copy

PROGRAMS = corpus_programs()


def decoded(source):
    """The program of the only function of a source."""
    program = decode_deep(compile(source, "<source>", "exec"), table_for())
    return next(item.arg for item in program.items if isinstance(getattr(item, "arg", 0), Program))


def program(*items):
    return Program(list(items), "f", "f", flags=3, varnames=("x",), argcount=1)


def test_copies_are_equal():
    for one in PROGRAMS:
        other = one.with_items(copy(one.items))
        assert compare(one, other) is None
        assert canonical(one) == canonical(other)
        assert hash(canonical(one)) == hash(canonical(other))


def test_the_form_goes_to_json_and_back():
    for one in PROGRAMS:
        form = canonical(one)
        text = form.to_json()
        text.encode("ascii")
        read = Canonical.from_json(text)
        assert read == form
        assert read.digest() == form.digest()
        assert read.lines == form.lines
        assert compare(one, read) is None and compare(read, one) is None


def test_the_form_is_a_program_again():
    for one in PROGRAMS:
        form = canonical(one)
        again = form.program()
        verify(again)
        assert canonical(again) == form
        assert compare(one, again) is None


def test_a_state_at_several_depths_is_laid_out_for_each():
    other = Label()
    end = [Instr(Op.LOAD_CONST, None), Instr(Op.RETURN)]
    one = program(
        Instr(Op.LOAD_LOCAL, "x"),
        Instr(Op.LOAD_LOCAL, "x"),
        Instr(Op.BRANCH, (other, Label("no"))),
    )
    one.items += [one.items[2].arg[1], *end, other, Instr(Op.POP), *copy(end)]
    form = canonical(one)
    assert len(form.states) == 6
    again = form.program()
    verify(again)
    assert sum(isinstance(item, Instr) for item in again.items) == 8
    assert canonical(again) == form


def test_a_body_laid_out_again_is_equal():
    for one in PROGRAMS:
        again = Body.of(one).program(one)
        verify(again)
        assert compare(one, again) is None


def test_a_loop_that_is_unrolled_once_is_equal():
    top, end, again = Label("top"), Label("end"), Label("again")

    def test(yes, no):
        return [Instr(Op.LOAD_LOCAL, "x"), Instr(Op.BRANCH, (yes, no))]

    body = [Instr(Op.LOAD_GLOBAL, "g"), Instr(Op.CALL, (0, ())), Instr(Op.POP)]
    leave = [end, Instr(Op.LOAD_CONST, None), Instr(Op.RETURN)]
    first = Label("first")
    plain = program(top, *test(again, end), again, *body, Instr(Op.JUMP, top), *leave)
    inner, unrolled = Label("inner"), Label("unrolled")
    longer = program(
        *test(first, end),
        first,
        *copy(body),
        unrolled,
        *test(inner, end),
        inner,
        *copy(body),
        Instr(Op.JUMP, unrolled),
        *leave,
    )
    assert compare(plain, longer) is None
    assert canonical(plain) == canonical(longer)
    assert len(canonical(longer).states) == 7


def test_loops_on_nothing():
    one, other, third = Label(), Label(), Label()
    plain = program(one, Instr(Op.JUMP, one))
    longer = program(
        Instr(Op.JUMP, other), third, Instr(Op.JUMP, other), other, Instr(Op.JUMP, third)
    )
    ends = program(Instr(Op.LOAD_CONST, None), Instr(Op.RETURN))
    assert compare(plain, longer) is None
    assert canonical(plain) == canonical(longer)
    found = compare(plain, ends)
    assert found.kind == "operation" and "for ever" in found.what
    assert canonical(plain) != canonical(ends)
    verify(canonical(plain).program())
    yes = Label()
    waits = program(
        Instr(Op.LOAD_LOCAL, "x"),
        Instr(Op.BRANCH, (yes, one)),
        yes,
        *ends.items,
        one,
        Instr(Op.JUMP, one),
    )
    verify(canonical(waits).program())
    assert canonical(canonical(waits).program()) == canonical(waits)
    found = compare(
        waits, program(Instr(Op.LOAD_LOCAL, "x"), Instr(Op.BRANCH, (yes, yes)), yes, *ends.items)
    )
    assert "on the way false" in found.what


def test_a_handler_of_what_cannot_raise_does_not_count():
    label = Label()
    handler = Handler(label, 0, 0)
    end = [Instr(Op.RETURN), label, Instr(Op.RERAISE)]
    guarded = program(Instr(Op.LOAD_CONST, 1, handler), *end)
    free = program(Instr(Op.LOAD_CONST, 1), *end)
    assert compare(guarded, free) is None
    raising = program(Instr(Op.LOAD_GLOBAL, "g", handler), *end)
    found = compare(raising, program(Instr(Op.LOAD_GLOBAL, "g"), *end))
    assert found.kind == "handler" and "b has no handler" in found.what


def test_lines_count_on_request():
    one = program(
        Instr(Op.LOAD_CONST, 1, None, Position(3)), Instr(Op.RETURN, None, None, Position(3))
    )
    other = program(
        Instr(Op.LOAD_CONST, 1, None, Position(4)), Instr(Op.RETURN, None, None, Position(3))
    )
    assert compare(one, other) is None
    assert canonical(one) == canonical(other)
    found = compare(one, other, lines=True)
    assert (found.kind, found.what) == ("line", "line 3 against 4")


def test_a_mismatch_says_where():
    source = "def f(x):\n    return x + {}\n"
    one, other = decoded(source.format(1)), decoded(source.format(2))
    found = compare(one, other)
    assert (found.kind, found.where) == ("operand", "f")
    assert found.text(source.format(1).splitlines(), source.format(2).splitlines()) == (
        "f: operand: 1 against 2\n"
        "  a, line 2: LOAD_CONST           1\n"
        "      return x + 1\n"
        "  b, line 2: LOAD_CONST           2\n"
        "      return x + 2"
    )
    assert "line 2" in str(found)


def test_positions_of_a_form_are_the_lowest_lines():
    form = canonical(decoded("def f(x):\n    return (\n        x)\n"))
    assert set(form.lines) <= {1, 2, 3}
    assert json.loads(form.to_json())["lines"] == list(form.lines)


def test_code_that_was_not_decoded_is_refused():
    code = compile("0", "<source>", "eval")
    with pytest.raises(TypeError, match="decode_deep"):
        canonical(program(Instr(Op.LOAD_CONST, code), Instr(Op.RETURN)))
    one = program(Instr(Op.LOAD_CONST, code), Instr(Op.RETURN))
    assert compare(one, one) is None
    other = compile("1", "<source>", "eval")
    assert compare(one, program(Instr(Op.LOAD_CONST, other), Instr(Op.RETURN))).kind == "operand"


def test_a_program_without_an_end_is_refused():
    for wrong in (canonical, Body.of):
        with pytest.raises(InvalidProgram, match="runs off the end"):
            wrong(program(Instr(Op.LOAD_CONST, 1)))
