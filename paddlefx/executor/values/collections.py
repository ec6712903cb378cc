"""``deque`` and ``defaultdict`` made in the frame."""

from __future__ import annotations

import collections
from typing import TYPE_CHECKING, Any, Callable, Dict, Iterable, List, Optional

from ...ir.instr import Op
from ...source import Source
from .base import Variable
from .containers import DictVariable, item_constant

if TYPE_CHECKING:
    from ..breaking.residual import ResidualWriter

__all__ = ["DefaultDictVariable", "DequeVariable"]


class DequeVariable(Variable):
    """A ``collections.deque``.

    Args:
        items: its elements.
        maxlen: how many it keeps.
        source: where it came from.
        unread: called once when the elements are first looked at: guards their number.
    """

    __slots__ = ("_items", "_unread", "maxlen", "state")

    def __init__(
        self,
        items: Iterable[Variable] = (),
        maxlen: Optional[int] = None,
        source: Optional[Source] = None,
        unread: Optional[Callable[[], None]] = None,
    ) -> None:
        super().__init__(source)
        self._items: List[Variable] = []
        self._unread: Optional[Callable[[], None]] = None
        self.maxlen = maxlen
        #: Counts appends and pops: an iterator notices them.
        self.state = 0
        for item in items:
            self.append(item)
        self._unread = unread

    @property
    def cls(self) -> type:
        """The exact type."""
        return collections.deque

    @property
    def base(self) -> Any:
        """The built-in type whose methods change it."""
        return collections.deque

    @property
    def items(self) -> List[Variable]:
        """The elements."""
        if self._unread is not None:
            unread, self._unread = self._unread, None
            unread()
        return self._items

    @items.setter
    def items(self, items: List[Variable]) -> None:
        self._items = items

    def peek(self) -> List[Variable]:
        """The elements this call has, for uses that don't depend on how many there are."""
        return self._items

    def append(self, value: Variable) -> None:
        """Add at the right, and drop at the left what doesn't fit."""
        self.state += 1
        if self.maxlen is None:
            self._items.append(value)
            return
        self.items.append(value)
        if len(self.items) > self.maxlen:
            del self.items[0]

    def append_left(self, value: Variable) -> None:
        """Add at the left, and drop at the right what doesn't fit."""
        self.state += 1
        if self.maxlen is None:
            self._items.insert(0, value)
            return
        self.items.insert(0, value)
        if len(self.items) > self.maxlen:
            del self.items[-1]

    def python_type(self) -> type:
        return collections.deque

    def as_constant(self) -> Any:
        return collections.deque([item_constant(item) for item in self.items], self.maxlen)

    def parts(self) -> List[Variable]:
        return self.items

    def rebuild(self, writer: ResidualWriter) -> None:
        writer.constant(collections.deque)
        for item in self.items:
            writer.load(item)
        writer.add(Op.BUILD_TUPLE, len(self.items))
        writer.constant(self.maxlen)
        writer.add(Op.CALL, (2, ()))

    def __repr__(self) -> str:
        return f"DequeVariable({self.items!r}, {self.maxlen})"


class DefaultDictVariable(DictVariable):
    """A ``collections.defaultdict``.

    Args:
        factory: makes the values of keys that it lacks; the constant ``None`` for none.
        items: what it holds.
    """

    __slots__ = ("factory",)

    def __init__(
        self, factory: Variable, items: Dict[Any, Variable], source: Optional[Source] = None
    ) -> None:
        super().__init__(items, collections.defaultdict, source)
        self.factory = factory

    def parts(self) -> List[Variable]:
        return [self.factory, *super().parts()]

    def rebuild(self, writer: ResidualWriter) -> None:
        writer.constant(collections.defaultdict)
        writer.load(self.factory)
        for key, item in self.items.items():
            writer.key(key)
            writer.load(item)
        writer.add(Op.BUILD_MAP, len(self.items))
        writer.add(Op.CALL, (2, ()))

    def __repr__(self) -> str:
        return f"DefaultDictVariable({self.factory!r}, {self.items!r})"
