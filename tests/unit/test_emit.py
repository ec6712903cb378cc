"""Emitted code does what the original does, and what programs without an original say."""

from __future__ import annotations

import contextlib
import dis
import functools
import operator
import random
import sys
import traceback
import types

import pytest

from paddlefx.decode import decode
from paddlefx.emit import emit
from paddlefx.errors import EmitError, InvalidProgram
from paddlefx.ir.flow import definitely_assigned, live_locals, stack_depths
from paddlefx.ir.instr import Handler, Instr, Label, Op, Position
from paddlefx.ir.program import Program
from paddlefx.ir.verify import verify
from tests.support import observe as seen
from tests.support.corpus_cases import CASES, FUNCTIONS
from tests.support.reemit import TABLE, again, function, split
from tests.unit.test_decode import codes, compiled, library_modules


def origin(x, y):
    return x + y


def build(*items, **fields):
    """A function of a program written by hand, of the parameters x and y."""
    fields.setdefault("argcount", 2)
    fields.setdefault("varnames", ("x", "y"))
    program = Program(list(items), "made", "made", flags=origin.__code__.co_flags, **fields)
    return types.FunctionType(emit(program, origin.__code__, TABLE), {"print": print})


@functools.lru_cache(maxsize=None)
def reemitted(strip):
    """Every function of the corpus, emitted again."""
    return {f: function(again(f.__code__, strip), f) for f in FUNCTIONS}


@contextlib.contextmanager
def in_place(made):
    """Put functions in the place of the originals, for those that call each other."""
    try:
        for original, copy in made.items():
            original.__globals__[original.__name__] = copy
        yield
    finally:
        for original in made:
            original.__globals__[original.__name__] = original


@pytest.mark.parametrize("strip", [False, True], ids=["hints", "no hints"])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0].__name__)
def test_behaves_the_same(case, strip):
    original, argument_lists = case[:2]
    kwargs = case[2] if len(case) > 2 else {}
    expected = [seen.observe(original, args, kwargs) for args in argument_lists]
    made = reemitted(strip)
    with in_place(made):
        actual = [seen.observe(made[original], args, kwargs) for args in argument_lists]
    assert actual == expected


@pytest.mark.parametrize("original", FUNCTIONS, ids=lambda f: f.__name__)
def test_keeps_what_describes_the_function(original):
    for code in codes(original.__code__):
        emitted = emit(decode(code, TABLE), code, TABLE)
        for name in (
            "co_name",
            "co_qualname",
            "co_filename",
            "co_firstlineno",
            "co_flags",
            "co_argcount",
            "co_posonlyargcount",
            "co_kwonlyargcount",
            "co_varnames",
            "co_cellvars",
            "co_freevars",
        ):
            assert getattr(emitted, name, 0) == getattr(code, name, 0), name
        verify(decode(emitted, TABLE))


def splittable():
    for case in CASES:
        code = case[0].__code__
        if not (code.co_cellvars or code.co_freevars or code.co_flags & 0x2A0):
            yield case


@pytest.mark.parametrize("case", splittable(), ids=lambda case: case[0].__name__)
def test_a_function_cut_in_two_anywhere(case):
    """As at a graph break: the rest runs from values on the stack and from locals."""
    original, argument_lists = case[:2]
    kwargs = case[2] if len(case) > 2 else {}
    code = original.__code__
    program = decode(code, TABLE)
    states, bound, live = (
        stack_depths(program),
        definitely_assigned(program),
        live_locals(program),
    )
    places = [
        index
        for index, state in sorted(states.items())
        if isinstance(program.items[index], Instr)
        and not state.scopes
        and program.items[index].op
        not in (Op.ENTER_HANDLER, Op.RERAISE, Op.END_ASYNC_FOR, Op.LOAD_CLASSDEREF)
        and live[index] <= bound[index]
        and not after_exceptional_exit(program, index)
    ]
    for index in random.Random(original.__name__).sample(places, min(12, len(places))):
        names = tuple(sorted(live[index]))
        rest, first = split(program, index, states[index].depth, names)
        callee = types.FunctionType(emit(rest, code, TABLE), original.__globals__)
        made = function(emit(first(callee), code, TABLE), original)
        for args in argument_lists:
            expected = seen.without_frames(seen.observe(original, args, kwargs))
            actual = seen.without_frames(seen.observe(made, args, kwargs))
            assert actual == expected, (index, program.items[index])


