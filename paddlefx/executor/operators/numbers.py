"""Symbolic numbers in capture: arithmetic on them, and what comparisons leave to guards.

A result is computed by the residual program from the same sources; a comparison becomes a
guard on how it came out, which C evaluates. What may raise for some values that the guards
let through asks for the value instead.
"""

from __future__ import annotations

import math
import operator
from typing import TYPE_CHECKING, Any, Callable, Dict, List, NoReturn, Optional

from ...graph import Node
from ...guards import GuardKind
from ...source import ComputedSource, ConstantSource, Source
from ...symbolic import Root, Specialise, SymbolicNumber, compute, samples_of
from ..values import ConstantVariable, NumberVariable, Variable

if TYPE_CHECKING:
    from ..machine import Machine

__all__ = [
    "binary",
    "call",
    "compare",
    "involved",
    "may_be_same",
    "node_of",
    "operand",
    "relation",
    "specialise",
    "symbol",
    "truth",
    "wrap",
]

Operator = Callable[..., Any]

_DIVISIONS = (operator.truediv, operator.floordiv, operator.mod)
_REFLECTED: Dict[Operator, Operator] = {
    operator.lt: operator.gt,
    operator.gt: operator.lt,
    operator.le: operator.ge,
    operator.ge: operator.le,
    operator.eq: operator.eq,
    operator.ne: operator.ne,
}
#: The float next to zero.
_TINY = math.ldexp(1.0, -1074)


def wrap(machine: Machine, value: Any, source: Source) -> Optional[NumberVariable]:
    """An int or float from outside that varies; ``None`` for one that is a constant."""
    varying = machine.services.varying
    root = varying.number(source, value)
    if root is None:
        return None
    if type(value) is float:
        machine.guard(source, GuardKind.TYPE, float)
        low, high = -math.inf, math.inf
    else:
        low, high = varying.range_of(root)
        machine.guard(source, GuardKind.RANGE, (low, high))
    return NumberVariable(symbol(machine, source, value, low, high, root))


def symbol(
    machine: Machine, source: Source, value: Any, low: Any, high: Any, root: Root
) -> SymbolicNumber:
    """The symbolic number called ``root``; one for all names that have to be equal."""
    varying = machine.services.varying
    shared = varying.same_as(root)
    known = machine.symbols.get(shared)
    if known is not None and known.value == value and type(known.value) is type(value):
        if known.source != source:
            machine.guard(
                ComputedSource(operator.eq, (source, known.source)), GuardKind.VALUE, True
            )
        return known
    samples = samples_of(value, low, high, len(machine.symbols))
    made = SymbolicNumber(source, value, low, high, samples, frozenset([root, shared]))
    if known is None:
        machine.symbols[shared] = made
    return made


def involved(*values: Variable) -> bool:
    """Whether a symbolic number is among the values."""
    return any(isinstance(value, NumberVariable) for value in values)


def specialise(*values: Variable) -> NoReturn:
    """Ask for the values themselves.

    Raises:
        Specialise: always.
    """
    roots = [value.number.roots for value in values if isinstance(value, NumberVariable)]
    raise Specialise(frozenset().union(*roots))


def operand(value: Variable) -> Any:
    """A number as :func:`~paddlefx.symbolic.compute` takes it; ``None`` for anything else."""
    if isinstance(value, NumberVariable):
        return value.number
    if isinstance(value, ConstantVariable) and type(value.value) in (int, float):
        return value.value
    return None


def binary(machine: Machine, function: Operator, left: Variable, right: Variable) -> Variable:
    """``left <operator> right``; one of them is a symbolic number.

    Raises:
        Specialise: the other is no number, or the operation may raise.
    """
    one, two = operand(left), operand(right)
    if one is None or two is None:
        specialise(left, right)
    if function in _DIVISIONS and isinstance(two, SymbolicNumber):
        two = _apart(machine, two)
    if function is operator.pow:
        one, two = _positive(machine, one), _positive(machine, two)
    result = compute(function, one, two)
    if result is None:
        specialise(left, right)
    return NumberVariable(result)


def _apart(machine: Machine, number: SymbolicNumber) -> SymbolicNumber:
    """The same number with bounds, and a guard, that leave zero out on its side."""
    if number.low > 0 or number.high < 0 or number.value == 0 or number.value != number.value:
        return number
    positive = number.value > 0
    zero = ConstantSource(0, "0")
    relation = operator.gt if positive else operator.lt
    machine.guard(ComputedSource(relation, (number.source, zero)), GuardKind.VALUE, True)
    least = 1 if type(number.value) is int else _TINY
    low, high = (least, number.high) if positive else (number.low, -least)
    samples = tuple([item if low <= item <= high else number.value for item in number.samples])
    return SymbolicNumber(number.source, number.value, low, high, samples, number.roots)


