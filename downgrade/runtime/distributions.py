"""Functions of ``importlib.metadata`` (3.10), or those of ``importlib_metadata``."""

from __future__ import annotations

import importlib.metadata
import sys
from typing import Any

from .moved_modules import first_module

__all__ = ["entry_points", "packages_distributions"]

_metadata: Any = importlib.metadata
if sys.version_info < (3, 10):
    _metadata = first_module("importlib_metadata")


def entry_points(**chosen: Any) -> Any:
    """``importlib.metadata.entry_points``, with what chooses among them."""
    return _metadata.entry_points(**chosen)


def packages_distributions() -> Any:
    """``importlib.metadata.packages_distributions``."""
    return _metadata.packages_distributions()
