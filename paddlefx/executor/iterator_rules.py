"""Rules for the builtins that make iterators out of iterables, lazily as CPython's do."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Dict, List, Optional

from . import arithmetic, iteration, iterators
from .breaks import Kind
from .values import ConstantVariable, IteratorVariable, SequenceVariable, Variable

if TYPE_CHECKING:
    from .machine import Machine

__all__ = ["chain_", "enumerate_", "filter_", "map_", "reversed_", "zip_"]


def zip_(machine: Machine, args: List[Variable], kwargs: Dict[str, Variable]) -> Variable:
    """``zip(*iterables)``."""
    if kwargs:
        return machine.break_graph(Kind.CALL, "zip() with strict")
    columns = [iteration.iterate(machine, item) for item in args]

    def step() -> Optional[Variable]:
        row = _row(machine, columns) if columns else None
        return None if row is None else SequenceVariable(row, tuple)

    return IteratorVariable(step, zip)


def _row(machine: Machine, columns: List[Variable]) -> Optional[List[Variable]]:
    row = []
    for column in columns:
        item = iteration.advance(machine, column)
        if item is None:
            return None
        row.append(item)
    return row


def enumerate_(machine: Machine, args: List[Variable], kwargs: Dict[str, Variable]) -> Variable:
    """``enumerate(iterable, start)``."""
    index = kwargs.get("start", args[1] if len(args) > 1 else ConstantVariable(0)).as_constant()
    iterator = iteration.iterate(machine, args[0])

    def step() -> Optional[Variable]:
        nonlocal index
        item = iteration.advance(machine, iterator)
        if item is None:
            return None
        index += 1
        return SequenceVariable([ConstantVariable(index - 1), item], tuple)

    return IteratorVariable(step, enumerate)


def reversed_(machine: Machine, args: List[Variable], kwargs: Dict[str, Variable]) -> Variable:
    """``reversed(sequence)``."""
    value = args[0]
    if isinstance(value, SequenceVariable):
        return iterators.reversed_sequence(machine, value)
    if isinstance(value, ConstantVariable) and isinstance(value.value, (range, str)):
        reverse = reversed(value.value)
        return iterators.over_constants(machine, reverse, type(reverse))
    return machine.break_graph(Kind.CALL, f"reversed() of a {value.python_type().__name__}")


def map_(machine: Machine, args: List[Variable], kwargs: Dict[str, Variable]) -> Variable:
    """``map(function, *iterables)``."""
    columns = [iteration.iterate(machine, item) for item in args[1:]]

    def step() -> Optional[Variable]:
        row = _row(machine, columns)
        return None if row is None else machine.realise(machine.call(args[0], row, {}))

    return IteratorVariable(step, map)


def filter_(machine: Machine, args: List[Variable], kwargs: Dict[str, Variable]) -> Variable:
    """``filter(function, iterable)``."""
    iterator = iteration.iterate(machine, args[1])

    def step() -> Optional[Variable]:
        while True:
            item = iteration.advance(machine, iterator)
            if item is None:
                return None
            test = (
                item
                if isinstance(args[0], ConstantVariable) and args[0].value is None
                else machine.call(args[0], [item], {})
            )
            if arithmetic.truth(machine, machine.realise(test)):
                return item

    return IteratorVariable(step, filter)


def chain_(machine: Machine, args: List[Variable], kwargs: Dict[str, Variable]) -> Variable:
    """``itertools.chain(*iterables)``."""
    rest = list(args)
    current: List[Variable] = []

    def step() -> Optional[Variable]:
        while True:
            if not current:
                if not rest:
                    return None
                current.append(iteration.iterate(machine, rest.pop(0)))
            item = iteration.advance(machine, current[0])
            if item is not None:
                return item
            current.clear()

    return IteratorVariable(step, itertools.chain)
