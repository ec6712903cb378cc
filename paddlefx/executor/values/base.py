"""What every symbolic value can answer."""

from __future__ import annotations

from typing import Any, Optional

from ...source import Source

__all__ = ["NotConstant", "Variable"]


class NotConstant(Exception):
    """Asked for the Python value of something that is only known symbolically."""


class Variable:
    """A value of the captured frame as the executor knows it.

    Args:
        source: the path that loads it again, when it came from outside the frame.
    """

    __slots__ = ("source",)

    def __init__(self, source: Optional[Source] = None) -> None:
        self.source = source

    def python_type(self) -> type:
        """The exact type that the plain program would see."""
        raise NotImplementedError  # pragma: no cover - every kind defines it

    def as_constant(self) -> Any:
        """The Python value itself, when all of it is known.

        Raises:
            NotConstant: some part is a tensor or an object that isn't pinned by a guard.
        """
        raise NotConstant

    def is_constant(self) -> bool:
        """Whether :meth:`as_constant` answers."""
        try:
            self.as_constant()
        except NotConstant:
            return False
        return True
