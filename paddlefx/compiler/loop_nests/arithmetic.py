"""Operations on numbers of one floating type, the way a formula is written.

What writes them (LLVM's instructions, MLIR's operations) is a subclass; values are the names that
it gives.
"""

from __future__ import annotations

import abc
from typing import Any, List

__all__ = ["BITS", "Arithmetic"]

#: A type's bits, as an integer type.
BITS = {"float": "i32", "double": "i64"}


class Arithmetic(abc.ABC):
    """A writer of operations.

    Args:
        dtype: ``float`` or ``double``.
    """

    def __init__(self, dtype: str) -> None:
        self.dtype = dtype
        self.bits = BITS[dtype]

    @abc.abstractmethod
    def constant(self, value: float) -> str:
        """A number."""

    @abc.abstractmethod
    def binary(self, name: str, a: str, b: str) -> str:
        """``add``, ``sub``, ``mul`` or ``div``, rounded once."""

    @abc.abstractmethod
    def muladd(self, a: str, b: str, c: str) -> str:
        """``a * b + c``, in one rounding where the processor does that."""

    @abc.abstractmethod
    def compare(self, predicate: str, a: str, b: str) -> str:
        """An ordered (``olt``) or unordered (``ult``) comparison."""

    @abc.abstractmethod
    def select(self, condition: str, a: str, b: str) -> str:
        """``a if condition else b``."""

    @abc.abstractmethod
    def either(self, a: str, b: str) -> str:
        """Whether one of two conditions holds."""

    @abc.abstractmethod
    def unary(self, name: str, x: str) -> str:
        """``sqrt``, ``fabs``, ``floor``, ``ceil`` or ``trunc``."""

    @abc.abstractmethod
    def unary_minus(self, x: str) -> str:
        """``-x``."""

    @abc.abstractmethod
    def to_bits(self, x: str) -> str:
        """The same bits as an integer."""

    @abc.abstractmethod
    def from_bits(self, x: str) -> str:
        """An integer's bits as a number."""

    @abc.abstractmethod
    def whole(self, x: str) -> str:
        """A number that is whole, as an integer as wide as this type."""

    @abc.abstractmethod
    def real(self, x: str) -> str:
        """Such an integer as a number."""

    @abc.abstractmethod
    def integer(self, opcode: str, a: str, b: Any) -> str:
        """An operation on integers as wide as this type: ``add``, ``sub``, ``and``, ``or``,
        ``shl``, ``ashr`` or ``lshr``; the second operand may be a Python number.
        """

    def add(self, a: str, b: str) -> str:
        """``a + b``."""
        return self.binary("add", a, b)

    def sub(self, a: str, b: str) -> str:
        """``a - b``."""
        return self.binary("sub", a, b)

    def mul(self, a: str, b: str) -> str:
        """``a * b``."""
        return self.binary("mul", a, b)

    def div(self, a: str, b: str) -> str:
        """``a / b``."""
        return self.binary("div", a, b)

    def polynomial(self, x: str, coefficients: List[float]) -> str:
        """By Horner's rule; the highest power's coefficient first."""
        result = self.constant(coefficients[0])
        for coefficient in coefficients[1:]:
            result = self.muladd(result, x, self.constant(coefficient))
        return result

    def below(self, x: str, limit: float) -> str:
        """``x``, at most ``limit``; NaN stays."""
        bound = self.constant(limit)
        return self.select(self.compare("ogt", x, bound), bound, x)

    def above(self, x: str, limit: float) -> str:
        """``x``, at least ``limit``; NaN stays."""
        bound = self.constant(limit)
        return self.select(self.compare("olt", x, bound), bound, x)