def _positive(machine: Machine, number: Any) -> Any:
    """An int that is positive now stays so, by a guard; a power of it can't raise then."""
    if isinstance(number, SymbolicNumber) and type(number.value) is int and number.value > 0:
        return _apart(machine, number)
    return number


def unary(machine: Machine, function: Operator, value: NumberVariable) -> Variable:
    """``-value`` and ``+value``."""
    result = compute(function, value.number)
    if result is None:
        specialise(value)
    return NumberVariable(result)


def relation(machine: Machine, function: Operator, one: Any, two: Any) -> bool:
    """How a comparison comes out in this call; a guard keeps it so.

    Args:
        machine: the capture.
        function: a comparison of the ``operator`` module.
        one: a symbolic or real number.
        two: likewise.
    """
    values = [item.value if isinstance(item, SymbolicNumber) else item for item in (one, two)]
    outcome = bool(function(*values))
    if _decided(function, one, two) or _decided(_REFLECTED[function], two, one):
        return outcome
    sources = [
        item.source if isinstance(item, SymbolicNumber) else ConstantSource(item, repr(item))
        for item in (one, two)
    ]
    machine.guard(ComputedSource(function, tuple(sources)), GuardKind.VALUE, outcome)
    return outcome


def _decided(function: Operator, one: Any, two: Any) -> bool:
    """Whether the bounds of two ints say how ``<``, ``<=``, ``==`` or ``!=`` comes out."""
    (low, high), (least, most) = _ends(one), _ends(two)
    if low is None or least is None:
        return False
    if function is operator.lt:
        return bool(high < least or low >= most)
    if function is operator.le:
        return bool(high <= least or low > most)
    if function in (operator.eq, operator.ne):
        return bool(high < least or low > most)
    return False


def _ends(item: Any) -> Any:
    if isinstance(item, SymbolicNumber):
        return (item.low, item.high) if type(item.value) is int else (None, None)
    return (item, item) if type(item) is int else (None, None)


def compare(machine: Machine, function: Operator, left: Variable, right: Variable) -> Variable:
    """``left <comparison> right``; one of them is a symbolic number."""
    one, two = operand(left), operand(right)
    if one is None or two is None:
        if function in (operator.eq, operator.ne) and _never_equal(left, right):
            return ConstantVariable(function is operator.ne)
        specialise(left, right)
    return ConstantVariable(relation(machine, function, one, two))


def _never_equal(left: Variable, right: Variable) -> bool:
    """Whether one is a literal that no number equals."""
    apart = (str, bytes, type(None))
    both = (left, right)
    return any(isinstance(item, ConstantVariable) and type(item.value) in apart for item in both)


def may_be_same(left: Variable, right: Variable) -> bool:
    """Whether two that aren't equal may be one object, a NaN, in some call."""
    one, two = operand(left), operand(right)
    return all(
        item.value.__class__ is float if isinstance(item, SymbolicNumber) else item != item
        for item in (one, two)
    )


def truth(machine: Machine, value: NumberVariable) -> bool:
    """``bool(value)``."""
    return relation(machine, operator.ne, value.number, 0)


def call(function: Any, args: List[Variable], kwargs: Dict[str, Variable]) -> Optional[Variable]:
    """A built-in function of a symbolic number that can stay symbolic; ``None`` if it can't."""
    if kwargs or len(args) != 1 or not isinstance(args[0], NumberVariable):
        return None
    number = args[0].number
    is_int = type(number.value) is int
    if function is (int if is_int else float) or (is_int and function in _INT_SAME):
        return args[0]
    if function in _COMPUTED:
        result = compute(function, number)
        return None if result is None else NumberVariable(result)
    return None


_INT_SAME = (round, math.floor, math.ceil, math.trunc, operator.index)
_COMPUTED = (abs, float, int, math.sqrt, math.floor, math.ceil, math.trunc)


def node_of(machine: Machine, value: NumberVariable) -> Node:
    """The graph input for a number.

    Raises:
        Specialise: in some call it may be too large for a C++ operation.
    """
    number = value.number
    if not number.fits:
        number.specialise()
    known = machine.number_nodes.get(number.source)
    if known is None:
        name = "".join(c if c.isalnum() else "_" for c in str(number.source)).strip("_")
        known = machine.graph.placeholder(name or "number", {"number": type(number.value)})
        machine.number_nodes[number.source] = known
        machine.known.inputs[known] = number
        machine.placeholder_sources[known] = number.source
        machine.examples[known] = number.value
    return known
