"""Which locals a frame has to hold on to although it doesn't read them again.

A Python frame keeps what its locals are bound to until they are rebound, deleted, or the frame
ends. Of most objects nobody can tell when they went; of some a weak reference, ``__del__``,
``finally`` or a file tells.
"""

from __future__ import annotations

import enum
import inspect
import io
import types
from collections import OrderedDict, defaultdict, deque
from typing import TYPE_CHECKING, Any, Dict, Iterable, Iterator, List, Optional, Set, Tuple

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
    from ..frame import Frame
    from ..machine import Machine

__all__ = [
    "closes",
    "dies_visibly",
    "drop_mortals",
    "ends",
    "frame_left",
    "generators_in",
    "held",
    "let_go",
    "mortal",
    "reached",
    "runs_code",
]

_HEAP = 1 << 9
#: Py_TPFLAGS_IMMUTABLETYPE: of C (3.10+). Reading ``__dict__`` of its objects gives them one, and
#: a partial that has one isn't taken apart by the next.
_IMMUTABLE = 1 << 8
#: Objects of classes derived from these are data, or belong to somebody else.
_UNSEEN = (type, types.ModuleType, types.FunctionType, enum.Enum, BaseException)
_CONTAINERS = (list, tuple, dict, OrderedDict, defaultdict, deque, set, frozenset)
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


def closes(value: Variable) -> bool:
    """Whether a generator may have to be closed when a stack lets go of a value.

    Of one from outside it isn't asked whether it is in a ``try`` or ``with``.
    """
    if isinstance(value, (ObjectVariable, LazyVariable)):
        return issubclass(type(value.value), types.GeneratorType)
    return any(made.holds_cleanup and not made.running for made in generators_in(value))


def generators_in(value: Variable) -> Iterator[GeneratorVariable]:
    """The generators made here among what a value is made of."""
    work, seen = [value], {id(value)}
    while work:
        found = work.pop()
        if isinstance(found, GeneratorVariable):
            yield found
        parts = [] if found.source is not None else found.parts()
        work += [part for part in parts if id(part) not in seen]
        seen.update(map(id, parts))


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
        local = isinstance(value.source, LocalSource) and issubclass(type(value.value), type)
        return (local or not value.pinned) and dies_visibly(machine, value.value)
    if isinstance(value, GeneratorVariable) and value.source is not None:
        return True
    # One that somebody else has too may go on, into a ``try``.
    if any(one.holds_cleanup or id(one) in made for one in generators_in(value)):
        return True
    if isinstance(value, LazyVariable):
        return dies_visibly(machine, value.value)
    if isinstance(value, SequenceVariable):
        return any(held(machine, item, made) for item in value.peek()[:_FEW])
    return False


def let_go(machine: Machine, value: Optional[Variable]) -> None:
    """A local or the stack doesn't hold a file any more: it is closed now."""
    if not isinstance(value, (ObjectVariable, LazyVariable)):
        return
    source = value.source
    if not isinstance(source, LocalSource) or not issubclass(type(value.value), io.IOBase):
        return
    for frame in machine.frames:
        if any(item is value for item in (*frame.stack, *frame.locals.values())):
            return
    machine.side_effects.add(effects.Drop(value, source.name))


def _drop(machine: Machine, value: Variable, source: LocalSource, kind: type) -> None:
    """The object of a parameter goes now.

    What its end changes is seen from the next instruction on, which runs for real.
    """
    machine.side_effects.add(effects.Drop(value, source.name))
    reason = machine.describe(Kind.CALL, f"an object of class {kind.__name__} is let go of")
    if not machine.frames[-1].direct:
        raise Restart(machine.direct_step(), reason)
    machine.break_at.setdefault(machine.steps + 1, reason)


def _few(container: Any) -> List[Any]:
    """Some of what is in a container, the values of a dict."""
    items = dict.values(container) if isinstance(container, dict) else container
    try:
        return [item for _, item in zip(range(_FEW), items)]
    except RuntimeError:  # Another thread has changed it meanwhile.
        return list(items)[:_FEW]


def mortal(machine: Machine, value: Any, depth: int = 3) -> bool:
    """Whether code of the user's runs when the last reference to an object goes.

    It has a ``__del__``, or is a generator that is suspended; or it holds such an object.
    """
    kind = type(value)
    if kind in _CONTAINERS:
        return depth > 0 and any(mortal(machine, item, depth - 1) for item in _few(value))
    if kind is types.GeneratorType:
        return inspect.getgeneratorstate(value) == inspect.GEN_SUSPENDED
    if not kind.__flags__ & _HEAP or issubclass(kind, (*_UNSEEN, io.IOBase)):
        return False
    if any("__del__" in vars(base) for base in kind.__mro__):
        return True
    if depth <= 0 or machine.framework.is_tensor(value) or machine.framework.is_layer(value):
        return False
    if kind.__flags__ & _IMMUTABLE:
        return False
    try:
        table = object.__getattribute__(value, "__dict__")
    except AttributeError:
        return False
    return type(table) is dict and mortal(machine, table, depth)


