"""Functions of ``math`` that came after 3.8."""

from __future__ import annotations

import math
import struct
from fractions import Fraction
from typing import Any, Optional

__all__ = ["cbrt", "exp2", "fma", "lcm", "nextafter", "sumprod", "ulp"]


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
    pairs = list(zip(first, second))
    kinds = {type(one) for pair in pairs for one in pair}
    if float in kinds and kinds <= {float, int, bool}:
        if all(map(math.isfinite, (*first, *second))):
            return _rounded(sum(Fraction(a) * Fraction(b) for a, b in pairs))
    total: Any = 0
    for a, b in pairs:
        total += a * b
    return total


def _rounded(exact: Any) -> float:
    """Give the nearest float; infinity where there is none."""
    try:
        return float(exact)
    except OverflowError:
        return math.copysign(math.inf, exact)


def fma(x: Any, y: Any, z: Any, /) -> float:
    """``math.fma`` of 3.13: ``x * y + z``, rounded once."""
    return _fused(float(x), float(y), float(z))


def _fused(x: float, y: float, z: float) -> float:
    if not (math.isfinite(x) and math.isfinite(y)):
        result = x * y + z
        if math.isnan(result) and not any(map(math.isnan, (x, y, z))):
            raise ValueError("invalid operation in fma")
        return result
    exact = Fraction(x) * Fraction(y)
    if not exact:
        return x * y + z  # has the sign of zero that is due
    if not math.isfinite(z):
        return z
    exact += Fraction(z)
    if not exact:
        return 0.0
    result = _rounded(exact)
    if not math.isfinite(result):
        raise OverflowError("overflow in fma")
    return result or math.copysign(0.0, exact)


def _ordered(x: float) -> int:
    """Number the floats from the smallest to the largest; zero is zero."""
    bits: int = struct.unpack("<q", struct.pack("<d", x))[0]
    return bits if bits >= 0 else -(bits & 0x7FFF_FFFF_FFFF_FFFF)


def nextafter(x: Any, y: Any, /, *, steps: Optional[int] = None) -> float:
    """``math.nextafter`` of 3.12: the float that comes ``steps`` after ``x``, towards ``y``."""
    return _stepped(float(x), float(y), steps)


def _stepped(x: float, y: float, steps: Optional[int]) -> float:
    if steps is not None and steps < 0:
        raise ValueError("steps must be a non-negative integer")
    if steps == 0:
        return x
    if math.isnan(x) or math.isnan(y):
        return math.nan
    first, last = _ordered(x), _ordered(y)
    if first == last:
        return y
    count = min(1 if steps is None else steps, abs(last - first))
    number = first + (count if last > first else -count)
    sign = -1.0 if number < 0 or (number == 0 and math.copysign(1, x) < 0) else 1.0
    return float(math.copysign(struct.unpack("<d", struct.pack("<q", abs(number)))[0], sign))


def ulp(x: Any, /) -> float:
    """``math.ulp`` of 3.9: the value of the last bit."""
    value: float = abs(float(x))
    if not math.isfinite(value):
        return value
    if value == 1.7976931348623157e308:
        return value - nextafter(value, 0.0)
    return nextafter(value, math.inf) - value
