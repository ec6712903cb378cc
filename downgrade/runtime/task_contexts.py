"""A coroutine that runs in a given context: ``create_task(context=)`` came with 3.11."""

from __future__ import annotations

import contextvars
import types
from typing import Any, Generator

__all__ = ["in_context"]


async def in_context(coro: Any, context: contextvars.Context) -> Any:
    """Run each step of ``coro`` in ``context`` itself, so that it keeps what is set there."""
    steps: Any = _steps(coro, context)
    return await steps


@types.coroutine
def _steps(coro: Any, context: contextvars.Context) -> Generator[Any, Any, Any]:
    step, given = coro.send, None
    while True:
        try:
            waited = context.run(step, given)
        except StopIteration as stop:
            return stop.value
        try:
            step, given = coro.send, (yield waited)
        except BaseException as error:
            step, given = coro.throw, error
