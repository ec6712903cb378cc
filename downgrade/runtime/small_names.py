"""Single functions and constants of the standard library that came after 3.8."""

from __future__ import annotations

import datetime as dt
import enum
import functools
import math
import sys
from typing import Any, Callable, List, Optional

__all__ = [
    "UTC",
    "EllipsisType",
    "NoneType",
    "NotImplementedType",
    "StrEnum",
    "cache",
    "call",
    "cbrt",
    "exception",
    "exp2",
    "lcm",
    "replace",
    "sumprod",
]

UTC = dt.timezone.utc
NoneType = type(None)
EllipsisType = type(...)
NotImplementedType = type(NotImplemented)


def cache(user_function: Callable[..., Any]) -> Any:
    """``functools.cache`` of 3.9."""
    return functools.lru_cache(maxsize=None)(user_function)


def call(obj: Any, /, *args: Any, **kwargs: Any) -> Any:
    """``operator.call`` of 3.11."""
    return obj(*args, **kwargs)


def exception() -> Optional[BaseException]:
    """``sys.exception`` of 3.11."""
    return sys.exc_info()[1]


def lcm(*integers: Any) -> int:
    """``math.lcm`` of 3.9."""
    result = 1
    for one in integers:
        divisor = math.gcd(result, one)  # TypeError for what is no integer
        result = abs(result // divisor * one) if divisor else 0
    return result


def cbrt(x: Any) -> float:
    """``math.cbrt`` of 3.11, to the last bit or the one before."""
    value = float(x)
    if value == 0 or not math.isfinite(value):
        return value
    root = math.copysign(abs(value) ** (1 / 3), value)
    return root - (root * root * root - value) / (3 * root * root)


def exp2(x: Any) -> float:
    """``math.exp2`` of 3.11."""
    return math.pow(2.0, x)


def sumprod(p: Any, q: Any) -> Any:
    """``math.sumprod`` of 3.12."""
    first, second = list(p), list(q)
    if len(first) != len(second):
        raise ValueError("Inputs are not the same length")
    products = [a * b for a, b in zip(first, second)]
    if products and any(type(one) is float for one in products):
        if all(type(one) in (float, int) for one in products):
            return math.fsum(products)
    return sum(products)


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


class StrEnum(str, enum.Enum):
    """``enum.StrEnum`` of 3.11."""

    def __new__(cls, *values: Any) -> Any:
        """Create a member: of one string, or of bytes and how to decode them."""
        if len(values) > 3:
            raise TypeError(f"too many arguments for str(): {values!r}")
        if len(values) == 1 and not isinstance(values[0], str):
            raise TypeError(f"{values[0]!r} is not a string")
        if len(values) >= 2 and not isinstance(values[1], str):
            raise TypeError(f"encoding must be a string, not {values[1]!r}")
        if len(values) == 3 and not isinstance(values[2], str):
            raise TypeError(f"errors must be a string, not {values[2]!r}")
        value = str(*values)
        member = str.__new__(cls, value)
        member._value_ = value
        return member

    @staticmethod
    def _generate_next_value_(name: str, start: int, count: int, last_values: List[Any]) -> str:
        return name.lower()

    __str__ = str.__str__

    def __format__(self, format_spec: str) -> str:
        """Format as the string that it is."""
        return str.__format__(self, format_spec)
