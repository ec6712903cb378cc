"""Functions of ``importlib.resources`` (3.9), or those of ``importlib_resources``."""

from __future__ import annotations

import importlib.resources
from typing import Any

from .moved_modules import first_module

__all__ = ["as_file", "files"]

_resources: Any = importlib.resources
if not hasattr(_resources, "files"):
    _resources = first_module("importlib_resources")


def files(*anchor: Any, **named: Any) -> Any:
    """``importlib.resources.files``."""
    return _resources.files(*anchor, **named)


def as_file(path: Any) -> Any:
    """``importlib.resources.as_file``."""
    return _resources.as_file(path)
