"""Operators on objects whose classes define them in Python.

The order in which the two operands are asked is CPython's (``Objects/abstract.c``,
``binary_op1``; ``Objects/object.c``, ``do_richcompare``).
"""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any, Callable, Dict, List, Optional, Tuple

from ..breaks import Kind
from ..values import ConstantVariable, TensorVariable, Variable
from .attributes import ABSENT, mro_lookup, special_method

if TYPE_CHECKING:
    from ..machine import Machine

__all__ = ["binary", "compare", "defines", "method_name", "unary"]

Operator = Callable[..., Any]

_NAMES: Dict[Operator, str] = {
    operator.add: "add",
    operator.sub: "sub",
    operator.mul: "mul",
    operator.truediv: "truediv",
    operator.floordiv: "floordiv",
    operator.mod: "mod",
    operator.pow: "pow",
    operator.matmul: "matmul",
    operator.lshift: "lshift",
    operator.rshift: "rshift",
    operator.and_: "and",
    operator.or_: "or",
    operator.xor: "xor",
}
_UNARY: Dict[Operator, str] = {
    operator.pos: "__pos__",
    operator.neg: "__neg__",
    operator.invert: "__invert__",
}
#: The comparison that the other operand is asked for.
_REFLECTED: Dict[Operator, Operator] = {
    operator.lt: operator.gt,
    operator.le: operator.ge,
    operator.eq: operator.eq,
    operator.ne: operator.ne,
    operator.gt: operator.lt,
    operator.ge: operator.le,
}


def method_name(function: Operator) -> str:
    """``operator.add`` → ``"__add__"``."""
    return f"__{_NAMES.get(function, function.__name__)}__"


def defines(value: Variable) -> bool:
    """Whether its class is one that Python code may give operators."""
    return bool(value.python_type().__flags__ & (1 << 9)) and not isinstance(value, TensorVariable)


def _not_implemented(value: Optional[Variable]) -> bool:
    return value is None or (isinstance(value, ConstantVariable) and value.value is NotImplemented)


def _ask(machine: Machine, value: Variable, name: str, args: List[Variable]) -> Optional[Variable]:
    """What a method gives; ``None``: there is none, or it can't do this.

    Raises:
        GraphBreak: the method is one written in C.
    """
    method = special_method(machine, value, name)
    if method is None:
        found = mro_lookup(value.python_type(), name)
        if found is not ABSENT and found is not None and not _is_objects(name, found):
            kind = value.python_type().__name__
            machine.break_graph(Kind.OPERATION, f"{name} of a {kind}")
        return None
    result = machine.call(method, args, {})
    return None if _not_implemented(result) else result


def _is_objects(name: str, found: Any) -> bool:
    return object.__dict__.get(name) is found


def unary(machine: Machine, function: Operator, value: Variable) -> Optional[Variable]:
    """``+v``, ``-v`` or ``~v`` of an object; ``None`` when its class has no such method."""
    method = special_method(machine, value, _UNARY[function])
    return None if method is None else machine.call(method, [], {})


def binary(
    machine: Machine, plain: Operator, in_place: bool, left: Variable, right: Variable
) -> Optional[Variable]:
    """``left <operator> right`` where one of them is such an object; ``None``: a TypeError.

    Args:
        machine: the capture.
        plain: the operator that isn't in place.
        in_place: whether the augmented form was meant.
        left: the left operand.
        right: the right one.
    """
    name = _NAMES[plain]
    if in_place and defines(left):
        result = _ask(machine, left, f"__i{name}__", [right])
        if result is not None:
            return result
    one, two = left.python_type(), right.python_type()
    asked: List[Tuple[Variable, str, Variable]] = []
    if defines(left):
        asked.append((left, f"__{name}__", right))
    if defines(right) and one is not two:
        reflected = (right, f"__r{name}__", left)
        first = issubclass(two, one) and (
            mro_lookup(two, f"__r{name}__") is not mro_lookup(one, f"__r{name}__")
        )
        asked.insert(0 if first else len(asked), reflected)
    for value, method, other in asked:
        result = _ask(machine, value, method, [other])
        if result is not None:
            return result
    return None


def compare(
    machine: Machine, function: Operator, left: Variable, right: Variable
) -> Optional[Variable]:
    """``left <comparison> right`` where one is such an object.

    Returns:
        ``None`` when neither class has an answer: identity decides ``==`` and ``!=``.
    """
    one, two = left.python_type(), right.python_type()
    forward = (left, function, right)
    backward = (right, _REFLECTED[function], left)
    asked = [forward, backward]
    if one is not two and issubclass(two, one):
        asked = [backward, forward]
    for value, how, other in asked:
        if not defines(value):
            continue
        name = f"__{how.__name__}__"
        invert = (
            how is operator.ne
            and mro_lookup(value.python_type(), "__ne__") is (object.__dict__["__ne__"])
        )
        result = _ask(machine, value, "__eq__" if invert else name, [other])
        if result is None:
            continue
        if invert:
            from ..operators.arithmetic import truth

            return ConstantVariable(not truth(machine, result))
        return result
    return None
