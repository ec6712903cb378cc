"""Rules: generators, coroutines, asynchronous iteration and ``async with``."""

from __future__ import annotations

import types
from typing import Any

from paddlefx.ir.instr import Op

from .control import matches, special
from .frame import Frame
from .levels import yielded
from .native import instruction
from .registry import SimulatorFault, rule

_AWAITS = 0x180  # CO_COROUTINE | CO_ITERABLE_COROUTINE


@rule(Op.YIELD)
def _yield(f: Frame, arg: Any) -> Any:
    return yielded(f.stack.pop())


@rule(Op.YIELD_FROM)
def _yield_from(f: Frame, arg: Any) -> Any:
    iterator, first = f.pop(2)
    if first is not None:
        raise SimulatorFault("YIELD_FROM starts with a value")
    return iterator


@rule(Op.GET_YIELD_FROM_ITER)
def _get_yield_from_iter(f: Frame, arg: Any) -> None:
    value = f.stack.pop()
    if isinstance(value, types.CoroutineType):
        if not f.program.flags & _AWAITS:
            raise TypeError("cannot 'yield from' a coroutine object in a non-coroutine generator")
    elif not isinstance(value, types.GeneratorType):
        value = iter(value)
    f.stack.append(value)


@rule(Op.GET_AWAITABLE)
def _get_awaitable(f: Frame, after: int) -> None:
    f.stack.append(instruction("GET_AWAITABLE", after, f.pop(1))[0])


@rule(Op.GET_AITER)
def _get_aiter(f: Frame, arg: Any) -> None:
    f.stack.append(instruction("GET_AITER", 0, f.pop(1))[0])


@rule(Op.GET_ANEXT)
def _get_anext(f: Frame, arg: Any) -> None:
    f.stack.append(instruction("GET_ANEXT", 0, f.stack[-1:], 2)[1])


@rule(Op.END_ASYNC_FOR)
def _end_async_for(f: Frame, arg: Any) -> Any:
    _, error = f.pop(2)
    return None if matches(error, StopAsyncIteration) else f.raised(error)


@rule(Op.CLEANUP_THROW)
def _cleanup_throw(f: Frame, arg: Any) -> Any:
    error = f.stack.pop()
    if not matches(error, StopIteration):
        return f.raised(error)
    f.stack.append(error.value)
    return None


@rule(Op.ASYNC_WITH_ENTER)
def _async_with_enter(f: Frame, arg: Any) -> None:
    manager = f.stack.pop()
    enter, leave = special(manager, "__aenter__"), special(manager, "__aexit__")
    if enter is None or leave is None:
        _fail_to_enter(manager).send(None)
    f.stack.append(leave)
    f.stack.append(enter())


async def _fail_to_enter(manager: Any) -> None:
    """Raise what CPython raises."""
    async with manager:
        raise AssertionError("entered without __aenter__ and __aexit__")
