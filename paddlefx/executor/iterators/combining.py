"""The iterators of ``itertools`` that take from others as they go.

As in CPython's ``Modules/itertoolsmodule.c``.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any, List, Optional

from ...ir.instr import Op
from ..operators import arithmetic
from ..values import ConstantVariable, IteratorVariable, SequenceVariable, Variable
from . import iteration
from .lazily import asked
from .positions import move_to

if TYPE_CHECKING:
    from ..breaking.residual import ResidualWriter
    from ..machine import Machine

__all__ = [
    "AccumulateIterator",
    "BatchedIterator",
    "ChainIterator",
    "CompressIterator",
    "DropWhileIterator",
    "LongestZipIterator",
    "PairwiseIterator",
    "SliceIterator",
    "StarMapIterator",
    "TakeWhileIterator",
]


class ChainIterator(IteratorVariable):
    """``itertools.chain.from_iterable(source)``; ``chain(*args)`` is that of a tuple's iterator."""

    __slots__ = ("active", "source_of")

    def __init__(self, source_of: Variable) -> None:
        super().__init__(None)
        self.source_of: Optional[Variable] = source_of
        self.active: Optional[Variable] = None

    def step(self, machine: Machine) -> Optional[Variable]:
        while self.source_of is not None:
            if self.active is None:
                following = iteration.advance(machine, self.source_of)
                if following is None:
                    self.source_of = None
                    return None
                self.active = iteration.iterate(machine, following)
            item = iteration.advance(machine, self.active)
            if item is not None:
                return item
            self.active = None
        return None

    def python_type(self) -> type:
        return itertools.chain

    def parts(self) -> List[Variable]:
        return [part for part in (self.active, self.source_of) if part is not None]

    def rebuild(self, writer: ResidualWriter) -> None:
        writer.constant(itertools.chain.from_iterable)
        if self.source_of is None:
            writer.constant(())
        elif self.active is None:
            writer.load(self.source_of)
        else:
            writer.constant(_behind)
            writer.load(self.active)
            writer.load(self.source_of)
            writer.add(Op.CALL, (2, ()))
        writer.add(Op.CALL, (1, ()))


def _behind(first: Any, rest: Any) -> Any:
    """An iterator that gives ``first`` and then what ``rest`` gives."""
    return itertools.chain((first,), rest)


class SliceIterator(IteratorVariable):
    """``itertools.islice(iterator, start, stop, step)``.

    Args:
        iterator: where it takes from; ``None`` once it has let go of it.
        following: the index in it of the value to be given next.
        stop: the index at which it ends.
        stride: how far apart the values are.
    """

    __slots__ = ("count", "following", "iterator", "stop", "stride")

    def __init__(self, iterator: Variable, start: int, stop: Optional[int], stride: int) -> None:
        super().__init__(None)
        self.iterator: Optional[Variable] = iterator
        self.following = start
        self.stop = stop
        self.stride = stride
        self.count = 0

    def step(self, machine: Machine) -> Optional[Variable]:
        iterator = self.iterator
        if iterator is None:
            return None
        while self.count < self.following:
            if iteration.advance(machine, iterator) is None:
                self.iterator = None
                return None
            self.count += 1
        if self.stop is not None and self.count >= self.stop:
            self.iterator = None
            return None
        item = iteration.advance(machine, iterator)
        if item is None:
            self.iterator = None
            return None
        self.count += 1
        self.following += self.stride
        if self.stop is not None:
            self.following = min(self.following, self.stop)
        return item

    def python_type(self) -> type:
        return itertools.islice

    def parts(self) -> List[Variable]:
        return [] if self.iterator is None else [self.iterator]

    def rebuild(self, writer: ResidualWriter) -> None:
        writer.constant(itertools.islice)
        if self.iterator is None:
            writer.constant(())
            writer.constant(0)
            writer.add(Op.CALL, (2, ()))
            return
        writer.load(self.iterator)
        writer.constant(self.following - self.count)
        writer.constant(None if self.stop is None else max(self.stop - self.count, 0))
        writer.constant(self.stride)
        writer.add(Op.CALL, (4, ()))


