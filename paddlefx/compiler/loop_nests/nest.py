"""What a kernel is, whoever compiles it: loops over rows, and an expression for each result.

Adjacent dimensions along which all tensors are alike have been made one. The last is the
*row*, over which reductions go. Inputs are contiguous.
"""

from __future__ import annotations

from typing import NamedTuple, Optional, Tuple

from .expression import Value

__all__ = ["LoopNest", "Operand", "Output"]


class Operand(NamedTuple):
    """A tensor that a kernel reads.

    Args:
        dtype: its elements' type.
        moves: for each dimension of the nest, whether the tensor has it (or is broadcast).
    """

    dtype: str
    moves: Tuple[bool, ...]


class Output(NamedTuple):
    """A tensor that a kernel writes.

    Args:
        value: what to.
        moves: as of :class:`Operand`; where it lacks an outer dimension the values are summed.
    """

    value: Value
    moves: Tuple[bool, ...]


class LoopNest(NamedTuple):
    """All there is to know of a kernel.

    Args:
        sizes: of each dimension, outermost first; ``None`` is given at each call.
        inputs: what it reads, by the number that ``input`` values have.
        outputs: what it writes.
        watched: whether the kernel gives 1 when something that it reads or writes isn't finite,
            and else 0.
    """

    sizes: Tuple[Optional[int], ...]
    inputs: Tuple[Operand, ...]
    outputs: Tuple[Output, ...]
    watched: bool = False
