"""Iterating over symbolic values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, List, Optional, Tuple

from ..guards import GuardKind
from . import tensors
from .breaks import GraphBreak, Kind, ObservedException
from .values import (
    ConstantVariable,
    DictVariable,
    FunctionVariable,
    GeneratorVariable,
    IteratorVariable,
    MethodVariable,
    ObjectVariable,
    SequenceVariable,
    SetVariable,
    TensorVariable,
    Variable,
    ViewVariable,
)
from .wrapping import from_python

if TYPE_CHECKING:
    from .machine import Machine

__all__ = ["advance", "advance_or_result", "all_keys", "iterate", "length", "unpacked"]


def all_keys(machine: Machine, value: DictVariable) -> List[Any]:
    """Every key of a dict in its order; guarded where the dict came from outside."""
    if value.source is not None and not value.keys_guarded:
        machine.guard(value.source, GuardKind.KEYS, tuple(value.items))
        value.keys_guarded = True
    return list(value.items)


def length(machine: Machine, value: Variable) -> Variable:
    """``len(value)``."""
    if isinstance(value, (SequenceVariable, SetVariable)):
        return ConstantVariable(len(value.items))
    if isinstance(value, DictVariable):
        if value.source is not None and not value.keys_guarded:
            machine.guard(value.source, GuardKind.LENGTH, len(value.items))
        return ConstantVariable(len(value.items))
    if isinstance(value, ViewVariable):
        return length(machine, value.over)
    if isinstance(value, ConstantVariable):
        try:
            return ConstantVariable(len(value.value))
        except TypeError as error:
            machine.raise_observed(error)
    if isinstance(value, TensorVariable):
        if not value.meta.shape:
            machine.raise_observed(TypeError("len() of a 0-D tensor"))
        return ConstantVariable(value.meta.shape[0])
    if isinstance(value, ObjectVariable):
        method = machine.get_attribute(value, "__len__")
        if isinstance(method, MethodVariable) and isinstance(method.function, FunctionVariable):
            return machine.call(method, [], {})
    return machine.break_graph(Kind.OPERATION, f"len() of a {value.python_type().__name__}")


def iterate(machine: Machine, value: Variable) -> Variable:
    """``iter(value)``."""
    if isinstance(value, (IteratorVariable, GeneratorVariable)):
        return value
    if isinstance(value, SequenceVariable):
        kind = type(iter(value.cls()))
        return IteratorVariable(value.items, kind, over=value)
    if isinstance(value, DictVariable):
        keys = [ConstantVariable(key) for key in all_keys(machine, value)]
        return IteratorVariable(list(keys), type(iter({})))
    if isinstance(value, ViewVariable):
        return _iterate_view(machine, value)
    if isinstance(value, SetVariable):
        # The order of a set made in the frame is the order of an equal set only for
        # a frozenset constant that is the same object; others hash alike in one process.
        return IteratorVariable(
            [from_python(machine, item) for item in value.items], type(iter({0}))
        )
    if isinstance(value, ConstantVariable):
        try:
            items = [from_python(machine, item) for item in value.value]
        except TypeError as error:
            machine.raise_observed(error)
        return IteratorVariable(items, type(iter(value.value)))
    if isinstance(value, TensorVariable):
        if not value.meta.shape:
            machine.break_graph(Kind.OPERATION, "iteration over a 0-D tensor")
        rows = [
            tensors.get_item(machine, value, ConstantVariable(index))
            for index in range(value.meta.shape[0])
        ]
        return IteratorVariable(rows, type(iter([])))
    if isinstance(value, ObjectVariable):
        return _iterate_object(machine, value)
    return machine.break_graph(Kind.OPERATION, f"iteration over a {value.python_type().__name__}")


def _iterate_object(machine: Machine, value: ObjectVariable) -> Variable:
    from .attributes import has_attribute

    if has_attribute(machine, value, "__iter__"):
        method = machine.get_attribute(value, "__iter__")
        if isinstance(method, MethodVariable) and isinstance(method.function, FunctionVariable):
            return iterate(machine, machine.call(method, [], {}))
    return machine.break_graph(Kind.OPERATION, f"iteration over a {type(value.value).__name__}")


def _iterate_view(machine: Machine, value: ViewVariable) -> Variable:
    table = value.over
    keys = all_keys(machine, table)
    items: List[Variable] = []
    for key in keys:
        if value.kind != "keys":
            table.items[key] = machine.realise(table.items[key])
        if value.kind == "keys":
            items.append(ConstantVariable(key))
        elif value.kind == "values":
            items.append(table.items[key])
        else:
            pair = [from_python(machine, key), table.items[key]]
            items.append(SequenceVariable(pair, tuple))
    return IteratorVariable(items, type(iter(getattr({}, value.kind)())))


def advance(machine: Machine, value: Variable) -> Optional[Variable]:
    """``next(value)``; ``None`` at the end."""
    return advance_or_result(machine, value)[0]


def advance_or_result(machine: Machine, value: Variable) -> Tuple[Optional[Variable], Variable]:
    """The next value and ``None``, or at the end ``None`` and a generator's return value."""
    nothing = ConstantVariable(None)
    if isinstance(value, IteratorVariable):
        found = value.advance()
        return (None if found is None else machine.realise(found)), nothing
    if isinstance(value, GeneratorVariable):
        return _resume(machine, value)
    if isinstance(value, ObjectVariable):
        from .attributes import has_attribute

        if has_attribute(machine, value, "__next__"):
            method = machine.get_attribute(value, "__next__")
            if isinstance(method, MethodVariable) and isinstance(method.function, FunctionVariable):
                try:
                    return machine.call(method, [], {}), nothing
                except ObservedException as signal:
                    if type(signal.variable.value) is StopIteration:
                        return None, nothing
                    raise
    return machine.break_graph(
        Kind.OPERATION, f"the next value of a {value.python_type().__name__} from outside"
    )


def _resume(machine: Machine, value: GeneratorVariable) -> Tuple[Optional[Variable], Variable]:
    nothing: Variable = ConstantVariable(None)
    if value.done:
        return None, nothing
    if value.running:
        machine.raise_observed(ValueError("generator already executing"))
    frame = value.frame
    if frame.pc and frame.instr is not None and frame.instr.op.name == "YIELD":
        frame.stack.append(nothing)
    elif frame.pc and frame.instr is not None and frame.instr.op.name == "YIELD_FROM":
        frame.stack.append(nothing)
    value.running = True
    try:
        result = machine.run_inlined(frame)
    except (GraphBreak, ObservedException):
        value.done = True
        raise
    finally:
        value.running = False
    assert frame.instr is not None
    if frame.instr.op.name == "RETURN":
        value.done = True
        return None, result
    return result, nothing


def unpacked(machine: Machine, value: Variable) -> List[Variable]:
    """``[*value]``."""
    if isinstance(value, SequenceVariable):
        value.items[:] = [machine.realise(item) for item in value.items]
        return list(value.items)
    iterator = iterate(machine, value)
    items: List[Variable] = []
    while True:
        item = advance(machine, iterator)
        if item is None:
            return items
        items.append(item)
