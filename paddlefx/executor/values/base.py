"""What every symbolic value can answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, List, Optional

from ...source import Source

if TYPE_CHECKING:
    from ..breaking.residual import ResidualWriter

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

    def parts(self) -> List[Variable]:
        """The values that :meth:`rebuild` loads."""
        return []

    def rebuild(self, writer: ResidualWriter) -> None:
        """Write the instructions that push the object; only for values without a source.

        Raises:
            GiveUp: there are none.
        """
        kind = type(self).__name__.replace("Variable", "").lower()
        writer.give_up(f"a {kind} is alive at the end of the graph")

    def complete(self, writer: ResidualWriter, name: str) -> None:
        """Fill what :meth:`rebuild` left empty and handed to ``writer.fill_later``.

        Args:
            writer: the program.
            name: the local that holds the object.
        """
        raise NotImplementedError  # pragma: no cover - for values that ask for it
