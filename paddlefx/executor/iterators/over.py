"""Iterators over containers, data, tensors, and calls until a sentinel.

As in CPython's ``Objects/listobject.c``, ``tupleobject.c``, ``rangeobject.c``,
``dictobject.c``, ``setobject.c`` and ``iterobject.c``.
"""

from __future__ import annotations

import collections
from typing import TYPE_CHECKING, Any, Iterator, List, NoReturn, Optional

from ...ir.instr import Op
from ..breaks import Kind, ObservedException, Restart
from ..values import (
    ConstantVariable,
    DequeVariable,
    DictVariable,
    FreshVariable,
    IteratorVariable,
    SequenceVariable,
    SetVariable,
    TensorVariable,
    Variable,
)
from ..wrapping import from_python
from .positions import move_to

if TYPE_CHECKING:
    from ..breaking.residual import ResidualWriter
    from ..machine import Machine

__all__ = [
    "DataIterator",
    "DequeIterator",
    "DictIterator",
    "RowIterator",
    "SequenceIterator",
    "SetIterator",
]


class SequenceIterator(IteratorVariable):
    """``iter(list)`` or ``iter(tuple)``: sees items that are added while it runs.

    Args:
        over: the sequence.
        backwards: it is ``reversed(over)``.
    """

    __slots__ = ("backwards", "over", "position")

    def __init__(self, over: SequenceVariable, backwards: bool = False) -> None:
        super().__init__(None)
        self.over = over
        self.backwards = backwards
        #: The index of the next item; ``None`` once the end was found: it stays there.
        self.position: Optional[int] = len(over.items) - 1 if backwards else 0

    def step(self, machine: Machine) -> Optional[Variable]:
        items, index = self.over.items, self.position
        if index is None or not 0 <= index < len(items):
            self.position = None
            return None
        found = items[index] = machine.realise(items[index])
        self.position = index - 1 if self.backwards else index + 1
        return found

    def python_type(self) -> type:
        if issubclass(self.over.cls, list):
            return type(reversed([])) if self.backwards else type(iter([]))
        return reversed if self.backwards else type(iter(()))

    def parts(self) -> List[Variable]:
        return [] if self.position is None else [self.over]

    def rebuild(self, writer: ResidualWriter) -> None:
        writer.constant(reversed if self.backwards else iter)
        if self.position is None:
            writer.add(Op.BUILD_LIST if issubclass(self.over.cls, list) else Op.BUILD_TUPLE, 0)
        else:
            writer.load(self.over)
        writer.add(Op.CALL, (1, ()))
        move_to(writer, self.position, indexed=True)


class DataIterator(IteratorVariable):
    """Over data that never changes, and may be long: a range, a string, bytes.

    Args:
        over: the data.
        backwards: it is ``reversed(over)``.
        of: the variable of data that is an object of its own: an array, a bytearray.
    """

    __slots__ = ("backwards", "of", "over", "position", "rest")

    def __init__(
        self, over: Any, backwards: bool = False, of: Optional[ConstantVariable] = None
    ) -> None:
        super().__init__(None)
        self.over = over
        self.of = of if isinstance(of, FreshVariable) else None
        self.backwards = backwards
        self.rest: Iterator[Any] = self._fresh()
        self.position: Optional[int] = 0

    def _fresh(self) -> Iterator[Any]:
        return reversed(self.over) if self.backwards else iter(self.over)

    def step(self, machine: Machine) -> Optional[Variable]:
        if self.position is None:
            return None
        for value in self.rest:
            self.position += 1
            return from_python(machine, value)
        self.position = None
        return None

    def python_type(self) -> type:
        return type(self._fresh())

    def parts(self) -> List[Variable]:
        return [] if self.of is None else [self.of]

    def rebuild(self, writer: ResidualWriter) -> None:
        writer.constant(reversed if self.backwards else iter)
        if self.of is None:
            writer.constant(self.over)
        else:
            writer.load(self.of)
        writer.add(Op.CALL, (1, ()))
        if self.position is None or not isinstance(self.over, range):
            move_to(writer, self.position, indexed=False)
        else:
            small = not self.over[2**31 :]  # len() may be too large for itself
            move_to(writer, self.position, indexed=small)


