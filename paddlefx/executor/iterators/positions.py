"""Bringing a real iterator to the position that capture left off at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Iterator, Optional

from ...ir.instr import Op

if TYPE_CHECKING:
    from ..breaking.residual import ResidualWriter

__all__ = ["advanced", "exhausted", "move_to"]

#: Where ``__setstate__`` takes a ``Py_ssize_t``.
_LARGE = 2**31


def advanced(iterator: Iterator[Any], count: int) -> Iterator[Any]:
    """``iterator`` behind its next ``count`` values."""
    for _ in range(count):
        next(iterator, None)
    return iterator


def exhausted(iterator: Iterator[Any]) -> Iterator[Any]:
    """``iterator`` at its end, which it has noticed: it stays there."""
    for _ in iterator:
        pass
    return iterator


def placed(iterator: Any, position: int) -> Any:
    """``iterator`` of a sequence, with ``position`` as the index of its next value."""
    iterator.__setstate__(position)
    return iterator


def move_to(writer: ResidualWriter, position: Optional[int], indexed: bool) -> None:
    """Instructions that move the fresh iterator on the stack; ``None`` is the end.

    Args:
        writer: the residual program.
        position: how many values it has given, or for ``indexed`` ones the next index.
        indexed: whether the type's ``__setstate__`` takes an index.
    """
    if position is None:
        writer.constant(exhausted)
        writer.add(Op.SWAP, 2)
        writer.add(Op.CALL, (1, ()))
        return
    if not indexed and position == 0:
        return
    writer.constant(placed if indexed and abs(position) < _LARGE else advanced)
    writer.add(Op.SWAP, 2)
    writer.constant(position)
    writer.add(Op.CALL, (2, ()))
