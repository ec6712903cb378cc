"""What a call gives: a result, or the generator, coroutine or async generator that runs it.

The hosts are real generators and coroutines, so CPython itself does ``send``, ``throw``,
``close``, finalisation and PEP 479. They catch what is thrown in and hand it to the levels;
they never delegate to them, since ``close()`` treats a delegate's end and its error differently.
"""

from __future__ import annotations

import types
from typing import Any, AsyncIterator, Iterator

from .frame import Frame
from .levels import Levels, Yielded
from .registry import SimulatorFault

__all__ = ["start"]

_GENERATOR, _COROUTINE, _ASYNC_GENERATOR = 0x20, 0x80, 0x200


def start(frame: Frame) -> Any:
    """Run a frame's body, or make what runs it."""
    flags = frame.program.flags
    if flags & _ASYNC_GENERATOR:
        made: Any = _async_generator(frame)
    elif flags & _COROUTINE:
        made = _coroutine(frame)
    elif flags & _GENERATOR:
        made = _generator(frame)
    else:
        levels = Levels(frame)
        levels.advance()
        if not frame.done:
            raise SimulatorFault(f"{frame.program.qualname} yields, and is no generator")
        return frame.outcome()
    made.__name__, made.__qualname__ = frame.program.name, frame.program.qualname
    return made


def _generator(frame: Frame) -> Iterator[Any]:
    levels = Levels(frame)
    item = levels.advance()
    while not frame.done:
        error = value = None
        try:
            value = yield item.value if type(item) is Yielded else item
        except BaseException as caught:
            error = caught
        item = levels.advance(error, value)
    return frame.outcome()


@types.coroutine
def _handed_up(item: Any) -> Iterator[Any]:
    return (yield item)


async def _coroutine(frame: Frame) -> Any:
    levels = Levels(frame)
    item = levels.advance()
    while not frame.done:
        error = value = None
        try:
            value = await _handed_up(item)
        except BaseException as caught:
            error = caught
        item = levels.advance(error, value)
    return frame.outcome()


async def _async_generator(frame: Frame) -> AsyncIterator[Any]:
    levels = Levels(frame)
    item = levels.advance()
    while not frame.done:
        error = value = None
        try:
            if type(item) is Yielded:
                value = yield item.value
            else:
                value = await _handed_up(item)
        except BaseException as caught:
            error = caught
        item = levels.advance(error, value)
    frame.outcome()
