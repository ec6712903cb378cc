"""The functions of ``bisect`` with a ``key`` (3.10)."""

from __future__ import annotations

from typing import Any, Callable, Optional

__all__ = ["bisect_left", "bisect_right", "insort_left", "insort_right"]


def bisect_left(
    a: Any,
    x: Any,
    lo: int = 0,
    hi: Optional[int] = None,
    *,
    key: Optional[Callable[[Any], Any]] = None,
) -> int:
    """``bisect.bisect_left``: the place in front of what equals ``x``."""
    return _place(a, lo, hi, key, lambda item: item < x)


def bisect_right(
    a: Any,
    x: Any,
    lo: int = 0,
    hi: Optional[int] = None,
    *,
    key: Optional[Callable[[Any], Any]] = None,
) -> int:
    """``bisect.bisect_right``: the place behind what equals ``x``."""
    return _place(a, lo, hi, key, lambda item: not x < item)


def insort_left(
    a: Any,
    x: Any,
    lo: int = 0,
    hi: Optional[int] = None,
    *,
    key: Optional[Callable[[Any], Any]] = None,
) -> None:
    """``bisect.insort_left``."""
    a.insert(bisect_left(a, x if key is None else key(x), lo, hi, key=key), x)


def insort_right(
    a: Any,
    x: Any,
    lo: int = 0,
    hi: Optional[int] = None,
    *,
    key: Optional[Callable[[Any], Any]] = None,
) -> None:
    """``bisect.insort_right``."""
    a.insert(bisect_right(a, x if key is None else key(x), lo, hi, key=key), x)


def _place(
    a: Any,
    low: int,
    high: Optional[int],
    key: Optional[Callable[[Any], Any]],
    is_before: Callable[[Any], bool],
) -> int:
    if low < 0:
        raise ValueError("lo must be non-negative")
    high = len(a) if high is None else high
    while low < high:
        middle = (low + high) // 2
        item = a[middle] if key is None else key(a[middle])
        if is_before(item):
            low = middle + 1
        else:
            high = middle
    return low
