"""Calls of the types of containers: ``list(...)``, ``frozenset(...)``, ``defaultdict(...)``."""

from __future__ import annotations

from collections import OrderedDict, defaultdict, deque
from typing import TYPE_CHECKING, Any, Dict, List

from ...source import ConstantSource
from ..containers import container_methods, deques
from ..containers.keys import elements_of, is_plain_dict
from ..exceptions import wording
from ..iterators import iteration
from ..objects.attributes import ABSENT, mro_lookup
from ..values import (
    ConstantVariable,
    DefaultDictVariable,
    DictVariable,
    SequenceVariable,
    SetVariable,
    Variable,
)
from .rule import Rule

if TYPE_CHECKING:
    from ..machine import Machine

__all__ = ["CLASSES"]

#: Up to 3.9 there is one empty frozenset (``Objects/setobject.c``, ``frozenset_new``).
_ONE_EMPTY = frozenset([]) is frozenset({})


def _collection(cls: type) -> Rule:
    def rule(machine: Machine, args: List[Variable], kwargs: Dict[str, Variable]) -> Variable:
        if args and cls is tuple and isinstance(args[0], SequenceVariable):
            if args[0].cls is tuple:
                return args[0]  # the very object
        items = iteration.unpacked(machine, args[0]) if args else []
        return SequenceVariable(items, cls)

    return rule


def _set(cls: type) -> Rule:
    def rule(machine: Machine, args: List[Variable], kwargs: Dict[str, Variable]) -> Variable:
        if args and isinstance(args[0], SetVariable):
            if cls is frozenset and args[0].cls is frozenset and args[0].owner is None:
                return args[0]  # the very object
            return _called(machine, SetVariable.holding(cls(args[0].items), args[0]))
        if args and isinstance(args[0], ConstantVariable) and type(args[0].value) is frozenset:
            return args[0] if cls is frozenset else SetVariable(args[0].value, cls)
        items = iteration.unpacked(machine, args[0]) if args else []
        elements: Any = elements_of(machine, items, "a set element")
        if args and is_plain_dict(args[0]):
            elements = dict.fromkeys(elements)  # a dict's size is known: other tables
        return _called(machine, SetVariable(elements, cls))

    return rule


def _called(machine: Machine, made: SetVariable) -> Variable:
    """What a call of ``set`` or ``frozenset`` gives; operators and methods make new ones."""
    if _ONE_EMPTY and made.cls is frozenset and not made.items:
        return machine.wrap(frozenset(), ConstantSource(frozenset(), "frozenset()"))
    return made


def _dict(cls: type) -> Rule:
    def rule(machine: Machine, args: List[Variable], kwargs: Dict[str, Variable]) -> Variable:
        made = DictVariable({}, cls)
        container_methods.update(machine, made, args, kwargs)
        return made

    return rule


def _default_dict(machine: Machine, args: List[Variable], kwargs: Dict[str, Variable]) -> Variable:
    factory = args[0] if args else ConstantVariable(None)
    known = factory.python_type()
    if known is not type(None) and mro_lookup(known, "__call__") is ABSENT:
        machine.raise_observed(wording.raised_by(defaultdict, 3))
    made = DefaultDictVariable(factory, {})
    container_methods.update(machine, made, args[1:], kwargs)
    return made


#: What stands for the types.
CLASSES: Dict[type, Rule] = {
    list: _collection(list),
    tuple: _collection(tuple),
    set: _set(set),
    frozenset: _set(frozenset),
    dict: _dict(dict),
    OrderedDict: _dict(OrderedDict),
    deque: deques.made,
    defaultdict: _default_dict,
}
