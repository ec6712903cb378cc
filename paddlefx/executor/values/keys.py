"""Dict keys and set elements that are objects or tensors, not data."""

from __future__ import annotations

from typing import Any, Iterable, List, Optional

from .base import Variable

__all__ = ["KeyOf", "is_symbolic", "key_parts"]


class KeyOf:
    """Stands for a symbolic value among the keys of a dict or the elements of a set.

    It is equal to itself only: one object has one of them, see :mod:`..containers.keys`.

    Args:
        variable: the value.
        hashed: what its class's own ``__hash__`` gave; ``None`` when it is hashed by identity.
    """

    __slots__ = ("hashed", "step", "variable")

    def __init__(self, variable: Variable, hashed: Optional[int] = None) -> None:
        self.variable = variable
        self.hashed = hashed
        #: Of the instruction that first hashed it by its own ``__hash__``.
        self.step = 0

    def __repr__(self) -> str:
        return f"KeyOf({self.variable!r})"


def is_symbolic(key: Any) -> bool:
    """Whether a key is no data, or a tuple that holds what isn't."""
    if type(key) is tuple:
        return any(is_symbolic(item) for item in key)
    return type(key) is KeyOf


def key_parts(keys: Iterable[Any]) -> List[Variable]:
    """The symbolic values among keys."""
    found: List[Variable] = []
    for key in keys:
        if type(key) is KeyOf:
            found.append(key.variable)
        elif type(key) is tuple:
            found += key_parts(key)
    return found