def after_exceptional_exit(program, index):
    """3.8 writes the end of a ``with`` as one: no cut between __exit__ and the pops behind."""
    if "WITH_CLEANUP_START" not in TABLE or program.items[index].op is not Op.POP:
        return False
    before = [item.op for item in program.items[max(0, index - 3) : index] if hasattr(item, "op")]
    return Op.POP_EXCEPT in before


@pytest.mark.parametrize("path", library_modules(40, 7), ids=lambda p: p.stem)
def test_the_standard_library(path):
    for code in codes(compiled(path)):
        emitted = emit(decode(code, TABLE), code, TABLE)
        again_decoded = decode(emitted, TABLE)
        verify(again_decoded)


# -- programs without an original


def test_any_object_is_a_constant():
    one, other = [1, 2], [1, 2]
    f = build(
        Instr(Op.LOAD_CONST, one),
        Instr(Op.LOAD_CONST, other),
        Instr(Op.LOAD_CONST, one),
        Instr(Op.BUILD_TUPLE, 3),
        Instr(Op.RETURN),
    )
    a, b, c = f(0, 0)
    assert a is one and b is other and c is one


def test_constants_are_type_exact():
    nan = float("nan")
    values = [1, True, 1.0, 0.0, -0.0, nan, "1", b"1", (1,), (True,), (1.0,), 1j, frozenset({1})]
    items = [Instr(Op.LOAD_CONST, value) for value in values]
    result = build(*items, Instr(Op.BUILD_TUPLE, len(values)), Instr(Op.RETURN))(0, 0)
    assert [(type(v), repr(v)) for v in result] == [(type(v), repr(v)) for v in values]
    assert result[5] is nan


def test_a_residual_program():
    f = build(
        Instr(Op.LOAD_CONST, operator.add),
        Instr(Op.LOAD_LOCAL, "x"),
        Instr(Op.LOAD_LOCAL, "y"),
        Instr(Op.CALL, (2, ())),
        Instr(Op.STORE_LOCAL, "a new local"),
        Instr(Op.LOAD_CONST, dict),
        Instr(Op.LOAD_LOCAL, "a new local"),
        Instr(Op.CALL, (1, ("total",))),
        Instr(Op.LOAD_CONST, list),
        Instr(Op.CALL, (0, ())),
        Instr(Op.BUILD_TUPLE, 2),
        Instr(Op.RETURN),
    )
    assert f(2, 3) == ({"total": 5}, [])
    assert f.__code__.co_varnames == ("x", "y", "a new local")


def test_calls_of_every_shape():
    def callee(*args, **kwargs):
        return args, kwargs

    for count in range(4):
        for keywords in range(count + 1):
            names = tuple(f"k{i}" for i in range(keywords))
            items = [Instr(Op.LOAD_CONST, callee)]
            items += [Instr(Op.LOAD_CONST, i) for i in range(count)]
            f = build(*items, Instr(Op.CALL, (count, names)), Instr(Op.RETURN))
            positional = tuple(range(count - keywords))
            assert f(0, 0) == (positional, dict(zip(names, range(count - keywords, count))))


