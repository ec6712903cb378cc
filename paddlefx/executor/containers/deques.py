"""``collections.deque`` in capture; see ``Modules/_collectionsmodule.c``."""

from __future__ import annotations

import collections
import operator
from typing import TYPE_CHECKING, Any, Callable, Dict, List, Optional

from ..breaks import Kind
from ..exceptions import wording
from ..iterators import iteration
from ..operators import arithmetic
from ..values import ConstantVariable, DequeVariable, NotConstant, TensorVariable, Variable

if TYPE_CHECKING:
    from ..machine import Machine

__all__ = ["METHODS", "attribute", "delete_item", "get_item", "made", "operate", "set_item"]

_NONE = ConstantVariable(None)
_ONE = ConstantVariable(1)


def made(machine: Machine, args: List[Variable], kwargs: Dict[str, Variable]) -> Variable:
    """``deque(iterable, maxlen)``."""
    given = dict(zip(("iterable", "maxlen"), args))
    given.update(kwargs)
    if len(args) > 2 or set(given) - {"iterable", "maxlen"}:
        return machine.break_graph(Kind.CALL, "a call of deque() with these arguments")
    size = given["maxlen"].as_constant() if "maxlen" in given else None
    if size is not None:
        try:
            collections.deque(maxlen=size)
        except (TypeError, ValueError) as error:
            machine.raise_observed(error)
    items = iteration.unpacked(machine, given["iterable"]) if "iterable" in given else []
    return DequeVariable(items, size)


def attribute(value: DequeVariable, name: str) -> Optional[Variable]:
    """What isn't a method of a deque."""
    return ConstantVariable(value.maxlen) if name == "maxlen" else None


def _place(machine: Machine, self: DequeVariable, key: Variable) -> int:
    try:
        known = key.as_constant()
    except NotConstant:
        return machine.break_graph(Kind.OPERATION, "a deque's item under an index not known")
    try:
        index = operator.index(known)
        range(len(self.items))[index]
    except (TypeError, IndexError):
        real = collections.deque(range(len(self.items)))
        machine.raise_observed(wording.raised_by(operator.getitem, real, known))
    return index


def get_item(machine: Machine, self: DequeVariable, key: Variable) -> Variable:
    """``deque[key]``."""
    place = _place(machine, self, key)
    found = self.items[place] = machine.realise(self.items[place])
    return found


def set_item(machine: Machine, self: DequeVariable, key: Variable, value: Variable) -> None:
    """``deque[key] = value``."""
    place = _place(machine, self, key)
    with machine.side_effects.changing(machine, self):
        self.items[place] = value


def delete_item(machine: Machine, self: DequeVariable, key: Variable) -> None:
    """``del deque[key]``."""
    place = _place(machine, self, key)
    with machine.side_effects.changing(machine, self):
        del self.items[place]
        self.state += 1


def operate(
    machine: Machine, function: Any, left: DequeVariable, right: Variable
) -> Optional[Variable]:
    """``deque + deque``, ``deque * number`` and in place; ``None`` for anything else."""
    if function is operator.add and isinstance(right, DequeVariable):
        return DequeVariable([*left.items, *right.items], left.maxlen)
    if function is operator.iadd and not isinstance(right, TensorVariable):
        with machine.side_effects.changing(machine, left):
            _add_each(machine, left.append, left, right)
        return left
    if function in (operator.mul, operator.imul) and isinstance(right, ConstantVariable):
        if isinstance(right.value, int):
            result = DequeVariable(left.items * right.value, left.maxlen)
            if function is operator.mul:
                return result
            with machine.side_effects.changing(machine, left):
                left.items, left.state = result.items, left.state + 1
            return left
    return None


# -- methods


def _known(name: str, least: int, most: int) -> Callable[[Callable[..., Any]], Any]:
    """A method that takes so many positional arguments."""

    def decorate(rule: Callable[..., Variable]) -> Callable[..., Variable]:
        def checked(machine: Machine, self: DequeVariable, args: Any, kwargs: Any) -> Variable:
            if kwargs or not least <= len(args) <= most:
                method = getattr(collections.deque(), name)
                machine.raise_observed(wording.raised_by(method, *args, **dict.fromkeys(kwargs)))
            if name in _READS:
                return rule(machine, self, *args)
            with machine.side_effects.changing(machine, self, name, _SINGLE.get(name)):
                return rule(machine, self, *args)

        METHODS[name] = checked
        return checked

    return decorate


METHODS: Dict[str, Callable[..., Variable]] = {}

#: The index of the only element that a method touches, in a tuple.
_SINGLE = {"pop": (-1,), "popleft": (0,)}

_READS = frozenset(["copy", "index", "count", "__len__", "__iter__", "__contains__", "__getitem__"])


