"""The iterators that builtins make of iterables: zip, enumerate, map, filter.

As in CPython's ``Python/bltinmodule.c`` and ``Objects/enumobject.c``: what is taken
from which source, and when, can be seen from outside.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, List, Optional

from ...ir.instr import Op
from ..operators import arithmetic
from ..values import ConstantVariable, IteratorVariable, SequenceVariable, Variable
from . import iteration

if TYPE_CHECKING:
    from ..breaking.residual import ResidualWriter
    from ..machine import Machine

__all__ = ["EnumerateIterator", "FilterIterator", "MapIterator", "ZipIterator", "row"]


def row(machine: Machine, columns: List[Variable]) -> Optional[List[Variable]]:
    """One value of each iterator; ``None`` as soon as one is at its end."""
    taken = []
    for column in columns:
        item = iteration.advance(machine, column)
        if item is None:
            return None
        taken.append(item)
    return taken


class ZipIterator(IteratorVariable):
    """``zip(*columns, strict=strict)``."""

    __slots__ = ("columns", "strict")

    def __init__(self, columns: List[Variable], strict: bool = False) -> None:
        super().__init__(None)
        self.columns = columns
        self.strict = strict

    def step(self, machine: Machine) -> Optional[Variable]:
        taken: List[Variable] = []
        for index, column in enumerate(self.columns):
            item = iteration.advance(machine, column)
            if item is None:
                if self.strict:
                    self._check(machine, index)
                return None
            taken.append(item)
        return SequenceVariable(taken, tuple) if taken else None

    def _check(self, machine: Machine, ended: int) -> None:
        """One has ended: with ``strict`` the first, and then all the others with it."""
        if ended:
            plural = "s 1-" if ended > 1 else " "
            machine.raise_observed(
                ValueError(f"zip() argument {ended + 1} is shorter than argument{plural}{ended}"),
                worded=True,
            )
        for index in range(1, len(self.columns)):
            if iteration.advance(machine, self.columns[index]) is not None:
                plural = "s 1-" if index > 1 else " "
                machine.raise_observed(
                    ValueError(
                        f"zip() argument {index + 1} is longer than argument{plural}{index}"
                    ),
                    worded=True,
                )

    def python_type(self) -> type:
        return zip

    def parts(self) -> List[Variable]:
        return self.columns

    def rebuild(self, writer: ResidualWriter) -> None:
        writer.constant(zip)
        for column in self.columns:
            writer.load(column)
        if self.strict:
            writer.constant(True)
            writer.add(Op.CALL, (len(self.columns) + 1, ("strict",)))
        else:
            writer.add(Op.CALL, (len(self.columns), ()))


class EnumerateIterator(IteratorVariable):
    """``enumerate(iterator, index)``."""

    __slots__ = ("index", "iterator")

    def __init__(self, iterator: Variable, index: int) -> None:
        super().__init__(None)
        self.iterator = iterator
        self.index = index

    def step(self, machine: Machine) -> Optional[Variable]:
        item = iteration.advance(machine, self.iterator)
        if item is None:
            return None
        self.index += 1
        return SequenceVariable([ConstantVariable(self.index - 1), item], tuple)

    def python_type(self) -> type:
        return enumerate

    def parts(self) -> List[Variable]:
        return [self.iterator]

    def rebuild(self, writer: ResidualWriter) -> None:
        writer.constant(enumerate)
        writer.load(self.iterator)
        writer.constant(self.index)
        writer.add(Op.CALL, (2, ()))


class MapIterator(IteratorVariable):
    """``map(function, *columns)``."""

    __slots__ = ("columns", "function")

    def __init__(self, function: Variable, columns: List[Variable]) -> None:
        super().__init__(None)
        self.function = function
        self.columns = columns

    def step(self, machine: Machine) -> Optional[Variable]:
        taken = row(machine, self.columns)
        if taken is None:
            return None
        return machine.realise(machine.call(self.function, taken, {}))

    def python_type(self) -> type:
        return map

    def parts(self) -> List[Variable]:
        return [self.function, *self.columns]

    def rebuild(self, writer: ResidualWriter) -> None:
        writer.constant(map)
        for part in self.parts():
            writer.load(part)
        writer.add(Op.CALL, (1 + len(self.columns), ()))


class FilterIterator(IteratorVariable):
    """``filter(function, iterator)``, or ``itertools.filterfalse``.

    Args:
        function: asked of each value; ``None`` or ``bool`` means its truth.
        iterator: where the values come from.
        keep: the answer of the values that are given.
        cls: the type.
    """

    __slots__ = ("cls", "function", "iterator", "keep")

    def __init__(self, function: Variable, iterator: Variable, keep: bool, cls: type) -> None:
        super().__init__(None)
        self.function = function
        self.iterator = iterator
        self.keep = keep
        self.cls = cls

    def step(self, machine: Machine) -> Optional[Variable]:
        while True:
            item = iteration.advance(machine, self.iterator)
            if item is None:
                return None
            if asked(machine, self.function, item) is self.keep:
                return item

    def python_type(self) -> type:
        return self.cls

    def parts(self) -> List[Variable]:
        return [self.function, self.iterator]

    def rebuild(self, writer: ResidualWriter) -> None:
        writer.constant(self.cls)
        writer.load(self.function)
        writer.load(self.iterator)
        writer.add(Op.CALL, (2, ()))


def asked(machine: Machine, function: Variable, item: Variable) -> bool:
    """The truth of ``function(item)``; of ``item`` itself where the function is ``None``."""
    if isinstance(function, ConstantVariable) and function.value is None:
        return arithmetic.truth(machine, item)
    return arithmetic.truth(machine, machine.realise(machine.call(function, [item], {})))