def test_a_callable_from_anywhere():
    """The callable is computed by a branch, and shuffled below its arguments."""
    yes, no, join = Label(), Label(), Label()
    f = build(
        Instr(Op.LOAD_LOCAL, "y"),
        Instr(Op.LOAD_LOCAL, "x"),
        Instr(Op.BRANCH, (yes, no)),
        yes,
        Instr(Op.LOAD_CONST, str),
        Instr(Op.JUMP, join),
        no,
        Instr(Op.LOAD_CONST, repr),
        join,
        Instr(Op.SWAP, 2),
        Instr(Op.CALL, (1, ())),
        Instr(Op.RETURN),
    )
    assert (f(1, "a"), f(0, "a")) == ("a", "'a'")


def test_call_ex():
    def callee(*args, **kwargs):
        return args, kwargs

    f = build(
        Instr(Op.LOAD_CONST, callee),
        Instr(Op.LOAD_LOCAL, "x"),
        Instr(Op.LOAD_LOCAL, "y"),
        Instr(Op.CALL_EX, True),
        Instr(Op.LOAD_CONST, callee),
        Instr(Op.LOAD_LOCAL, "x"),
        Instr(Op.CALL_EX, False),
        Instr(Op.BUILD_TUPLE, 2),
        Instr(Op.RETURN),
    )
    assert f((1, 2), {"a": 3}) == (((1, 2), {"a": 3}), ((1, 2), {}))


def test_a_method_that_is_also_used_otherwise():
    """LOAD_ATTR can't become a method load when the bound method itself is wanted."""
    f = build(
        Instr(Op.LOAD_LOCAL, "x"),
        Instr(Op.LOAD_ATTR, "append"),
        Instr(Op.COPY, 1),
        Instr(Op.LOAD_LOCAL, "y"),
        Instr(Op.CALL, (1, ())),
        Instr(Op.POP),
        Instr(Op.RETURN),
    )
    values = []
    append = f(values, 1)
    append(2)
    assert values == [1, 2]


def test_values_left_on_the_stack_at_return():
    f = build(
        Instr(Op.LOAD_CONST, 1),
        Instr(Op.LOAD_LOCAL, "x"),
        Instr(Op.LOAD_LOCAL, "y"),
        Instr(Op.RETURN),
    )
    value = object()
    before = sys.getrefcount(value)
    for _ in range(100):
        assert f(value, 2) == 2
    assert sys.getrefcount(value) == before


@pytest.mark.parametrize("depth", range(2, 8))
def test_deep_copies_and_swaps(depth):
    values = list(range(depth))
    load = [Instr(Op.LOAD_CONST, value) for value in values]
    f = build(*load, Instr(Op.COPY, depth), Instr(Op.BUILD_TUPLE, depth + 1), Instr(Op.RETURN))
    assert f(0, 0) == (*values, 0)
    f = build(*load, Instr(Op.SWAP, depth), Instr(Op.BUILD_TUPLE, depth), Instr(Op.RETURN))
    assert f(0, 0) == (values[-1], *values[1:-1], values[0])


def test_loops_and_jumps_in_any_order():
    """The end of a loop stands before the loop, and a branch goes back."""
    start, end, test = Label(), Label(), Label()
    head = Label()
    f = build(
        Instr(Op.LOAD_CONST, 0),
        Instr(Op.STORE_LOCAL, "t"),
        Instr(Op.JUMP, start),
        end,
        Instr(Op.LOAD_LOCAL, "t"),
        Instr(Op.LOAD_CONST, 100),
        Instr(Op.COMPARE, "<"),
        Instr(Op.BRANCH, (start, test)),
        start,
        Instr(Op.LOAD_LOCAL, "x"),
        Instr(Op.GET_ITER),
        head,
        Instr(Op.FOR_ITER, end),
        Instr(Op.LOAD_LOCAL, "t"),
        Instr(Op.BINARY, ("+", True)),
        Instr(Op.STORE_LOCAL, "t"),
        Instr(Op.JUMP, head),
        test,
        Instr(Op.LOAD_LOCAL, "t"),
        Instr(Op.RETURN),
    )
    assert f([40, 7], 0) == 141


