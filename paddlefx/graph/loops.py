"""Calls that are loops over elements, as a framework tells them: what fuses."""

from __future__ import annotations

from typing import NamedTuple, Optional

from .node import Node

__all__ = ["Loop"]


class Loop(NamedTuple):
    """A call whose result is computed element by element, or row by row.

    Args:
        operand: of a reduction or normalisation, the value that it goes over; ``None``: each
            element of the result comes from the elements at its place of the broadcast arguments.
        reduced: the number of trailing axes of ``operand`` that it goes over.
        passes: about how many elementwise calls it stands for.
    """

    operand: Optional[Node] = None
    reduced: int = 0
    passes: int = 1
