"""``asyncio.TaskGroup`` (3.11).

Before 3.11 a task doesn't count who cancelled it: where the group cancels its parent, whoever
else does so at the same time isn't heard.
"""

from __future__ import annotations

import asyncio
import contextvars
from types import TracebackType
from typing import Any, List, Optional, Set, Type

from .exception_groups import BaseExceptionGroup
from .task_contexts import in_context

__all__ = ["TaskGroup"]


class TaskGroup:
    """``asyncio.TaskGroup``: tasks that are all done when ``async with`` is left."""

    def __init__(self) -> None:
        """Begin with no tasks."""
        self._parent: Optional[asyncio.Task[Any]] = None
        self._tasks: Set[asyncio.Task[Any]] = set()
        self._errors: List[BaseException] = []
        self._fatal: Optional[BaseException] = None
        self._leaving = self._aborting = self._cancels_parent = False
        self._all_done: Optional[asyncio.Future[None]] = None

    def __repr__(self) -> str:
        """Tell how far it is."""
        told = [f"tasks={len(self._tasks)}"] if self._tasks else []
        told += [f"errors={len(self._errors)}"] if self._errors else []
        if self._aborting:
            told.append("cancelling")
        elif self._parent is not None:
            told.append("entered")
        return f"<{' '.join(['TaskGroup', *told])}>"

    async def __aenter__(self) -> TaskGroup:  # noqa: PYI034 -- Self is what is missing here
        """Open the group for tasks."""
        if self._parent is not None:
            raise RuntimeError(f"TaskGroup {self!r} has already been entered")
        self._parent = asyncio.current_task()
        if self._parent is None:
            raise RuntimeError(f"TaskGroup {self!r} cannot determine the parent task")
        return self

    async def __aexit__(
        self,
        cls: Optional[Type[BaseException]],
        exc: Optional[BaseException],
        traceback: Optional[TracebackType],
    ) -> None:
        """Wait for the tasks; raise what they raised, in a group."""
        self._leaving = True
        cancelled = exc if cls is asyncio.CancelledError else None
        if self._cancels_parent:
            cancelled = None
        if exc is not None:
            if self._fatal is None and _is_fatal(exc):
                self._fatal = exc
            if not self._aborting:
                self._abort()
        while self._tasks:
            self._all_done = asyncio.get_running_loop().create_future()
            try:
                await self._all_done
            except asyncio.CancelledError as error:
                if not self._aborting:
                    cancelled = error
                    self._abort()
            self._all_done = None
        try:
            if self._fatal is not None:
                raise self._fatal
            if cancelled is not None and not self._errors:
                raise cancelled
            if exc is not None and cls is not asyncio.CancelledError:
                self._errors.append(exc)
            if self._errors:
                text = "unhandled errors in a TaskGroup"
                raise BaseExceptionGroup(text, self._errors) from None
        finally:
            self._errors = []
            self._fatal = None
            exc = cancelled = None  # no cycles through this frame

    def create_task(
        self,
        coro: Any,
        *,
        name: Optional[str] = None,
        context: Optional[contextvars.Context] = None,
    ) -> Any:
        """Start a task of the group."""
        if self._parent is None:
            raise RuntimeError(f"TaskGroup {self!r} has not been entered")
        if self._leaving and not self._tasks:
            raise RuntimeError(f"TaskGroup {self!r} is finished")
        if self._aborting:
            raise RuntimeError(f"TaskGroup {self!r} is shutting down")
        if context is not None:
            coro = in_context(coro, context)
        task = asyncio.get_running_loop().create_task(coro)
        if name is not None:
            task.set_name(name)
        self._tasks.add(task)
        task.add_done_callback(self._done)
        return task

    def _abort(self) -> None:
        self._aborting = True
        for task in self._tasks:
            if not task.done():
                task.cancel()

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if self._all_done is not None and not self._tasks and not self._all_done.done():
            self._all_done.set_result(None)
        error = None if task.cancelled() else task.exception()
        if error is None:
            return
        self._errors.append(error)
        if self._fatal is None and _is_fatal(error):
            self._fatal = error
        assert self._parent is not None
        if self._parent.done():
            task.get_loop().call_exception_handler(
                {
                    "message": f"Task {task!r} has errored out but its parent task "
                    f"{self._parent} is already completed",
                    "exception": error,
                    "task": task,
                }
            )
        elif not self._aborting and not self._cancels_parent:
            self._abort()
            if not self._leaving or self._all_done is None or not self._all_done.done():
                self._cancels_parent = True
                self._parent.cancel()


def _is_fatal(error: BaseException) -> bool:
    return isinstance(error, (SystemExit, KeyboardInterrupt))
