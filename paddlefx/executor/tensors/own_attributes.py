"""Attributes that a tensor object from outside has of its own: in its ``__dict__``.

Parameters have some (``need_clip``, ``is_distributed``), and users may put others on any tensor.
Tensors of the graph have none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Optional

from ...guards import GuardKind
from ...source import InstanceDictSource, ItemSource
from ..values import TensorVariable, Variable

if TYPE_CHECKING:
    from ..machine import Machine

__all__ = ["held_tensor", "in_class", "own_attribute"]


def held_tensor(machine: Machine, value: TensorVariable) -> Any:
    """The object at the source of a tensor from outside."""
    held = machine.examples.get(value.node)
    return machine.attributes[value.node.target] if held is None else held


def in_class(value: TensorVariable, name: str) -> Any:
    """What the tensor's class has under a name, without binding it; ``None`` for nothing."""
    return next((kind.__dict__[name] for kind in value.cls.__mro__ if name in kind.__dict__), None)


def own_attribute(machine: Machine, value: TensorVariable, name: str) -> Optional[Variable]:
    """What ``tensor.__dict__`` has where that is asked; guarded, whether it has it or not.

    As ``object.__getattribute__`` (CPython's ``Objects/object.c``), a data descriptor of the
    class comes first.
    """
    if value.source is None:
        return None
    kind = type(in_class(value, name))
    if hasattr(kind, "__set__") or hasattr(kind, "__delete__"):
        return None
    table = getattr(held_tensor(machine, value), "__dict__", None)
    if not isinstance(table, dict):
        return None
    here = InstanceDictSource(value.source)
    if name in table:
        return machine.wrap(table[name], ItemSource(here, name))
    machine.guard(here, GuardKind.LACKS, name)
    return None
