"""``ExceptionGroup`` and ``BaseExceptionGroup`` (PEP 654), the builtins from 3.11 on."""

from __future__ import annotations

import builtins
import importlib
import sys
from typing import Any

__all__ = ["BaseExceptionGroup", "ExceptionGroup"]

_GROUPS: Any = (
    builtins if sys.version_info >= (3, 11) else importlib.import_module("exceptiongroup")
)
BaseExceptionGroup = _GROUPS.BaseExceptionGroup
ExceptionGroup = _GROUPS.ExceptionGroup
