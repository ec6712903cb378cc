"""Single functions and constants of the standard library that came after 3.8."""

from __future__ import annotations

import datetime as dt
import functools
import importlib
import math
import os
import re
import sys
from typing import Any, Callable, Optional

__all__ = [
    "EllipsisType",
    "NoneType",
    "NotImplementedType",
    "cache",
    "call",
    "exception",
    "float_ceil",
    "float_floor",
    "path_parser",
    "replace",
    "resolve_name",
    "text_encoding",
]

NoneType = type(None)
EllipsisType = type(...)
NotImplementedType = type(NotImplemented)
path_parser = os.path


def cache(user_function: Callable[..., Any]) -> Any:
    """``functools.cache`` of 3.9."""
    return functools.lru_cache(maxsize=None)(user_function)


def call(obj: Any, /, *args: Any, **kwargs: Any) -> Any:
    """``operator.call`` of 3.11."""
    return obj(*args, **kwargs)


def exception() -> Optional[BaseException]:
    """``sys.exception`` of 3.11."""
    return sys.exc_info()[1]


def replace(obj: Any, /, **changes: Any) -> Any:
    """``copy.replace`` of 3.13; of dataclasses, named tuples and ``datetime`` too."""
    cls = type(obj)
    if hasattr(cls, "__replace__"):
        return cls.__replace__(obj, **changes)
    if hasattr(cls, "__dataclass_fields__"):
        import dataclasses

        return dataclasses.replace(obj, **changes)
    if isinstance(obj, tuple) and hasattr(cls, "_replace"):
        return obj._replace(**changes)  # type: ignore[attr-defined]
    if isinstance(obj, (dt.date, dt.time)):
        return obj.replace(**changes)
    raise TypeError(f"replace() does not support {cls.__name__} objects")


def resolve_name(name: str) -> Any:
    """``pkgutil.resolve_name`` of 3.9: ``a.b.c``, or ``a.b:c`` for a name of a module."""
    if not re.fullmatch(r"(?!\d)\w+(\.(?!\d)\w+)*(:((?!\d)\w+(\.(?!\d)\w+)*)?)?", name):
        raise ValueError(f"invalid format: {name!r}")
    head, colon, tail = name.partition(":")
    parts = tail.split(".") if tail else []
    if colon:
        found: Any = importlib.import_module(head)
    else:
        first, *parts = head.split(".")
        found = importlib.import_module(first)
        while parts:
            first = f"{first}.{parts[0]}"
            try:
                found = importlib.import_module(first)
            except ImportError:
                break
            del parts[0]
    for part in parts:
        found = getattr(found, part)
    return found


def text_encoding(encoding: Any, stacklevel: int = 2, /) -> Any:
    """``io.text_encoding`` of 3.10; ``open`` before it doesn't know "locale"."""
    return encoding


def float_ceil(number: float, /) -> int:
    """``float.__ceil__`` of 3.9."""
    return math.ceil(number)


def float_floor(number: float, /) -> int:
    """``float.__floor__`` of 3.9."""
    return math.floor(number)
