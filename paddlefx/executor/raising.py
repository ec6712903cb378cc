"""Exceptions that capture makes as the plain program would."""

from __future__ import annotations

import builtins
from typing import TYPE_CHECKING, Dict, List

from .breaks import Kind
from .values import ExceptionVariable, NotConstant, ObjectVariable, Variable

if TYPE_CHECKING:
    from .machine import Machine

__all__ = ["EXCEPTION_NEWS", "exception", "made"]

#: The constructors of the exceptions that are written in C.
EXCEPTION_NEWS = {
    value.__new__
    for value in vars(builtins).values()
    if isinstance(value, type) and issubclass(value, BaseException)
}


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


def made(
    machine: Machine, cls: type, args: List[Variable], kwargs: Dict[str, Variable]
) -> Variable:
    """``cls(*args, **kwargs)`` of an exception class, when that runs no user code."""
    if "__init__" in {name for base in cls.__mro__ if _made_in_python(base) for name in vars(base)}:
        return machine.break_graph(Kind.EXCEPTION, f"a {cls.__name__} with its own __init__")
    if kwargs:
        return machine.break_graph(Kind.EXCEPTION, f"a {cls.__name__} with keyword arguments")
    try:
        made = cls(*[item.as_constant() for item in args])
    except NotConstant:
        return machine.break_graph(Kind.EXCEPTION, f"a {cls.__name__} made of values not known")
    return ExceptionVariable(made, args)


def _made_in_python(cls: type) -> bool:
    return bool(cls.__flags__ & (1 << 9))
