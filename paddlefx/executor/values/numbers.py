"""Numbers that no guard fixes."""

from __future__ import annotations

from typing import Any

from ...symbolic import SymbolicNumber
from .base import Variable

__all__ = ["NumberVariable"]


class NumberVariable(Variable):
    """An int or float that varies from call to call: only its type and bounds are guarded.

    Args:
        number: where it comes from, and its value in the call at hand.
    """

    __slots__ = ("number",)

    def __init__(self, number: SymbolicNumber) -> None:
        super().__init__(number.source)
        self.number = number

    def python_type(self) -> type:
        return type(self.number.value)

    def as_constant(self) -> Any:
        """Never answers: the value is fixed first.

        Raises:
            Specialise: always; capture begins anew, and the number is a constant then.
        """
        self.number.specialise()

    def __repr__(self) -> str:
        return f"NumberVariable({self.source})"
