"""``copy.copy`` and ``copy.deepcopy`` of data and containers; see ``Lib/copy.py``."""

from __future__ import annotations

import copy
import enum
import types
from collections import OrderedDict
from typing import TYPE_CHECKING, Any, Callable, Dict, List

from ..breaks import Kind
from ..iterators.iteration import all_keys, unpacked
from ..rules.rule import Rule
from ..values import (
    ConstantVariable,
    DequeVariable,
    DictVariable,
    FreshVariable,
    FunctionVariable,
    ObjectVariable,
    SequenceVariable,
    SetVariable,
    Variable,
)
from ..values.keys import is_symbolic
from ..wrapping import from_python

if TYPE_CHECKING:
    from ..machine import Machine

__all__ = ["FUNCTIONS"]

#: Objects that are their own copies.
_ATOMIC = (type, types.BuiltinFunctionType, enum.Enum, property)


def _is_atomic(value: Variable) -> bool:
    if isinstance(value, ConstantVariable):
        return not isinstance(value, FreshVariable)
    if isinstance(value, FunctionVariable):
        return True
    return isinstance(value, ObjectVariable) and isinstance(value.value, _ATOMIC)


def _copy(machine: Machine, value: Variable) -> Variable:
    if _is_atomic(value):
        return value
    if isinstance(value, FreshVariable):
        return from_python(machine, copy.copy(value.value))
    if isinstance(value, SequenceVariable) and value.cls is tuple:
        return value
    if isinstance(value, SequenceVariable) and value.cls is list:
        return SequenceVariable(unpacked(machine, value), list)
    if isinstance(value, DequeVariable):
        return DequeVariable(value.items, value.maxlen)
    if isinstance(value, DictVariable) and value.cls in (dict, OrderedDict):
        keys = all_keys(machine, value)
        return DictVariable({key: machine.realise(value.items[key]) for key in keys}, value.cls)
    if isinstance(value, SetVariable):
        if value.cls is frozenset:
            return value
        return SetVariable.holding(value.items.copy(), value)
    return _by_method(machine, value, "__copy__", [])


def _by_method(machine: Machine, value: Variable, name: str, args: List[Variable]) -> Variable:
    """What the class's own method makes of it."""
    from ..objects.attributes import special_method

    if isinstance(value, ObjectVariable):
        method = special_method(machine, value, name)
        if method is not None:
            return machine.call(method, args, {})
    kind = value.python_type().__name__
    return machine.break_graph(Kind.CALL, f"a copy of a {kind} object")


def _deep(machine: Machine, value: Variable, memo: Dict[int, Variable]) -> Variable:
    known = memo.get(id(value))
    if known is not None:
        return known
    if _is_atomic(value):
        return value
    made: Variable
    if isinstance(value, FreshVariable):
        made = from_python(machine, copy.deepcopy(value.value))
    elif isinstance(value, SequenceVariable) and value.cls is list:
        made = memo[id(value)] = SequenceVariable([], list)
        for item in unpacked(machine, value):
            made.items.append(_deep(machine, item, memo))
        return made
    elif isinstance(value, SequenceVariable) and value.cls is tuple:
        items = unpacked(machine, value)
        copies = [_deep(machine, item, memo) for item in items]
        same = all(one is two for one, two in zip(items, copies))
        made = value if same else SequenceVariable(copies, tuple)
    elif isinstance(value, DictVariable) and value.cls is dict:
        made = memo[id(value)] = DictVariable({})
        if any(map(is_symbolic, value.items)):
            machine.break_graph(Kind.CALL, "a deep copy of a dict with objects as keys")
        for key in all_keys(machine, value):
            made.items[key] = _deep(machine, machine.realise(value.items[key]), memo)
        return made
    elif isinstance(value, SetVariable):
        if value.symbolic:
            machine.break_graph(Kind.CALL, "a deep copy of a set of objects")
        value.settle()
        made = SetVariable(list(value.items), value.cls)  # as set.__reduce__ has it
    else:
        return machine.break_graph(
            Kind.CALL, f"a deep copy of a {value.python_type().__name__} object"
        )
    memo[id(value)] = made
    return made


def _rule(does: Callable[[Machine, Variable], Variable]) -> Rule:
    def rule(machine: Machine, args: List[Variable], kwargs: Dict[str, Variable]) -> Variable:
        if len(args) != 1 or kwargs:
            return machine.break_graph(Kind.CALL, "a copy with these arguments")
        return does(machine, args[0])

    return rule


def _deepcopy(machine: Machine, value: Variable) -> Variable:
    return _deep(machine, value, {})


FUNCTIONS: Dict[Any, Rule] = {copy.copy: _rule(_copy), copy.deepcopy: _rule(_deepcopy)}
