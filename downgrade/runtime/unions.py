"""What ``X | Y`` of types can do from 3.10 on, and ``typing.Union`` before can't."""

from __future__ import annotations

import typing
from typing import Any

__all__ = ["classes_of"]


def classes_of(classes: Any) -> Any:
    """Give what the second argument of ``isinstance`` may be: a union becomes a tuple."""
    if isinstance(classes, tuple):
        return tuple(map(classes_of, classes))
    if getattr(classes, "__origin__", None) is typing.Union:
        return classes.__args__
    return classes
