"""The array library beside a tensor framework, as the executor sees it."""

from __future__ import annotations

import contextlib
from typing import Any, Callable, ContextManager, Optional, Tuple

__all__ = ["Arrays"]


class Arrays:
    """What captured code may compute with arrays that it makes itself: here, nothing."""

    #: Types of immutable results.
    constants: Tuple[type, ...] = ()
    #: Those among them that are numbers, and go into operators of tensors.
    numbers: Tuple[type, ...] = ()
    #: Types of arrays and of scalars, which have methods.
    elements: Tuple[type, ...] = ()
    #: Types of scalars that look into an array's memory.
    records: Tuple[type, ...] = ()
    #: Types of functions that are what they are.
    callables: Tuple[type, ...] = ()
    #: Types of results that can be changed.
    mutable: Tuple[type, ...] = ()

    def computes(self, target: Any) -> bool:
        """Whether calling ``target`` with data only computes."""
        return False

    def known(self, value: Any) -> bool:
        """Whether ``value`` is one of the library's."""
        return isinstance(value, (*self.constants, *self.mutable))

    def index(self, value: Any) -> Optional[int]:
        """The int that a scalar is wherever the framework wants one; ``None`` for others."""
        return None

    def strictly(self) -> ContextManager[Any]:
        """A context in which what would warn raises FloatingPointError."""
        return contextlib.nullcontext()

    def holds_data(self, array: Any) -> bool:
        """Whether its elements are in its own memory, not objects elsewhere."""
        return False

    def method(self, name: str) -> Optional[str]:
        """``"reads"`` for a method that only computes, ``"changes"`` for one that writes.

        ``None`` for any other: it does more than that.
        """
        return None

    def attribute(self, name: str) -> bool:
        """Whether an attribute is data that the array's contents and layout tell."""
        return False

    def snapshot(self, value: Any) -> Any:
        """A copy that a guard compares with, ``None`` where there is none: too large, or odd."""
        return None

    def copy(self, array: Any) -> Any:
        """The same elements in the same order of memory."""
        raise NotImplementedError  # pragma: no cover - there are no arrays

    def restore(self, array: Any, saved: Any) -> None:
        """Give an array the elements of a copy of it."""
        raise NotImplementedError  # pragma: no cover - there are no arrays

    def root(self, array: Any) -> Any:
        """The array whose memory it looks into; itself when the memory is its own."""
        return array

    def window(self, array: Any) -> Optional[Tuple[Callable[..., Any], Tuple[Any, ...]]]:
        """How an array is made of its root: ``function(root, *args)``; ``None``: it can't be."""
        return None
