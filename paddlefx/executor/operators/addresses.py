"""Comparing what ``id()`` gave.

Two addresses are equal if they are of one object; they differ if both objects are alive when
they are compared. Of one that has died by then nothing is known: another object may have got
its address.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, List, Set

from ...source import LocalSource
from ..breaks import Kind, Restart
from ..frame import Frame, HandlerScope
from ..values import AddressVariable, GeneratorVariable, ThreadVariable, Variable
from ..values.keys import KeyOf
from .arithmetic import identical

if TYPE_CHECKING:
    from ..machine import Machine

__all__ = ["equal", "is_alive", "key_of"]


def equal(machine: Machine, one: AddressVariable, two: AddressVariable) -> bool:
    """Whether two addresses are equal.

    Raises:
        Restart: one of two objects may be dead: its address has to be asked for in time.
    """
    if isinstance(one, ThreadVariable) or isinstance(two, ThreadVariable):
        if type(one) is not type(two):
            machine.break_graph(Kind.OPERATION, "equality of an address and a thread")
        return True
    if identical(machine, one.of, two.of):
        return True
    for address in (one, two):
        if not is_alive(machine, address.of):
            reason = machine.describe(Kind.OPERATION, "the address of an object that may be gone")
            raise Restart(address.step, reason)
    return False


def key_of(machine: Machine, address: AddressVariable) -> KeyOf:
    """What stands for an address as a dict key or set element."""
    for key in machine.addresses:
        assert isinstance(key.variable, AddressVariable)
        if type(key.variable) is type(address) and equal(machine, key.variable, address):
            return key
    made = KeyOf(address)
    machine.addresses.append(made)
    return made


def is_alive(machine: Machine, value: Variable) -> bool:
    """Whether some frame, or something outside, refers to an object."""
    if value.source is not None and not isinstance(value.source, LocalSource):
        return True
    waiting: List[Variable] = []
    for frame in machine.frames:
        waiting += _held(frame)
    seen: Set[int] = set()
    while waiting:
        held = waiting.pop()
        if held is value or (value.source is not None and held.source == value.source):
            return True
        if id(held) in seen or isinstance(held, AddressVariable):
            continue
        seen.add(id(held))
        waiting += held.parts()
        if isinstance(held, GeneratorVariable):
            waiting += _held(held.frame)
    return False


def _held(frame: Frame) -> List[Variable]:
    found = [
        *frame.locals.values(),
        *frame.stack,
        *(cell.contents for cell in frame.cells.values()),
    ]
    found += [scope.error for scope in frame.scopes if isinstance(scope, HandlerScope)]
    return found + list((frame.namespace or {}).values())