def test_handlers_by_hand():
    caught, done = Label(), Label()
    handler = Handler(caught, 1, 0)
    f = build(
        Instr(Op.LOAD_CONST, "kept"),
        Instr(Op.LOAD_LOCAL, "x"),
        Instr(Op.LOAD_LOCAL, "y"),
        Instr(Op.BINARY, ("/", False), handler),
        Instr(Op.JUMP, done),
        caught,
        Instr(Op.ENTER_HANDLER),
        Instr(Op.POP),
        Instr(Op.POP_EXCEPT),
        Instr(Op.LOAD_CONST, None),
        done,
        Instr(Op.BUILD_TUPLE, 2),
        Instr(Op.RETURN),
    )
    assert f(6, 3) == ("kept", 2.0)
    assert f(1, 0) == ("kept", None)
    assert sys.exc_info() == (None, None, None)


def test_lines_come_from_positions():
    f = build(
        Instr(Op.LOAD_LOCAL, "x", position=Position(1000)),
        Instr(Op.LOAD_LOCAL, "y", position=Position(3)),
        Instr(Op.BINARY, ("/", False), position=Position(500)),
        Instr(Op.RETURN, position=Position(2)),
        firstlineno=10,
    )
    with pytest.raises(ZeroDivisionError) as caught:
        f(1, 0)
    assert traceback.extract_tb(caught.value.__traceback__)[-1].lineno == 500
    lines = [line for _, line in dis.findlinestarts(f.__code__) if line is not None]
    assert lines[-4:] == [1000, 3, 500, 2]


def test_long_jumps():
    nops = []
    for i in range(300):
        nops += [Instr(Op.LOAD_CONST, i), Instr(Op.STORE_LOCAL, f"v{i}")]
    yes, no, loop = Label(), Label(), Label()
    f = build(
        loop,
        Instr(Op.LOAD_LOCAL, "x"),
        Instr(Op.BRANCH, (yes, no)),
        yes,
        *nops,
        Instr(Op.LOAD_LOCAL, "x"),
        Instr(Op.LOAD_CONST, 1),
        Instr(Op.BINARY, ("-", False)),
        Instr(Op.STORE_LOCAL, "x"),
        Instr(Op.JUMP, loop),
        no,
        Instr(Op.LOAD_LOCAL, "x"),
        Instr(Op.RETURN),
    )
    assert f(3, 0) == 0


def test_a_cell_and_a_free_variable_of_one_name():
    class Outer:
        def method(self):
            class Inner:
                outer = __class__

                def inner(self):
                    return __class__

            return Inner.outer, Inner().inner() is Inner

    assert function(again(Outer.method.__code__), Outer.method)(Outer()) == (Outer, True)


def test_unbound_locals_are_checked():
    f = build(Instr(Op.LOAD_LOCAL, "never"), Instr(Op.RETURN))
    with pytest.raises(UnboundLocalError):
        f(1, 2)


def test_errors_name_the_file():
    program = Program([Instr(Op.POP)], "bad", "bad", flags=3)
    with pytest.raises(InvalidProgram) as caught:
        emit(program, origin.__code__, TABLE)
    assert caught.value.filename == origin.__code__.co_filename
    program = Program(
        [
            Instr(Op.LOAD_LOCAL, "x", position=Position(4)),
            Instr(Op.LOAD_LOCAL, "x", position=Position(4)),
            Instr(Op.LOAD_LOCAL, "x", position=Position(4)),
            Instr(Op.WITH_EXCEPT_START, position=Position(4)),
            Instr(Op.RETURN),
        ],
        "bad",
        "bad",
        argcount=1,
        varnames=("x",),
        flags=3,
    )
    with pytest.raises(EmitError) as caught:
        emit(program, origin.__code__, TABLE)
    assert (caught.value.filename, caught.value.lineno) == (origin.__code__.co_filename, 4)
