"""Attributes of functions that MAKE_FUNCTION made in the frame; see ``Objects/funcobject.c``."""

from __future__ import annotations

import types
from typing import TYPE_CHECKING, Optional

from ..breaks import Kind
from ..values import (
    ConstantVariable,
    DictVariable,
    FunctionDictVariable,
    FunctionVariable,
    SequenceVariable,
    Variable,
)
from ..wrapping import from_python

if TYPE_CHECKING:
    from ..machine import Machine

__all__ = ["of_made", "store_in_made"]

#: Attributes that aren't in the function's dict.
_FIELDS = frozenset(
    [name for name, held in vars(types.FunctionType).items() if hasattr(type(held), "__set__")]
)
#: Those that may be anything of their type, and that calls don't look at.
_TOLD = frozenset(
    [
        "__annotations__",
        "__doc__",
        "__module__",
        "__name__",
        "__qualname__",
        "__type_params__",
    ]
)
#: What they have to be.
_KINDS = {"__name__": str, "__qualname__": str, "__type_params__": tuple}


def store_in_made(machine: Machine, value: FunctionVariable, name: str, item: Variable) -> None:
    """``function.name = item`` of a function made in the frame.

    Raises:
        GraphBreak: it changes what a call does in a way that isn't followed.
    """
    none = isinstance(item, ConstantVariable) and item.value is None
    if name not in {*_FIELDS, "__module__"}:
        value.attributes[name] = item
    elif name in _TOLD:
        if name in _KINDS and item.python_type() is not _KINDS[name]:
            machine.break_graph(Kind.SIDE_EFFECT, f"assignment to {name!r} of a function")
        value.stored[name] = item
    elif name == "__defaults__" and none:
        value.defaults = ()
    elif name == "__defaults__" and isinstance(item, SequenceVariable) and item.cls is tuple:
        value.defaults = tuple([machine.realise(default) for default in item.items])
    elif name == "__kwdefaults__" and none:
        value.kwdefaults = {}
    else:
        machine.break_graph(Kind.SIDE_EFFECT, f"assignment to {name!r} of a function")


def of_made(machine: Machine, value: FunctionVariable, name: str) -> Optional[Variable]:
    """An attribute of such a function; ``None`` for one that isn't known here."""
    code = value.code
    if name in value.stored:
        return value.stored[name]
    if name == "__dict__":
        return FunctionDictVariable(value)
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
