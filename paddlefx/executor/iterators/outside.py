"""Iterators from outside: one that a resume function takes over, or that the caller gives.

What an iterator of a built-in container will give is read from its fields
(``csrc/iterators.c``), so capture runs it ahead; the real one is moved by the residual
program. Guards ask for the values that were looked at, never for the position: a loop
that breaks in its body comes back to the form that was compiled for the value before.
"""

from __future__ import annotations

import operator
from collections import OrderedDict
from typing import TYPE_CHECKING, Any, Dict, List, Optional

from ... import _C
from ...guards import GuardKind
from ...source import ItemSource, IteratorPartSource, Source, UpcomingSource
from ..breaks import Kind
from ..operators import arithmetic
from ..values import (
    ConstantVariable,
    IteratorVariable,
    LazyVariable,
    SequenceVariable,
    Variable,
)

if TYPE_CHECKING:
    from ..machine import Machine

__all__ = ["OutsideIterator", "from_outside"]


class OutsideIterator(IteratorVariable):
    """An iterator from outside that capture can run ahead of.

    Args:
        value: the iterator, which doesn't move while it is captured.
        source: where it is.
    """

    __slots__ = ("value",)

    def __init__(self, value: Any, source: Source) -> None:
        super().__init__(source)
        self.value = value

    def python_type(self) -> type:
        return type(self.value)

    def step(self, machine: Machine) -> Optional[Variable]:
        machine.side_effects.advance(machine, self)
        return self.take(machine)

    def check(self, machine: Machine) -> None:
        """Make sure that :meth:`take` can tell the next value.

        Raises:
            GraphBreak: it can't.
        """
        raise NotImplementedError  # pragma: no cover - both families define it

    def take(self, machine: Machine) -> Optional[Variable]:
        """The next value, which nobody has looked at yet; ``None`` at the end."""
        raise NotImplementedError  # pragma: no cover - both families define it

    def guard_taken(self, machine: Machine) -> None:
        """At the end of the capture: guard how far the iterator went."""

    def break_graph(self, machine: Machine) -> None:
        """It has to be asked for real.

        Raises:
            GraphBreak: always.
        """
        kind = type(self.value).__name__
        machine.break_graph(Kind.OPERATION, f"the next value of a {kind} from outside")


class ContainerIterator(OutsideIterator):
    """An iterator of a list, tuple, range, dict or OrderedDict."""

    __slots__ = ("ahead", "ended", "over")

    def __init__(self, value: Any, source: Source) -> None:
        super().__init__(value, source)
        #: How many values were taken.
        self.ahead = 0
        self.ended = False
        #: The container, where it can change.
        self.over: Optional[Variable] = None

    def check(self, machine: Machine) -> None:
        assert self.source is not None
        if self.over is None and type(self.value) in _OF_CHANGEABLE:
            part = IteratorPartSource.OVER
            container = _C.iterator_part(self.value, part)
            if container is not _C.UNBOUND:
                self.over = machine.wrap(container, IteratorPartSource(self.source, part))
            if type(self.value) is _OF_ORDERED:
                kind = _C.iterator_part(self.value, IteratorPartSource.INDEX)
                place = IteratorPartSource(self.source, IteratorPartSource.INDEX)
                machine.guard(place, GuardKind.VALUE, kind)
        if self.over is not None and not self.ended:
            # A dict may be an object's, or a module's.
            of_names = type(self.value) in _OF_DICTS and machine.side_effects.stores_names
            if of_names or machine.identities.is_changed(self.over):
                self.break_graph(machine)
        try:
            _C.upcoming(self.value, self.ahead)
        except TypeError:
            self.break_graph(machine)

    def take(self, machine: Machine) -> Optional[Variable]:
        assert self.source is not None
        found = _C.UNBOUND if self.ended else _C.upcoming(self.value, self.ahead)
        if found is _C.UNBOUND:
            self.ended = True
            return None
        source = UpcomingSource(self.source, self.ahead)
        made_anew = found is not _C.upcoming(self.value, self.ahead)
        self.ahead += 1
        if made_anew and type(found) is tuple:
            parts: List[Variable] = [
                LazyVariable(part, ItemSource(source, place)) for place, part in enumerate(found)
            ]
            return SequenceVariable(parts, tuple)
        return LazyVariable(found, source)

    def guard_taken(self, machine: Machine) -> None:
        assert self.source is not None
        if self.ahead:
            machine.guard(self.source, GuardKind.GIVES, self.ahead)
        if self.ended:
            machine.guard(self.source, GuardKind.ENDS, self.ahead)


class TakingIterator(OutsideIterator):
    """``enumerate`` or ``zip`` of iterators from outside."""

    __slots__ = ("columns", "index", "taken")

    def __init__(self, value: Any, source: Source) -> None:
        super().__init__(value, source)
        self.columns: List[Variable] = []
        #: Of enumerate, the index of the first value that is taken.
        self.index: Optional[Variable] = None
        self.taken = 0

    def _part(self, machine: Machine, part: int) -> Optional[Variable]:
        assert self.source is not None
        found = _C.iterator_part(self.value, part)
        if found is _C.UNBOUND:
            return None
        return machine.wrap(found, IteratorPartSource(self.source, part))

    def check(self, machine: Machine) -> None:
        if not self.columns:
            if type(self.value) is enumerate:
                self.index = self._part(machine, IteratorPartSource.INDEX)
                if self.index is None:
                    self.break_graph(machine)
            column = self._part(machine, IteratorPartSource.INNER)
            while column is not None:
                self.columns.append(column)
                column = self._part(machine, IteratorPartSource.INNER + len(self.columns))
            if not self.columns:  # zip() or a strict zip
                self.break_graph(machine)
        for column in self.columns:
            if not isinstance(column, OutsideIterator):
                self.break_graph(machine)
            else:
                column.check(machine)

    def take(self, machine: Machine) -> Optional[Variable]:
        row: List[Variable] = []
        for column in self.columns:
            assert isinstance(column, OutsideIterator)
            machine.identities.change(machine, column)
            item = column.take(machine)
            if item is None:
                return None
            row.append(item)
        if self.index is not None:
            taken = ConstantVariable(self.taken)
            row.insert(0, arithmetic.binary(machine, operator.add, self.index, taken))
            self.taken += 1
        return SequenceVariable(row, tuple)


_TABLE: Dict[int, int] = {}
_ORDERED: OrderedDict[int, int] = OrderedDict()
_OF_DICTS = tuple(type(iter(view)) for view in (_TABLE.keys(), _TABLE.values(), _TABLE.items()))
_OF_ORDERED = type(iter(_ORDERED))
#: What the container holds can change.
_OF_CHANGEABLE = (type(iter([0])), type(reversed([0])), *_OF_DICTS, _OF_ORDERED)
_CONTAINERS = (*_OF_CHANGEABLE, type(iter(())), type(iter(range(1))))


def from_outside(machine: Machine, value: Any, source: Source) -> Optional[OutsideIterator]:
    """The symbolic value of an iterator found at ``source``; ``None`` for one of another kind."""
    kind = type(value)
    made: OutsideIterator
    if kind in _CONTAINERS:
        made = ContainerIterator(value, source)
    elif kind in (enumerate, zip):
        made = TakingIterator(value, source)
    else:
        return None
    machine.guard(source, GuardKind.TYPE, kind)
    machine.outside_iterators.append(made)
    return made
