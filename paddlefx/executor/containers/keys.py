"""Keys of dicts and elements of sets: data as it is, objects by identity or their own methods.

As ``Objects/dictobject.c`` and ``Objects/setobject.c`` do it: the hash first, then identity,
then ``==`` of the key that is there and the one that is asked for.
"""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any, Iterable, List, Optional

from ...guards import GuardKind
from ...source import ConstantSource
from ..breaks import Kind
from ..exceptions import wording
from ..identity import place_of
from ..objects.attributes import mro_lookup, special_method, type_attribute
from ..values import (
    AddressVariable,
    ConstantVariable,
    DequeVariable,
    DictVariable,
    FunctionVariable,
    NotConstant,
    ObjectVariable,
    SequenceVariable,
    SetVariable,
    TensorVariable,
    Variable,
)
from ..values.keys import KeyOf
from ..wrapping import from_python

if TYPE_CHECKING:
    from ..machine import Machine

__all__ = ["elements_of", "found_among", "hash_of_given", "is_plain_dict", "key_of", "own_hashes"]


def key_of(machine: Machine, value: Variable, what: str = "a dict key") -> Any:
    """What stands for ``value`` among the keys of a dict: data, or a :class:`KeyOf`.

    Args:
        machine: the capture.
        value: the key.
        what: what it is, for people.

    Raises:
        ObservedException: it can't be hashed.
        GraphBreak: how it is hashed isn't known.
    """
    if isinstance(value, SequenceVariable) and value.cls is tuple and value.owner is None:
        parts = [key_of(machine, machine.realise(item), what) for item in value.items]
        if any(type(part) is KeyOf and part.hashed is not None for part in parts):
            machine.break_graph(Kind.OPERATION, f"{what} that holds an object with its own hash")
        return tuple(parts)
    try:
        known = value.as_constant()
    except NotConstant:
        return _of_object(machine, value, what)
    try:
        hash(known)
    except TypeError as error:
        machine.raise_observed(error)
    if isinstance(value, ObjectVariable) and not isinstance(known, type):
        machine.keys_of_objects[id(known)] = known
        for key in machine.keys.values():
            _tell_apart(machine, key, known)
    return known


def _tell_apart(machine: Machine, key: KeyOf, known: Any) -> None:
    """An object from outside is none of those that are keys themselves."""
    origin, place = machine.identities.origin(key.variable), place_of(key.variable)
    if origin is None or place is None or type(origin[0]) is not type(known):
        return
    if origin[0] is known:
        machine.break_graph(Kind.OPERATION, "a dict key that is reached by two paths")
    machine.guard(place, GuardKind.DISTINCT, ConstantSource(known, "a key"))


def _of_object(machine: Machine, value: Variable, what: str) -> KeyOf:
    if isinstance(value, AddressVariable):
        from ..operators import addresses

        return addresses.key_of(machine, value)
    known = machine.keys.get(id(value))
    kind = value.python_type()
    if isinstance(value, TensorVariable):
        if not machine.framework.hashed_by_identity(kind):
            machine.break_graph(Kind.OPERATION, f"{what} that isn't known")
    elif isinstance(value, FunctionVariable):
        pass
    elif isinstance(value, (SequenceVariable, DictVariable, SetVariable, DequeVariable)):
        if value.cls.__hash__ is None:
            machine.raise_observed(wording.raised_by(hash, value.cls()))
        machine.break_graph(Kind.OPERATION, f"{what} that isn't known")
    elif not isinstance(value, ObjectVariable):
        machine.break_graph(Kind.OPERATION, f"{what} that isn't known")
    elif type_attribute(machine, kind, "__hash__") is not object.__hash__:
        return _hashed(machine, value, known, what)
    elif type_attribute(machine, kind, "__eq__") is not object.__eq__:
        machine.break_graph(Kind.OPERATION, f"{what} of class {kind.__name__}")
    if known is None:
        known = machine.keys[id(value)] = _identified(machine, value)
    return known


def hash_of_given(given: int) -> int:
    """The hash of an object whose ``__hash__`` gives ``given`` (``slot_tp_hash``)."""
    number = given if -(2**63) <= given < 2**63 else hash(given)
    return -2 if number == -1 else number


def _hashed(machine: Machine, value: ObjectVariable, known: Optional[KeyOf], what: str) -> KeyOf:
    """An object whose class has a ``__hash__`` of its own."""
    kind = value.python_type()
    if mro_lookup(kind, "__hash__") is None:
        made = value.value
        machine.raise_observed(wording.raised_by(hash, made))
    method = special_method(machine, value, "__hash__")
    if method is None:
        return machine.break_graph(Kind.OPERATION, f"{what} of class {kind.__name__}")
    given = machine.call(method, [], {}).as_constant()
    if type(given) is not int:
        return machine.break_graph(Kind.OPERATION, f"the hash of a {kind.__name__}")
    number = hash_of_given(given)
    if known is not None and known.hashed == number:
        return known
    if known is not None:
        return machine.break_graph(Kind.OPERATION, f"the changed hash of a {kind.__name__}")
    found = _identified(machine, value)
    if found.variable is value:
        found.hashed = number
        found.step = machine.direct_step()
        machine.hashed_keys = True
    machine.keys[id(value)] = found
    return found