class AccumulateIterator(IteratorVariable):
    """``itertools.accumulate(iterator, function, initial=initial)``."""

    __slots__ = ("function", "initial", "iterator", "total")

    def __init__(
        self, iterator: Variable, function: Optional[Variable], initial: Optional[Variable]
    ) -> None:
        super().__init__(None)
        self.iterator = iterator
        self.function = function
        #: Given once, before anything is taken.
        self.initial = initial
        self.total: Optional[Variable] = None

    def step(self, machine: Machine) -> Optional[Variable]:
        import operator

        if self.initial is not None:
            self.total, self.initial = self.initial, None
            return self.total
        item = iteration.advance(machine, self.iterator)
        if item is None:
            return None
        if self.total is None:
            self.total = item
        elif self.function is None:
            self.total = arithmetic.binary(machine, operator.add, self.total, item)
        else:
            self.total = machine.realise(machine.call(self.function, [self.total, item], {}))
        return self.total

    def python_type(self) -> type:
        return itertools.accumulate

    def parts(self) -> List[Variable]:
        return [
            part
            for part in (self.iterator, self.function, self.initial, self.total)
            if part is not None
        ]

    def rebuild(self, writer: ResidualWriter) -> None:
        first = self.initial or self.total
        writer.constant(itertools.accumulate)
        none = isinstance(first, ConstantVariable) and first.value is None
        if none:  # which stands for no beginning, so it is put in front, as copies of it have it
            writer.constant(itertools.chain)
            writer.constant((None,))
        writer.load(self.iterator)
        if none:
            writer.add(Op.CALL, (2, ()))
        if self.function is None:
            writer.constant(None)
        else:
            writer.load(self.function)
        if none or first is None:
            writer.add(Op.CALL, (2, ()))
        else:
            writer.load(first)
            writer.add(Op.CALL, (3, ("initial",)))
        if self.total is not None and self.initial is None:  # it was given already
            move_to(writer, 1, indexed=False)


class StarMapIterator(IteratorVariable):
    """``itertools.starmap(function, iterator)``."""

    __slots__ = ("function", "iterator")

    def __init__(self, function: Variable, iterator: Variable) -> None:
        super().__init__(None)
        self.function = function
        self.iterator = iterator

    def step(self, machine: Machine) -> Optional[Variable]:
        item = iteration.advance(machine, self.iterator)
        if item is None:
            return None
        args = iteration.unpacked(machine, item)
        return machine.realise(machine.call(self.function, args, {}))

    def python_type(self) -> type:
        return itertools.starmap

    def parts(self) -> List[Variable]:
        return [self.function, self.iterator]

    def rebuild(self, writer: ResidualWriter) -> None:
        writer.constant(itertools.starmap)
        writer.load(self.function)
        writer.load(self.iterator)
        writer.add(Op.CALL, (2, ()))


class TakeWhileIterator(IteratorVariable):
    """``itertools.takewhile(function, iterator)``."""

    __slots__ = ("function", "iterator", "stopped")

    def __init__(self, function: Variable, iterator: Variable) -> None:
        super().__init__(None)
        self.function = function
        self.iterator = iterator
        self.stopped = False

    def step(self, machine: Machine) -> Optional[Variable]:
        if self.stopped:
            return None
        item = iteration.advance(machine, self.iterator)
        if item is None:
            return None
        if asked(machine, self.function, item):
            return item
        self.stopped = True
        return None

    def python_type(self) -> type:
        return itertools.takewhile

    def parts(self) -> List[Variable]:
        return [self.function, self.iterator]

    def rebuild(self, writer: ResidualWriter) -> None:
        writer.constant(itertools.takewhile)
        writer.load(self.function)
        if self.stopped:
            writer.constant(())
        else:
            writer.load(self.iterator)
        writer.add(Op.CALL, (2, ()))


class DropWhileIterator(IteratorVariable):
    """``itertools.dropwhile(function, iterator)``."""

    __slots__ = ("function", "iterator", "started")

    def __init__(self, function: Variable, iterator: Variable) -> None:
        super().__init__(None)
        self.function = function
        self.iterator = iterator
        self.started = False

    def step(self, machine: Machine) -> Optional[Variable]:
        while True:
            item = iteration.advance(machine, self.iterator)
            if item is None or self.started:
                return item
            if not asked(machine, self.function, item):
                self.started = True
                return item

    def python_type(self) -> type:
        return itertools.dropwhile

    def parts(self) -> List[Variable]:
        return [self.function, self.iterator]

    def rebuild(self, writer: ResidualWriter) -> None:
        writer.constant(itertools.dropwhile)
        if self.started:
            writer.constant(_never)
        else:
            writer.load(self.function)
        writer.load(self.iterator)
        writer.add(Op.CALL, (2, ()))


def _never(value: Any) -> bool:
    return False


