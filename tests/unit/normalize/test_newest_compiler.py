"""What only 3.14's compiler does is taken out, on any interpreter."""

from __future__ import annotations

import pytest

from paddlefx.ir.compare import compare
from paddlefx.ir.instr import Instr, Label, Op
from paddlefx.ir.program import Program
from paddlefx.normalize import normalize


def program(*items, **fields):
    return Program(list(items), "f", "f", varnames=("a",), argcount=1, **{"flags": 3, **fields})


@pytest.mark.parametrize(
    "value, parts",
    [
        (slice(1, 2), (1, 2)),
        (slice(None, -1), (None, -1)),
        (slice(1, 2, 3), (1, 2, 3)),
        (slice(True, 0.0), (True, 0.0)),
    ],
)
def test_constant_slices(value, parts):
    def subscript(*key):
        return program(Instr(Op.LOAD_LOCAL, "a"), *key, Instr(Op.LOAD_SUBSCR), Instr(Op.RETURN))

    built = [Instr(Op.LOAD_CONST, part) for part in parts]
    built.append(Instr(Op.BUILD_SLICE, len(parts)))
    newest, others = subscript(Instr(Op.LOAD_CONST, value)), subscript(*built)
    assert compare(newest, others) is not None
    assert compare(normalize(newest), normalize(others)) is None
    wrong = subscript(Instr(Op.LOAD_CONST, slice(5, 6)))
    assert compare(normalize(wrong), normalize(others)) is not None


def call_of(name, constant=None):
    """``name(iter(a))``, with 3.14's own loop if a constant is named."""
    slow, fast = Label("slow"), Label("fast")
    asked = [
        Instr(Op.COPY, 1),
        Instr(Op.LOAD_COMMON_CONSTANT, constant),
        Instr(Op.IS, False),
        Instr(Op.BRANCH, (fast, slow)),
        fast,
        Instr(Op.POP),
        Instr(Op.LOAD_CONST, True),
        Instr(Op.RETURN),
        slow,
    ]
    return program(
        Instr(Op.LOAD_GLOBAL, name),
        *(asked if constant else ()),
        Instr(Op.LOAD_LOCAL, "a"),
        Instr(Op.GET_ITER),
        Instr(Op.CALL, (1, ())),
        Instr(Op.RETURN),
    )


@pytest.mark.parametrize("name", ["any", "all", "tuple"])
def test_inlined_builtins(name):
    assert compare(call_of(name, name), call_of(name)) is not None
    assert compare(normalize(call_of(name, name)), normalize(call_of(name))) is None
    assert compare(normalize(call_of("other", name)), normalize(call_of(name))) is not None


def test_another_comparison_stays():
    asked = call_of("any", "NotImplementedError")
    assert compare(normalize(asked), normalize(call_of("any"))) is not None


def class_body(cell, inner=()):
    """The body of a class, with 3.14's cell of its namespace."""
    code = Program([Instr(Op.LOAD_CONST), Instr(Op.RETURN)], "g", "C.g", flags=3, freevars=inner)
    closure = [Instr(Op.LOAD_CELL, name) for name in inner]
    closure += [Instr(Op.BUILD_TUPLE, len(inner))] if inner else []
    begin = [Instr(Op.LOAD_LOCALS), Instr(Op.STORE_DEREF, "__classdict__")]
    end = [Instr(Op.LOAD_CELL, "__classdict__"), Instr(Op.STORE_NAME, "__classdictcell__")]
    return Program(
        [
            Instr(Op.LOAD_CONST, "C"),
            Instr(Op.STORE_NAME, "__qualname__"),
            *(begin if cell else ()),
            *closure,
            Instr(Op.LOAD_CONST, code),
            Instr(Op.MAKE_FUNCTION, 8 if inner else 0),
            Instr(Op.STORE_NAME, "g"),
            *(end if cell else ()),
            Instr(Op.LOAD_CONST),
            Instr(Op.RETURN),
        ],
        "C",
        "C",
        cellvars=("__classdict__",) if cell else (),
    )


def test_the_cell_of_a_class_namespace():
    assert compare(class_body(True), class_body(False)) is not None
    assert compare(normalize(class_body(True)), normalize(class_body(False))) is None
    used = normalize(class_body(True, ("__classdict__",)))
    assert used.cellvars == ("__classdict__",)
    assert "__classdictcell__" in [getattr(item, "arg", None) for item in used.items]
