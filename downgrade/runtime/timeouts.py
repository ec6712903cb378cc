"""``asyncio.timeout`` and ``asyncio.timeout_at`` (3.11).

Before 3.11 a task doesn't count who cancelled it: where a timeout and somebody else cancel the
task at the same time, ``TimeoutError`` is raised.
"""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Any, Optional, Type

__all__ = ["Timeout", "timeout", "timeout_at"]

_TimeoutError: Any = TimeoutError
if not issubclass(asyncio.TimeoutError, TimeoutError):  # before 3.11; be caught as either

    class _BothTimeouts(asyncio.TimeoutError, TimeoutError):
        pass

    _TimeoutError = _BothTimeouts


def timeout(delay: Optional[float]) -> Timeout:
    """``asyncio.timeout``: cancel the block when ``delay`` seconds have passed; None is never."""
    loop = asyncio.get_running_loop()
    return Timeout(None if delay is None else loop.time() + delay)


def timeout_at(when: Optional[float]) -> Timeout:
    """``asyncio.timeout_at``: cancel the block at a time of the loop's clock; None is never."""
    return Timeout(when)


class Timeout:
    """``asyncio.Timeout``: what the two give, to be entered with ``async with``."""

    def __init__(self, when: Optional[float]) -> None:
        """Choose the time at which the block is cancelled."""
        self._when = when
        self._task: Optional[asyncio.Task[Any]] = None
        self._handle: Optional[asyncio.Handle] = None
        self._state = "created"

    def __repr__(self) -> str:
        """Tell the state and the time."""
        when = ""
        if self._state == "active":
            when = f" when={None if self._when is None else round(self._when, 3)}"
        return f"<Timeout [{self._state}]{when}>"

    def when(self) -> Optional[float]:
        """The loop's time at which the block is cancelled."""
        return self._when

    def reschedule(self, when: Optional[float]) -> None:
        """Choose another time."""
        if self._state != "active":
            if self._state == "created":
                raise RuntimeError("Timeout has not been entered")
            raise RuntimeError(f"Cannot change state of {self._state} Timeout")
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
        return self._state in ("expiring", "expired")

    def _expire(self) -> None:
        assert self._task is not None
        self._state = "expiring"
        self._handle = None
        self._task.cancel()

    async def __aenter__(self) -> Timeout:  # noqa: PYI034 -- Self is what is missing here
        """Start the clock."""
        if self._state != "created":
            raise RuntimeError("Timeout has already been entered")
        self._task = asyncio.current_task()
        if self._task is None:
            raise RuntimeError("Timeout should be used inside a task")
        self._state = "active"
        self.reschedule(self._when)
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
        if self._state == "expiring":
            self._state = "expired"
            if cls is not None and issubclass(cls, asyncio.CancelledError):
                raise _TimeoutError from exc
        elif self._state == "active":
            self._state = "exited"
