"""``co_code`` to opcodes, operands and offsets; nothing of what they mean.

Whole-array steps on the bytes instead of a loop over them. Works on the bytes of any version,
also on code objects that are not the interpreter's own (read from a foreign .pyc, by ``xdis``),
as far as they have the attributes.
"""

from __future__ import annotations

import dis
from bisect import bisect_left
from itertools import compress, repeat
from typing import Any, Iterable, List, NamedTuple, Optional, Tuple

from ..ir.instr import Position
from .table import OpcodeTable

__all__ = ["ExceptionEntry", "Raw", "exception_entries", "positions", "read"]

_NOWHERE = Position()


class Raw(NamedTuple):
    """The instructions of a code object, EXTENDED_ARG folded and caches skipped.

    Args:
        data: the opcodes as bytes.
        opcodes: the same as numbers.
        opargs: the operands.
        starts: offset of each instruction, its EXTENDED_ARGs included.
        offsets: offset of each instruction itself.
        selectors: for each code unit, whether an instruction itself stands there.
    """

    data: bytes
    opcodes: List[int]
    opargs: List[int]
    starts: List[int]
    offsets: List[int]
    selectors: bytes

    def find(self, offset: int) -> int:
        """The index of the instruction that starts at an offset, or -1."""
        index = bisect_left(self.offsets, offset)
        if index < len(self.starts) and offset in (self.starts[index], self.offsets[index]):
            return index
        return -1

    def first_at(self, offset: int) -> int:
        """The index of the first instruction at or after an offset."""
        return bisect_left(self.offsets, offset)


def read(code: bytes, table: OpcodeTable) -> Raw:
    """Split ``co_code`` into instructions."""
    units = code[::2]
    cache, extended_arg = table.filler
    if cache is None:
        data = units
        selectors = b"\1" * len(units)
        opargs = list(code[1::2])
        offsets = list(range(0, len(code), 2))
    else:
        data = units.translate(None, cache)
        selectors = units if cache == b"\0" else bytes(unit not in cache for unit in units)
        opargs = list(compress(code[1::2], selectors))
        offsets = list(compress(range(0, len(code), 2), selectors))
    raw: Raw = tuple.__new__(Raw, (data, list(data), opargs, offsets, offsets, selectors))
    return _fold(raw, extended_arg) if extended_arg in data else raw


def _fold(raw: Raw, extended_arg: int) -> Raw:
    """Take the EXTENDED_ARGs out and into the operands they belong to."""
    data, _, opargs, offsets, _, selectors = raw
    starts = list(offsets)
    kept = bytearray(b"\1") * len(data)
    stands = bytearray(selectors)
    index = data.find(extended_arg)
    while index >= 0:
        start = offsets[index]
        prefix = 0
        while index < len(data) and data[index] == extended_arg:
            prefix = (prefix | opargs[index]) << 8
            kept[index] = stands[offsets[index] >> 1] = 0
            index += 1
        if index < len(data):
            oparg = prefix | opargs[index]
            opargs[index] = oparg - (1 << 32) if oparg >= 1 << 31 else oparg
            starts[index] = start
        index = data.find(extended_arg, index)
    data = data.translate(None, bytes((extended_arg,)))
    return Raw(
        data,
        list(data),
        list(compress(opargs, kept)),
        list(compress(starts, kept)),
        list(compress(offsets, kept)),
        bytes(stands),
    )


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
    rest = iter(data)
    for byte in rest:
        start = byte & 63
        while byte & 64:
            byte = next(rest)
            start = start << 6 | byte & 63
        byte = next(rest)
        length = byte & 63
        while byte & 64:
            byte = next(rest)
            length = length << 6 | byte & 63
        byte = next(rest)
        target = byte & 63
        while byte & 64:
            byte = next(rest)
            target = target << 6 | byte & 63
        byte = next(rest)
        depth = byte & 63
        while byte & 64:
            byte = next(rest)
            depth = depth << 6 | byte & 63
        entry = (start * 2, (start + length) * 2, target * 2, depth >> 1, depth & 1 == 1)
        entries.append(tuple.__new__(ExceptionEntry, entry))
    return entries


def positions(code: Any, raw: Raw) -> List[Position]:
    """The source range of each instruction; lines only up to 3.10."""
    if hasattr(code, "co_positions"):
        ranges = compress(code.co_positions(), raw.selectors)
        found = list(map(tuple.__new__, repeat(Position), ranges))
    else:
        found = _lines(code, raw)
    if len(found) != len(raw.data):
        # some foreign code objects describe only a part of themselves
        return [_NOWHERE] * len(raw.data)
    return found


def _lines(code: Any, raw: Raw) -> List[Position]:
    """The line of each instruction, as a Position; fewer where the code object lacks them."""
    lines = getattr(code, "co_lines", None)
    if lines is not None:
        by_unit = _from_ranges(lines())
    elif hasattr(code, "co_lnotab") and not hasattr(code, "co_linetable"):
        by_unit = _from_lnotab(code.co_lnotab, code.co_firstlineno, len(raw.selectors))
    else:
        try:
            starts = list(dis.findlinestarts(code))
        except (AttributeError, TypeError, ValueError):
            return []
        ends = [start for start, _ in starts[1:]] + [2 * len(raw.selectors)]
        by_unit = _from_ranges((start, end, line) for (start, line), end in zip(starts, ends))
    if len(by_unit) == len(raw.opcodes):
        return by_unit
    return list(compress(by_unit, raw.selectors))


def _from_ranges(ranges: Iterable[Tuple[int, int, Optional[int]]]) -> List[Position]:
    """What ``co_lines()`` gives, for each code unit."""
    by_unit: List[Position] = []
    for start, end, line in ranges:
        if start >> 1 > len(by_unit):
            by_unit += [_NOWHERE] * ((start >> 1) - len(by_unit))
        here = _NOWHERE if line is None else Position(line)
        by_unit += [here] * ((end - start) >> 1)
    return by_unit


def _from_lnotab(lnotab: bytes, line: int, units: int) -> List[Position]:
    """``co_lnotab`` up to 3.9 (``Objects/lnotab_notes.txt``), for each code unit."""
    by_unit: List[Position] = []
    new = tuple.__new__
    offset = 0
    for distance, delta in zip(lnotab[::2], lnotab[1::2]):
        if distance:  # 255, the longest, ends in the middle of a unit
            offset += distance
            here = new(Position, (line, None, None, None))
            by_unit += [here] * ((offset >> 1) - len(by_unit))
        line += delta if delta < 128 else delta - 256
    by_unit += [Position(line)] * (units - len(by_unit))
    # the table may go on behind the end, where the optimizer took instructions away
    return by_unit[:units]
