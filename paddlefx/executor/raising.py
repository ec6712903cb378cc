"""Exceptions that capture makes as the plain program would."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .breaks import Kind
from .values import ExceptionVariable, ObjectVariable, Variable

if TYPE_CHECKING:
    from .machine import Machine

__all__ = ["exception"]


def exception(machine: Machine, value: Variable) -> ExceptionVariable:
    """The instance that ``raise value`` raises; a class is called without arguments."""
    if isinstance(value, ExceptionVariable):
        return value
    if isinstance(value, ObjectVariable) and isinstance(value.value, type):
        if issubclass(value.value, BaseException):
            made = machine.call(value, [], {})
            if isinstance(made, ExceptionVariable):
                return made
    return machine.break_graph(Kind.EXCEPTION, "an exception that capture can't make")
