"""The iterators that builtins make: each takes from its sources only when it is asked.

As in CPython's ``Python/bltinmodule.c``, ``Objects/enumobject.c``, ``Objects/listobject.c``
and ``Objects/dictobject.c``: what is consumed, and when, can be seen from outside.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Iterable, List, Optional

from ..guards import GuardKind
from .breaks import Kind
from .values import (
    ConstantVariable,
    DictVariable,
    IteratorVariable,
    SequenceVariable,
    SetVariable,
    TensorVariable,
    Variable,
)
from .wrapping import from_python

if TYPE_CHECKING:
    from .machine import Machine

__all__ = [
    "over_constants",
    "over_dict",
    "over_sequence",
    "over_set",
    "over_tensor",
    "reversed_sequence",
]


def over_sequence(machine: Machine, value: SequenceVariable) -> IteratorVariable:
    """``iter(list)``: sees items that are added while it runs; once at the end it stays there."""
    index: Optional[int] = 0

    def step() -> Optional[Variable]:
        nonlocal index
        if index is None or index >= len(value.items):
            index = None
            return None
        found = value.items[index] = machine.realise(value.items[index])
        index += 1
        return found

    return IteratorVariable(step, type(iter(value.cls())))


def reversed_sequence(machine: Machine, value: SequenceVariable) -> IteratorVariable:
    """``reversed(list)``."""
    index = len(value.items) - 1

    def step() -> Optional[Variable]:
        nonlocal index
        if not 0 <= index < len(value.items):
            index = -1
            return None
        found = value.items[index] = machine.realise(value.items[index])
        index -= 1
        return found

    return IteratorVariable(step, type(reversed([])) if value.cls is not tuple else reversed)


def over_constants(machine: Machine, values: Iterable[Any], cls: type) -> IteratorVariable:
    """Over data, which may be long: a range, a string."""
    iterator = iter(values)
    nothing = object()

    def step() -> Optional[Variable]:
        value = next(iterator, nothing)
        return None if value is nothing else from_python(machine, value)

    return IteratorVariable(step, cls)


def over_dict(
    machine: Machine, table: DictVariable, keys: List[Any], kind: str
) -> IteratorVariable:
    """``iter(dict.keys())``, ``values()`` or ``items()``."""
    position = 0

    def step() -> Optional[Variable]:
        nonlocal position
        if len(table.items) != len(keys):
            machine.raise_observed(RuntimeError("dictionary changed size during iteration"))
        if position >= len(keys):
            return None
        key = keys[position]
        if key not in table.items:
            machine.break_graph(Kind.OPERATION, "the keys of a dict change while it is iterated")
        position += 1
        if kind == "keys":
            return from_python(machine, key)
        found = table.items[key] = machine.realise(table.items[key])
        if kind == "values":
            return found
        return SequenceVariable([from_python(machine, key), found], tuple)

    return IteratorVariable(step, type(iter(getattr({}, kind)())))


def over_set(machine: Machine, value: SetVariable) -> IteratorVariable:
    """``iter(set)``, where the order is known."""
    items = list(value.items)
    if value.unordered and value.origin is not None and value.source is not None:
        items = list(value.origin)
        machine.guard(value.source, GuardKind.KEYS, tuple(items))
    elif value.unordered and len(items) > 1:
        machine.break_graph(
            Kind.OPERATION,
            "iteration over a set from outside: equal sets may differ in their order",
            "iterate over sorted(...) of it",
        )
    position = 0

    def step() -> Optional[Variable]:
        nonlocal position
        if len(value.items) != len(items):
            machine.raise_observed(RuntimeError("Set changed size during iteration"))
        if position >= len(items):
            return None
        position += 1
        return from_python(machine, items[position - 1])

    return IteratorVariable(step, type(iter(set())))


def over_tensor(machine: Machine, value: TensorVariable) -> IteratorVariable:
    """The rows of a tensor, by ``__getitem__``."""
    from .tensors import get_item

    size, position = value.meta.shape[0], 0

    def step() -> Optional[Variable]:
        nonlocal position
        if position >= size:
            return None
        position += 1
        return get_item(machine, value, ConstantVariable(position - 1))

    return IteratorVariable(step, type(iter([])))
