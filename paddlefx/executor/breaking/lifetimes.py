"""Which locals a frame has to hold on to although it doesn't read them again.

A Python frame keeps what its locals are bound to until they are rebound, deleted, or the frame
ends. Of most objects nobody can tell when they went; of some a weak reference, ``__del__``,
``finally`` or a file tells.
"""

from __future__ import annotations

import enum
import io
import types
from typing import TYPE_CHECKING, Any, Iterable, List, Optional, Set

from ...source import LocalSource
from ..effects import kinds as effects
from ..values import (
    GeneratorVariable,
    InstanceVariable,
    LazyVariable,
    ObjectVariable,
    SequenceVariable,
    Variable,
)

if TYPE_CHECKING:
    from ..machine import Machine

__all__ = ["dies_visibly", "held", "let_go", "reached"]

_HEAP = 1 << 9
#: Objects of classes derived from these are data, or belong to somebody else.
_UNSEEN = (type, types.ModuleType, types.FunctionType, enum.Enum, BaseException)
_CONTAINERS = (list, tuple, dict, set, frozenset)
_FEW = 32


def reached(values: Iterable[Variable]) -> Set[int]:
    """The ids of the symbolic values that are made when these are."""
    found: Set[int] = set()
    work: List[Variable] = list(values)
    while work:
        value = work.pop()
        if id(value) not in found:
            found.add(id(value))
            if value.source is None:
                work += value.parts()
    return found


def held(machine: Machine, value: Variable, made: Set[int]) -> bool:
    """Whether somebody can tell when a local lets go of a value.

    Args:
        machine: the capture.
        value: what the local is bound to.
        made: the ids of the values that exist when the graph has run, beside those of locals.
    """
    if isinstance(value, InstanceVariable):
        return id(value) in made
    if isinstance(value, ObjectVariable):
        return not value.pinned and dies_visibly(machine, value.value)
    if isinstance(value, GeneratorVariable):
        return value.source is not None
    if isinstance(value, LazyVariable):
        return dies_visibly(machine, value.value)
    if isinstance(value, SequenceVariable):
        return any(held(machine, item, made) for item in value.peek()[:_FEW])
    return False


def let_go(machine: Machine, value: Optional[Variable]) -> None:
    """A local or the stack doesn't hold a value any more: its end may run code, now."""
    if isinstance(value, GeneratorVariable):
        if value.moved_at is not None:  # it isn't where the real one is
            return
        kind: type = types.GeneratorType
    elif isinstance(value, (ObjectVariable, LazyVariable)):
        kind = type(value.value)
    else:
        return
    source = value.source
    if not isinstance(source, LocalSource) or isinstance(value, InstanceVariable):
        return
    if not (issubclass(kind, (types.GeneratorType, io.IOBase)) or hasattr(kind, "__del__")):
        return
    for frame in machine.frames:
        if any(item is value for item in (*frame.stack, *frame.locals.values())):
            return
    machine.side_effects.add(effects.Drop(value, source.name))


def dies_visibly(machine: Machine, value: Any, depth: int = 2) -> bool:
    """Whether user code can tell when an object is gone."""
    kind = type(value)
    if kind in _CONTAINERS:
        items = value.values() if kind is dict else value
        return depth > 0 and any(
            dies_visibly(machine, item, depth - 1) for _, item in zip(range(_FEW), items)
        )
    if issubclass(kind, (types.GeneratorType, io.IOBase)):
        return True
    if not kind.__flags__ & _HEAP or issubclass(kind, _UNSEEN):
        return False
    return not (machine.framework.is_tensor(value) or machine.framework.is_layer(value))
