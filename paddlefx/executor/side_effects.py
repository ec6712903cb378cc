"""What captured code does to objects from outside, kept until the graph has run.

Each effect is replayed by the residual program in the user's order: before the
instruction that breaks the graph, or before the frame returns. Until then reads
in the frame see the pending state.
"""

from __future__ import annotations

import types
from typing import TYPE_CHECKING, Any, Callable, Dict, List, Optional, Set, Tuple

from ..guards import GuardKind
from ..ir.instr import Op
from ..source import InstanceDictSource, ItemSource, Source
from . import tensors
from .breaks import Kind
from .values import (
    CallResultVariable,
    ConstantVariable,
    ObjectVariable,
    TensorVariable,
    Variable,
)

if TYPE_CHECKING:
    from .machine import Machine
    from .residual import ResidualWriter

__all__ = ["AttributeStore", "DelayedCall", "SideEffects", "replay", "store_attribute"]


class DelayedCall:
    """A call with constants, such as issuing a warning.

    Args:
        function: what is called.
        args: with these.
        kwargs: and these.
        result: stands for what it gives, when the captured code may use that.
    """

    __slots__ = ("args", "function", "kwargs", "result")

    def __init__(
        self,
        function: Callable[..., Any],
        args: Tuple[Any, ...],
        kwargs: Optional[Dict[str, Any]] = None,
        result: Optional[CallResultVariable] = None,
    ) -> None:
        self.function = function
        self.args = args
        self.kwargs = kwargs or {}
        self.result = result

    def values(self) -> List[Variable]:
        """The symbolic values it needs."""
        return []


class AttributeStore:
    """``target.name = value``."""

    __slots__ = ("name", "target", "value")

    def __init__(self, target: ObjectVariable, name: str, value: Variable) -> None:
        self.target = target
        self.name = name
        self.value = value

    def values(self) -> List[Variable]:
        """The symbolic values it needs."""
        return [self.value, self.target]


class SideEffects:
    """The pending effects of one capture, in order."""

    def __init__(self) -> None:
        self.log: List[Any] = []
        self._attributes: Dict[Tuple[int, str], Variable] = {}
        self._targets: Dict[Source, ObjectVariable] = {}
        #: Objects whose ``__dict__`` the captured code has got hold of, by id.
        self.opened: Set[int] = set()

    def call(self, function: Callable[..., Any], args: Tuple[Any, ...]) -> None:
        """Call ``function(*args)`` when the graph has run."""
        self.log.append(DelayedCall(function, args))

    def call_later(
        self,
        function: Callable[..., Any],
        args: Tuple[Any, ...],
        kwargs: Dict[str, Any],
        kind: type,
    ) -> CallResultVariable:
        """Call it when the graph has run; what it gives isn't known before.

        Args:
            function: what is called.
            args: constants.
            kwargs: constants.
            kind: the type of the result.
        """
        result = CallResultVariable(kind)
        self.log.append(DelayedCall(function, args, kwargs, result))
        return result

    def store(self, target: ObjectVariable, name: str, value: Variable) -> None:
        """Assign an attribute when the graph has run."""
        self._attributes[id(target.value), name] = value
        self.log.append(AttributeStore(target, name, value))

    def tell_apart(self, machine: Machine, value: ObjectVariable) -> None:
        """Guard which object this is, where it may be one that was assigned to."""
        if value.source is None:
            return
        for source, target in self._targets.items():
            if type(target.value) is type(value.value) and source != value.source:
                machine.guard(value.source, GuardKind.IS, value.value)
                machine.guard(source, GuardKind.IS, target.value)

    def assign(self, machine: Machine, target: ObjectVariable) -> None:
        """An attribute of ``target`` is assigned: it must not be another object in disguise."""
        if target.source is None or target.pinned or target.source in self._targets:
            return
        self._targets[target.source] = target
        for other in list(machine.wrapped.values()):
            if isinstance(other, ObjectVariable) and not other.pinned:
                self.tell_apart(machine, other)

    def stored(self, target: Any, name: str) -> Optional[Variable]:
        """What was assigned to an attribute in this capture."""
        return self._attributes.get((id(target), name))

    def touched(self, target: Any) -> bool:
        """Whether an attribute of an object was assigned in this capture."""
        return any(key[0] == id(target) for key in self._attributes)


