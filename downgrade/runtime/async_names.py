"""Asynchronous functions and context managers that came after 3.8."""

from __future__ import annotations

import asyncio
import contextvars
import functools
import os
from types import TracebackType
from typing import Any, Callable, List, Optional, Type

__all__ = ["aclosing", "aiter", "anext", "chdir", "timeout", "to_thread"]

_MISSING: Any = object()
_Timeout: Any = TimeoutError
if not issubclass(asyncio.TimeoutError, TimeoutError):  # before 3.11; be caught as either

    class _BothTimeouts(asyncio.TimeoutError, TimeoutError):
        pass

    _Timeout = _BothTimeouts


def aiter(async_iterable: Any, /) -> Any:
    """``aiter`` of 3.10."""
    cls = type(async_iterable)
    if not hasattr(cls, "__aiter__"):
        raise TypeError(f"{cls.__name__!r} object is not an async iterable")
    iterator = cls.__aiter__(async_iterable)
    if not hasattr(type(iterator), "__anext__"):
        got = type(iterator).__name__
        raise TypeError(f"aiter() returned not an async iterator of type {got!r}")
    return iterator


def anext(async_iterator: Any, default: Any = _MISSING, /) -> Any:
    """``anext`` of 3.10: an awaitable of the next item, or of ``default`` at the end."""
    cls = type(async_iterator)
    if not hasattr(cls, "__anext__"):
        raise TypeError(f"{cls.__name__!r} object is not an async iterator")
    awaitable = cls.__anext__(async_iterator)
    return awaitable if default is _MISSING else _or_default(awaitable, default)


async def _or_default(awaitable: Any, default: Any) -> Any:
    try:
        return await awaitable
    except StopAsyncIteration:
        return default


class aclosing:
    """``contextlib.aclosing`` of 3.10."""

    def __init__(self, thing: Any) -> None:
        """Close ``thing`` at the end."""
        self.thing = thing

    async def __aenter__(self) -> Any:
        """Give the thing."""
        return self.thing

    async def __aexit__(self, *exc_info: object) -> None:
        """Close it."""
        await self.thing.aclose()


class chdir:
    """``contextlib.chdir`` of 3.11."""

    def __init__(self, path: Any) -> None:
        """Work in ``path``."""
        self.path = path
        self._old_cwd: List[str] = []

    def __enter__(self) -> None:
        """Go there."""
        self._old_cwd.append(os.getcwd())
        os.chdir(self.path)

    def __exit__(self, *exc_info: object) -> None:
        """Come back."""
        os.chdir(self._old_cwd.pop())


async def to_thread(func: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
    """``asyncio.to_thread`` of 3.9."""
    context = contextvars.copy_context()
    call = functools.partial(context.run, func, *args, **kwargs)
    return await asyncio.get_running_loop().run_in_executor(None, call)


class timeout:
    """``asyncio.timeout`` of 3.11."""

    def __init__(self, delay: Optional[float]) -> None:
        """Cancel the block when ``delay`` seconds have passed; None is never."""
        self._delay = delay
        self._when: Optional[float] = None
        self._task: Optional[asyncio.Task[Any]] = None
        self._handle: Optional[asyncio.Handle] = None
        self._expired = False

    def when(self) -> Optional[float]:
        """The loop's time at which the block is cancelled."""
        return self._when

    def reschedule(self, when: Optional[float]) -> None:
        """Choose another time."""
        if self._task is None or self._expired:
            raise RuntimeError("Cannot change state of a timeout that isn't active")
        self._when = when
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None
        if when is not None:
            loop = asyncio.get_running_loop()
            late = when <= loop.time()
            self._handle = (
                loop.call_soon(self._expire) if late else loop.call_at(when, self._expire)
            )

    def expired(self) -> bool:
        """Whether the time has come."""
        return self._expired

    def _expire(self) -> None:
        assert self._task is not None
        self._expired = True
        self._handle = None
        self._task.cancel()

    async def __aenter__(self) -> timeout:  # noqa: PYI034 -- Self is what is missing here
        """Start the clock."""
        self._task = asyncio.current_task()
        if self._task is None:
            raise RuntimeError("Timeout should be used inside a task")
        if self._delay is not None:
            self.reschedule(asyncio.get_running_loop().time() + self._delay)
        return self

    async def __aexit__(
        self,
        cls: Optional[Type[BaseException]],
        exc: Optional[BaseException],
        traceback: Optional[TracebackType],
    ) -> None:
        """Stop the clock; ``TimeoutError`` if it was the timeout that cancelled."""
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None
        if self._expired and cls is not None and issubclass(cls, asyncio.CancelledError):
            raise _Timeout from exc
