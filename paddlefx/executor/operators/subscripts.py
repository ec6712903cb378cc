"""``container[key]`` and its assignment."""

from __future__ import annotations

import enum
import operator
from typing import TYPE_CHECKING, Any, List

from ...guards import GuardKind
from ...source import ItemSource
from ..breaks import Kind
from ..containers import arrays, deques
from ..exceptions import wording
from ..objects import type_parameters
from ..objects.attributes import special_method
from ..tensors import operations as tensors
from ..tensors import reading
from ..values import (
    ConstantVariable,
    DefaultDictVariable,
    DequeVariable,
    DictVariable,
    FreshVariable,
    LazyVariable,
    NotConstant,
    ObjectVariable,
    SequenceVariable,
    SliceVariable,
    TensorVariable,
    Variable,
)
from ..wrapping import is_key
from .arithmetic import fold

if TYPE_CHECKING:
    from ..machine import Machine

__all__ = ["delete_item", "get_item", "guard_key", "has_item", "set_item"]


def guard_key(machine: Machine, container: DictVariable, key: Any) -> bool:
    """Whether a dict has a key, guarded where the dict came from outside."""
    try:
        present = key in container.items
    except TypeError as error:
        machine.raise_observed(error)
    if container.source is not None and not container.keys_guarded and key not in container.written:
        if isinstance(key, enum.Enum) and not is_key(key):
            machine.break_graph(Kind.OPERATION, f"a {type(key).__name__} among the keys of a dict")
        if present:
            item = container.items[key]
            if isinstance(item, LazyVariable):
                here = ItemSource(container.source, key)
                machine.guard(here, GuardKind.TYPE, type(item.value))
        else:
            machine.guard(container.source, GuardKind.LACKS, key)
    return present


def _key(machine: Machine, container: DictVariable, key: Variable) -> Any:
    """What ``key`` is called among the keys of a dict."""
    from ..containers.keys import found_among, key_of

    return found_among(machine, container.items, key_of(machine, key))


def has_item(machine: Machine, container: DictVariable, key: Variable) -> bool:
    """``key in container``."""
    return guard_key(machine, container, _key(machine, container, key))


def get_item(machine: Machine, container: Variable, key: Variable) -> Variable:
    """``container[key]``."""
    if isinstance(container, TensorVariable):
        return tensors.get_item(machine, container, key)
    if isinstance(container, SequenceVariable):
        return _of_sequence(machine, container, key)
    if isinstance(container, DictVariable):
        known = _key(machine, container, key)
        if not guard_key(machine, container, known):
            if isinstance(container, DefaultDictVariable):
                return missing(machine, container, known)
            machine.raise_observed(KeyError(known), worded=True)
        item = container.items[known]
        if isinstance(item, LazyVariable):
            item = container.items[known] = machine.realise(item)
        return item
    if isinstance(container, DequeVariable):
        return deques.get_item(machine, container, key)
    if isinstance(container, ConstantVariable):
        folded = fold(machine, operator.getitem, [container, key])
        if folded is not None:
            return folded
    if isinstance(container, ObjectVariable):
        alias = type_parameters.parametrized(machine, container, key)
        return _of_object(machine, container, key) if alias is None else alias
    return machine.break_graph(Kind.OPERATION, f"an item of a {container.python_type().__name__}")


def missing(machine: Machine, container: DefaultDictVariable, key: Any) -> Variable:
    """``defaultdict.__missing__``: the factory's value, which stays under the key."""
    factory = container.factory
    if isinstance(factory, ConstantVariable) and factory.value is None:
        machine.raise_observed(KeyError(key), worded=True)
    made = machine.realise(machine.call(factory, [], {}))
    with machine.side_effects.changing(machine, container, "__setitem__", (key,)):
        container.items[key] = made
    return made


def _as_index(machine: Machine, key: Variable) -> Variable:
    """``operator.index(key)`` of an object whose class says what that is."""
    if isinstance(key, ObjectVariable):
        method = special_method(machine, key, "__index__")
        if method is not None:
            index = machine.call(method, [], {})
            if index.python_type() is not int:  # an error, or of a derived class: it warns
                machine.break_graph(Kind.OPERATION, "__index__ that gives something else")
            return index
    return reading.as_index(machine, key)


def _of_sequence(machine: Machine, container: SequenceVariable, key: Variable) -> Variable:
    key = _as_index(machine, key)
    try:
        index = key.as_constant()
    except NotConstant:
        return machine.break_graph(Kind.OPERATION, "a list item under an index that isn't known")
    if isinstance(key, ObjectVariable):
        return machine.break_graph(Kind.OPERATION, "a list item under an object as index")
    try:
        found = container.items[index]
    except (IndexError, TypeError, ValueError) as error:
        if container.cls is tuple:
            items = (None,) * len(container.items)
            machine.raise_observed(wording.raised_by(operator.getitem, items, index))
        if container.cls is not list:
            machine.raise_observed(type(error)(str(error)))
        machine.raise_observed(error)
    if isinstance(found, list):
        whole = isinstance(index, slice) and len(found) == len(container.items)
        exact = container.cls is tuple and container.owner is None
        if whole and exact and index.step in (None, 1):
            return container  # the very object
        cls = list if issubclass(container.cls, list) else tuple
        return SequenceVariable(found, cls)
    if isinstance(found, LazyVariable):
        found = container.items[index] = machine.realise(found)
    assert isinstance(found, Variable)
    return found


