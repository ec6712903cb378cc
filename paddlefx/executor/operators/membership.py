"""``item in container``: elements looked at one after the other, or found by their hash."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING

from ..breaks import Kind
from ..values import (
    ConstantVariable,
    DequeVariable,
    DictVariable,
    GeneratorVariable,
    IteratorVariable,
    ObjectVariable,
    SequenceVariable,
    SetVariable,
    Variable,
    ViewVariable,
)
from . import sequences
from .arithmetic import fold, same_or_equal, truth

if TYPE_CHECKING:
    from ..machine import Machine

__all__ = ["contains"]


def contains(machine: Machine, item: Variable, container: Variable) -> bool:
    """``item in container``."""
    if isinstance(container, SequenceVariable):
        return any(
            sequences.is_found(machine, machine.realise(held), item) for held in container.items
        )
    if isinstance(container, ViewVariable) and container.kind == "keys":
        container = container.over
    if isinstance(container, DictVariable):
        return _in_dict(machine, item, container)
    if isinstance(container, SetVariable):
        return _in_set(machine, item, container)
    if isinstance(container, (IteratorVariable, GeneratorVariable, DequeVariable, ViewVariable)):
        from ..iterators.iteration import advance, iterate

        searched = iterate(machine, container)
        while True:
            given = advance(machine, searched)
            if given is None:
                return False
            if isinstance(container, DequeVariable):
                found = same_or_equal(machine, given, item)
            else:
                found = sequences.is_found(machine, given, item)
            if found:
                return True
    if isinstance(container, ConstantVariable):
        folded = fold(machine, operator.contains, [container, item])
        if folded is not None:
            return bool(folded.as_constant())
    if isinstance(container, ObjectVariable):
        from ..objects.attributes import special_method

        method = special_method(machine, container, "__contains__")
        if method is not None:
            return truth(machine, machine.call(method, [item], {}))
        from ..objects.builtin_parts import as_builtin

        part = as_builtin(machine, container)
        if part is not container:
            return contains(machine, item, part)
    return machine.break_graph(
        Kind.OPERATION, f"membership in a {container.python_type().__name__}"
    )


def _in_dict(machine: Machine, item: Variable, container: DictVariable) -> bool:
    from ..containers.keys import found_among, key_of
    from .subscripts import guard_key

    key = found_among(machine, container.items, key_of(machine, item))
    return guard_key(machine, container, key)


def _in_set(machine: Machine, item: Variable, container: SetVariable) -> bool:
    from ..containers.keys import found_among, key_of

    if isinstance(item, SetVariable):
        return item.as_constant() in container.items  # a set is looked up as a frozenset
    key = found_among(machine, container.items, key_of(machine, item, "a set element"))
    return key in container.items