@_known("append", 1, 1)
def _append(machine: Machine, self: DequeVariable, value: Variable) -> Variable:
    self.append(value)
    return _NONE


@_known("appendleft", 1, 1)
def _append_left(machine: Machine, self: DequeVariable, value: Variable) -> Variable:
    self.append_left(value)
    return _NONE


def _add_each(
    machine: Machine, add: Callable[[Variable], None], self: DequeVariable, values: Variable
) -> None:
    """Add the items one by one; those of the deque itself are copied first."""
    given = iteration.each(machine, values)
    for item in list(given) if values is self else given:
        add(item)


@_known("extend", 1, 1)
def _extend(machine: Machine, self: DequeVariable, values: Variable) -> Variable:
    _add_each(machine, self.append, self, values)
    return _NONE


@_known("extendleft", 1, 1)
def _extend_left(machine: Machine, self: DequeVariable, values: Variable) -> Variable:
    _add_each(machine, self.append_left, self, values)
    return _NONE


def _taken(machine: Machine, self: DequeVariable, place: int, name: str) -> Variable:
    if not self.items:
        machine.raise_observed(wording.raised_by(getattr(collections.deque(), name)))
    self.state += 1
    return machine.realise(self.items.pop(place))


@_known("pop", 0, 0)
def _pop(machine: Machine, self: DequeVariable) -> Variable:
    return _taken(machine, self, -1, "pop")


@_known("popleft", 0, 0)
def _pop_left(machine: Machine, self: DequeVariable) -> Variable:
    return _taken(machine, self, 0, "popleft")


@_known("clear", 0, 0)
def _clear(machine: Machine, self: DequeVariable) -> Variable:
    self.items.clear()
    self.state += 1
    return _NONE


@_known("rotate", 0, 1)
def _rotate(machine: Machine, self: DequeVariable, steps: Variable = _ONE) -> Variable:
    count = operator.index(steps.as_constant())
    if len(self.items) > 1:
        self.state += 1
        turned = collections.deque(self.items)
        turned.rotate(count)
        self.items = list(turned)
    return _NONE


@_known("reverse", 0, 0)
def _reverse(machine: Machine, self: DequeVariable) -> Variable:
    self.items.reverse()
    return _NONE


@_known("copy", 0, 0)
def _copy(machine: Machine, self: DequeVariable) -> Variable:
    return DequeVariable(self.items, self.maxlen)


def _is_at(machine: Machine, self: DequeVariable, index: int, value: Variable) -> bool:
    """Whether an item is the value or equal to it; a break where comparing changes the deque."""
    before = self.state
    item = self.items[index] = machine.realise(self.items[index])
    found = arithmetic.same_or_equal(machine, item, value)
    if self.state != before:
        machine.break_graph(Kind.CALL, "a comparison that changes the deque")
    return found


def _position(machine: Machine, self: DequeVariable, value: Variable) -> int:
    for index in range(len(self.items)):
        if _is_at(machine, self, index, value):
            return index
    return -1


@_known("index", 1, 1)
def _index(machine: Machine, self: DequeVariable, value: Variable) -> Variable:
    found = _position(machine, self, value)
    if found < 0:
        machine.raise_observed(ValueError("not in deque"))
    return ConstantVariable(found)


@_known("count", 1, 1)
def _count(machine: Machine, self: DequeVariable, value: Variable) -> Variable:
    found = sum(_is_at(machine, self, index, value) for index in range(len(self.items)))
    return ConstantVariable(found)


@_known("remove", 1, 1)
def _remove(machine: Machine, self: DequeVariable, value: Variable) -> Variable:
    found = _position(machine, self, value)
    if found < 0:
        machine.raise_observed(ValueError("deque.remove(x): x not in deque"))
    del self.items[found]
    self.state += 1
    return _NONE


@_known("insert", 2, 2)
def _insert(machine: Machine, self: DequeVariable, place: Variable, value: Variable) -> Variable:
    if self.maxlen is not None and len(self.items) >= self.maxlen:
        real = collections.deque(range(len(self.items)), self.maxlen)
        machine.raise_observed(wording.raised_by(real.insert, 0, 0))
    self.items.insert(operator.index(place.as_constant()), value)
    self.state += 1
    return _NONE


@_known("__len__", 0, 0)
def _len(machine: Machine, self: DequeVariable) -> Variable:
    return ConstantVariable(len(self.items))


@_known("__iter__", 0, 0)
def _iter(machine: Machine, self: DequeVariable) -> Variable:
    return iteration.iterate(machine, self)


@_known("__contains__", 1, 1)
def _contains(machine: Machine, self: DequeVariable, value: Variable) -> Variable:
    return ConstantVariable(_position(machine, self, value) >= 0)


@_known("__getitem__", 1, 1)
def _get(machine: Machine, self: DequeVariable, key: Variable) -> Variable:
    return get_item(machine, self, key)
