"""3.14's rows, read on any interpreter from instructions as CPython 3.14.2 compiles them."""

from __future__ import annotations

import types

import pytest

from paddlefx.decode import decode
from paddlefx.errors import DecodeError
from paddlefx.ir.instr import Op
from paddlefx.ir.verify import verify
from paddlefx.opcodes import table_for

TABLE = table_for((3, 14))
ENTER = "COPY 1; LOAD_SPECIAL 1; SWAP 2; SWAP 3; LOAD_SPECIAL 0; CALL 0"
LEAVE = "LOAD_CONST 0; LOAD_CONST 0; LOAD_CONST 0; CALL 3; POP_TOP"


def decoded(text, rows=(), consts=(None,), flags=3, cellvars=()):
    """The program of a function of ``a`` and ``b``; rows of the exception table as words."""
    code, starts = bytearray(), []
    for line in text.split("; "):
        name, oparg = (line.split() + ["0"])[:2]
        starts.append(len(code) // 2)
        code += bytes((TABLE[name].number, int(oparg))) + bytes(2 * TABLE[name].caches)
    table = bytearray()
    for first, last, target, depth, lasti in rows:
        size = starts[last] - starts[first]
        assert max(starts[target], size, starts[first]) < 64
        table += bytes((starts[first] | 128, size, starts[target], depth << 1 | lasti))
    program = decode(
        types.SimpleNamespace(
            co_code=bytes(code),
            co_consts=consts,
            co_names=("n", "m"),
            co_varnames=("a", "b"),
            co_cellvars=cellvars,
            co_freevars=(),
            co_exceptiontable=bytes(table),
            co_name="f",
            co_qualname="f",
            co_filename="f.py",
            co_argcount=2,
            co_kwonlyargcount=0,
            co_flags=flags,
            co_firstlineno=1,
        ),
        TABLE,
    )
    verify(program)
    return program


def written(program):
    """Operations and operands; labels are left out."""
    simple = (int, str, tuple, bool, type(None), slice)
    return [
        (item.op, item.arg if isinstance(item.arg, simple) and item.op is not Op.BRANCH else ...)
        for item in program.items
        if hasattr(item, "op")
    ]


def test_loads():
    program = decoded(
        "RESUME; LOAD_FAST_BORROW_LOAD_FAST_BORROW 1; BINARY_OP 26; LOAD_SMALL_INT 7; "
        "BINARY_OP 0; LOAD_FAST 0; BUILD_TUPLE 2; RETURN_VALUE"
    )
    assert written(program) == [
        (Op.LOAD_LOCAL, "a"),
        (Op.LOAD_LOCAL, "b"),
        (Op.LOAD_SUBSCR, None),
        (Op.LOAD_CONST, 7),
        (Op.BINARY, ("+", False)),
        (Op.LOAD_LOCAL, "a"),
        (Op.BUILD_TUPLE, 2),
        (Op.RETURN, None),
    ]
    assert program.items[5].spelling.form == "LOAD_FAST"
    assert program.items[3].spelling is None


def test_common_constants():
    text = "; ".join(f"LOAD_COMMON_CONSTANT {n}; POP_TOP" for n in range(5))
    found = written(decoded(f"RESUME; {text}; LOAD_CONST 0; RETURN_VALUE"))[:-2:2]
    assert found == [
        (Op.LOAD_ASSERTION_ERROR, None),
        (Op.LOAD_COMMON_CONSTANT, "NotImplementedError"),
        (Op.LOAD_COMMON_CONSTANT, "tuple"),
        (Op.LOAD_COMMON_CONSTANT, "all"),
        (Op.LOAD_COMMON_CONSTANT, "any"),
    ]


def test_template():
    program = decoded(
        "RESUME; LOAD_CONST 0; LOAD_FAST_BORROW 0; LOAD_CONST 1; LOAD_FAST_BORROW 1; "
        "BUILD_INTERPOLATION 11; LOAD_FAST_BORROW 1; LOAD_CONST 1; BUILD_INTERPOLATION 2; "
        "BUILD_TUPLE 2; BUILD_TEMPLATE; RETURN_VALUE",
        consts=(("", "", ""), "a"),
    )
    found = written(program)
    assert found[4] == (Op.BUILD_INTERPOLATION, ("r", True))
    assert found[7] == (Op.BUILD_INTERPOLATION, ("", False))
    assert found[9:] == [(Op.BUILD_TEMPLATE, None), (Op.RETURN, None)]


@pytest.mark.parametrize("keywords", [False, True])
def test_the_slot_of_keywords_is_always_there(keywords):
    third = "LOAD_FAST_BORROW 1" if keywords else "PUSH_NULL"
    program = decoded(
        f"RESUME; LOAD_GLOBAL 1; LOAD_FAST_BORROW 0; {third}; CALL_FUNCTION_EX; RETURN_VALUE"
    )
    assert written(program)[-2] == (Op.CALL_EX, keywords)
    assert not any(item.spelling and item.spelling.before for item in program.items)


def test_with_is_one_instruction_and_one_value():
    program = decoded(
        f"RESUME; LOAD_FAST_BORROW 0; {ENTER}; STORE_FAST 1; LOAD_FAST_BORROW 1; SWAP 3; SWAP 2; "
        f"{LEAVE}; RETURN_VALUE; PUSH_EXC_INFO; WITH_EXCEPT_START; TO_BOOL; POP_JUMP_IF_TRUE 2; "
        "NOT_TAKEN; RERAISE 2; POP_TOP; POP_EXCEPT; POP_TOP; POP_TOP; POP_TOP; LOAD_CONST 0; "
        "RETURN_VALUE; COPY 3; POP_EXCEPT; RERAISE 1",
        rows=[(8, 10, 18, 2, True), (18, 25, 31, 4, True)],
    )
    found = written(program)
    assert found[:5] == [
        (Op.LOAD_LOCAL, "a"),
        (Op.WITH_ENTER, None),
        (Op.STORE_LOCAL, "b"),
        (Op.LOAD_LOCAL, "b"),
        (Op.SWAP, 2),
    ]
    assert (Op.CALL, (3, ())) in found
    store = next(item for item in program.items if getattr(item, "op", None) is Op.STORE_LOCAL)
    assert store.handler[1:] == (1, 0)
    assert [op for op, _ in found[-2:]] == [Op.POP_EXCEPT, Op.RERAISE]


def test_async_with():
    program = decoded(
        "RESUME; LOAD_FAST_BORROW 0; COPY 1; LOAD_SPECIAL 3; SWAP 2; SWAP 3; LOAD_SPECIAL 2; "
        "CALL 0; POP_TOP; POP_TOP; POP_TOP; LOAD_CONST 0; RETURN_VALUE"
    )
    found = written(program)
    assert found[1] == (Op.ASYNC_WITH_ENTER, None)
    assert [op for op, _ in found].count(Op.POP) == 2


@pytest.mark.parametrize(
    "head",
    [
        "COPY 1; LOAD_SPECIAL 1; SWAP 2",
        "LOAD_SPECIAL 1; SWAP 2; SWAP 3; LOAD_SPECIAL 0; CALL 0",
        "COPY 1; LOAD_SPECIAL 0; SWAP 2; SWAP 3; LOAD_SPECIAL 1; CALL 0",
        "COPY 1; LOAD_SPECIAL 1; SWAP 2; SWAP 3; LOAD_SPECIAL 2; CALL 0",
    ],
)
def test_no_other_use_of_special_methods(head):
    with pytest.raises(DecodeError, match="head of a with statement"):
        decoded(f"RESUME; LOAD_FAST_BORROW 0; {head}; POP_TOP; LOAD_CONST 0; RETURN_VALUE")


def test_not_taken():
    program = decoded(
        "RESUME; LOAD_FAST_BORROW 0; TO_BOOL; POP_JUMP_IF_FALSE 2; NOT_TAKEN; NOT_TAKEN; NOP; "
        "LOAD_CONST 0; RETURN_VALUE"
    )
    assert [op for op, _ in written(program)][:2] == [Op.LOAD_LOCAL, Op.BRANCH]
    ghosts = [
        g.name for i in program.items if getattr(i, "spelling", None) for g in i.spelling.before
    ]
    # the first belongs to the jump, the second stands for itself
    assert ghosts == ["NOT_TAKEN", "NOP"]


def test_an_iterator_is_popped_by_its_own_opcode():
    program = decoded(
        "RESUME; LOAD_FAST_BORROW 0; GET_ITER; FOR_ITER 5; POP_TOP; POP_ITER; LOAD_CONST 0; "
        "RETURN_VALUE; NOP; END_FOR; POP_ITER; LOAD_CONST 0; RETURN_VALUE"
    )
    pops = [item for item in program.items if getattr(item, "op", None) is Op.POP]
    assert [pop.spelling.form if pop.spelling else "" for pop in pops] == ["", "POP_ITER"]


def test_a_flag_marks_the_docstring():
    text = "RESUME; LOAD_CONST 0; RETURN_VALUE"
    assert decoded(text, consts=("text",)).docstring is None
    assert decoded(text, consts=("text",), flags=3 | 0x4000000).docstring == "text"


@pytest.mark.parametrize("load, kept", [("LOAD_FAST", 3), ("LOAD_FAST_BORROW", 2)])
def test_super_keeps_how_the_first_argument_was_loaded(load, kept):
    program = decoded(
        f"RESUME; LOAD_GLOBAL 0; LOAD_DEREF 2; {load} 0; LOAD_SUPER_ATTR 4; RETURN_VALUE",
        cellvars=("__class__",),
    )
    call = next(item for item in program.items if getattr(item, "op", None) is Op.CALL)
    assert call.arg == (0, ()) and len(call.spelling.note) == kept
