"""Rules for the builtins and methods of ``object`` that read and change attributes."""

from __future__ import annotations

import builtins
import math
import operator
from typing import TYPE_CHECKING, Any, Dict, List, Optional, Tuple

from ..breaks import Kind
from ..containers.keys import hash_of_given
from ..objects import builtin_parts, class_bodies, instances, object_stores
from ..objects.attributes import (
    ABSENT,
    generic_attribute,
    get_attribute,
    mro_lookup,
    special_method,
)
from ..values import ConstantVariable, InstanceVariable, ObjectVariable, Variable
from ..wrapping import from_python
from .rule import Rule

if TYPE_CHECKING:
    from ..machine import Machine

__all__ = ["RULES", "by_method"]

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


def _dir(machine: Machine, args: List[Variable], kwargs: Dict[str, Variable]) -> Variable:
    """``dir(object)`` of an object whose class the frame made: nobody else can change that.

    As ``object___dir___impl`` of ``Objects/typeobject.c``: the names of its dict, of its class
    and of the bases.
    """
    target = args[0] if len(args) == 1 and not kwargs else None
    if not isinstance(target, InstanceVariable):
        return machine.break_graph(Kind.CALL, "a call of dir()")
    cls = target.python_type()
    names = set() if target.table is None else set(target.table.items)
    for base in cls.__mro__:
        own = base.__flags__ & (1 << 9)
        if own and (id(base) not in machine.made_classes or _NOT_PLAIN & set(base.__dict__)):
            return machine.break_graph(Kind.CALL, f"dir() of a {cls.__name__}")
        names |= set(base.__dict__)
    return from_python(machine, sorted(names))


#: What ``dir()`` asks of an object.
_NOT_PLAIN = frozenset(["__dir__", "__class__", "__getattribute__", "__getattr__"])


def _instance(machine: Machine, value: Variable) -> ObjectVariable:
    if isinstance(value, ObjectVariable) and not issubclass(type(value.value), type):
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


#: Builtins that ask an object for a method: its name, and the type it has to give.
_BY_METHOD: Dict[Any, Tuple[Tuple[str, ...], Optional[type]]] = {
    builtins.abs: (("__abs__",), None),
    builtins.round: (("__round__",), None),
    builtins.divmod: (("__divmod__",), None),
    builtins.int: (("__int__", "__index__"), int),
    builtins.float: (("__float__", "__index__"), float),
    builtins.complex: (("__complex__", "__float__", "__index__"), complex),
    builtins.bytes: (("__bytes__",), bytes),
    builtins.hash: (("__hash__",), int),
    operator.index: (("__index__",), int),
    builtins.reversed: (("__reversed__",), None),
    math.floor: (("__floor__",), None),
    math.ceil: (("__ceil__",), None),
    math.trunc: (("__trunc__",), None),
}


def by_method(
    machine: Machine, target: Any, args: List[Variable], kwargs: Dict[str, Variable]
) -> Optional[Variable]:
    """A builtin of an object whose class defines in Python what it gives; else ``None``."""
    if not args or kwargs or not isinstance(args[0], ObjectVariable):
        return None
    names, kind = _BY_METHOD.get(target, ((), None))
    for name in names:
        method = special_method(machine, args[0], name)
        if method is None:
            if mro_lookup(args[0].python_type(), name) is not ABSENT:
                return None  # one written in C decides
            continue
        result = machine.call(method, args[1:], {})
        if isinstance(result, ConstantVariable) and result.value is NotImplemented:
            return machine.break_graph(Kind.OPERATION, f"{name} that gives NotImplemented")
        if kind in (float, complex) and result.python_type() is not kind:
            return machine.break_graph(Kind.OPERATION, f"{name} that gives something else")
        if kind is int and result.python_type() is not int:
            return machine.break_graph(Kind.OPERATION, f"{name} that gives something else")
        if target is builtins.hash:
            return ConstantVariable(hash_of_given(result.as_constant()))
        return result
    return None


RULES: Dict[Any, Rule] = {
    builtins.__build_class__: class_bodies.build_class,
    builtins.setattr: _setattr,
    builtins.delattr: _delattr,
    builtins.vars: _vars,
    builtins.dir: _dir,
    object.__setattr__: _object_setattr,
    object.__delattr__: _object_delattr,
    object.__getattribute__: _object_getattribute,
    object.__new__: instances.new_rule,
    object.__init__: instances.init_rule,
    type.__call__: instances.call_rule,
    **{base.__new__: instances.new_container_rule for base in builtin_parts.BASES},
}
