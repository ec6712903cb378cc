"""Where a frame runs: level *n* is a generator that runs inside *n* real ``except`` blocks.

The handled exception of CPython belongs to a frame that is inside of an ``except`` block. For
each handler that a program opens, the frame goes on in a new generator that has raised and
caught that exception for real; it is suspended and resumed there, too. So what is raised next
gets the right ``__context__``, and ``sys.exc_info()`` says what it would say in CPython.
"""

from __future__ import annotations

import types
from typing import Any, Iterator, List, Optional

from .frame import Frame
from .registry import CHANGED

__all__ = ["Levels", "Yielded", "yielded"]

#: A level's request to go on in a level above it.
_ENTER = object()


class Yielded:
    """A value of YIELD, so that an async generator can tell it from what an await hands up."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value


@types.coroutine
def yielded(value: Any) -> Iterator[Any]:
    """What YIELD has its level do."""
    return (yield Yielded(value))


@types.coroutine
def _outside(frame: Frame) -> Iterator[Any]:
    """Level 0: no handler is open."""
    while not frame.done:
        if frame.handled:
            yield _ENTER
            continue
        request = frame.run()
        if request is CHANGED:
            continue
        try:
            result = yield from request
        except BaseException as caught:
            frame.raised(caught)
        else:
            frame.stack.append(result)
        del request


@types.coroutine
def _inside(frame: Frame, level: int) -> Iterator[Any]:
    """Level 1 and above: until its handler is closed."""
    error = frame.handled[-1]
    context, traceback = error.__context__, error.__traceback__
    try:
        raise error
    except BaseException:
        error.__context__, error.__traceback__ = context, traceback
        del error, context, traceback
        while not frame.done and len(frame.handled) >= level:
            if len(frame.handled) > level:
                yield _ENTER
                continue
            request = frame.run()
            if request is CHANGED:
                continue
            try:
                result = yield from request
            except BaseException as caught:
                frame.raised(caught)
            else:
                frame.stack.append(result)
            del request


class Levels:
    """The levels of one frame; only the top one runs."""

    def __init__(self, frame: Frame) -> None:
        self.frame = frame
        self.levels: List[Any] = [_outside(frame)]

    def advance(self, error: Optional[BaseException] = None, value: Any = None) -> Any:
        """Throw or send into the frame; returns what it yields, or None when it is done."""
        levels = self.levels
        while levels:
            top = levels[-1]
            try:
                item = top.send(value) if error is None else top.throw(error)
            except StopIteration:
                levels.pop()
            else:
                if item is not _ENTER:
                    return item
                levels.append(_inside(self.frame, len(levels)))
            error = value = None
        return None
