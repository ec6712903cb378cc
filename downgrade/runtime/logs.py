"""Functions of ``logging`` that came with 3.11 and 3.12."""

from __future__ import annotations

import logging
from typing import Any, Dict, FrozenSet

__all__ = ["getHandlerByName", "getHandlerNames", "getLevelNamesMapping"]

_logging: Any = logging


def getLevelNamesMapping() -> Dict[str, int]:
    """``logging.getLevelNamesMapping`` of 3.11."""
    return dict(_logging._nameToLevel)


def getHandlerByName(name: str) -> Any:
    """``logging.getHandlerByName`` of 3.12."""
    return _logging._handlers.get(name)


def getHandlerNames() -> FrozenSet[str]:
    """``logging.getHandlerNames`` of 3.12."""
    return frozenset(_logging._handlers)