def drop_mortals(machine: Machine, given: Optional[Variable]) -> None:
    """See which of the parameters whose end runs code nothing refers to any more.

    Called after each instruction, while there is one.

    Args:
        machine: the capture.
        given: what the instruction returns or yields, which no frame refers to.
    """
    alive = _alive(machine, machine.frames, given)
    for source, ended in list(machine.mortals.items()):
        if id(ended.value) in alive:
            continue
        del machine.mortals[source]
        known = machine.wrapped.get(source)
        if isinstance(known, GeneratorVariable) and known.moved_at is not None:
            continue  # the real one is somewhere else
        _drop(machine, ended, source, type(ended.value))


def frame_left(machine: Machine, frame: Frame) -> None:
    """An exception leaves an inlined frame: its traceback holds what the frame held.

    Raises:
        Restart: the end of something runs code: the call has to be made for real.
    """
    outer = [other for other in machine.frames if other is not frame]
    if not machine.mortals or not outer:
        return
    alive = _alive(machine, outer)
    if all(id(held.value) in alive for held in machine.mortals.values()):
        return
    step = next((other.step for other in reversed(outer) if other.direct), outer[0].step)
    raise Restart(step, _reason(machine))


def ends(machine: Machine, gone: Iterable[Variable]) -> None:
    """Something from outside doesn't hold values any more.

    Raises:
        Restart: that may be the end of an object, which runs code: it has to end for real.
    """
    if any(runs_code(machine, value) for value in gone):
        raise Restart(machine.direct_step(), _reason(machine))


def runs_code(machine: Machine, value: Variable) -> bool:
    """Whether the end of a value from outside may run code."""
    known = _known(machine, value)
    return known is not None and mortal(machine, known[0])


def _known(machine: Machine, value: Variable) -> Optional[Tuple[Any]]:
    """The object behind a value from outside, in a tuple of its own."""
    if isinstance(value, (ObjectVariable, LazyVariable)):
        return (value.value,)
    return machine.identities.origin(value)


def _reason(machine: Machine) -> Any:
    return machine.describe(Kind.LANGUAGE, "the end of an object, which runs code")


def _alive(
    machine: Machine, frames: Iterable[Frame], given_on: Optional[Variable] = None
) -> Set[int]:
    """The ids of objects from outside that some of the frames, or an effect, still refer to."""
    work: List[Variable] = [] if given_on is None else [given_on]
    for frame in [*frames, *(made.frame for made in machine.generators)]:
        work += frame.stack
        work += frame.locals.values()
        work += frame.cells.values()
        for scope in frame.scopes:
            value = scope.error if isinstance(scope, HandlerScope) else scope.cell or scope.value
            if value is not None:
                work.append(value)
    given: Dict[Optional[str], List[Variable]] = {}
    for effect in machine.side_effects.log:
        given.setdefault(_parameter_of(effect), []).extend(effect.values())
    work += given.pop(None, [])
    alive: Set[int] = set()
    seen: Set[int] = set()
    while work:
        value = work.pop()
        if id(value) in seen:
            continue
        seen.add(id(value))
        source: Any = value.source
        if isinstance(value, CellVariable) and value.contents is not None:
            work.append(value.contents)
        elif source is None:
            work += value.parts()
        while source is not None and not isinstance(source, LocalSource):
            source = getattr(source, "base", None)
        if value.source is not None:
            known = _known(machine, value)
            if known is not None:
                alive.add(id(known[0]))
        if source is not None:
            work += given.pop(source.name, [])
    return alive


def _parameter_of(effect: effects.Effect) -> Optional[str]:
    """The parameter of the root frame that an effect changes, or something that it holds."""
    source = getattr(getattr(effect, "target", None), "source", None)
    while source is not None and not isinstance(source, LocalSource):
        source = getattr(source, "base", None)
    return None if source is None else source.name


def dies_visibly(machine: Machine, value: Any, depth: int = 2) -> bool:
    """Whether user code can tell when an object is gone."""
    kind = type(value)
    if kind in _CONTAINERS:
        return depth > 0 and any(dies_visibly(machine, item, depth - 1) for item in _few(value))
    if issubclass(kind, (types.GeneratorType, io.IOBase)):
        return True
    if issubclass(kind, type):  # its end empties what its __dict__ showed
        return bool(value.__flags__ & _HEAP)
    if not (kind.__flags__ & _HEAP or kind.__weakrefoffset__) or issubclass(kind, _UNSEEN):
        return False
    return not (machine.framework.is_tensor(value) or machine.framework.is_layer(value))
