"""Assigning and deleting attributes, as ``object.__setattr__`` does.

The order is CPython's (``Objects/object.c``, ``_PyObject_GenericSetAttrWithDict``): a data
descriptor of the type first, then the instance dict. Attributes of objects from outside
are logged; objects made in the frame just have them.
"""

from __future__ import annotations

import types
from typing import TYPE_CHECKING, Any, Optional

from ...source import AttributeSource
from ..breaking import lifetimes
from ..breaks import Kind
from ..effects import kinds as effects
from ..exceptions import exception_objects
from ..operators.subscripts import guard_key
from ..tensors import operations as tensors
from ..values import (
    ConstantVariable,
    ExceptionVariable,
    FunctionVariable,
    InstanceVariable,
    LazyVariable,
    NullVariable,
    ObjectVariable,
    TensorVariable,
    Variable,
)
from .attributes import ABSENT, mro_lookup, type_attribute
from .function_attributes import store_in_made
from .instance_dicts import instance_dict, instance_table, open_table, own_attribute, source_of
from .lookup import all_names, has_own_getter

if TYPE_CHECKING:
    from ..machine import Machine

__all__ = ["call_setter", "delete_attribute", "set_attribute", "store_plainly"]


#: ``PyObject_GenericSetAttr`` under its names.
_PLAIN_SETTERS = tuple(
    mro_lookup(cls, name)
    for cls in (object, types.SimpleNamespace)
    for name in ("__setattr__", "__delattr__")
)


def set_attribute(machine: Machine, target: Variable, name: str, value: Optional[Variable]) -> None:
    """``target.name = value``; ``del target.name`` where ``value`` is ``None``.

    Raises:
        ObservedException: the plain program raises.
        GraphBreak: it does something that can't be captured.
    """
    if isinstance(target, FunctionVariable) and target.function is None and value is not None:
        store_in_made(machine, target, name, value)
        return
    if isinstance(target, ExceptionVariable):
        exception_objects.set_attribute(machine, target, name, value)
        return
    if isinstance(target, TensorVariable) and value is not None:
        tensors.store_attribute(machine, target, name, value)
        return
    if not isinstance(target, ObjectVariable):
        kind = target.python_type().__name__
        what = "assignment to" if value is not None else "deletion of"
        machine.break_graph(Kind.SIDE_EFFECT, f"{what} attribute {name!r} of a {kind}")
    held = target.value
    if target.pinned and value is not None:
        known = value.as_constant() if value.is_constant() else value
        change = machine.framework.state_store(held, name, known)
        if change is not None:
            tensors.change_state(machine, change)
            return
    if type(held) is types.ModuleType:
        _module(machine, held, name, value)
        return
    from . import layer_stores

    if issubclass(type(held), type):
        machine.break_graph(Kind.SIDE_EFFECT, f"a change of the class {held.__name__}")
    cls = type(held)
    method = "__setattr__" if value is not None else "__delattr__"
    setter: Any = type_attribute(machine, cls, method)
    if setter in _PLAIN_SETTERS:
        store_plainly(machine, target, name, value)
    elif machine.framework.is_layer(held) and setter is mro_lookup(
        machine.framework.layer_type, method
    ):
        layer_stores.set_attribute(machine, target, name, value)
    else:
        call_setter(machine, target, name, value)


def call_setter(
    machine: Machine, target: ObjectVariable, name: str, value: Optional[Variable]
) -> None:
    """Run the ``__setattr__`` or ``__delattr__`` that the class has."""
    bound = machine.get_attribute(target, "__setattr__" if value is not None else "__delattr__")
    machine.call(bound, [ConstantVariable(name)] + ([] if value is None else [value]), {})


def delete_attribute(machine: Machine, target: Variable, name: str) -> None:
    """``del target.name``."""
    set_attribute(machine, target, name, None)


def store_plainly(
    machine: Machine,
    target: ObjectVariable,
    name: str,
    value: Optional[Variable],
    raw: bool = False,
) -> None:
    """``object.__setattr__(target, name, value)``, or ``object.__delattr__(target, name)``.

    Args:
        machine: the capture.
        target: an instance.
        name: the attribute.
        value: ``None`` to delete it.
        raw: the class has a ``__setattr__`` of its own, which the effect must not run again.
    """
    cls = type(target.value)
    found = type_attribute(machine, cls, name)
    what = "assignment to" if value is not None else "deletion of"
    method = "__set__" if value is not None else "__delete__"
    if found is not ABSENT and (
        hasattr(type(found), "__set__") or hasattr(type(found), "__delete__")
    ):
        if isinstance(found, property) and type(found).__set__ is property.__set__:
            _property(machine, target, cls, found, name, value)
        elif isinstance(found, types.MemberDescriptorType):
            _slot(machine, target, found, name, value, raw)
        elif isinstance(mro_lookup(type(found), method), types.FunctionType):
            receiver = machine.wrap_raw(cls, name, found)
            arguments: Any = [target] if value is None else [target, value]
            machine.call(machine.get_attribute(receiver, method), arguments, {})
        else:
            machine.break_graph(Kind.SIDE_EFFECT, f"{what} the descriptor {name!r}")
        return
    store_in_dict(machine, target, name, value, raw)


