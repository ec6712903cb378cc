"""Functions from outside: what a guard on one is about, and which are made again and again."""

from __future__ import annotations

import sys
import types
from typing import TYPE_CHECKING, Dict, Optional, Tuple

from ..guards import GuardKind
from ..source import AttributeSource, CellSource, ConstantSource, ItemSource, LocalSource, Source
from .values import CellVariable, FunctionVariable, LazyVariable, ObjectVariable, Variable

if TYPE_CHECKING:
    from .machine import Machine

__all__ = ["existing_function", "guard_defaults", "made_anew"]


def existing_function(
    machine: Machine, value: types.FunctionType, source: Optional[Source]
) -> FunctionVariable:
    """An existing function, pinned by guards on it, its code and its defaults."""
    made = machine.made_values.get(id(value))
    if isinstance(made, FunctionVariable):
        return made
    held: Source = ConstantSource(value, value.__qualname__)
    if source is not None and made_anew(machine, value, source):
        # Another call may bring another function of the same code.
        held = source
        machine.guard(source, GuardKind.TYPE, types.FunctionType)
        machine.guard(AttributeSource(source, "__globals__"), GuardKind.IS, value.__globals__)
    elif source is not None:
        machine.guard(source, GuardKind.IS, value)
    known = machine.functions.get((id(value), held))
    if known is not None:
        return known
    machine.guard(AttributeSource(held, "__code__"), GuardKind.IS, value.__code__)
    closure: Tuple[CellVariable, ...] = ()
    if value.__closure__:
        cells = AttributeSource(held, "__closure__")
        closure = tuple(
            machine.cell_from_outside(
                cell, AttributeSource(ItemSource(cells, index), "cell_contents")
            )
            for index, cell in enumerate(value.__closure__)
        )
    defaults: Tuple[Variable, ...] = ()
    if value.__defaults__:
        where: Source = AttributeSource(held, "__defaults__")
        if held is source:
            machine.guard(where, GuardKind.TYPE, tuple)
            machine.guard(where, GuardKind.LENGTH, len(value.__defaults__))
        else:
            machine.guard(where, GuardKind.IS, value.__defaults__)
        defaults = tuple(
            LazyVariable(item, ItemSource(where, index))
            for index, item in enumerate(value.__defaults__)
        )
    kwdefaults: Dict[str, Variable] = {}
    if value.__kwdefaults__:
        where = AttributeSource(held, "__kwdefaults__")
        if held is source:
            machine.guard(where, GuardKind.KEYS, tuple(value.__kwdefaults__))
        else:
            machine.guard(where, GuardKind.IS, value.__kwdefaults__)
        kwdefaults = {
            key: LazyVariable(item, ItemSource(where, key))
            for key, item in value.__kwdefaults__.items()
        }
    variable = FunctionVariable(
        value.__code__, value.__globals__, defaults, kwdefaults, closure, value, source
    )
    variable.pinned = held is not source
    variable.name = value.__name__
    machine.functions[id(value), held] = variable
    return variable


def guard_defaults(machine: Machine, function: FunctionVariable) -> None:
    """A call doesn't fit a function as its defaults are: guard what says that it has no more."""
    value = function.function
    if value is None:
        return
    held: Optional[Source] = None if function.pinned else function.source
    if held is None:
        held = ConstantSource(value, value.__qualname__)
    if not value.__defaults__:
        machine.guard(AttributeSource(held, "__defaults__"), GuardKind.IS, value.__defaults__)
    where = AttributeSource(held, "__kwdefaults__")
    if value.__kwdefaults__ is None:
        machine.guard(where, GuardKind.IS, None)
    else:
        machine.guard(where, GuardKind.KEYS, tuple(value.__kwdefaults__))


def made_anew(
    machine: Machine, value: types.FunctionType, source: Source, *, continued: bool = False
) -> bool:
    """Whether a function is one that user code makes again and again.

    Args:
        machine: the capture.
        value: the function.
        source: where it is.
        continued: it is the plain function of an optimised one; only those count that have
            cells, as resume functions do whatever module their frame belongs to.
    """
    if value.__closure__ is None and (continued or "<locals>" not in value.__qualname__):
        return False
    module = sys.modules.get(value.__module__ or "")
    kept = isinstance(module, types.ModuleType) and vars(module).get(value.__name__)
    if machine.handed_on(source) and kept is not value:
        # The plain program made it, in this frame: the listcomp of a break, for one.
        return not (machine.framework.is_op(value) or machine.services.disabled(value))
    if isinstance(source, AttributeSource) and source.name == "__wrapped__":
        owner = machine.wrapped.get(source.base)
        continued = isinstance(owner, ObjectVariable) and not owner.pinned
    while isinstance(source, (ItemSource, AttributeSource)):
        source = source.base
    if not isinstance(source, (LocalSource, CellSource)) or machine.services.disabled(value):
        return False
    return continued or not (
        machine.framework.is_op(value)
        or (value.__module__ or "").partition(".")[0] == machine.framework.name
    )
