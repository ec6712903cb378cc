"""What stands for syntax that 3.8 doesn't know in a decorator (PEP 614)."""

from __future__ import annotations

from typing import TypeVar

__all__ = ["decorator"]

_T = TypeVar("_T")


def decorator(value: _T) -> _T:
    """Give the decorator back: ``@decorator(any.expression[0])``."""
    return value