def store_attribute(machine: Machine, target: ObjectVariable, name: str, value: Variable) -> None:
    """``target.name = value`` of an object from outside.

    Raises:
        GraphBreak: assigning runs code, or does more than store.
    """
    from .attributes import ABSENT, type_attribute

    held = target.value
    cls = type(held)
    framework = machine.framework
    known = value.as_constant() if value.is_constant() else value
    change = framework.state_store(held, name, known) if target.pinned else None
    if change is not None:
        tensors.change_state(machine, change)
        return
    if isinstance(held, (type, types.ModuleType)) or not isinstance(
        getattr(held, "__dict__", None), dict
    ):
        machine.break_graph(Kind.SIDE_EFFECT, f"assignment to {name!r} of a {cls.__name__}")
    descriptor = type_attribute(machine, cls, name)
    if descriptor is not ABSENT and hasattr(type(descriptor), "__set__"):
        machine.break_graph(Kind.SIDE_EFFECT, f"assignment to the property {name!r}")
    setter: Any = cls.__setattr__
    if setter is not object.__setattr__:
        if not framework.is_layer(held) or setter is not framework.layer_type.__setattr__:
            machine.break_graph(Kind.SIDE_EFFECT, f"{cls.__name__} defines __setattr__")
        _check_layer_store(machine, target, name, value)
    else:
        type_attribute(machine, cls, "__setattr__")
    if id(held) in machine.side_effects.opened:
        machine.break_graph(Kind.SIDE_EFFECT, "assignment to an object whose __dict__ is in use")
    machine.side_effects.assign(machine, target)
    if _stores_what_is_there(machine, target, name, value):
        return
    machine.side_effects.store(target, name, value)


def _check_layer_store(
    machine: Machine, target: ObjectVariable, name: str, value: Variable
) -> None:
    """A layer keeps parameters, sublayers and buffers elsewhere; only plain values are followed."""
    framework = machine.framework
    plain = not isinstance(value, ObjectVariable) and not (
        isinstance(value, TensorVariable) and value.node.op == "get_attr"
    )
    if not plain or framework.layer_lookup(target.value, name) is not None:
        machine.break_graph(
            Kind.SIDE_EFFECT, f"assignment to the parameter, sublayer or buffer {name!r}"
        )
    for place in framework.layer_tables:
        table = target.value.__dict__.get(place)
        if isinstance(table, dict) and target.source is not None:
            here = ItemSource(InstanceDictSource(target.source), place)
            machine.guard(here, GuardKind.LACKS, name)


def _stores_what_is_there(
    machine: Machine, target: ObjectVariable, name: str, value: Variable
) -> bool:
    """Whether the very constant is stored already: then nothing has to be replayed."""
    if not isinstance(value, ConstantVariable) or machine.side_effects.touched(target.value):
        return False
    table = target.value.__dict__
    if name not in table or type(table[name]) is not type(value.value):
        return False
    before = machine.get_attribute(target, name)
    if not isinstance(before, ConstantVariable):
        return False
    if isinstance(value.value, float):
        return repr(before.value) == repr(value.value)
    return bool(before.value == value.value)


def replay(writer: ResidualWriter, effects: SideEffects) -> None:
    """Write the effects as instructions."""
    for effect in effects.log:
        if isinstance(effect, DelayedCall):
            writer.constant(effect.function)
            for argument in (*effect.args, *effect.kwargs.values()):
                writer.constant(argument)
            count = len(effect.args) + len(effect.kwargs)
            writer.add(Op.CALL, (count, tuple(effect.kwargs)))
            if effect.result is not None:
                writer.keep(effect.result)
            writer.add(Op.POP)
        else:
            writer.load(effect.value)
            writer.load(effect.target)
            writer.add(Op.STORE_ATTR, effect.name)
