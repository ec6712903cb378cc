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
from ..breaks import Kind, Restart
from ..effects import kinds as effects
from ..frame import HandlerScope
from ..values import (
    CellVariable,
    GeneratorVariable,
    InstanceVariable,
    LazyVariable,
    ObjectVariable,
    SequenceVariable,
    Variable,
)

if TYPE_CHECKING:
    from ..machine import Machine

__all__ = ["dies_visibly", "drop_mortals", "held", "let_go", "mortal", "reached"]

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
    """A local or the stack doesn't hold a generator or file any more: its end may run code, now."""
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
    if not issubclass(kind, (types.GeneratorType, io.IOBase)):
        return
    for frame in machine.frames:
        if any(item is value for item in (*frame.stack, *frame.locals.values())):
            return
    _drop(machine, value, source, kind)


def _drop(machine: Machine, value: Variable, source: LocalSource, kind: type) -> None:
    """The object of a parameter goes now.

    What its end changes is seen from the next instruction on, which runs for real.
    """
    machine.side_effects.add(effects.Drop(value, source.name))
    if issubclass(kind, io.IOBase):
        return
    reason = machine.describe(Kind.CALL, f"an object of class {kind.__name__} is let go of")
    if not machine.frames[-1].direct:
        raise Restart(machine.direct_step(), reason)
    machine.break_at.setdefault(machine.steps + 1, reason)


def mortal(value: Any) -> bool:
    """Whether the end of an object runs a ``__del__``."""
    kind = type(value)
    return kind.__flags__ & _HEAP != 0 and hasattr(kind, "__del__")


def drop_mortals(machine: Machine) -> None:
    """See which of the parameters with a ``__del__`` nothing refers to any more.

    Called after each instruction, while there is one.
    """
    values: List[Variable] = []
    for frame in [*machine.frames, *(made.frame for made in machine.generators)]:
        values += frame.stack
        values += frame.locals.values()
        values += frame.cells.values()
        for scope in frame.scopes:
            value = scope.error if isinstance(scope, HandlerScope) else scope.value
            if value is not None:
                values.append(value)
    for effect in machine.side_effects.log:
        values += effect.values()
    alive: Set[Any] = set()
    seen: Set[int] = set()
    while values:
        value = values.pop()
        if id(value) not in seen:
            seen.add(id(value))
            alive.add(value.source)
            if isinstance(value, CellVariable):
                values.append(value.contents)
            elif value.source is None:
                values += value.parts()
    for source in [source for source in machine.mortals if source not in alive]:
        held_ = machine.mortals.pop(source)
        _drop(machine, held_, source, type(held_.value))


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
