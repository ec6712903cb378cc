"""Iterators over known sequences, and generators suspended in capture."""

from __future__ import annotations

import types
from typing import TYPE_CHECKING, List, Optional

from .base import Variable
from .containers import DictVariable, SequenceVariable

if TYPE_CHECKING:
    from ..frame import Frame

__all__ = ["GeneratorVariable", "IteratorVariable", "ViewVariable"]


class IteratorVariable(Variable):
    """An iterator that gives known values one after the other.

    Args:
        items: the values; a list that may still grow when it iterates over ``over``.
        cls: the iterator type the plain program sees.
        over: the list iterated, when changes to it must be seen.
    """

    __slots__ = ("cls", "index", "items", "over")

    def __init__(
        self, items: List[Variable], cls: type, over: Optional[SequenceVariable] = None
    ) -> None:
        super().__init__(None)
        self.items = items if over is None else over.items
        self.index = 0
        self.cls = cls
        self.over = over

    def python_type(self) -> type:
        return self.cls

    def advance(self) -> Optional[Variable]:
        """The next value; ``None`` at the end."""
        if self.index >= len(self.items):
            return None
        self.index += 1
        return self.items[self.index - 1]

    def __repr__(self) -> str:
        return f"IteratorVariable({self.index} of {len(self.items)})"


class ViewVariable(Variable):
    """``dict.keys()``, ``values()`` or ``items()``: a live view.

    Args:
        over: the dict.
        kind: the name of the method that made it.
    """

    __slots__ = ("kind", "over")

    def __init__(self, over: DictVariable, kind: str) -> None:
        super().__init__(None)
        self.over = over
        self.kind = kind

    def python_type(self) -> type:
        return type(getattr(self.over.cls(), self.kind)())

    def __repr__(self) -> str:
        return f"ViewVariable({self.kind}, {self.over!r})"


class GeneratorVariable(Variable):
    """A generator whose frame is captured as it is consumed."""

    __slots__ = ("done", "frame", "running")

    def __init__(self, frame: Frame) -> None:
        super().__init__(None)
        self.frame = frame
        self.done = False
        self.running = False

    def python_type(self) -> type:
        return types.GeneratorType

    def __repr__(self) -> str:
        return f"GeneratorVariable({self.frame.program.name})"