#: What follows the last key.
_END = object()


class DictIterator(IteratorVariable):
    """``iter()`` or ``reversed()`` of a dict or of one of its views (``Objects/dictobject.c``).

    Args:
        machine: the capture.
        over: the dict.
        keys: its keys now, in the order of the iterator.
        kind: ``keys``, ``values`` or ``items``.
        backwards: whether it runs from the end.
    """

    __slots__ = ("backwards", "keys", "kind", "made_at", "over", "position", "rest")

    def __init__(
        self,
        machine: Machine,
        over: DictVariable,
        keys: List[Any],
        kind: str,
        backwards: bool = False,
    ) -> None:
        super().__init__(None)
        self.over = over
        self.keys = keys
        self.kind = kind
        self.backwards = backwards
        self.position: Optional[int] = 0
        #: One of the stand-in, which sees keys go and come again.
        self.rest: Iterator[Any] = reversed(over.items) if backwards else iter(over.items)
        #: The step from which on it is made for real, when the keys change under it.
        self.made_at = machine.direct_step()

    def step(self, machine: Machine) -> Optional[Variable]:
        if self.position is None:
            return None
        table = self.over.items
        if len(table) != len(self.keys):
            if issubclass(self.over.cls, collections.OrderedDict):
                machine.raise_observed(
                    RuntimeError("OrderedDict mutated during iteration"), worded=True
                )
            machine.raise_observed(
                RuntimeError("dictionary changed size during iteration"), worded=True
            )
        try:
            key = next(self.rest, _END)
        except RuntimeError:
            self._changed(machine)
        if self.position >= len(self.keys):
            if key is not _END:
                self._changed(machine)
            self.position = None
            return None
        expected = self.keys[self.position]
        if key is not expected and key != expected:
            self._changed(machine)
        self.position += 1
        if self.kind == "keys":
            return from_python(machine, key)
        found = table[key] = machine.realise(table[key])
        if self.kind == "values":
            return found
        return SequenceVariable([from_python(machine, key), found], tuple)

    def _changed(self, machine: Machine) -> NoReturn:
        reason = "the keys of a dict change while it is iterated"
        raise Restart(self.made_at, machine.describe(Kind.OPERATION, reason))

    def python_type(self) -> type:
        view = getattr(self.over.cls(), self.kind)()
        return type(reversed(view) if self.backwards else iter(view))

    def parts(self) -> List[Variable]:
        return [self.over]

    def rebuild(self, writer: ResidualWriter) -> None:
        keys = list(self.over.items)
        if self.position is not None and (keys[::-1] if self.backwards else keys) != self.keys:
            reason = "an iterator over a dict whose keys have changed is alive"
            writer.made_for_real(self.made_at, reason)
        writer.constant(reversed if self.backwards else iter)
        writer.load(self.over)
        writer.add(Op.LOAD_ATTR, self.kind)
        writer.add(Op.CALL, (0, ()))
        writer.add(Op.CALL, (1, ()))
        move_to(writer, self.position, indexed=False)


class SetIterator(IteratorVariable):
    """``iter(set)``: one of the stand-in, which has the same table.

    Raises:
        GraphBreak: the order comes from the addresses of objects.
    """

    __slots__ = ("ended", "iterator", "over")

    def __init__(self, machine: Machine, over: SetVariable) -> None:
        super().__init__(None)
        if over.unordered:
            machine.break_graph(
                Kind.OPERATION,
                "iteration over a set of objects: the order comes from their addresses",
                "iterate over sorted(...) of it",
            )
        over.settle()
        self.over = over
        self.iterator = iter(over.items)
        self.ended = False

    def step(self, machine: Machine) -> Optional[Variable]:
        self.over.settle()  # another set may have been put into it
        try:
            return from_python(machine, next(self.iterator))
        except StopIteration:
            self.ended = True
            return None
        except RuntimeError as error:
            machine.raise_observed(error, worded=True)

    def python_type(self) -> type:
        return type(iter(set()))

    def parts(self) -> List[Variable]:
        return [self.over]

    def rebuild(self, writer: ResidualWriter) -> None:
        reduced: Any = self.iterator.__reduce__  # it doesn't move
        try:
            left = len(reduced()[1][0])
        except RuntimeError:
            writer.give_up("an iterator over a set that has changed is alive")
        writer.constant(iter)
        writer.load(self.over)
        writer.add(Op.CALL, (1, ()))
        position = None if self.ended else len(self.over.items) - left
        move_to(writer, position, indexed=False)


