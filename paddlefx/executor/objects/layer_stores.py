"""Assigning attributes of the framework's layers.

A layer keeps parameters, sublayers and buffers in dicts of their own. A tensor that is
assigned becomes a buffer, anything else an attribute; what goes into another of the dicts
is left to the layer's own ``__setattr__``, which capture runs like any function.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Optional

from ...guards import GuardKind
from ...source import ConstantSource, InstanceDictSource, ItemSource
from ..breaks import Kind
from ..effects import kinds as effects
from ..operators.subscripts import guard_key
from ..values import (
    DictVariable,
    InstanceVariable,
    ObjectVariable,
    SetVariable,
    TensorVariable,
    Variable,
)
from .attributes import type_attribute
from .instance_dicts import own_attribute
from .object_stores import call_setter, store_plainly

if TYPE_CHECKING:
    from ..machine import Machine

__all__ = ["set_attribute"]


def set_attribute(
    machine: Machine, target: ObjectVariable, name: str, value: Optional[Variable]
) -> None:
    """``target.name = value`` of a layer; ``del target.name`` where ``value`` is ``None``."""
    framework = machine.framework
    *others, buffers = framework.layer_tables
    kept = isinstance(value, ObjectVariable) and framework.is_layer(value.value)
    kept = kept or (isinstance(value, TensorVariable) and value.node.op == "get_attr")
    elsewhere = any(_has(machine, target, place, name) for place in others)
    if value is None or kept or elsewhere:
        call_setter(machine, target, name, value)
    elif isinstance(value, TensorVariable):
        _buffer(machine, target, buffers, name, value)
    elif _has(machine, target, buffers, name):
        call_setter(machine, target, name, value)
    else:
        store_plainly(machine, target, name, value)


def _has(machine: Machine, target: ObjectVariable, place: str, name: str) -> bool:
    """Whether one of the layer's dicts has a name; guarded where it has not."""
    table = target.value.__dict__.get(place)
    known = machine.identities.variable_of(table)
    if isinstance(target, InstanceVariable):
        known = own_attribute(machine, target, place)
        if known is None:
            return False  # its __init__ is still at the beginning
    if isinstance(known, DictVariable):
        return guard_key(machine, known, name)
    if not isinstance(table, dict):
        machine.break_graph(Kind.SIDE_EFFECT, f"a layer without {place}")
    if name in table:
        return True
    source = target.source or ConstantSource(target.value, "layer")
    machine.guard(ItemSource(InstanceDictSource(source), place), GuardKind.LACKS, name)
    return False


def _buffer(
    machine: Machine, target: ObjectVariable, place: str, name: str, value: TensorVariable
) -> None:
    """As ``Layer.__setattr__`` of ``paddle/nn/layer/layers.py`` does with a tensor."""
    table = own_attribute(machine, target, place)
    unsaved = own_attribute(machine, target, "_non_persistable_buffer_names_set")
    own = machine.get_attribute(target, "__dict__")
    found = type_attribute(machine, type(target.value), name)
    if (
        not isinstance(table, DictVariable)
        or not isinstance(unsaved, SetVariable)
        or not isinstance(own, DictVariable)
        or isinstance(found, property)
    ):
        machine.break_graph(Kind.SIDE_EFFECT, f"assignment of a tensor to {name!r}")
    for changed in (target, table, own):
        machine.identities.change(machine, changed)
    # Whether they had the name makes no difference, unless someone looks.
    own.items.pop(name, None)
    own.written.add(name)
    fresh = name not in table.items
    if fresh and name not in table.written:
        unsaved.peek().add(name)
    if name not in table.written:
        unsaved.when_read(lambda: _guard_entry(machine, table, name))
    table.items[name] = value
    table.written.add(name)
    if not isinstance(target, InstanceVariable):
        machine.side_effects.add(effects.AttributeStore(target, name, value))


def _guard_entry(machine: Machine, table: DictVariable, name: str) -> None:
    """Whether a dict from outside had a name when the frame began."""
    if table.source is None or table.keys_guarded:
        return
    if name in table.entry:
        machine.guard(table.source, GuardKind.KEYS, table.entry)
    else:
        machine.guard(table.source, GuardKind.LACKS, name)
