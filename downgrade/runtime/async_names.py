"""Asynchronous functions and context managers that came after 3.8."""

from __future__ import annotations

import asyncio
import contextvars
import functools
import os
from typing import Any, Callable, List

__all__ = ["AsyncContextDecorator", "aclosing", "aiter", "anext", "chdir", "to_thread"]

_NO_DEFAULT: Any = object()


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


def anext(async_iterator: Any, default: Any = _NO_DEFAULT, /) -> Any:
    """``anext`` of 3.10: an awaitable of the next item, or of ``default`` at the end."""
    cls = type(async_iterator)
    if not hasattr(cls, "__anext__"):
        raise TypeError(f"{cls.__name__!r} object is not an async iterator")
    awaitable = cls.__anext__(async_iterator)
    return awaitable if default is _NO_DEFAULT else _or_default(awaitable, default)


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


class AsyncContextDecorator:
    """``contextlib.AsyncContextDecorator`` of 3.10."""

    def _recreate_cm(self) -> Any:
        return self

    def __call__(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Give an asynchronous function whose calls run inside the context manager."""

        @functools.wraps(func)
        async def inside(*args: Any, **kwargs: Any) -> Any:
            async with self._recreate_cm():
                return await func(*args, **kwargs)

        return inside