def _of_object(machine: Machine, container: ObjectVariable, key: Variable) -> Variable:
    from ..objects import builtin_parts

    target = container.value
    if issubclass(type(target), type):
        if container.pinned and key.is_constant():
            folded = fold(machine, operator.getitem, [container, key])
            if folded is not None:
                return folded
        return machine.break_graph(Kind.OPERATION, f"{target.__name__}[...]")
    method = special_method(machine, container, "__getitem__")
    if method is not None:
        return machine.call(method, [key], {})
    if issubclass(type(target), dict):
        found = builtin_parts.call_method(machine, dict.__getitem__, [container, key], {})
        if found is not None:
            return found
    part = builtin_parts.builtin_part(machine, container)
    if part is not None:
        return get_item(machine, part, key)
    return machine.break_graph(Kind.OPERATION, f"an item of a {type(target).__name__}")


def _call_item_method(
    machine: Machine, container: ObjectVariable, name: str, args: List[Variable]
) -> None:
    from ..objects.builtin_parts import builtin_part

    method = special_method(machine, container, name)
    part = builtin_part(machine, container) if method is None else None
    if part is not None:
        if name == "__setitem__":
            set_item(machine, part, *args)
        else:
            delete_item(machine, part, *args)
        return
    if method is None:
        machine.break_graph(Kind.SIDE_EFFECT, f"{name} of a {container.python_type().__name__}")
    machine.call(method, args, {})


def set_item(machine: Machine, container: Variable, key: Variable, value: Variable) -> None:
    """``container[key] = value``."""
    if isinstance(container, ObjectVariable):
        _call_item_method(machine, container, "__setitem__", [key, value])
        return
    if isinstance(container, TensorVariable):
        tensors.set_item(machine, container, key, value)
        return
    if isinstance(container, DequeVariable):
        deques.set_item(machine, container, key, value)
        return
    if isinstance(container, FreshVariable):
        arrays.update(machine, container, operator.setitem, [key, value], {})
        return
    if isinstance(container, DictVariable):
        known = _key(machine, container, key)
        with machine.side_effects.changing(machine, container, "__setitem__", (known,)):
            container.items[known] = value
        return
    if isinstance(container, SequenceVariable):
        try:
            known = key.as_constant()
        except NotConstant:
            machine.break_graph(Kind.OPERATION, "assignment under a key that isn't known")
        if issubclass(container.cls, list):
            known = _as_index(machine, key).as_constant()
            new: Any = value
            if isinstance(key, SliceVariable):
                from ..iterators.iteration import unpacked

                if isinstance(value, ConstantVariable) and not hasattr(value.value, "__iter__"):
                    real = [None] * len(container.items)
                    machine.raise_observed(
                        wording.raised_by(operator.setitem, real, known, value.value)
                    )
                new = unpacked(machine, value)
            single = (known,) if type(known) is int else None
            with machine.side_effects.changing(machine, container, "__setitem__", single):
                try:
                    container.items[known] = new
                except (IndexError, TypeError, ValueError) as error:
                    machine.raise_observed(error)
            return
    machine.break_graph(
        Kind.SIDE_EFFECT, f"assignment to an item of a {container.python_type().__name__}"
    )


def delete_item(machine: Machine, container: Variable, key: Variable) -> None:
    """``del container[key]``."""
    if isinstance(container, ObjectVariable):
        _call_item_method(machine, container, "__delitem__", [key])
        return
    if isinstance(container, DequeVariable):
        deques.delete_item(machine, container, key)
        return
    if isinstance(container, DictVariable):
        known = _key(machine, container, key)
        if not guard_key(machine, container, known):
            machine.raise_observed(KeyError(known))
        with machine.side_effects.changing(machine, container, "__delitem__", (known,)):
            del container.items[known]
        return
    if isinstance(container, SequenceVariable) and issubclass(container.cls, list):
        try:
            known = key.as_constant()
        except NotConstant:
            machine.break_graph(Kind.OPERATION, "deletion under an index that isn't known")
        single = (known,) if type(known) is int else None
        with machine.side_effects.changing(machine, container, "__delitem__", single):
            try:
                del container.items[known]
            except (IndexError, TypeError, ValueError) as error:
                machine.raise_observed(error)
        return
    machine.break_graph(
        Kind.SIDE_EFFECT, f"deletion of an item of a {container.python_type().__name__}"
    )
