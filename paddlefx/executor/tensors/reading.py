"""Questions to the data of a tensor that :class:`~.known.KnownData` may answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Dict, List, Optional

from ...source import CellSource, ComputedSource, ItemSource, LocalSource, Source
from ...symbolic import SymbolicNumber
from ..values import (
    NotConstant,
    NumberVariable,
    SequenceVariable,
    SliceVariable,
    TensorVariable,
    Variable,
)
from ..wrapping import from_python
from . import symbolic_shapes

if TYPE_CHECKING:
    from ..machine import Machine

__all__ = ["as_index", "asked", "read", "with_data"]

#: Methods that give a number, by a conversion of numpy that warns of all but 0-d arrays.
_CONVERSIONS = ("__int__", "__float__", "__complex__", "__index__", "__long__")


def read(
    machine: Machine, method: Any, args: List[Variable], kwargs: Dict[str, Variable]
) -> Optional[Variable]:
    """What a method gives that reads a tensor's data; ``None`` when that isn't known.

    Raises:
        Specialise: it follows from sizes that vary.
    """
    first = args[0] if args else None
    if not isinstance(first, TensorVariable) or not machine.framework.gives_data(method):
        return None
    try:
        given = [item.as_constant() for item in args[1:]]
        named = {key: item.as_constant() for key, item in kwargs.items()}
    except NotConstant:
        return None
    name = getattr(method, "__name__", "").strip("_")
    _adopt(machine, first)
    tensor = machine.known.tensor(first.node)
    if tensor is None:
        varying = _varying(machine, first, name, given) if not named else None
        if varying is None:
            machine.known.need(first.node)
        return varying
    if f"__{name}__" in _CONVERSIONS and first.meta.shape:
        return None
    try:
        value = method(tensor, *given, **named)
    except Exception:
        return None  # the break raises it at its place
    return from_python(machine, value)


def _adopt(machine: Machine, value: TensorVariable) -> None:
    """The number in a tensor that an object or a module keeps becomes known, under a guard.

    A number of nodes, a flag, a count of steps: a number that is kept is rarely another one in the
    next call. One that is, and that is needed as a constant, isn't known any more.
    """
    source, example = value.source, machine.examples.get(value.node)
    if source is None or example is None or machine.known.knows(value.node):
        return
    if machine.known.any_written or not _kept(source) or any(n != 1 for n in _sizes(value)):
        return
    found, at = example, source
    for reader in machine.framework.number_readers():
        found, at = reader(found), ComputedSource(reader, (at,))
    if type(found) not in (int, bool) or machine.services.varying.has_varied(at):
        return
    number = machine.wrap(found, at)
    machine.known.adopt(value.node, number.number if isinstance(number, NumberVariable) else found)


def _kept(source: Source) -> bool:
    """Whether a path goes through an attribute or a global: it isn't what the frame was given."""
    while isinstance(source, ItemSource):
        source = source.base
    return not isinstance(source, (LocalSource, CellSource))


def _sizes(value: TensorVariable) -> List[Any]:
    return list(symbolic_shapes.concrete(value.meta).shape)


def _varying(
    machine: Machine, value: TensorVariable, name: str, given: List[Any]
) -> Optional[Variable]:
    """What a method gives of numbers that vary, where it stays one; ``None``: it doesn't."""
    numbers = machine.known.numbers(value.node)
    if numbers is None:
        return None
    if name == "tolist" and not given:
        return from_python(machine, numbers.nested())
    if len(numbers.flat) == 1 and given in ([], [0]):
        if name == "item" or (name in ("int", "index", "long") and not numbers.shape):
            return from_python(machine, numbers.flat[0])
    return None


def asked(machine: Machine, value: TensorVariable, name: str) -> Optional[Variable]:
    """What a special method without arguments gives; ``None`` when the data isn't known."""
    method = getattr(value.cls, name, None)
    return None if method is None else read(machine, method, [value], {})


def as_index(machine: Machine, value: Variable) -> Variable:
    """A tensor of a known int, or a slice with such bounds, as Python takes it for an index."""
    if isinstance(value, TensorVariable):
        found = asked(machine, value, "__index__")
        return value if found is None else found
    if isinstance(value, SliceVariable):
        bounds = [as_index(machine, part) for part in value.bounds]
        if any(one is not two for one, two in zip(bounds, value.bounds)):
            return SliceVariable(bounds)
    return value


def _ints(value: Any) -> bool:
    if type(value) is list:
        return all(_ints(item) for item in value)
    return type(value) in (int, SymbolicNumber)


def _bound(machine: Machine, value: Variable) -> Variable:
    """A bound of a slice: Paddle takes a tensor of one element for that element."""
    given = with_data(machine, value)
    if isinstance(given, SequenceVariable) and given is not value:
        return given.items[0] if len(given.items) == 1 else value
    return given


def with_data(machine: Machine, value: Variable) -> Variable:
    """An argument with ints, or lists of them, in the place of tensors whose data they are."""
    if isinstance(value, TensorVariable):
        _adopt(machine, value)
        known = machine.known.value(value.node)
        return from_python(machine, known) if _ints(known) else value
    if isinstance(value, SequenceVariable):
        items = [with_data(machine, machine.realise(item)) for item in value.items]
        if any(one is not two for one, two in zip(items, value.items)):
            return SequenceVariable(items, tuple if issubclass(value.cls, tuple) else list)
    if isinstance(value, SliceVariable):
        bounds = [_bound(machine, part) for part in value.bounds]
        if any(one is not two for one, two in zip(bounds, value.bounds)):
            return SliceVariable(bounds)
    return value
