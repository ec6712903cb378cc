"""The iterators of ``itertools`` that remember what they took: cycle, tee, groupby, products.

As in CPython's ``Modules/itertoolsmodule.c``.
"""

from __future__ import annotations

import copy
import itertools
from typing import TYPE_CHECKING, Any, Iterator, List, Optional

from ...ir.instr import Op
from ..operators import arithmetic
from ..values import IteratorVariable, SequenceVariable, Variable
from . import iteration
from .positions import move_to

if TYPE_CHECKING:
    from ..breaking.residual import ResidualWriter
    from ..machine import Machine

__all__ = [
    "ArrangementIterator",
    "CountIterator",
    "CycleIterator",
    "GroupByIterator",
    "RepeatIterator",
    "TeeIterator",
    "TeeSource",
]


class CountIterator(IteratorVariable):
    """``itertools.count(start, step)``."""

    __slots__ = ("following", "stride")

    def __init__(self, start: Variable, stride: Variable) -> None:
        super().__init__(None)
        self.following = start
        self.stride = stride

    def step(self, machine: Machine) -> Optional[Variable]:
        import operator

        found = self.following
        self.following = arithmetic.binary(machine, operator.add, found, self.stride)
        return found

    def python_type(self) -> type:
        return itertools.count

    def parts(self) -> List[Variable]:
        return [self.following, self.stride]

    def rebuild(self, writer: ResidualWriter) -> None:
        writer.constant(itertools.count)
        writer.load(self.following)
        writer.load(self.stride)
        writer.add(Op.CALL, (2, ()))


class RepeatIterator(IteratorVariable):
    """``itertools.repeat(value, times)``; without ``times`` for ever."""

    __slots__ = ("left", "value")

    def __init__(self, value: Variable, times: Optional[int]) -> None:
        super().__init__(None)
        self.value = value
        self.left = times

    def step(self, machine: Machine) -> Optional[Variable]:
        if self.left is not None:
            if self.left <= 0:
                return None
            self.left -= 1
        return self.value

    def python_type(self) -> type:
        return itertools.repeat

    def parts(self) -> List[Variable]:
        return [self.value]

    def rebuild(self, writer: ResidualWriter) -> None:
        writer.constant(itertools.repeat)
        writer.load(self.value)
        if self.left is not None:
            writer.constant(self.left)
        writer.add(Op.CALL, (1 if self.left is None else 2, ()))


class CycleIterator(IteratorVariable):
    """``itertools.cycle(iterator)``."""

    __slots__ = ("index", "iterator", "saved")

    def __init__(self, iterator: Variable) -> None:
        super().__init__(None)
        #: ``None`` once it is at its end, and the saved values go round.
        self.iterator: Optional[Variable] = iterator
        self.saved: List[Variable] = []
        self.index = 0

    def step(self, machine: Machine) -> Optional[Variable]:
        if self.iterator is not None:
            item = iteration.advance(machine, self.iterator)
            if item is not None:
                self.saved.append(item)
                return item
            self.iterator = None
        if not self.saved:
            return None
        found = self.saved[self.index]
        self.index = (self.index + 1) % len(self.saved)
        return found

    def python_type(self) -> type:
        return itertools.cycle

    def parts(self) -> List[Variable]:
        return self.saved if self.iterator is None else [*self.saved, self.iterator]

    def rebuild(self, writer: ResidualWriter) -> None:
        writer.constant(_cycled)
        for item in self.saved:
            writer.load(item)
        writer.add(Op.BUILD_TUPLE, len(self.saved))
        if self.iterator is None:
            writer.constant(())
        else:
            writer.load(self.iterator)
        writer.constant(self.index)
        writer.add(Op.CALL, (3, ()))


def _cycled(saved: Any, rest: Any, index: int) -> Any:
    """A cycle that has given ``saved``, and where ``rest`` is at its end, some of it again."""
    made = itertools.cycle(itertools.chain(saved, rest))
    for _ in range(len(saved) + index):
        next(made)
    return made


class ArrangementIterator(IteratorVariable):
    """``product``, ``permutations``, ``combinations`` and ``combinations_with_replacement``.

    Args:
        cls: which of them.
        pools: the values that it took when it was made, a list for each iterable.
        size: the length of what it gives, or for ``product`` how often pools repeat.
    """

    __slots__ = ("cls", "picks", "pools", "position", "size")

    def __init__(self, cls: Any, pools: List[List[Variable]], size: int) -> None:
        super().__init__(None)
        self.cls = cls
        self.pools = pools
        self.size = size
        self.position = 0
        flat = pools * size if cls is itertools.product else pools
        numbers = [range(len(pool)) for pool in flat]
        self.pools = flat
        self.picks: Iterator[Any] = (
            itertools.product(*numbers) if cls is itertools.product else cls(numbers[0], size)
        )

    def step(self, machine: Machine) -> Optional[Variable]:
        for pick in self.picks:
            self.position += 1
            pools = self.pools if self.cls is itertools.product else self.pools * len(pick)
            chosen = [pool[index] for pool, index in zip(pools, pick)]
            return SequenceVariable(chosen, tuple)
        return None

    def python_type(self) -> type:
        kind: type = self.cls
        return kind

    def parts(self) -> List[Variable]:
        return [item for pool in self.pools for item in pool]

    def rebuild(self, writer: ResidualWriter) -> None:
        writer.constant(self.cls)
        for pool in self.pools:
            for item in pool:
                writer.load(item)
            writer.add(Op.BUILD_TUPLE, len(pool))
        if self.cls is itertools.product:
            writer.add(Op.CALL, (len(self.pools), ()))
        else:
            writer.constant(self.size)
            writer.add(Op.CALL, (2, ()))
        move_to(writer, self.position, indexed=False)


