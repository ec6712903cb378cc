"""Calls that go deep, without the cost of crossing the pieces of the interpreter's stack.

From 3.11 on the frames of a thread's Python functions lie in chunks of 16 KB (``push_chunk`` of
CPython's ``Python/pystate.c``): some sixty frames. A call for which the last chunk has no room maps
a new one, and its return unmaps it. Capture calls back and forth around each depth thousands of
times; where a chunk happens to end at a depth like that it took a third longer.
"""

from __future__ import annotations

from typing import Any, Callable, TypeVar

from .opcodes import table_for

__all__ = ["in_one_chunk"]

T = TypeVar("T")

#: Slots of 8 bytes that one frame asks for: more than half a MB, so that its chunk has a whole one.
#: It touches none of them. The other half has room for more frames than the recursion limit allows.
_SLOTS = 66_000


def in_one_chunk(function: Callable[..., T], *args: Any) -> T:
    """``function(*args)``, with the frames of all that it calls in one piece of memory."""
    return function(*args)


if table_for().traits["stack_chunks"]:
    in_one_chunk.__code__ = in_one_chunk.__code__.replace(co_stacksize=_SLOTS)
