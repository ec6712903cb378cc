"""``asyncio.Runner`` (3.11) and ``asyncio.run`` with a ``loop_factory`` (3.12)."""

from __future__ import annotations

import asyncio
import contextvars
import signal
import threading
from typing import Any, Callable, Optional

from .task_contexts import in_context

__all__ = ["Runner", "run"]


class Runner:
    """``asyncio.Runner``: an event loop for several calls of ``run``."""

    def __init__(
        self, *, debug: Optional[bool] = None, loop_factory: Optional[Callable[[], Any]] = None
    ) -> None:
        """Create the loop when it is needed."""
        self._debug = debug
        self._factory = loop_factory
        self._loop: Any = None
        self._context: Optional[contextvars.Context] = None
        self._closed = self._sets_loop = False
        self._interrupts = 0

    def __enter__(self) -> Runner:  # noqa: PYI034 -- Self is what is missing here
        """Create the loop."""
        self.get_loop()
        return self

    def __exit__(self, *exc_info: object) -> None:
        """Close it."""
        self.close()

    def get_loop(self) -> Any:
        """The loop; it is created by the first call."""
        if self._closed:
            raise RuntimeError("Runner is closed")
        if self._loop is None:
            if self._factory is None:
                self._loop = asyncio.new_event_loop()
                asyncio.set_event_loop(self._loop)
                self._sets_loop = True
            else:
                self._loop = self._factory()
            if self._debug is not None:
                self._loop.set_debug(self._debug)
            self._context = contextvars.copy_context()
        return self._loop

    def run(self, coro: Any, *, context: Optional[contextvars.Context] = None) -> Any:
        """Run a coroutine to its end; what it sets in the context is there for the next one."""
        if not asyncio.iscoroutine(coro):
            raise ValueError(f"a coroutine was expected, got {coro!r}")
        if asyncio._get_running_loop() is not None:
            raise RuntimeError("Runner.run() cannot be called from a running event loop")
        loop = self.get_loop()
        context = self._context if context is None else context
        assert context is not None
        task = loop.create_task(in_context(coro, context))
        handler = self._handle_interrupts(task)
        self._interrupts = 0
        try:
            return loop.run_until_complete(task)
        except asyncio.CancelledError:
            if self._interrupts:
                raise KeyboardInterrupt from None
            raise
        finally:
            if handler is not None and signal.getsignal(signal.SIGINT) is handler:
                signal.signal(signal.SIGINT, signal.default_int_handler)

    def _handle_interrupts(self, task: Any) -> Optional[Callable[..., None]]:
        """Let Ctrl-C cancel the task, where Python's own handler is in force."""
        if threading.current_thread() is not threading.main_thread():
            return None
        if signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
            return None

        def handler(signum: int, frame: Any) -> None:
            self._interrupts += 1
            if self._interrupts > 1 or task.done():
                raise KeyboardInterrupt
            task.cancel()
            self._loop.call_soon_threadsafe(lambda: None)  # wakes the loop up

        try:
            signal.signal(signal.SIGINT, handler)
        except ValueError:
            return None
        return handler

    def close(self) -> None:
        """Cancel what still runs, and close the loop."""
        loop = self._loop
        if loop is None or self._closed:
            return
        try:
            tasks = asyncio.all_tasks(loop)
            for task in tasks:
                task.cancel()
            if tasks:
                loop.run_until_complete(_ended(tasks))
            for task in tasks:
                if not task.cancelled() and task.exception() is not None:
                    loop.call_exception_handler(
                        {
                            "message": "unhandled exception during asyncio.run() shutdown",
                            "exception": task.exception(),
                            "task": task,
                        }
                    )
            loop.run_until_complete(loop.shutdown_asyncgens())
            if hasattr(loop, "shutdown_default_executor"):
                loop.run_until_complete(loop.shutdown_default_executor())
        finally:
            if self._sets_loop:
                asyncio.set_event_loop(None)
            loop.close()
            self._loop = None
            self._closed = True


async def _ended(tasks: Any) -> None:
    await asyncio.wait(tasks)


def run(
    main: Any,
    *,
    debug: Optional[bool] = None,
    loop_factory: Optional[Callable[[], Any]] = None,
) -> Any:
    """``asyncio.run`` of 3.12."""
    if asyncio._get_running_loop() is not None:
        raise RuntimeError("asyncio.run() cannot be called from a running event loop")
    with Runner(debug=debug, loop_factory=loop_factory) as runner:
        return runner.run(main)
