"""Methods of builtin types and paths that came after 3.8, as functions.

An object that has the method is asked; so each works for every object.
"""

from __future__ import annotations

import pathlib
from typing import Any

__all__ = ["bit_count", "is_relative_to", "removeprefix", "removesuffix", "with_stem"]


def removeprefix(text: Any, prefix: Any) -> Any:
    """``str.removeprefix`` of 3.9."""
    if hasattr(text, "removeprefix") or not isinstance(text, (str, bytes, bytearray)):
        return text.removeprefix(prefix)
    return text[len(prefix) :] if text.startswith(prefix) else text[:]


def removesuffix(text: Any, suffix: Any) -> Any:
    """``str.removesuffix`` of 3.9."""
    if hasattr(text, "removesuffix") or not isinstance(text, (str, bytes, bytearray)):
        return text.removesuffix(suffix)
    return text[: len(text) - len(suffix)] if suffix and text.endswith(suffix) else text[:]


def bit_count(number: Any) -> Any:
    """``int.bit_count`` of 3.10."""
    if hasattr(number, "bit_count") or not isinstance(number, int):
        return number.bit_count()
    return bin(number).count("1")


def is_relative_to(path: Any, *other: Any) -> Any:
    """``PurePath.is_relative_to`` of 3.9."""
    if hasattr(path, "is_relative_to") or not isinstance(path, pathlib.PurePath):
        return path.is_relative_to(*other)
    try:
        path.relative_to(*other)
    except ValueError:
        return False
    return True


def with_stem(path: Any, stem: str) -> Any:
    """``PurePath.with_stem`` of 3.9."""
    if hasattr(path, "with_stem") or not isinstance(path, pathlib.PurePath):
        return path.with_stem(stem)
    return path.with_name(stem + path.suffix)
