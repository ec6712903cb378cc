"""Numbers that vary from call to call: ints and floats known by where they come from.

A :class:`SymbolicNumber` is a number that compiled code takes as it comes: a counter, a
learning rate, a size of a tensor. It knows the value of this call, the bounds that a guard
keeps, and the values it would have in a few other calls (*samples*), by which the executor
finds out how shapes depend on it. Whoever needs the very number raises :class:`Specialise`;
capture then begins anew with that number as a constant.
"""

from __future__ import annotations

import math
import operator
from typing import Any, Callable, FrozenSet, List, NoReturn, Optional, Tuple

from .source import ComputedSource, ConstantSource, Source

__all__ = [
    "SAMPLES",
    "Root",
    "Specialise",
    "SymbolicNumber",
    "compute",
    "nothing_but_again",
    "samples_of",
]

#: A number that comes from outside: the text of its source and for a size the dimension, else -1.
Root = Tuple[str, int]

#: How many calls are imagined; the first is the one at hand.
SAMPLES = 8

#: Beyond it a C++ operation can't take an int.
_INT64 = 2**63


class Specialise(BaseException):
    """The value of a symbolic number is needed: capture begins anew with it as a constant.

    Not an ``Exception``: it passes through code that takes those for the program's own.

    Args:
        roots: the numbers from outside that it depends on.
    """

    def __init__(self, roots: FrozenSet[Root]) -> None:
        super().__init__(", ".join(sorted(text for text, _ in roots)))
        self.roots = roots


def nothing_but_again() -> NoReturn:
    """Begin capture anew: something was learnt, and no number becomes a constant.

    Raises:
        Specialise: always, of no number.
    """
    raise Specialise(frozenset())


class SymbolicNumber:
    """An int or float that isn't fixed by a guard.

    Code that doesn't know of symbolic numbers and computes or compares with one as with an
    int raises :class:`Specialise` by that, so it is never wrong.

    Args:
        source: the path that loads or computes it.
        value: what it is in this call; its type is the exact type in every call.
        low: for an int, the least that the guards let through.
        high: for an int, the greatest.
        samples: what it would be in the imagined calls, ``value`` first.
        roots: what it is computed from.
    """

    __slots__ = ("high", "low", "roots", "samples", "source", "value")

    def __init__(
        self,
        source: Source,
        value: Any,
        low: Any,
        high: Any,
        samples: Tuple[Any, ...],
        roots: FrozenSet[Root],
    ) -> None:
        self.source = source
        self.value = value
        self.low = low
        self.high = high
        self.samples = samples
        self.roots = roots

    def specialise(self) -> NoReturn:
        """Ask for the number itself.

        Raises:
            Specialise: always.
        """
        raise Specialise(self.roots)

    @property
    def fits(self) -> bool:
        """Whether a C++ operation can take it, whatever the call: no int beyond 64 bits."""
        return type(self.value) is float or (self.low >= -_INT64 and self.high < _INT64)

    def __repr__(self) -> str:
        return f"<{self.source}, here {self.value!r}>"

    def __eq__(self, other: object) -> bool:
        return True if self is other else self.specialise()

    def __ne__(self, other: object) -> bool:
        return False if self is other else self.specialise()

    def __hash__(self) -> int:
        return self.specialise()

    def _refuse(self, *others: Any) -> Any:
        self.specialise()

    __lt__ = __le__ = __gt__ = __ge__ = __bool__ = __int__ = __float__ = __index__ = _refuse
    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __neg__ = __abs__ = _refuse
    __truediv__ = __rtruediv__ = __floordiv__ = __rfloordiv__ = __mod__ = __rmod__ = _refuse
    __pow__ = __rpow__ = _refuse


def samples_of(value: Any, low: Any, high: Any, number: int) -> Tuple[Any, ...]:
    """Values of imagined calls between two bounds.

    Both ends, the neighbours of the value and a few in between; those of two numbers differ.

    Args:
        value: the number in the call at hand.
        low: the least.
        high: the greatest.
        number: which of the numbers of the capture it is.
    """
    if type(value) is float:
        return (value,) * SAMPLES
    step = number + 1
    wishes = [low + number, high - number, value + step, value + 1 + 2 * step]
    spread = min(high, low + 4096) - low + 1
    wishes += [low + (7919 * step * place + 31 * step * step) % spread for place in (1, 2, 3)]
    return (value, *[min(max(wish, low), high) for wish in wishes])


