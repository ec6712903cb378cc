"""``co_code`` to opcodes, operands and offsets; nothing of what they mean.

A loop over the bytes, an order of magnitude faster than ``dis``. Works on the bytes of any
version, also on code objects read by ``xdis``, as far as they have the attributes.
"""

from __future__ import annotations

import dis
from typing import Any, Dict, List, NamedTuple, Optional, Sequence, Tuple

from ..ir.instr import Position
from .table import OpcodeTable

__all__ = ["ExceptionEntry", "Raw", "exception_entries", "positions", "read"]

_NOWHERE = Position()


class Raw(NamedTuple):
    """The instructions of a code object, EXTENDED_ARG folded and caches skipped.

    Args:
        opcodes: the bytes.
        opargs: the operands.
        starts: offset of each instruction, its EXTENDED_ARGs included.
        offsets: offset of each instruction itself.
        at: instruction index by start offset (and by own offset).
    """

    opcodes: List[int]
    opargs: List[int]
    starts: List[int]
    offsets: List[int]
    at: Dict[int, int]


def read(code: bytes, table: OpcodeTable) -> Raw:
    """Split ``co_code`` into instructions."""
    opcodes: List[int] = []
    opargs: List[int] = []
    starts: List[int] = []
    offsets: List[int] = []
    index: Dict[int, int] = {}
    extended_arg = table["EXTENDED_ARG"].number
    cache = table["CACHE"].number if "CACHE" in table else -1
    extended = 0
    start = -1
    offset = 0
    for opcode, oparg in zip(code[::2], code[1::2]):
        if opcode == extended_arg:
            if start < 0:
                start = offset
            extended = (extended | oparg) << 8
        elif opcode != cache:
            if start >= 0:
                oparg |= extended
                if oparg >= 1 << 31:
                    oparg -= 1 << 32
                index[start] = index[offset] = len(opcodes)
                starts.append(start)
                extended = 0
                start = -1
            else:
                index[offset] = len(opcodes)
                starts.append(offset)
            offsets.append(offset)
            opcodes.append(opcode)
            opargs.append(oparg)
        offset += 2
    return Raw(opcodes, opargs, starts, offsets, index)


class ExceptionEntry(NamedTuple):
    """One row of an exception table (3.11+), in bytes; ``depth`` counts slots."""

    start: int
    end: int
    target: int
    depth: int
    lasti: bool


def exception_entries(data: bytes) -> List[ExceptionEntry]:
    """Parse ``co_exceptiontable`` (``Objects/exception_handling_notes.txt``)."""
    entries: List[ExceptionEntry] = []
    numbers: List[int] = []
    value = 0
    for byte in data:
        value = (value << 6) | (byte & 63)
        if not byte & 64:
            numbers.append(value)
            value = 0
            if len(numbers) == 4:
                start, length, target, depth_lasti = numbers
                entries.append(
                    ExceptionEntry(
                        start * 2,
                        (start + length) * 2,
                        target * 2,
                        depth_lasti >> 1,
                        bool(depth_lasti & 1),
                    )
                )
                numbers = []
    return entries


def positions(code: Any, raw: Raw) -> List[Position]:
    """The source range of each instruction; lines only up to 3.10."""
    new = tuple.__new__
    get = getattr(code, "co_positions", None)
    if get is not None:
        try:
            table = list(get())
            return [new(Position, table[offset >> 1]) for offset in raw.offsets]
        except (IndexError, TypeError):
            return [_NOWHERE] * len(raw.offsets)
    starts: Dict[int, Optional[int]] = {}
    lines = getattr(code, "co_lines", None)
    if lines is not None:
        for start, end, line in lines():
            for offset in range(start, end, 2):
                starts[offset] = line
        return [_at(starts.get(offset)) for offset in raw.offsets]
    try:
        pairs = list(dis.findlinestarts(code))
    except (AttributeError, TypeError, ValueError):
        return [_NOWHERE] * len(raw.offsets)
    return _from_line_starts(pairs, raw)


def _at(line: Optional[int]) -> Position:
    return Position(line) if line is not None else _NOWHERE


def _from_line_starts(pairs: Sequence[Tuple[int, Optional[int]]], raw: Raw) -> List[Position]:
    result: List[Position] = []
    here = _NOWHERE
    step = 0
    for offset in raw.offsets:
        while step < len(pairs) and pairs[step][0] <= offset:
            here = _at(pairs[step][1])
            step += 1
        result.append(here)
    return result