def _identified(machine: Machine, value: Variable) -> KeyOf:
    """The one that stands for the object; others from outside are told apart by guards."""
    place = place_of(value)
    origin = machine.identities.origin(value) if place is not None else None
    if place is None or origin is None:
        for key in machine.keys.values():
            other = key.variable
            if isinstance(other, TensorVariable) and isinstance(value, TensorVariable):
                if other.source is None and other.node is value.node:
                    machine.break_graph(Kind.OPERATION, "the identity of two tensors")
        return KeyOf(value)
    fixed = _fixed(machine, value, origin[0])
    for key in list(machine.keys.values()):
        other = key.variable
        held = machine.identities.origin(other)
        where = place_of(other)
        if held is None or where is None or where == place:
            continue
        if held[0] is origin[0]:
            machine.guard(place, GuardKind.SAME, where)
            return key
        if not (fixed and _fixed(machine, other, held[0])):
            if other.python_type() is value.python_type():
                machine.guard(place, GuardKind.DISTINCT, where)
    made = KeyOf(value)
    for known in machine.keys_of_objects.values():
        _tell_apart(machine, made, known)
    return made


def _fixed(machine: Machine, value: Variable, origin: Any) -> bool:
    """Whether a guard fixes the identity."""
    if isinstance(value, ObjectVariable):
        return value.pinned
    return machine.parameters.get(id(origin)) is value


def found_among(machine: Machine, keys: Iterable[Any], key: Any) -> Any:
    """The one of ``keys`` that a look-up of ``key`` finds; ``key`` itself when there is none.

    Objects with a ``__hash__`` of their own are compared by ``==`` with those of equal hash,
    the oldest first; all others are found by the host's dict.
    """
    if machine.addresses:
        _check_addresses(machine, keys, key)
    if not machine.hashed_keys:
        return key
    number = _hash(key)
    for held in keys:
        if held is key:
            return held
        if type(held) is not KeyOf and type(key) is not KeyOf:
            continue  # the host compares data
        if number is None or _hash(held) != number:
            continue
        one, two = _value(machine, held), _value(machine, key)
        from ..operators import arithmetic

        answer = arithmetic.compare(machine, operator.eq, one, two)
        if arithmetic.truth(machine, answer):
            return held
    return key


def _check_addresses(machine: Machine, keys: Iterable[Any], key: Any) -> None:
    """A number may be the address that is looked for, or the other way round: nobody knows."""
    kind = _kind(key)
    for held in keys:
        if kind and _kind(held) and kind != _kind(held):
            machine.break_graph(Kind.OPERATION, "an address among numbers")


def _kind(key: Any) -> str:
    """What a key has to do with addresses: it is a number, an address, or nothing."""
    if type(key) is tuple:
        kinds = {_kind(item) for item in key}
        return "address" if "address" in kinds else "number" if "number" in kinds else ""
    if type(key) is KeyOf:
        return "address" if isinstance(key.variable, AddressVariable) else ""
    return "number" if isinstance(key, (int, float, complex)) else ""


def elements_of(machine: Machine, values: Iterable[Variable], what: str) -> List[Any]:
    """What stands for values as elements of one set, in their order; equal ones are the first."""
    found: List[Any] = []
    for value in values:
        key = key_of(machine, machine.realise(value), what)
        found.append(found_among(machine, found, key))
    return found


def is_plain_dict(value: Variable) -> bool:
    """Whether a set takes its elements from it knowing how many there are (``setobject.c``)."""
    return isinstance(value, DictVariable) and value.cls is dict and value.owner is None


def own_hashes(machine: Machine, *groups: Iterable[Any]) -> bool:
    """Whether an element of some set has a ``__hash__`` of its own."""
    if not machine.hashed_keys:
        return False
    return any(_hash(key) is not None for keys in groups for key in keys if type(key) is KeyOf)


def _hash(key: Any) -> Optional[int]:
    if type(key) is KeyOf:
        return key.hashed
    if type(key) is tuple and any(type(item) is KeyOf for item in key):
        return None
    return hash(key)


def _value(machine: Machine, key: Any) -> Variable:
    if type(key) is KeyOf:
        return key.variable
    found = from_python(machine, key)
    return found if isinstance(found, Variable) else ConstantVariable(key)
