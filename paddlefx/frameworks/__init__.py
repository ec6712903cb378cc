"""Tensor frameworks: each behind one protocol, imported when it is first needed."""

from __future__ import annotations

import importlib
import threading
from typing import Dict

from .base import Framework

__all__ = ["Framework", "active", "get"]

_MODULES = {"paddle": (".paddle", "PaddleFramework")}
_loaded: Dict[str, Framework] = {}
_lock = threading.RLock()


def get(name: str) -> Framework:
    """The adapter of a framework; imports the framework on the first call.

    Raises:
        LookupError: no adapter of this name.
        ImportError: the framework is not installed.
    """
    framework = _loaded.get(name)
    if framework is not None:
        return framework
    if name not in _MODULES:
        raise LookupError(f"no adapter for {name!r}; there are: {', '.join(sorted(_MODULES))}")
    with _lock:
        if name not in _loaded:
            module, attribute = _MODULES[name]
            adapter = getattr(importlib.import_module(module, __package__), attribute)
            _loaded[name] = adapter()
        return _loaded[name]


def active() -> Framework:
    """The framework that functions are captured for: Paddle.

    Raises:
        ImportError: it is not installed.
    """
    return get("paddle")
