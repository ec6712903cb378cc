"""``weakref.ref(object)`` made and called in the frame."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any, Dict, List

from ...source import AttributeSource, InstanceDictSource, ItemSource, LocalSource
from ..breaks import Kind, Restart
from ..effects.kinds import CellDelete, CellStore, GlobalDelete, GlobalStore
from ..values import InstanceVariable, Variable, WeakReferenceVariable
from .rule import Rule

if TYPE_CHECKING:
    from ..machine import Machine

__all__ = ["CLASSES", "held", "referent"]


def _made(machine: Machine, args: List[Variable], kwargs: Dict[str, Variable]) -> Variable:
    """``weakref.ref(object)`` of one from outside, which something else keeps alive."""
    if len(args) != 1 or kwargs:
        return machine.break_graph(Kind.CALL, "a weak reference with a callback")
    kind = args[0].python_type()
    if args[0].source is None or isinstance(args[0], InstanceVariable):
        return machine.break_graph(Kind.CALL, f"a weak reference to a {kind.__name__} made here")
    if not getattr(kind, "__weakrefoffset__", 0):
        return machine.break_graph(Kind.EXCEPTION, f"a weak reference to a {kind.__name__}")
    return WeakReferenceVariable(args[0], machine.direct_step())


def referent(
    machine: Machine,
    reference: WeakReferenceVariable,
    args: List[Variable],
    kwargs: Dict[str, Variable],
) -> Variable:
    """What a call of the reference gives.

    Raises:
        Restart: captured code has changed what holds the object: it may be gone.
    """
    if args or kwargs or not held(machine, reference.value):
        reason = machine.describe(Kind.CALL, "a weak reference to what may be gone")
        raise Restart(reference.step, reason)
    return reference.value


def held(machine: Machine, value: Variable) -> bool:
    """Whether captured code has left the path to an object as it was."""
    source = value.source
    owners = []
    while isinstance(source, (AttributeSource, InstanceDictSource, ItemSource)):
        source = source.base
        owners.append(source)
    for effect in machine.side_effects.log:
        if isinstance(effect, (GlobalStore, GlobalDelete, CellStore, CellDelete)):
            return False
        target = getattr(effect, "target", None)
        if target is not None and target.source in owners:
            return False
    return bool(owners) or not isinstance(source, LocalSource)


CLASSES: Dict[Any, Rule] = {weakref.ref: _made}
