"""Objects whose classes derive from list, tuple, dict or OrderedDict.

Such an object is an object like any other, and has a part that the built-in type looks
after: its elements. Methods that the class leaves as they are work on that part, a
container variable whose owner is the object.
"""

from __future__ import annotations

import types
from collections import OrderedDict
from typing import TYPE_CHECKING, Any, Dict, List, Optional, Union

from ...guards import GuardKind
from ...source import ItemSource
from ..breaks import Kind
from ..containers import container_methods
from ..containers.keys import elements_of
from ..iterators import iteration
from ..operators import subscripts
from ..values import (
    ConstantVariable,
    DictVariable,
    InstanceVariable,
    LazyVariable,
    ObjectVariable,
    SequenceVariable,
    SetVariable,
    Variable,
)
from ..values.containers import builtin_base
from ..wrapping import LITERALS, in_order
from .attributes import ABSENT, mro_lookup, special_method, type_attribute

if TYPE_CHECKING:
    from ..machine import Machine

__all__ = ["BASES", "as_builtin", "builtin_part", "call_method", "empty_part", "initialise"]

Part = Union[SequenceVariable, DictVariable, SetVariable]

#: The built-in types whose instances have elements that capture follows.
BASES = (list, tuple, dict, OrderedDict, set, frozenset)

#: What methods of types written in C are.
_OF_C = (types.WrapperDescriptorType, types.MethodDescriptorType, types.ClassMethodDescriptorType)


def empty_part(
    machine: Machine, owner: Variable, base: type, items: List[Variable]
) -> Optional[Part]:
    """The part of an object made in the frame."""
    made: Part
    if base in (list, tuple):
        made = SequenceVariable(items, base)
    elif base in (dict, OrderedDict):
        made = DictVariable({}, base)
    elif base in (set, frozenset):
        made = SetVariable(elements_of(machine, items, "a set element"), base)
    else:
        return None
    made.owner = owner
    return made


def builtin_part(machine: Machine, value: Variable) -> Optional[Part]:
    """The elements of an object of such a class; ``None`` for all others."""
    if isinstance(value, InstanceVariable):
        return value.data
    if not isinstance(value, ObjectVariable) or value.source is None:
        return None
    held: Any = value.value
    if not issubclass(type(held), (list, tuple, dict)) or not type(held).__flags__ & (1 << 9):
        return None
    known: Optional[Part] = machine.builtin_parts.get(id(held))
    if known is not None:
        return known
    base: Any = builtin_base(type(held))
    if base is OrderedDict and not in_order(held):
        return None
    source = value.source
    made: Part
    if base in (list, tuple):
        elements = list(base.__iter__(held))
        made = SequenceVariable(
            [
                LazyVariable(item, ItemSource(source, index, base))
                for index, item in enumerate(elements)
            ],
            base,
            source,
            lambda: machine.guard(source, GuardKind.LENGTH, len(elements)),
        )
    elif base in (dict, OrderedDict):
        entries = list(dict.items(held))  # as they are now: another thread may change them
        if not all(type(key) in LITERALS for key, _ in entries):
            return None
        items = dict(entries)
        made = DictVariable(
            {
                key: LazyVariable(items[key], ItemSource(source, key, base))
                for key in list(base.keys(held))
                if key in items
            },
            base,
            source,
        )
    else:
        return None
    made.owner = value
    machine.builtin_parts[id(held)] = made
    return made


def as_builtin(machine: Machine, value: Variable, *names: str) -> Variable:
    """The part of an object in its place, where its class leaves all those methods as they are."""
    if not isinstance(value, ObjectVariable):
        return value
    part = builtin_part(machine, value)
    if part is None:
        return value
    found = [type_attribute(machine, value.python_type(), name) for name in names]
    if not all(isinstance(method, _OF_C) or method is ABSENT for method in found):
        return value
    return part


