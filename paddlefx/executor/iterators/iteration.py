"""Iterating over symbolic values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Iterator, List, Optional, Tuple

from ...guards import GuardKind
from ..breaks import Kind, ObservedException
from ..objects.attributes import special_method
from ..values import (
    ConstantVariable,
    DequeVariable,
    DictVariable,
    GeneratorVariable,
    IteratorVariable,
    ObjectVariable,
    SequenceVariable,
    SetVariable,
    TensorVariable,
    Variable,
    ViewVariable,
)
from ..wrapping import from_python
from .outside import OutsideIterator
from .over import (
    DataIterator,
    DequeIterator,
    DictIterator,
    RowIterator,
    SequenceIterator,
    SetIterator,
)

if TYPE_CHECKING:
    from ..machine import Machine

__all__ = ["advance", "advance_or_result", "all_keys", "each", "iterate", "length", "unpacked"]


def builtin_part(machine: Machine, value: Variable) -> Any:
    """See :func:`.builtin_parts.builtin_part`."""
    from ..objects import builtin_parts

    return builtin_parts.builtin_part(machine, value)


def all_keys(machine: Machine, value: DictVariable) -> List[Any]:
    """Every key of a dict in its order; guarded where the dict came from outside."""
    if value.source is not None and not value.keys_guarded:
        machine.guard(value.source, GuardKind.KEYS, value.entry)
        value.keys_guarded = True
    return list(value.items)


def length(machine: Machine, value: Variable) -> Variable:
    """``len(value)``."""
    if isinstance(value, (SequenceVariable, SetVariable, DequeVariable)):
        return ConstantVariable(len(value.items))
    if isinstance(value, DictVariable):
        if value.source is not None and not value.keys_guarded:
            if value.written:
                all_keys(machine, value)
            else:
                machine.guard(value.source, GuardKind.LENGTH, len(value.items))
        return ConstantVariable(len(value.items))
    if isinstance(value, ViewVariable):
        return length(machine, value.over)
    if isinstance(value, ConstantVariable):
        try:
            return ConstantVariable(len(value.value))
        except (TypeError, OverflowError) as error:
            machine.raise_observed(error)
    if isinstance(value, TensorVariable):
        if not value.meta.shape:
            machine.raise_observed(TypeError("len() of a 0-D tensor"))
        return from_python(machine, value.meta.shape[0])
    if isinstance(value, ObjectVariable):
        method = special_method(machine, value, "__len__")
        if method is not None:
            return machine.call(method, [], {})
        part = builtin_part(machine, value)
        if part is not None:
            return length(machine, part)
    return machine.break_graph(Kind.OPERATION, f"len() of a {value.python_type().__name__}")


def iterate(machine: Machine, value: Variable) -> Variable:
    """``iter(value)``."""
    if isinstance(value, (IteratorVariable, GeneratorVariable)):
        return value
    if isinstance(value, SequenceVariable):
        return SequenceIterator(value)
    if isinstance(value, DictVariable):
        return DictIterator(machine, value, all_keys(machine, value), "keys")
    if isinstance(value, ViewVariable):
        table = value.over
        return DictIterator(machine, table, all_keys(machine, table), value.kind)
    if isinstance(value, SetVariable):
        return SetIterator(machine, value)
    if isinstance(value, DequeVariable):
        return DequeIterator(value)
    if isinstance(value, ConstantVariable):
        try:
            return DataIterator(value.value, of=value)
        except TypeError as error:
            machine.raise_observed(error)
    if isinstance(value, TensorVariable):
        if not value.meta.shape:
            machine.break_graph(Kind.OPERATION, "iteration over a 0-D tensor")
        return RowIterator(value)
    if isinstance(value, ObjectVariable):
        return _iterate_object(machine, value)
    return machine.break_graph(Kind.OPERATION, f"iteration over a {value.python_type().__name__}")


def _iterate_object(machine: Machine, value: ObjectVariable) -> Variable:
    method = special_method(machine, value, "__iter__")
    if method is not None:
        made = machine.call(method, [], {})
        if isinstance(made, ObjectVariable) and special_method(machine, made, "__next__") is None:
            kind = made.python_type().__name__
            machine.break_graph(
                Kind.EXCEPTION, f"iter() gave something that is no iterator: {kind}"
            )
        return made
    part = builtin_part(machine, value)
    if part is not None:
        return iterate(machine, part)
    return machine.break_graph(Kind.OPERATION, f"iteration over a {type(value.value).__name__}")


def advance(machine: Machine, value: Variable, looked_at: bool = True) -> Optional[Variable]:
    """``next(value)``; ``None`` at the end.

    Args:
        machine: the capture.
        value: the iterator.
        looked_at: without it, what an iterator from outside gives may be unguarded still.
    """
    if not looked_at and isinstance(value, OutsideIterator):
        value.check(machine)
        return value.step(machine)
    return advance_or_result(machine, value)[0]


def advance_or_result(machine: Machine, value: Variable) -> Tuple[Optional[Variable], Variable]:
    """The next value and ``None``, or at the end ``None`` and a generator's return value."""
    nothing = ConstantVariable(None)
    if isinstance(value, OutsideIterator):
        value.check(machine)
        machine.inlined += 1
        found = value.step(machine)
        return None if found is None else machine.realise(found), nothing
    if isinstance(value, IteratorVariable):
        # What it takes can't be given back: a break later in this instruction starts anew.
        machine.inlined += 1
        return value.step(machine), nothing
    if isinstance(value, GeneratorVariable):
        from . import generators

        return generators.resume(machine, value)
    if isinstance(value, ObjectVariable):
        method = special_method(machine, value, "__next__")
        if method is not None:
            try:
                return machine.call(method, [], {}), nothing
            except ObservedException as signal:
                if type(signal.variable.value) is StopIteration:
                    signal.forget_frames()
                    return None, nothing
                raise
    return machine.break_graph(
        Kind.OPERATION, f"the next value of a {value.python_type().__name__} from outside"
    )


def unpacked(machine: Machine, value: Variable, ordered: bool = True) -> List[Variable]:
    """``[*value]``; without ``ordered``, for a use in which the order makes no difference."""
    if isinstance(value, SetVariable) and not ordered:
        return [from_python(machine, item) for item in value.items]
    return list(each(machine, value))


def each(machine: Machine, value: Variable) -> Iterator[Variable]:
    """The items of ``value``, taken from it one by one: its code runs between their uses."""
    if isinstance(value, SequenceVariable):
        value.items[:] = [machine.realise(item) for item in value.items]
        yield from list(value.items)
        return
    iterator = iterate(machine, value)
    while True:
        item = advance(machine, iterator)
        if item is None:
            return
        yield item
