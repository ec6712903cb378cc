"""A frame taken apart at any instruction and put together again gives what it gave."""

from __future__ import annotations

from typing import Any, List

import pytest

from paddlefx.decode import decode
from paddlefx.emit import emit
from paddlefx.executor.breaking.resume import ResumePoint, resume_program
from paddlefx.ir.flow import live_locals
from paddlefx.ir.instr import Op
from paddlefx.ir.verify import verify
from paddlefx.opcodes import table_for
from tests.support.plain_machine import captured  # noqa: F401  (its import must need no framework)


def straight(a, b):
    c = a + b
    d = [c, a]
    return d, c * 2 + len(d)


def branching(a, b):
    c = a if a > b else b
    unused = c
    for i in range(a):
        c += i
    return c


def caught(a, b):
    try:
        c = a // b
    except ZeroDivisionError:
        c = -1
    finally:
        a = a + 1
    return a, c


def stars(a, *b, c=3, **d):
    e = (a, b)
    return e, c, sorted(d)


@pytest.mark.parametrize("function", [straight, branching, caught, stars])
def test_from_the_start(function: Any) -> None:
    """Entered before its first instruction, with all its arguments as locals."""
    table = table_for()
    program = decode(function.__code__, table)
    live = live_locals(program).get(0, frozenset())
    names = tuple(name for name in program.varnames if name in live)
    resumed = resume_program(program, function.__code__, ResumePoint(0, 0, 0, names))
    verify(resumed)
    made: Any = type(function)(emit(resumed, function.__code__, table), function.__globals__)
    for a, b in [(1, 2), (3, 0), (4, 4)]:
        values = {"a": a, "b": b, "c": 3, "d": {}} if function is not stars else {
            "a": a, "b": (b,), "c": 3, "d": {},
        }  # fmt: skip
        plain = function(a, b) if function is not stars else stars(a, b)
        assert made(*[values[name] for name in names]) == plain


def test_in_the_middle() -> None:
    """Behind each store of ``straight``, with the stack empty and the live locals given."""
    table = table_for()
    program = decode(straight.__code__, table)
    live = live_locals(program)
    known = {"a": 2, "b": 5, "c": 7, "d": [7, 2]}
    places: List[int] = [
        index + 1
        for index, item in enumerate(program.items)
        if getattr(item, "op", None) is Op.STORE_LOCAL
    ]
    assert places
    for place in places:
        names = tuple(name for name in program.varnames if name in live.get(place, ()))
        resumed = resume_program(
            program, straight.__code__, ResumePoint(place - 1, place, 0, names)
        )
        verify(resumed)
        code = emit(resumed, straight.__code__, table)
        made: Any = type(straight)(code, straight.__globals__)
        assert made(*[known[name] for name in names]) == ([7, 2], 16)


def test_the_stack_and_the_receiver_come_first() -> None:
    table = table_for()
    program = decode(straight.__code__, table)
    returns = next(
        index for index, item in enumerate(program.items) if getattr(item, "op", None) is Op.RETURN
    )
    resumed = resume_program(
        program, straight.__code__, ResumePoint(returns - 1, returns, 1, ("a",), (".receiver",))
    )
    assert resumed.varnames[:3] == (".receiver", ".stack0", "a")
    made: Any = type(straight)(emit(resumed, straight.__code__, table), {})
    assert made("self", "value", 3) == "value"