def store_in_dict(
    machine: Machine, target: ObjectVariable, name: str, value: Optional[Variable], raw: bool
) -> None:
    """Store in, or delete from, the instance dict."""
    what = "assignment to" if value is not None else "deletion of"
    if _is_unchanged(machine, target, name, value):
        return
    table = open_table(machine, target)
    if table is None:
        _refuse(machine, type(target.value), name, value is None)
        machine.break_graph(Kind.SIDE_EFFECT, f"{what} {name!r} of a {type(target.value).__name__}")
    if value is None:
        if not guard_key(machine, table, name):
            machine.raise_observed(AttributeError(name))
        machine.identities.change(machine, target)
        before = table.items.pop(name)
        table.written.add(name)
        if not isinstance(target, InstanceVariable):
            lifetimes.ends(machine, [before])
            machine.side_effects.add(effects.AttributeDelete(target, name, raw))
        return
    machine.identities.change(machine, target)
    if _is_there(machine, target, table, name, value):
        return
    replaced = table.items.get(name)
    table.items[name] = value
    table.written.add(name)
    if not isinstance(target, InstanceVariable):
        if replaced is not None:
            lifetimes.ends(machine, [replaced])
        machine.side_effects.add(effects.AttributeStore(target, name, value, raw))


def _refuse(machine: Machine, cls: type, name: str, delete: bool) -> None:
    """Raise what CPython says where a class has neither the attribute nor a dict."""
    if cls.__flags__ & (1 << 9) and not hasattr(cls, "__del__"):
        try:
            probe: Any = object.__new__(cls)
            if delete:
                object.__delattr__(probe, name)
            else:
                object.__setattr__(probe, name, None)
        except AttributeError as error:
            machine.raise_observed(error)
        except TypeError:
            return


def _is_unchanged(
    machine: Machine, target: ObjectVariable, name: str, value: Optional[Variable]
) -> bool:
    """As :func:`_is_there`, of an object in which nothing was stored yet: its dict isn't opened."""
    if not isinstance(value, ConstantVariable) or isinstance(target, InstanceVariable):
        return False
    table = instance_dict(target.value)
    if table is None or instance_table(machine, target) is not None or not all_names(table):
        return False
    if name not in table or not _same_constant(table[name], value):
        return False
    return isinstance(own_attribute(machine, target, name), ConstantVariable)


def _same_constant(held: Any, value: ConstantVariable) -> bool:
    """Whether an object is the literal, to the sign of a zero."""
    if type(held) is not type(value.value):
        return False
    if isinstance(held, (float, complex, tuple)):
        return repr(held) == repr(value.value)
    return bool(held == value.value)


def _is_there(
    machine: Machine, target: ObjectVariable, table: Any, name: str, value: Variable
) -> bool:
    """Whether the very constant is stored already: then nothing has to be replayed."""
    if not isinstance(value, ConstantVariable) or isinstance(target, InstanceVariable):
        return False
    if name in table.written or name not in table.items:
        return False
    held = object.__getattribute__(target.value, "__dict__").get(name)
    if not _same_constant(held, value) or not guard_key(machine, table, name):
        return False  # unguarded: another call stores it likewise
    before = table.items[name] = machine.realise(table.items[name])
    return isinstance(before, ConstantVariable)


def _property(
    machine: Machine,
    target: ObjectVariable,
    cls: type,
    found: property,
    name: str,
    value: Optional[Variable],
) -> None:
    function = found.fset if value is not None else found.fdel
    if function is None:
        machine.break_graph(Kind.EXCEPTION, f"the property {name!r} can't be changed")
    method = machine.wrap_raw(cls, name, function)
    machine.call(method, [target] if value is None else [target, value], {})


def _slot(
    machine: Machine,
    target: ObjectVariable,
    found: Any,
    name: str,
    value: Optional[Variable],
    raw: bool,
) -> None:
    if not issubclass(type(target.value), found.__objclass__):
        machine.break_graph(Kind.SIDE_EFFECT, f"the slot {name!r} of another class")
    if "__slots__" not in found.__objclass__.__dict__:  # a class in C says what can be written
        machine.break_graph(Kind.SIDE_EFFECT, f"the member {name!r} of a class written in C")
    if value is None:
        machine.get_attribute(target, name)  # raises as deleting does, when it isn't set
    machine.identities.change(machine, target)
    held = NullVariable() if value is None else value
    if isinstance(target, InstanceVariable):
        target.slots[name] = held
        return
    pending = machine.side_effects.slots.get((id(target.value), name))
    if pending is None and has_own_getter(type(target.value)):
        machine.break_graph(Kind.SIDE_EFFECT, f"the slot {name!r} behind a __getattribute__")
    if pending is None and hasattr(target.value, name):
        source = AttributeSource(source_of(target), name)
        pending = LazyVariable(found.__get__(target.value), source)
    if pending is not None:
        lifetimes.ends(machine, [pending])
    machine.side_effects.slots[id(target.value), name] = held
    if value is None:
        machine.side_effects.add(effects.AttributeDelete(target, name, raw))
    else:
        machine.side_effects.add(effects.AttributeStore(target, name, value, raw))


def _module(
    machine: Machine, module: types.ModuleType, name: str, value: Optional[Variable]
) -> None:
    found = mro_lookup(type(module), name)
    if module.__dict__ is None or (found is not ABSENT and hasattr(type(found), "__set__")):
        machine.break_graph(Kind.SIDE_EFFECT, f"the attribute {name!r} of a module is set")
    if machine.identities.variable_of(module.__dict__) is not None:
        machine.break_graph(Kind.SIDE_EFFECT, "a global is bound beside globals()")
    if value is not None:
        machine.side_effects.store_global(machine, module.__dict__, name, value)
        return
    machine.get_attribute(machine.opaque(module), name)
    machine.side_effects.delete_global(machine, module.__dict__, name)