class TeeSource(IteratorVariable):
    """What the iterators of one ``tee`` share: the values taken, and where more come from.

    It stands for no object of the program; its real form is a ``tee`` at ``first``, of
    which each of them becomes a copy.
    """

    __slots__ = ("iterator", "running", "taken", "users")

    def __init__(self, iterator: Variable) -> None:
        super().__init__(None)
        self.iterator = iterator
        self.running = False
        self.taken: List[Variable] = []
        self.users: List[TeeIterator] = []

    @property
    def kept(self) -> List[Variable]:
        """The values that some user has still to give."""
        return self.taken[self.offset :]

    @property
    def offset(self) -> int:
        """How many values every user has given."""
        return min(user.position for user in self.users)

    def at(self, machine: Machine, position: int) -> Optional[Variable]:
        """The value at a position."""
        if position == len(self.taken):
            if self.running:
                machine.raise_observed(RuntimeError("cannot re-enter the tee iterator"))
            self.running = True
            try:
                item = iteration.advance(machine, self.iterator)
            finally:
                self.running = False
            if item is None:
                return None
            self.taken.append(item)
        return self.taken[position]

    def python_type(self) -> type:
        return type(itertools.tee(())[0])

    def parts(self) -> List[Variable]:
        return [*self.kept, self.iterator]

    def rebuild(self, writer: ResidualWriter) -> None:
        writer.constant(_tee)
        for item in self.kept:
            writer.load(item)
        writer.add(Op.BUILD_TUPLE, len(self.kept))
        writer.load(self.iterator)
        writer.add(Op.CALL, (2, ()))


def _tee(kept: Any, rest: Any) -> Any:
    return itertools.tee(itertools.chain(kept, rest), 1)[0]


def _tee_copy(source: Any, count: int) -> Any:
    made = copy.copy(source)
    for _ in range(count):
        next(made)
    return made


class TeeIterator(IteratorVariable):
    """One of the iterators that ``itertools.tee`` gives."""

    __slots__ = ("of", "position")

    def __init__(self, of: TeeSource, position: int = 0) -> None:
        super().__init__(None)
        self.of = of
        self.position = position
        of.users.append(self)

    def step(self, machine: Machine) -> Optional[Variable]:
        item = self.of.at(machine, self.position)
        if item is not None:
            self.position += 1
        return item

    def python_type(self) -> type:
        return self.of.python_type()

    def parts(self) -> List[Variable]:
        return [self.of]

    def rebuild(self, writer: ResidualWriter) -> None:
        writer.constant(_tee_copy)
        writer.load(self.of)
        writer.constant(self.position - self.of.offset)
        writer.add(Op.CALL, (2, ()))


class GroupByIterator(IteratorVariable):
    """``itertools.groupby(iterator, key)``.

    It can't be made real between groups: that would call the key again.
    """

    __slots__ = ("current", "iterator", "key", "key_of_current", "latest", "target")

    def __init__(self, iterator: Variable, key: Optional[Variable]) -> None:
        super().__init__(None)
        self.iterator = iterator
        self.key = key
        self.current: Optional[Variable] = None
        self.key_of_current: Optional[Variable] = None
        self.target: Optional[Variable] = None
        self.latest: Optional[GroupIterator] = None

    def take(self, machine: Machine) -> bool:
        """Take one more value, and its key; whether there was one."""
        item = iteration.advance(machine, self.iterator)
        if item is None:
            return False
        found = item
        if self.key is not None:
            found = machine.realise(machine.call(self.key, [item], {}))
        self.current, self.key_of_current = item, found
        return True

    def step(self, machine: Machine) -> Optional[Variable]:
        self.latest = None
        while self.key_of_current is None or (
            self.target is not None and same_key(machine, self.target, self.key_of_current)
        ):
            if not self.take(machine):
                return None
        self.target = self.key_of_current
        assert self.target is not None
        self.latest = GroupIterator(self, self.target)
        return SequenceVariable([self.target, self.latest], tuple)

    def python_type(self) -> type:
        return itertools.groupby

    def parts(self) -> List[Variable]:
        return [self.iterator] if self.key is None else [self.iterator, self.key]

    def rebuild(self, writer: ResidualWriter) -> None:
        if self.key_of_current is not None:
            writer.give_up("a groupby is alive between its groups")
        writer.constant(itertools.groupby)
        for part in self.parts():
            writer.load(part)
        writer.add(Op.CALL, (len(self.parts()), ()))


class GroupIterator(IteratorVariable):
    """One group of a ``groupby``: ends for good when the next group is asked for."""

    __slots__ = ("of", "target")

    def __init__(self, of: GroupByIterator, target: Variable) -> None:
        super().__init__(None)
        self.of = of
        self.target = target

    def step(self, machine: Machine) -> Optional[Variable]:
        of = self.of
        if of.latest is not self:
            return None
        if of.current is None and not of.take(machine):
            return None
        assert of.key_of_current is not None
        if not same_key(machine, self.target, of.key_of_current):
            return None
        item, of.current = of.current, None
        return item

    def python_type(self) -> type:
        return type(next(itertools.groupby([1]))[1])


def same_key(machine: Machine, one: Variable, two: Variable) -> bool:
    """Identity or equality, as ``PyObject_RichCompareBool`` decides."""
    return arithmetic.same_or_equal(machine, one, two)
