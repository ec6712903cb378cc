"""``str``, ``repr``, ``ascii`` and ``format`` of symbolic values."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, Any, Callable, Dict, Optional

from ..breaks import Kind
from ..containers import arrays
from ..values import (
    ConstantVariable,
    DictVariable,
    ExceptionVariable,
    NotConstant,
    ObjectVariable,
    SequenceVariable,
    SetVariable,
    TensorVariable,
    Variable,
)
from ..wrapping import data_of
from . import digits

if TYPE_CHECKING:
    from ..machine import Machine

__all__ = ["CONVERSIONS", "converted", "formatted"]

#: What ``!s``, ``!r`` and ``!a`` in an f-string call.
CONVERSIONS: Dict[str, Callable[[Any], str]] = {"s": str, "r": repr, "a": ascii}

_HEAP = 1 << 9


def _made_in_python(cls: type) -> bool:
    return bool(cls.__flags__ & _HEAP)


def known(machine: Machine, value: Variable, through: str) -> Any:
    """The Python value whose text is the text of ``value``.

    Args:
        machine: the capture.
        value: what is shown.
        through: the special method that shows it.

    Raises:
        GraphBreak: the text shows a tensor's data, an address, or what user code makes of it.
    """
    if isinstance(value, TensorVariable):
        machine.break_graph(Kind.DATA, "the text of a tensor needs its values")
    if isinstance(value, ExceptionVariable):
        return value.value  # format() with a specification, which it refuses
    if isinstance(value, (ConstantVariable, SequenceVariable, DictVariable, SetVariable)):
        try:
            data = data_of(value)
        except NotConstant:
            return machine.break_graph(
                Kind.LANGUAGE, f"the text of a {value.python_type().__name__} of objects"
            )
        arrays.check_shown(machine, data)
        digits.check_shown(machine, data)
        return data
    try:
        shown = value.as_constant()
    except NotConstant:
        return machine.break_graph(
            Kind.LANGUAGE, f"the text of a {value.python_type().__name__} that isn't known"
        )
    cls = type(shown)
    if isinstance(shown, enum.Enum) and not _overridden(cls, through):
        return shown
    if _made_in_python(cls):
        machine.break_graph(Kind.LANGUAGE, f"the text of a {cls.__name__} object")
    return shown


def _overridden(cls: type, through: str) -> bool:
    """Whether user code stands between an enum and the text that ``enum`` itself gives it."""
    names = (through, "__repr__", "__str__", "_missing_")
    return any(
        name in base.__dict__
        for base in cls.__mro__
        if base.__module__ != "enum" and _made_in_python(base)
        for name in names
    )


def converted(machine: Machine, value: Variable, how: str) -> Variable:
    """``str(value)``, ``repr(value)`` or ``ascii(value)``; ``how`` is a key of CONVERSIONS."""
    name = "__str__" if how == "s" else "__repr__"
    text = _by_method(machine, value, name)
    if text is None and how == "s":
        text = _by_method(machine, value, "__repr__") if _plain_str(value) else None
    if text is None:
        data = known(machine, value, name)
        try:
            return ConstantVariable(CONVERSIONS[how](data))
        except ValueError as error:  # an int with too many digits
            machine.raise_observed(error)
    if how == "a" and isinstance(text, ConstantVariable):
        return ConstantVariable(text.value.encode("ascii", "backslashreplace").decode())
    return text


def _plain_str(value: Variable) -> bool:
    method: Any = value.python_type().__str__
    return method is object.__str__


def _by_method(machine: Machine, value: Variable, name: str) -> Optional[Variable]:
    """What the value's own class makes of it in Python."""
    from ..exceptions import exception_objects
    from ..objects.attributes import special_method

    if isinstance(value, ExceptionVariable):
        return exception_objects.text(machine, value, name)
    if not isinstance(value, ObjectVariable) or issubclass(type(value.value), (type, enum.Enum)):
        return None
    method = special_method(machine, value, name)
    if method is None:
        return None
    text = machine.call(method, [], {})
    if not isinstance(text, ConstantVariable) or not isinstance(text.value, str):
        machine.break_graph(Kind.LANGUAGE, f"{name} that gives no known text")
    return text


def formatted(machine: Machine, value: Variable, spec: Variable) -> Variable:
    """``format(value, spec)``."""
    from ..objects.attributes import special_method

    text = spec.as_constant()
    if isinstance(value, ObjectVariable) and not issubclass(type(value.value), (type, enum.Enum)):
        method = special_method(machine, value, "__format__")
        if method is not None:
            return machine.call(method, [spec], {})
    plain: Any = value.python_type().__format__
    if plain is object.__format__ and text == "":
        return converted(machine, value, "s")
    shown = known(machine, value, "__format__")
    try:
        return ConstantVariable(format(shown, text))
    except (TypeError, ValueError) as error:
        machine.raise_observed(error)