def compute(function: Callable[..., Any], *operands: Any) -> Optional[SymbolicNumber]:
    """``function(*operands)`` as a symbolic number that no call can make raise.

    Args:
        function: of the ``operator`` module, of ``math``, ``abs``, ``int`` or ``float``.
        operands: symbolic numbers, ints and floats.

    Returns:
        ``None`` where it may raise, or the type of the result is not the same in each call.
    """
    bounds = [_bounds(item) for item in operands]
    if any(bound is None for bound in bounds):
        return None
    found = _range(function, operands, bounds)
    if found is None:
        return None
    kind, low, high = found
    columns = [
        item.samples if isinstance(item, SymbolicNumber) else (item,) * SAMPLES for item in operands
    ]
    try:
        samples = tuple([function(*row) for row in zip(*columns)])
    except (ArithmeticError, ValueError):
        return None
    if any(type(sample) is not kind for sample in samples):
        return None
    roots: FrozenSet[Root] = frozenset()
    for item in operands:
        if isinstance(item, SymbolicNumber):
            roots |= item.roots
    source = ComputedSource(function, tuple([_source(item) for item in operands]))
    return SymbolicNumber(source, samples[0], low, high, samples, roots)


def _source(item: Any) -> Source:
    return item.source if isinstance(item, SymbolicNumber) else ConstantSource(item, repr(item))


def _bounds(item: Any) -> Any:
    """(type, low, high); ``None`` for what isn't a number."""
    if isinstance(item, SymbolicNumber):
        return type(item.value), item.low, item.high
    if type(item) in (int, float):
        return type(item), item, item
    return None


_ARITHMETIC = (operator.add, operator.sub, operator.mul)
_DIVISIONS = (operator.truediv, operator.floordiv, operator.mod)
_ROUNDINGS = (int, math.floor, math.ceil, math.trunc)


def _range(function: Callable[..., Any], operands: Any, bounds: List[Any]) -> Any:
    """The type and bounds of a result; ``None`` where some operands within theirs would raise."""
    kinds = [bound[0] for bound in bounds]
    ints = all(kind is int for kind in kinds)
    if not all(_exact(bound) for bound in bounds):
        return None
    if function is operator.neg:
        return kinds[0], -bounds[0][2], -bounds[0][1]
    if function is operator.pos:
        return bounds[0]
    if function is abs:
        low, high = bounds[0][1:]
        return kinds[0], low if low > 0 else max(0, -high), max(abs(low), abs(high))
    if function is float:
        return float, float(bounds[0][1]), float(bounds[0][2])
    if function is math.sqrt:
        return (float, 0.0, math.inf) if ints and bounds[0][1] >= 0 else None
    if function in _ROUNDINGS:
        low, high = bounds[0][1:]
        finite = math.isfinite(low) and math.isfinite(high)
        return (int, function(low), function(high)) if finite else None
    if len(bounds) != 2:
        return None
    (_, a, b), (_, c, d) = bounds
    if function in _ARITHMETIC:
        if not all(math.isfinite(end) for end in (a, b, c, d)):
            return float, -math.inf, math.inf
        ends = [function(one, two) for one in (a, b) for two in (c, d)]
        return int if ints else float, min(ends), max(ends)
    if function in _DIVISIONS:
        return _division(function, ints, bounds)
    if function is operator.pow:
        return _power(ints, operands, bounds)
    return None


def _exact(bound: Any) -> bool:
    """Whether an int can become a float without an error."""
    return bound[0] is float or (bound[1] > -_INT64 * _INT64 and bound[2] < _INT64 * _INT64)


def _division(function: Callable[..., Any], ints: bool, bounds: List[Any]) -> Any:
    (_, a, b), (_, c, d) = bounds
    if c <= 0 <= d:
        return None  # by zero
    if not ints or function is operator.truediv:
        if function is operator.mod or not all(math.isfinite(end) for end in (a, b, c, d)):
            return float, -math.inf, math.inf
        ends = [function(one, two) for one in (a, b) for two in (c, d)]
        return float, min(ends), max(ends)
    if function is operator.mod:
        return (int, 0, d - 1) if c > 0 else (int, c + 1, 0)
    ends = [one // two for one in (a, b) for two in (c, d)]
    return int, min(ends), max(ends)


def _power(ints: bool, operands: Any, bounds: List[Any]) -> Any:
    (base_kind, a, b), (kind, c, d) = bounds
    if ints and c == d and 0 <= c <= 8:
        ends = [a**c, b**c, 0] if a < 0 <= b else [a**c, b**c]
        return int, min(ends), max(ends)
    if base_kind is float and a == b and 0.0 < a <= 1.0 and kind is int and c >= 0:
        return float, 0.0, 1.0  # a decay
    if base_kind is int and a > 0 and kind is float and c == d and abs(c) <= 4.0:
        return float, 0.0, math.inf
    return None