class RowIterator(IteratorVariable):
    """The rows of a tensor, by ``__getitem__`` (the sequence protocol of ``iterobject.c``)."""

    __slots__ = ("over", "position")

    def __init__(self, over: TensorVariable) -> None:
        super().__init__(None)
        self.over = over
        self.position = 0

    def step(self, machine: Machine) -> Optional[Variable]:
        from ..tensors.operations import get_item

        if self.position >= self.over.meta.shape[0]:
            return None
        found = get_item(machine, self.over, ConstantVariable(self.position))
        self.position += 1
        return found

    def python_type(self) -> type:
        return _SEQUENCE_ITERATOR

    def parts(self) -> List[Variable]:
        return [self.over]

    def rebuild(self, writer: ResidualWriter) -> None:
        writer.constant(iter)
        writer.load(self.over)
        writer.add(Op.CALL, (1, ()))
        move_to(writer, self.position, indexed=True)


class _Indexed:
    """Has nothing but ``__getitem__``."""

    def __getitem__(self, index: int) -> int:
        raise IndexError(index)


_SEQUENCE_ITERATOR = type(iter(_Indexed()))


class CallIterator(IteratorVariable):
    """``iter(function, sentinel)``: calls until the result equals the sentinel."""

    __slots__ = ("done", "function", "sentinel")

    def __init__(self, function: Variable, sentinel: Variable) -> None:
        super().__init__(None)
        self.function = function
        self.sentinel = sentinel
        self.done = False

    def step(self, machine: Machine) -> Optional[Variable]:
        from ..operators import arithmetic

        if self.done:
            return None
        try:
            found = machine.realise(machine.call(self.function, [], {}))
        except ObservedException as signal:
            if not isinstance(signal.variable.value, StopIteration):
                raise
            signal.forget_frames()
            self.done = True
        if self.done:  # by the call itself, which may ask the iterator too
            return None
        if arithmetic.same_or_equal(machine, self.sentinel, found):
            self.done = True
            return None
        return found

    def python_type(self) -> type:
        return type(iter(int, 1))

    def parts(self) -> List[Variable]:
        return [] if self.done else [self.function, self.sentinel]

    def rebuild(self, writer: ResidualWriter) -> None:
        writer.constant(iter)
        if self.done:
            writer.constant(int)
            writer.constant(0)
        else:
            writer.load(self.function)
            writer.load(self.sentinel)
        writer.add(Op.CALL, (2, ()))
        if self.done:
            move_to(writer, None, indexed=False)


class DequeIterator(IteratorVariable):
    """``iter(deque)`` or ``reversed(deque)``: it may not be appended to or popped meanwhile."""

    __slots__ = ("backwards", "over", "position", "state")

    def __init__(self, over: DequeVariable, backwards: bool = False) -> None:
        super().__init__(None)
        self.over = over
        self.backwards = backwards
        self.position = 0
        self.state = over.state

    def step(self, machine: Machine) -> Optional[Variable]:
        if self.over.state != self.state:
            machine.raise_observed(RuntimeError("deque mutated during iteration"), worded=True)
        if self.position >= len(self.over.items):
            return None
        self.position += 1
        place = -self.position if self.backwards else self.position - 1
        found = self.over.items[place] = machine.realise(self.over.items[place])
        return found

    def python_type(self) -> type:
        made: Any = collections.deque()
        return type(reversed(made) if self.backwards else iter(made))

    def parts(self) -> List[Variable]:
        return [self.over]

    def rebuild(self, writer: ResidualWriter) -> None:
        if self.over.state != self.state:
            writer.give_up("an iterator over a deque that has changed is alive")
        writer.constant(reversed if self.backwards else iter)
        writer.load(self.over)
        writer.add(Op.CALL, (1, ()))
        move_to(writer, self.position, indexed=False)
