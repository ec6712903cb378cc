"""Errors that came after 3.8, or say more since."""

from __future__ import annotations

import email.errors
import re
from typing import Any

__all__ = [
    "HeaderWriteError",
    "InvalidDateDefect",
    "PatternError",
    "attribute_error",
    "name_error",
]

PatternError = re.error


class HeaderWriteError(email.errors.MessageError):
    """``email.errors.HeaderWriteError`` of 3.13, which nothing raises before."""


class InvalidDateDefect(email.errors.HeaderDefect):
    """``email.errors.InvalidDateDefect`` of 3.10, which nothing finds before."""


def attribute_error(*args: Any, name: Any = None, obj: Any = None) -> Any:
    """``AttributeError`` with the parameters of 3.10."""
    error: Any = AttributeError(*args)
    error.name, error.obj = name, obj
    return error


def name_error(*args: Any, name: Any = None) -> Any:
    """``NameError`` with the parameter of 3.10."""
    error: Any = NameError(*args)
    error.name = name
    return error
