"""What an attribute found in a class becomes when it is read: bound, called, or as it is.

As ``tp_descr_get`` of its type does it (``Objects/descrobject.c``, ``Objects/funcobject.c``).
"""

from __future__ import annotations

import functools
import inspect
import types
from typing import TYPE_CHECKING, Any

from ...source import AttributeSource, ConstantSource, TypeAttributeSource
from ..breaks import Kind
from ..values import (
    InstanceVariable,
    MethodVariable,
    NullVariable,
    ObjectVariable,
    SequenceVariable,
    Variable,
)
from .instance_dicts import open_table
from .lookup import ABSENT, has_own_getter, mro_lookup

if TYPE_CHECKING:
    from ..machine import Machine

__all__ = ["bind"]


def bind(
    machine: Machine, receiver: Variable, cls: type, found: Any, name: str, of_class: bool = False
) -> Variable:
    """What ``found``, taken from ``cls``, becomes when read through ``receiver``."""
    held = ConstantSource(found, f"{cls.__qualname__}.{name}")
    function: Variable
    if isinstance(found, types.FunctionType):
        function = machine.function(found, held)
        return function if of_class else MethodVariable(receiver, function, name)
    if isinstance(found, property) and type(found).__get__ is property.__get__:
        if of_class:
            return machine.wrap(found, held)
        if found.fget is None:
            machine.raise_observed(AttributeError(f"unreadable attribute {name!r}"))
        getter = machine.wrap(found.fget, ConstantSource(found.fget, f"{cls.__qualname__}.{name}"))
        return machine.call(getter, [receiver], {})
    if isinstance(found, staticmethod):
        return machine.wrap(found.__func__, ConstantSource(found.__func__, name))
    if isinstance(found, classmethod) and isinstance(found.__func__, types.FunctionType):
        owner = ObjectVariable(cls, ConstantSource(cls, cls.__qualname__), pinned=True)
        function = machine.wrap(found.__func__, ConstantSource(found.__func__, name))
        return MethodVariable(owner, function, name)
    if isinstance(found, (types.MemberDescriptorType, types.GetSetDescriptorType)):
        return _through_c_descriptor(machine, receiver, found, name)
    if isinstance(found, (types.MethodDescriptorType, types.WrapperDescriptorType)):
        function = ObjectVariable(found, held, pinned=True)
        return function if of_class else MethodVariable(receiver, function, name)
    if isinstance(found, types.BuiltinFunctionType):
        return ObjectVariable(found, held, pinned=True)
    if type(found).__name__ == "instancemethod" and isinstance(
        found.__func__, types.BuiltinFunctionType
    ):
        # PyInstanceMethod_New: how pybind11 makes methods of builtins.
        function = ObjectVariable(found.__func__, held, pinned=True)
        return function if of_class else MethodVariable(receiver, function, name)
    unwrapped = machine.services.unwrap(found)
    if unwrapped is not found and isinstance(unwrapped, types.FunctionType):
        function = machine.function(unwrapped, ConstantSource(unwrapped, name))
        return function if of_class else MethodVariable(receiver, function, name)
    if type(found) is _FIELD_GETTER and isinstance(receiver, ObjectVariable):
        return _named_field(machine, receiver, found)
    if type(found) is functools.cached_property:
        return _cached_property(machine, receiver, cls, found, name)
    descriptor_get: Any = mro_lookup(type(found), "__get__")
    if isinstance(descriptor_get, types.FunctionType):
        owner = ObjectVariable(cls, ConstantSource(cls, cls.__qualname__), pinned=True)
        bound = machine.get_attribute(machine.wrap_raw(cls, name, found), "__get__")
        return machine.call(bound, [receiver, owner], {})
    if descriptor_get is not ABSENT:
        return machine.break_graph(
            Kind.ATTRIBUTE, f"descriptor {type(found).__name__} of {cls.__name__}.{name}"
        )
    return machine.wrap(found, TypeAttributeSource(ConstantSource(cls, cls.__qualname__), name))


#: How a namedtuple's class gives its fields.
_FIELD_GETTER = type(inspect.ArgInfo.__dict__["args"])


def _named_field(machine: Machine, receiver: ObjectVariable, found: Any) -> Variable:
    from .builtin_parts import builtin_part

    part = builtin_part(machine, receiver)
    index = found.__reduce__()[1][0]
    if not isinstance(part, SequenceVariable):
        return machine.break_graph(Kind.ATTRIBUTE, "a namedtuple's field of something else")
    item = part.items[index] = machine.realise(part.items[index])
    return item


def _cached_property(
    machine: Machine, receiver: Variable, cls: type, found: Any, name: str
) -> Variable:
    """The first read of one (``Lib/functools.py``); the lock of old versions isn't taken."""
    if not isinstance(receiver, ObjectVariable) or type(found.attrname) is not str:
        return machine.break_graph(Kind.ATTRIBUTE, f"the cached property {name!r}")
    value = machine.call(machine.wrap_raw(cls, name, found.func), [receiver], {})
    table = open_table(machine, receiver)
    if table is None:
        return machine.break_graph(Kind.ATTRIBUTE, f"the cached property {name!r}")
    with machine.side_effects.changing(machine, table, "__setitem__", (found.attrname,)):
        table.items[found.attrname] = value
    return value


#: What runs the user's code to answer: PEP 695 and 696 (``Objects/typevarobject.c``), streams
#: around other streams (``Modules/_io``), and what passes ``__isabstractmethod__`` on.
_LAZY = frozenset(["__bound__", "__constraints__", "__default__", "__value__"])


def _evaluates(found: Any) -> bool:
    if type(found) is not types.GetSetDescriptorType:
        return False
    module = found.__objclass__.__module__
    if module == "typing":
        return found.__name__ in _LAZY
    return module == "_io" or found.__name__ == "__isabstractmethod__"


def _through_c_descriptor(machine: Machine, receiver: Variable, found: Any, name: str) -> Variable:
    if not isinstance(receiver, ObjectVariable):
        return machine.break_graph(Kind.ATTRIBUTE, f"{name!r} of an object made in the frame")
    pending: Any = machine.side_effects.slots.get((id(receiver.value), name))
    if isinstance(receiver, InstanceVariable):
        pending = receiver.slots.get(name, NullVariable())
        if not isinstance(found, types.MemberDescriptorType):
            return machine.break_graph(Kind.ATTRIBUTE, f"{name!r} of an object made in the frame")
    if not issubclass(type(receiver.value), found.__objclass__):
        return machine.break_graph(Kind.EXCEPTION, f"{name!r} of another class")
    if isinstance(pending, NullVariable):
        machine.raise_observed(AttributeError(name))
    if isinstance(pending, Variable):
        return pending
    if receiver.source is None:
        return machine.break_graph(Kind.ATTRIBUTE, f"{name!r} of an object made in the frame")
    if has_own_getter(type(receiver.value)):
        return machine.break_graph(Kind.ATTRIBUTE, f"{name!r} behind a __getattribute__")
    if _evaluates(found):
        return machine.break_graph(Kind.ATTRIBUTE, f"{name!r} may be evaluated by reading it")
    try:
        result = found.__get__(receiver.value, type(receiver.value))
    except (AttributeError, ValueError):  # no guard can say that a slot or a cell is empty
        return machine.break_graph(Kind.ATTRIBUTE, f"the attribute {name!r} isn't set")
    return machine.wrap(result, AttributeSource(receiver.source, name))
