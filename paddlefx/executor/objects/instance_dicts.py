"""The dicts in which instances keep their attributes: as they are outside, and as captured.

As long as capture only reads attributes, each is a path of its own, and the dict itself is
not looked at: Python 3.11+ makes none before someone asks for it. Where attributes change,
or captured code gets hold of ``__dict__``, all go through one :class:`DictVariable`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Optional

from ...guards import GuardKind
from ...source import ConstantSource, InstanceDictSource, ItemSource, Source
from ..breaks import Kind
from ..values import DictVariable, InstanceVariable, LazyVariable, ObjectVariable, Variable
from .lookup import ABSENT, all_names, has_own_getter

if TYPE_CHECKING:
    from ..machine import Machine

__all__ = [
    "dict_source",
    "instance_dict",
    "instance_table",
    "open_table",
    "own_attribute",
    "source_of",
]


def source_of(value: ObjectVariable) -> Source:
    """The path to an object from outside."""
    return value.source if value.source is not None else ConstantSource(value.value, "object")


def instance_table(machine: Machine, value: ObjectVariable) -> Optional[DictVariable]:
    """The instance dict as capture has changed it, or where it has got hold of it."""
    if isinstance(value, InstanceVariable):
        return value.table
    return machine.side_effects.tables.get(id(value.value))


def open_table(machine: Machine, value: ObjectVariable) -> Optional[DictVariable]:
    """The instance dict as a dict that may be changed; ``None`` for objects without one."""
    opened = instance_table(machine, value)
    if opened is not None or isinstance(value, InstanceVariable):
        return opened
    table = instance_dict(value.value)
    if table is None or not all_names(table):
        return None
    here = dict_source(value)
    known = machine.wrapped.get(here)
    if not isinstance(known, DictVariable):
        known = DictVariable(
            {
                key: LazyVariable(item, ItemSource(here, key))
                for key, item in list(dict.items(table))
            },
            dict,
            here,
        )
        machine.wrapped[here] = known
        machine.identities.add(machine, table, known)
    machine.side_effects.tables[id(value.value)] = known
    return known


def own_attribute(machine: Machine, value: ObjectVariable, name: str) -> Optional[Variable]:
    """What the instance dict has under a name; guarded, whether it has it or not."""
    opened = instance_table(machine, value)
    if opened is not None:
        held = opened.items.get(name)
        if isinstance(held, LazyVariable):
            held = opened.items[name] = machine.realise(held)  # under a guard that it is there
        elif held is None:
            from ..operators.subscripts import guard_key  # which reads attributes

            guard_key(machine, opened, name)
        return held
    table = None if isinstance(value, InstanceVariable) else instance_dict(value.value)
    if table is None:
        return None
    if id(table) not in machine.named_tables:
        if not all_names(table):
            return machine.break_graph(
                Kind.ATTRIBUTE, "an object whose __dict__ has other keys than names"
            )
        machine.named_tables[id(table)] = table
    here = dict_source(value)
    item = dict.get(table, name, ABSENT)
    if item is not ABSENT:
        return machine.wrap(item, ItemSource(here, name))
    machine.guard(here, GuardKind.LACKS, name)
    return None


def dict_source(value: ObjectVariable) -> Source:
    """The path to the dict of an object from outside; one for all its attributes."""
    found = value.dict_source
    if found is None:
        past = has_own_getter(type(value.value))
        found = value.dict_source = InstanceDictSource(source_of(value), past)
    return found


def instance_dict(target: Any) -> Any:
    """The dict in which an object from outside keeps its attributes; ``None`` for one without."""
    try:
        table = object.__getattribute__(target, "__dict__")
    except AttributeError:
        return None
    return table if isinstance(table, dict) else None