def call_method(
    machine: Machine, method: Any, args: List[Variable], kwargs: Dict[str, Variable]
) -> Optional[Variable]:
    """A method of a built-in type, called on an object of a class derived from it.

    Args:
        machine: the capture.
        method: ``dict.__getitem__``, ``list.append``, ...
        args: the object first.
        kwargs: by name.

    Returns:
        ``None`` when it is no such method, or no such object.
    """
    owner = getattr(method, "__objclass__", None)
    if owner not in BASES or not args or not isinstance(args[0], ObjectVariable):
        return None
    value, name = args[0], method.__name__
    part = builtin_part(machine, value)
    if part is None or not issubclass(part.base, owner):
        return None
    if name == "__init__":
        initialise(machine, value, part, args[1:], kwargs)
        return ConstantVariable(None)
    if isinstance(part, DictVariable):
        container_methods.not_of_base(machine, value, owner, name)
        found = _dict_method(machine, value, part, owner, name, args[1:], kwargs)
        if found is not None:
            return found
    if name in ("__iadd__", "__ior__", "__imul__"):
        machine.break_graph(Kind.OPERATION, f"{name} of a {value.python_type().__name__}")
    return container_methods.call(machine, part, name, args[1:], kwargs)


def _dict_method(
    machine: Machine,
    value: ObjectVariable,
    part: DictVariable,
    owner: type,
    name: str,
    args: List[Variable],
    kwargs: Dict[str, Variable],
) -> Optional[Variable]:
    """What dict and OrderedDict do otherwise with an object of a derived class.

    As in ``Objects/dictobject.c`` (``__missing__``) and ``Objects/odictobject.c``, whose
    methods go through the item methods that the class has of its own.
    """
    if name == "__getitem__":
        missing = special_method(machine, value, "__missing__")
        if missing is not None and not subscripts.guard_key(machine, part, args[0].as_constant()):
            return machine.call(missing, args, {})
        return None
    if owner is OrderedDict and name == "copy":  # by the class (``odict_copy``)
        machine.break_graph(Kind.CALL, f"copy() of a {value.python_type().__name__}")
    if owner is not OrderedDict or not _overridden(value):
        return None
    if name == "update":
        _update_by_item(machine, value, args, kwargs)
        return ConstantVariable(None)
    if name in ("setdefault", "pop", "popitem"):
        machine.break_graph(Kind.CALL, f"{name}() of a {value.python_type().__name__}")
    return None


def _overridden(value: ObjectVariable) -> bool:
    names = ("__getitem__", "__setitem__", "__delitem__", "__contains__")
    return any(
        isinstance(mro_lookup(value.python_type(), name), types.FunctionType) for name in names
    )


def _update_by_item(
    machine: Machine, value: ObjectVariable, args: List[Variable], kwargs: Dict[str, Variable]
) -> None:
    pending = DictVariable({})
    container_methods.update(machine, pending, args, kwargs)
    for key, item in pending.items.items():
        subscripts.set_item(machine, value, ConstantVariable(key), item)


def initialise(
    machine: Machine,
    value: ObjectVariable,
    part: Part,
    args: List[Variable],
    kwargs: Dict[str, Variable],
) -> None:
    """``list.__init__(value, *args)`` and the like; those that can't change take what they got."""
    if len(args) > 1 or (kwargs and not isinstance(part, DictVariable)):
        machine.break_graph(Kind.EXCEPTION, f"arguments of a {value.python_type().__name__}")
    if isinstance(part, DictVariable):
        if part.base is OrderedDict and _overridden(value):
            _update_by_item(machine, value, args, kwargs)
            return
        with machine.side_effects.changing(machine, part, "update"):
            container_methods.update(machine, part, args, kwargs)
    elif isinstance(part, SequenceVariable) and part.base is list:
        items = iteration.unpacked(machine, args[0]) if args else []
        with machine.side_effects.changing(machine, part):
            part.items[:] = items
    elif isinstance(part, SetVariable) and part.base is set:
        given = iteration.unpacked(machine, args[0]) if args else []
        known = elements_of(machine, given, "a set element")
        with machine.side_effects.changing(machine, part, "update"):
            part.items.clear()
            part.items.update(known)
