"""``asyncio.Barrier`` (3.11)."""

from __future__ import annotations

import asyncio
from typing import Optional

__all__ = ["Barrier", "BrokenBarrierError"]


class BrokenBarrierError(RuntimeError):
    """The barrier was broken or reset while somebody waited."""


class Barrier:
    """``asyncio.Barrier``: where a number of tasks wait for each other."""

    def __init__(self, parties: int) -> None:
        """Let the tasks go on when ``parties`` of them wait."""
        if parties < 1:
            raise ValueError("parties must be > 0")
        self._parties = parties
        self._waiting = 0
        self._state = "filling"
        # Before 3.10 a condition takes its loop when it is made, and a barrier may be made early.
        self._made: Optional[asyncio.Condition] = None

    @property
    def _changed(self) -> asyncio.Condition:
        if self._made is None:
            self._made = asyncio.Condition()
        return self._made

    def __repr__(self) -> str:
        """Tell the state, and how many wait."""
        waiters = "" if self.broken else f", waiters:{self.n_waiting}/{self.parties}"
        return f"<{object.__repr__(self)[1:-1]} [{self._state}{waiters}]>"

    async def __aenter__(self) -> int:
        """Wait."""
        return await self.wait()

    async def __aexit__(self, *exc_info: object) -> None:
        """Do nothing."""

    async def wait(self) -> int:
        """Wait until all are here; give each a number of its own, from 0 on."""
        async with self._changed:
            await self._changed.wait_for(lambda: self._state not in ("draining", "resetting"))
            if self._state == "broken":
                raise BrokenBarrierError("Barrier aborted")
            number = self._waiting
            self._waiting += 1
            try:
                if self._waiting == self._parties:
                    self._state = "draining"
                    self._changed.notify_all()
                else:
                    await self._changed.wait_for(lambda: self._state != "filling")
                    if self._state in ("broken", "resetting"):
                        raise BrokenBarrierError("Abort or reset of barrier")
                return number
            finally:
                self._waiting -= 1
                if not self._waiting:
                    if self._state in ("resetting", "draining"):
                        self._state = "filling"
                    self._changed.notify_all()

    async def reset(self) -> None:
        """Break it for those who wait, and begin anew."""
        async with self._changed:
            self._state = "resetting" if self._waiting else "filling"
            self._changed.notify_all()

    async def abort(self) -> None:
        """Break it for good."""
        async with self._changed:
            self._state = "broken"
            self._changed.notify_all()

    @property
    def parties(self) -> int:
        """How many tasks it takes."""
        return self._parties

    @property
    def n_waiting(self) -> int:
        """How many wait now."""
        return self._waiting if self._state == "filling" else 0

    @property
    def broken(self) -> bool:
        """Whether it is broken."""
        return self._state == "broken"
