"""Unary, binary and comparison operators, truth, identity and membership."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any, Callable, Dict, Tuple

from ...ir.instr import Op
from ..operators import arithmetic, membership
from ..values import ConstantVariable

if TYPE_CHECKING:
    from ..frame import Frame
    from ..machine import Machine

__all__ = ["HANDLERS"]

_BINARY: Dict[Tuple[str, bool], Callable[..., Any]] = {
    ("+", False): operator.add,
    ("-", False): operator.sub,
    ("*", False): operator.mul,
    ("/", False): operator.truediv,
    ("//", False): operator.floordiv,
    ("%", False): operator.mod,
    ("**", False): operator.pow,
    ("@", False): operator.matmul,
    ("<<", False): operator.lshift,
    (">>", False): operator.rshift,
    ("&", False): operator.and_,
    ("|", False): operator.or_,
    ("^", False): operator.xor,
    ("+", True): operator.iadd,
    ("-", True): operator.isub,
    ("*", True): operator.imul,
    ("/", True): operator.itruediv,
    ("//", True): operator.ifloordiv,
    ("%", True): operator.imod,
    ("**", True): operator.ipow,
    ("@", True): operator.imatmul,
    ("<<", True): operator.ilshift,
    (">>", True): operator.irshift,
    ("&", True): operator.iand,
    ("|", True): operator.ior,
    ("^", True): operator.ixor,
}
_UNARY: Dict[str, Callable[..., Any]] = {"+": operator.pos, "-": operator.neg, "~": operator.invert}
_COMPARE: Dict[str, Callable[..., Any]] = {
    "<": operator.lt,
    "<=": operator.le,
    "==": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    ">=": operator.ge,
}


def unary(machine: Machine, frame: Frame, symbol: str) -> None:
    value = frame.stack.pop()
    if symbol == "not":
        frame.stack.append(ConstantVariable(not arithmetic.truth(machine, value)))
    else:
        frame.stack.append(arithmetic.unary(machine, _UNARY[symbol], value))


def binary(machine: Machine, frame: Frame, arg: Tuple[str, bool]) -> None:
    left, right = frame.pop_many(2)
    frame.stack.append(arithmetic.binary(machine, _BINARY[arg], left, right))


def compare(machine: Machine, frame: Frame, symbol: str) -> None:
    left, right = frame.pop_many(2)
    frame.stack.append(arithmetic.compare(machine, _COMPARE[symbol], left, right))


def contains(machine: Machine, frame: Frame, invert: bool) -> None:
    item, container = frame.pop_many(2)
    found = membership.contains(machine, item, container)
    frame.stack.append(ConstantVariable(found is not bool(invert)))


def is_(machine: Machine, frame: Frame, invert: bool) -> None:
    left, right = frame.pop_many(2)
    same = arithmetic.identical(machine, left, right)
    frame.stack.append(ConstantVariable(same is not bool(invert)))


HANDLERS: Dict[Op, Callable[..., Any]] = {
    Op.UNARY: unary,
    Op.BINARY: binary,
    Op.COMPARE: compare,
    Op.CONTAINS: contains,
    Op.IS: is_,
}
