"""The frame hook and the enable flag: the Python face of ``csrc/hook.c`` (PEP 523).

The hook is the interpreter's evaluation function only while some thread is inside
:func:`hooked_call`, and acts only on frames of such threads; when the last of them
returns, or raises, what was there before is back. It leaves generators, coroutines,
class and module bodies alone.
"""

from __future__ import annotations

from contextlib import contextmanager
from types import CodeType
from typing import Callable, Dict, Iterator, Optional, TypeVar

from typing_extensions import ParamSpec

from . import _C

__all__ = [
    "FrameCallback",
    "counters",
    "disabled",
    "forget",
    "frame_callback",
    "hook_depth",
    "hook_installed",
    "hooked_call",
    "is_enabled",
    "reset_counters",
    "set_frame_callback",
    "skip",
]

P = ParamSpec("P")
R = TypeVar("R")

#: ``callback(code, globals)`` → the cache of a code object worth compiling, or ``None``.
FrameCallback = Callable[[CodeType, Dict[str, object]], Optional[_C.CodeCache]]


def hooked_call(function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Call ``function`` with the hook on for this thread.

    A frame of this thread whose code has a cache runs the entry whose guards hold; on a
    miss ``cache.translate(cache, state)`` is asked for a callable, with the hook off
    meanwhile; ``None`` runs the frame as it is. Calls nest.
    """
    return _C.call_hooked(function, *args, **kwargs)


def hook_installed() -> bool:
    """Whether the interpreter evaluates frames, of any thread, through the hook now."""
    return _C.hook_installed()


def hook_depth() -> int:
    """How many :func:`hooked_call` this thread is in."""
    return _C.hook_depth()


def set_frame_callback(callback: Optional[FrameCallback]) -> Optional[FrameCallback]:
    """Set who is asked, once per code object, what to do with its frames.

    Returns:
        The callback before.
    """
    return _C.set_frame_callback(callback)


@contextmanager
def frame_callback(callback: Optional[FrameCallback]) -> Iterator[None]:
    """:func:`set_frame_callback` for a while."""
    previous = _C.set_frame_callback(callback)
    try:
        yield
    finally:
        _C.set_frame_callback(previous)


def forget(code: CodeType) -> bool:
    """Ask about this code object again; whether anything was known of it."""
    return _C.forget(code)


def skip(code: CodeType) -> None:
    """Leave frames of this code object alone from now on."""
    _C.skip(code)


@contextmanager
def disabled() -> Iterator[None]:
    """Dispatchers and the hook stand aside on this thread: everything runs as written."""
    previous = _C.set_enabled(False)
    try:
        yield
    finally:
        _C.set_enabled(previous)


def is_enabled() -> bool:
    """Whether dispatchers and the hook act on this thread."""
    return _C.is_enabled()


def counters() -> Dict[str, int]:
    """What was counted in C since :func:`reset_counters`, over all threads.

    Returns:
        ``cache_hits``, ``cache_misses``; ``plain_calls`` (dispatched, but ran the plain
        function); ``hook_frames`` (seen by the hook), of which ``hook_replaced`` (ran an
        entry's code in place), ``hook_called`` (ran a function instead), ``hook_misses``
        and ``hook_skipped``.
    """
    return _C.counters()


def reset_counters() -> None:
    """Start counting from zero."""
    _C.reset_counters()