class LongestZipIterator(IteratorVariable):
    """``itertools.zip_longest(*columns, fillvalue=fill)``; a column at its end is ``None``."""

    __slots__ = ("columns", "fill")

    def __init__(self, columns: List[Variable], fill: Variable) -> None:
        super().__init__(None)
        self.columns: List[Optional[Variable]] = list(columns)
        self.fill = fill

    def step(self, machine: Machine) -> Optional[Variable]:
        taken: List[Variable] = []
        for index, column in enumerate(self.columns):
            item = None
            if column is not None:
                item = iteration.advance(machine, column)
                if item is None:
                    self.columns[index] = None
                    if not any(other is not None for other in self.columns):
                        return None
            taken.append(self.fill if item is None else item)
        if not any(other is not None for other in self.columns):
            return None
        return SequenceVariable(taken, tuple)

    def python_type(self) -> type:
        return itertools.zip_longest

    def parts(self) -> List[Variable]:
        return [*(column for column in self.columns if column is not None), self.fill]

    def rebuild(self, writer: ResidualWriter) -> None:
        writer.constant(itertools.zip_longest)
        for column in self.columns:
            if column is None:
                writer.constant(())
            else:
                writer.load(column)
        writer.load(self.fill)
        writer.add(Op.CALL, (len(self.columns) + 1, ("fillvalue",)))


class PairwiseIterator(IteratorVariable):
    """``itertools.pairwise(iterator)``."""

    __slots__ = ("iterator", "old")

    def __init__(self, iterator: Variable) -> None:
        super().__init__(None)
        self.iterator: Optional[Variable] = iterator
        self.old: Optional[Variable] = None

    def step(self, machine: Machine) -> Optional[Variable]:
        # What it takes from may ask it in turn, as in pairwise_next() of Modules/itertoolsmodule.c.
        if self.iterator is None:
            return None
        old = self.old
        if old is None:
            old = self.old = iteration.advance(machine, self.iterator)
            if old is None or self.iterator is None:
                self.iterator = self.old = None
                return None
        new = iteration.advance(machine, self.iterator)
        if new is None:
            self.iterator = self.old = None
            return None
        self.old = new
        return SequenceVariable([old, new], tuple)

    def python_type(self) -> type:
        kind: type = vars(itertools)["pairwise"]
        return kind

    def parts(self) -> List[Variable]:
        return [part for part in (self.old, self.iterator) if part is not None]

    def rebuild(self, writer: ResidualWriter) -> None:
        writer.constant(self.python_type())
        if self.iterator is None:
            writer.constant(())
        elif self.old is None:
            writer.load(self.iterator)
        else:
            writer.constant(_behind)
            writer.load(self.old)
            writer.load(self.iterator)
            writer.add(Op.CALL, (2, ()))
        writer.add(Op.CALL, (1, ()))


class CompressIterator(IteratorVariable):
    """``itertools.compress(data, selectors)``."""

    __slots__ = ("data", "selectors")

    def __init__(self, data: Variable, selectors: Variable) -> None:
        super().__init__(None)
        self.data = data
        self.selectors = selectors

    def step(self, machine: Machine) -> Optional[Variable]:
        while True:
            item = iteration.advance(machine, self.data)
            chosen = None if item is None else iteration.advance(machine, self.selectors)
            if chosen is None:
                return None
            if arithmetic.truth(machine, chosen):
                return item

    def python_type(self) -> type:
        return itertools.compress

    def parts(self) -> List[Variable]:
        return [self.data, self.selectors]

    def rebuild(self, writer: ResidualWriter) -> None:
        writer.constant(itertools.compress)
        writer.load(self.data)
        writer.load(self.selectors)
        writer.add(Op.CALL, (2, ()))


class BatchedIterator(IteratorVariable):
    """``itertools.batched(iterator, size, strict=strict)``."""

    __slots__ = ("iterator", "size", "strict")

    def __init__(self, iterator: Variable, size: int, strict: bool) -> None:
        super().__init__(None)
        self.iterator: Optional[Variable] = iterator
        self.size = size
        self.strict = strict

    def step(self, machine: Machine) -> Optional[Variable]:
        taken: List[Variable] = []
        while self.iterator is not None and len(taken) < self.size:
            item = iteration.advance(machine, self.iterator)
            if item is None:
                self.iterator = None
            else:
                taken.append(item)
        if not taken:
            return None
        if self.strict and len(taken) < self.size:
            machine.raise_observed(ValueError("batched(): incomplete batch"), worded=True)
        return SequenceVariable(taken, tuple)

    def python_type(self) -> type:
        kind: type = vars(itertools)["batched"]
        return kind

    def parts(self) -> List[Variable]:
        return [] if self.iterator is None else [self.iterator]

    def rebuild(self, writer: ResidualWriter) -> None:
        writer.constant(self.python_type())
        if self.iterator is None:
            writer.constant(())
        else:
            writer.load(self.iterator)
        writer.constant(self.size)
        if self.strict:
            writer.constant(True)
            writer.add(Op.CALL, (3, ("strict",)))
        else:
            writer.add(Op.CALL, (2, ()))
