"""Classes made while the program runs: compiled forms that know one don't keep it alive.

Such a class goes when the program lets go of it; so no constant of the compiled code is the class,
and no guard holds a descriptor of its own, which refers to it.
"""

from __future__ import annotations

import types
from typing import TYPE_CHECKING, Any, Callable

from ..guards import GuardKind
from ..source import AttributeSource, ConstantSource, Source, TypeAttributeSource, TypeSource

if TYPE_CHECKING:
    from .machine import Machine

__all__ = ["found", "guarded_by_class", "is_local"]

#: ``type.__qualname__``, whatever the metaclass says.
_QUALNAME: Callable[[Any], str] = vars(type)["__qualname__"].__get__
_DESCRIPTORS = (types.GetSetDescriptorType, types.MemberDescriptorType)


def is_local(value: Any) -> bool:
    """Whether an object is a class whose statement stands in a function."""
    return issubclass(type(value), type) and "<locals>" in _QUALNAME(value)


def found(machine: Machine, value: Any, source: Source) -> None:
    """An object is at the end of a path: from there its class, or it, is loaded if it's local."""
    if not isinstance(source, ConstantSource):
        if is_local(value):
            machine.local_classes.setdefault(id(value), source)
        elif is_local(type(value)):
            machine.local_classes.setdefault(id(type(value)), TypeSource(source))


def guarded_by_class(machine: Machine, source: Source, kind: GuardKind, operand: Any) -> bool:
    """Guard a descriptor that such a class has by the class and the name; ``False`` for others."""
    if kind is GuardKind.TYPE_ATTR:
        name, operand = operand
        source = TypeAttributeSource(source, name)
    if type(operand) not in _DESCRIPTORS or not is_local(operand.__objclass__):
        return False
    machine.guard(source, GuardKind.TYPE, type(operand))
    machine.guard(AttributeSource(source, "__objclass__"), GuardKind.IS, operand.__objclass__)
    machine.guard(AttributeSource(source, "__name__"), GuardKind.VALUE, operand.__name__)
    return True
