"""Methods of sets: each is done to the real set that stands for one, by the very method."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, List

from ..breaks import Kind
from ..iterators import iteration
from ..values import (
    ConstantVariable,
    GeneratorVariable,
    IteratorVariable,
    ObjectVariable,
    SetVariable,
    Variable,
)
from ..wrapping import from_python
from .keys import elements_of, found_among, is_plain_dict, key_of, own_hashes

if TYPE_CHECKING:
    from ..machine import Machine

__all__ = ["call"]

_NONE = ConstantVariable(None)

#: Methods that take one element.
_OF_ELEMENTS = frozenset(["add", "remove", "discard", "__contains__"])
#: Those whose result doesn't depend on which of two equal objects is kept.
_PLAIN = frozenset(["update", "clear", "pop", "copy", "__len__"])


def _element(machine: Machine, self: SetVariable, name: str, value: Variable) -> Any:
    if isinstance(value, SetVariable) and value.cls is set and name != "add":
        return value.as_constant()  # it is looked up as a frozenset
    held = self.peek() if name == "add" and not machine.hashed_keys else self.items
    return found_among(machine, held, key_of(machine, value, "a set element"))


def _elements(machine: Machine, self: SetVariable, value: Variable) -> Any:
    """What a set takes its elements from: a set, data, or a list of elements in their order."""
    if isinstance(value, ConstantVariable):
        return value.value
    if isinstance(value, SetVariable) and not machine.hashed_keys:
        return value.items
    if isinstance(value, SetVariable):
        held = list(value.items)
        found = [found_among(machine, self.items, key) for key in held]
        if [*map(id, held)] != [*map(id, value.items)]:
            machine.break_graph(Kind.CALL, "a comparison that changes the set")
        return found
    given = elements_of(machine, iteration.unpacked(machine, value), "a set element")
    given = [found_among(machine, self.items, key) for key in given]
    return dict.fromkeys(given) if is_plain_dict(value) else given


#: Methods that change a set.
_SET_CHANGES = frozenset(
    [
        "add",
        "clear",
        "difference_update",
        "discard",
        "intersection_update",
        "pop",
        "remove",
        "symmetric_difference_update",
        "update",
        "__iand__",
        "__init__",
        "__ior__",
        "__isub__",
        "__ixor__",
    ]
)


#: Methods that take from an iterator one element after the other, and what they do with each.
_ONE_BY_ONE = {"update": "add", "difference_update": "discard"}


#: Comparisons with what an iterator gives, up to an element that is, or isn't, in the set.
_UNTIL = {"isdisjoint": True}


def _stops_early() -> bool:
    elements = iter([1, 2])
    frozenset().issuperset(elements)
    return next(elements, None) == 2


if _stops_early():  # since 3.11
    _UNTIL["issuperset"] = False


def _is_read(value: Variable) -> bool:
    """Whether a set reads ``value`` by iterating over it: its code runs in between."""
    return isinstance(value, (GeneratorVariable, IteratorVariable, ObjectVariable))


def _one_by_one(machine: Machine, self: SetVariable, name: str, args: List[Variable]) -> Variable:
    """``update`` or ``difference_update`` of iterators (``set_update_internal``)."""
    for item in args:
        if _is_read(item):
            for element in iteration.each(machine, item):
                call(machine, self, _ONE_BY_ONE[name], [element])
        else:
            call(machine, self, name, [item])
    return _NONE


def call(machine: Machine, self: SetVariable, name: str, args: List[Variable]) -> Variable:
    """``self.name(*args)``."""
    known: List[Any]
    if name == "__init__" and len(args) == 1:
        call(machine, self, "clear", [])  # (``set_init``)
        return call(machine, self, "update", args)
    if name in _UNTIL and len(args) == 1 and _is_read(args[0]):
        for item in iteration.each(machine, args[0]):
            if call(machine, self, "__contains__", [item]).as_constant() is _UNTIL[name]:
                return ConstantVariable(False)
        return ConstantVariable(True)
    if name in _ONE_BY_ONE and (len(args) > 1 or any(_is_read(item) for item in args)):
        return _one_by_one(machine, self, name, args)
    if name in _OF_ELEMENTS:
        known = [_element(machine, self, name, item) for item in args]
    else:
        known = [_elements(machine, self, item) for item in args]
        if name not in _PLAIN and own_hashes(machine, self.peek(), *known):
            machine.break_graph(Kind.CALL, f"{name}() of a set of objects with their own hashes")
    if name == "pop" and len(self.items) > 1:
        if self.unordered:
            return machine.break_graph(Kind.CALL, "pop() of a set whose order isn't known")
        self.settle()
    try:
        held = self.peek() if name == "add" else self.items
        method = getattr(held, name)
        if name in _SET_CHANGES:
            operands = list(zip(args, known))
            change = getattr(set, name)
            with machine.side_effects.changing_set(machine, self, change, operands):
                result = method(*known)
            if name not in _OF_ELEMENTS:
                self.depend(*args)
        else:
            result = method(*known)
    except (KeyError, TypeError, AttributeError) as error:
        machine.raise_observed(error)
    if result is held and self.owner is None:
        return self
    if isinstance(result, (set, frozenset)):
        return SetVariable.holding(result, self, *args)
    return from_python(machine, result)
