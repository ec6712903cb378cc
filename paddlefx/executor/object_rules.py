"""Rules for the builtins and methods of ``object`` that read and change attributes."""

from __future__ import annotations

import builtins
from typing import TYPE_CHECKING, Any, Callable, Dict, List

from . import object_stores
from .attributes import generic_attribute, get_attribute
from .breaks import Kind
from .values import ConstantVariable, ObjectVariable, Variable

if TYPE_CHECKING:
    from .machine import Machine

__all__ = ["RULES"]

Rule = Callable[["Machine", List[Variable], Dict[str, Variable]], Variable]
_NONE = ConstantVariable(None)


def _name(machine: Machine, value: Variable) -> str:
    name = value.as_constant()
    if not isinstance(name, str):
        kind = type(name).__name__
        machine.raise_observed(TypeError(f"attribute name must be string, not '{kind}'"))
    return name


def _setattr(machine: Machine, args: List[Variable], kwargs: Dict[str, Variable]) -> Variable:
    target, name, value = args
    object_stores.set_attribute(machine, target, _name(machine, name), value)
    return _NONE


def _delattr(machine: Machine, args: List[Variable], kwargs: Dict[str, Variable]) -> Variable:
    target, name = args
    object_stores.delete_attribute(machine, target, _name(machine, name))
    return _NONE


def _vars(machine: Machine, args: List[Variable], kwargs: Dict[str, Variable]) -> Variable:
    if len(args) != 1 or not isinstance(args[0], ObjectVariable):
        return machine.break_graph(Kind.CALL, "vars() of the frame, or of a built-in object")
    return get_attribute(machine, args[0], "__dict__")


def _instance(machine: Machine, value: Variable) -> ObjectVariable:
    if isinstance(value, ObjectVariable) and not isinstance(value.value, type):
        return value
    kind = value.python_type().__name__
    return machine.break_graph(Kind.ATTRIBUTE, f"an attribute of a {kind} by a method of object")


def _object_setattr(
    machine: Machine, args: List[Variable], kwargs: Dict[str, Variable]
) -> Variable:
    target, name, value = args
    instance = _instance(machine, target)
    object_stores.store_plainly(machine, instance, _name(machine, name), value, raw=True)
    return _NONE


def _object_delattr(
    machine: Machine, args: List[Variable], kwargs: Dict[str, Variable]
) -> Variable:
    target, name = args
    instance = _instance(machine, target)
    object_stores.store_plainly(machine, instance, _name(machine, name), None, raw=True)
    return _NONE


def _object_getattribute(
    machine: Machine, args: List[Variable], kwargs: Dict[str, Variable]
) -> Variable:
    target, name = args
    return generic_attribute(machine, _instance(machine, target), _name(machine, name))


RULES: Dict[Any, Rule] = {
    builtins.setattr: _setattr,
    builtins.delattr: _delattr,
    builtins.vars: _vars,
    object.__setattr__: _object_setattr,
    object.__delattr__: _object_delattr,
    object.__getattribute__: _object_getattribute,
}
