"""Counters: what happened since the last reset."""

from __future__ import annotations

import threading
from typing import Dict

from . import _C

__all__ = ["count", "read", "reset"]

_NAMES = (
    "translations",
    "graphs",
    "nodes",
    "graph_breaks",
    "fallbacks",
    "recompiles",
    "over_limit",
)
_lock = threading.Lock()
_counts: Dict[str, int] = dict.fromkeys(_NAMES, 0)


def count(name: str, by: int = 1) -> None:
    """Add to a counter."""
    with _lock:
        _counts[name] += by


def read() -> Dict[str, int]:
    """All counters; those of the call path are kept in C."""
    found = _C.counters()
    with _lock:
        result = dict(_counts)
    result["cache_hits"] = found["cache_hits"]
    result["cache_misses"] = found["cache_misses"]
    return result


def reset() -> None:
    """Start again at zero."""
    with _lock:
        for name in _NAMES:
            _counts[name] = 0
    _C.reset_counters()
