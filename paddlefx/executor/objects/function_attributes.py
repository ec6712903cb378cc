"""Attributes of functions that MAKE_FUNCTION made in the frame; see ``Objects/funcobject.c``."""

from __future__ import annotations

import types
from typing import TYPE_CHECKING, Optional

from ..breaks import Kind
from ..values import ConstantVariable, DictVariable, FunctionVariable, SequenceVariable, Variable
from ..wrapping import from_python

if TYPE_CHECKING:
    from ..machine import Machine

__all__ = ["of_made"]


def of_made(machine: Machine, value: FunctionVariable, name: str) -> Optional[Variable]:
    """An attribute of such a function; ``None`` for one that isn't known here."""
    code = value.code
    if name == "__name__":
        return ConstantVariable(code.co_name)
    if name == "__qualname__":
        written = getattr(code, "co_qualname", None) or getattr(value.spelling, "note", None)
        if written is None:
            return machine.break_graph(Kind.ATTRIBUTE, "the qualified name of a new function")
        return ConstantVariable(written)
    if name == "__doc__":
        return ConstantVariable(machine.services.decode(code).docstring)
    if name == "__module__":
        return from_python(machine, value.globals.get("__name__"))
    if name == "__code__":
        return ConstantVariable(code)
    if name == "__defaults__":
        return SequenceVariable(value.defaults, tuple) if value.defaults else ConstantVariable(None)
    if name == "__kwdefaults__" and not value.kwdefaults:
        return ConstantVariable(None)
    if name == "__annotations__" and value.annotations is None:
        value.annotations = DictVariable({})
    if name == "__annotations__" and isinstance(value.annotations, SequenceVariable):
        flat = value.annotations.items  # from 3.10 on names and values, until it is asked for
        value.annotations = DictVariable(
            {key.as_constant(): item for key, item in zip(flat[::2], flat[1::2])}
        )
    if name == "__annotations__" and isinstance(value.annotations, DictVariable):
        return value.annotations
    if name == "__type_params__" and hasattr(types.FunctionType, name):
        return SequenceVariable([], tuple)
    return None
