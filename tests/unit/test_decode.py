"""Code objects become valid programs."""

from __future__ import annotations

import os
import pathlib
import types
import warnings

import pytest

from paddlefx.decode import decode
from paddlefx.errors import DecodeError
from paddlefx.ir.flow import stack_depths
from paddlefx.ir.instr import Instr, Op
from paddlefx.ir.verify import verify
from paddlefx.opcodes import table_for
from tests.support.corpus_cases import FUNCTIONS

TABLE = table_for()
LIBRARY = pathlib.Path(os.__file__).parent


def codes(code):
    yield code
    for const in code.co_consts:
        if isinstance(const, types.CodeType):
            yield from codes(const)


def ops(function):
    """The operations of a function, without what differs between versions by design."""
    items = decode(function.__code__, TABLE).items
    return [(i.op, i.arg) for i in items if isinstance(i, Instr)]


def library_modules(step, start=0):
    """Some modules of the standard library."""
    found = sorted([*LIBRARY.glob("*.py"), *LIBRARY.glob("[a-s]*/*.py")])
    found = [path for path in found if "site-packages" not in path.parts]
    return found[start::step]


def compiled(path):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return compile(path.read_bytes(), str(path), "exec", dont_inherit=True)


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda f: f.__name__)
def test_the_corpus(function):
    for code in codes(function.__code__):
        program = decode(code, TABLE)
        verify(program)
        assert (program.name, program.flags) == (code.co_name, code.co_flags)
        assert program.varnames == code.co_varnames
        lines = {line for line in program_lines(program)}
        assert lines and min(lines) >= min(code.co_firstlineno, min(lines))


def program_lines(program):
    for item in program.items:
        if isinstance(item, Instr) and item.position.lineno is not None:
            yield item.position.lineno


@pytest.mark.parametrize("path", library_modules(10), ids=lambda p: p.stem)
def test_the_standard_library(path):
    for code in codes(compiled(path)):
        verify(decode(code, TABLE))


def test_calls_have_one_form():
    def f(x):
        return x.method(1, key=2), len(x), x.method()

    calls = [arg for op, arg in ops(f) if op is Op.CALL]
    assert calls == [(2, ("key",)), (1, ()), (0, ())]
    assert [op for op, _ in ops(f)].count(Op.LOAD_ATTR) == 2
    assert ops(f)[-1] == (Op.RETURN, None)


def test_a_decorator_call_has_one_argument():
    def f(deco):
        @deco
        def g():
            pass

        return g

    assert (Op.CALL, (1, ())) in ops(f)


def test_operators():
    def f(a, b):
        a += b
        return a @ b, -a, a is not b, a not in b, a <= b

    found = [pair for pair in ops(f) if pair[0] not in (Op.LOAD_LOCAL, Op.STORE_LOCAL)]
    assert found[:6] == [
        (Op.BINARY, ("+", True)),
        (Op.BINARY, ("@", False)),
        (Op.UNARY, "-"),
        (Op.IS, True),
        (Op.CONTAINS, True),
        (Op.COMPARE, "<="),
    ]


def test_a_handler_per_instruction():
    def f(x):
        try:
            x()
        except ValueError:
            return 1
        return 2

    program = decode(f.__code__, TABLE)
    call = next(i for i in program.items if isinstance(i, Instr) and i.op is Op.CALL)
    assert (call.handler.depth, call.handler.scopes) == (0, 0)
    index = program.items.index(call.handler.label)
    enter = next(i for i in program.items[index:] if isinstance(i, Instr))
    assert enter.op is Op.ENTER_HANDLER
    states = stack_depths(program)
    returns = [
        states[i].scopes
        for i, item in enumerate(program.items)
        if isinstance(item, Instr) and item.op is Op.RETURN
    ]
    assert returns == [()] * len(returns)
    assert Op.CHECK_EXC_MATCH in [op for op, _ in ops(f)]


def test_await_is_one_operation():
    async def f(x):
        return await x

    found = [op for op, _ in ops(f)]
    assert found == [Op.LOAD_LOCAL, Op.GET_AWAITABLE, Op.LOAD_CONST, Op.YIELD_FROM, Op.RETURN] or (
        # the StopIteration guard of 3.12 and later
        found[:5] == [Op.LOAD_LOCAL, Op.GET_AWAITABLE, Op.LOAD_CONST, Op.YIELD_FROM, Op.RETURN]
        and Op.INTRINSIC in found
    )


def test_with_leaves_by_a_call_or_by_the_exception():
    def f(x):
        with x as y:
            y()

    found = [op for op, _ in ops(f)]
    assert found.count(Op.WITH_ENTER) == 1
    assert found.count(Op.WITH_EXCEPT_START) == 1
    assert (Op.CALL, (3, ())) in ops(f)


def test_a_finally_body_for_each_way_in():
    def f(x):
        for y in x:
            try:
                if y:
                    return 1
                x()
            finally:
                y.close()

    attributes = [arg for op, arg in ops(f) if op is Op.LOAD_ATTR]
    assert attributes == ["close"] * 3  # return, normal, exception


def test_closures():
    def f(x):
        def g():
            return x

        return g

    assert (Op.LOAD_CELL, "x") in ops(f)
    assert [arg for op, arg in ops(f) if op is Op.MAKE_FUNCTION] == [8]
    assert Op.LOAD_DEREF in [op for op, _ in ops(f(1))]


def test_a_docstring_is_the_programs():
    def documented():
        "What it does."

    def plain():
        return "text"

    assert decode(documented.__code__, TABLE).docstring == "What it does."
    assert decode(plain.__code__, TABLE).docstring is None


def test_a_loop_in_except_with_a_long_body_needs_extended_args():
    body = "\n".join(f"        x{i} = y{i} + {i}" for i in range(300))
    source = f"try:\n    for i in z:\n{body}\nexcept Error as e:\n    print(e)\n"
    verify(decode(compile(source, "<long>", "exec"), TABLE))


def test_broken_code_is_an_error_with_a_place():
    class Broken:
        co_code = bytes([table_for((3, 8))["POP_TOP"].number, 0])
        co_consts = co_names = co_varnames = co_cellvars = co_freevars = ()
        co_argcount = co_kwonlyargcount = co_flags = 0
        co_name = "broken"
        co_filename = "broken.py"
        co_firstlineno = 3

    with pytest.raises(DecodeError, match="POP_TOP.*the stack is empty") as caught:
        decode(Broken(), table_for((3, 8)))
    assert (caught.value.filename, caught.value.lineno) == ("broken.py", 3)
    Broken.co_code = bytes([table_for((3, 8))["LOAD_CONST"].number, 0])
    Broken.co_consts = (None,)
    with pytest.raises(DecodeError, match="runs off the end"):
        decode(Broken(), table_for((3, 8)))
    Broken.co_code = b"\xff\x00"
    with pytest.raises(DecodeError, match="without a row"):
        decode(Broken(), table_for((3, 8)))
    Broken.co_code = b""
    with pytest.raises(DecodeError, match="no code"):
        decode(Broken(), table_for((3, 8)))
    Broken.co_code = bytes([table_for((3, 8))["JUMP_ABSOLUTE"].number, 40])
    with pytest.raises(DecodeError, match="jumps to 40"):
        decode(Broken(), table_for((3, 8)))
