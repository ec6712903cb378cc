"""Line tables of the three formats, from the source range of each instruction.

``lnotab`` (3.8, 3.9: ``Objects/lnotab_notes.txt``), ``linetable`` (3.10, PEP 626) and
``positions`` (3.11+, PEP 657: ``Objects/locations.md``).
"""

from __future__ import annotations

from typing import Callable, Dict, List, Tuple

from ..ir.instr import Position

__all__ = ["LINE_TABLES"]

#: (length in bytes, where it comes from) for each instruction in turn.
Ranges = List[Tuple[int, Position]]


def lnotab(ranges: Ranges, first_line: int) -> bytes:
    """``co_lnotab`` up to 3.9; instructions without a line go with the one before."""
    out = bytearray()
    line = first_line
    distance = 0
    for length, position in ranges:
        wanted = position.lineno
        if wanted is not None and wanted != line:
            delta = wanted - line
            while distance > 255:
                out += b"\xff\x00"
                distance -= 255
            while delta > 127:
                out += bytes((distance, 127))
                distance, delta = 0, delta - 127
            while delta < -128:
                out += bytes((distance, 128))
                distance, delta = 0, delta + 128
            out += bytes((distance, delta & 255))
            distance, line = 0, wanted
        distance += length
    return bytes(out)


def linetable(ranges: Ranges, first_line: int) -> bytes:
    """``co_linetable`` of 3.10."""
    out = bytearray()
    line = first_line
    index = 0
    while index < len(ranges):
        wanted = ranges[index][1].lineno
        length = 0
        while index < len(ranges) and ranges[index][1].lineno == wanted:
            length += ranges[index][0]
            index += 1
        if wanted is None:
            code = 128
        else:
            delta = wanted - line
            line = wanted
            while delta > 127:
                out += b"\x00\x7f"
                delta -= 127
            while delta < -127:
                out += b"\x00\x81"
                delta += 127
            code = delta & 255
        while length > 254:
            out += bytes((254, code))
            length -= 254
            code = 128 if code == 128 else 0
        out += bytes((length, code))
    return bytes(out)


def _varint(out: bytearray, value: int) -> None:
    while value >= 64:
        out.append(64 | (value & 63))
        value >>= 6
    out.append(value)


def _signed_varint(out: bytearray, value: int) -> None:
    _varint(out, (-value << 1) | 1 if value < 0 else value << 1)


def positions(ranges: Ranges, first_line: int) -> bytes:
    """``co_linetable`` from 3.11 on."""
    out = bytearray()
    line = first_line
    index = 0
    size = len(ranges)
    while index < size:
        length, where = ranges[index]
        index += 1
        while index < size and ranges[index][1] == where:
            length += ranges[index][0]
            index += 1
        units = length >> 1
        while units > 0:
            count = min(units, 8)
            line = _location(out, where, count, line)
            units -= count
    return bytes(out)


def _location(out: bytearray, where: Position, units: int, line: int) -> int:
    start, end, column, end_column = where
    head = 128 | (units - 1)
    if start is None:
        out.append(head | 15 << 3)
        return line
    delta = start - line
    if column is None or end_column is None or end is None:
        if end is None or end == start:
            out.append(head | 13 << 3)
            _signed_varint(out, delta)
            return start
    elif end == start:
        if delta == 0 and column < 80 and 0 <= end_column - column < 16:
            out.append(head | (column >> 3) << 3)
            out.append((column & 7) << 4 | (end_column - column))
            return start
        if 0 <= delta < 3 and column < 128 and end_column < 128:
            out.append(head | (10 + delta) << 3)
            out.append(column)
            out.append(end_column)
            return start
    out.append(head | 14 << 3)
    _signed_varint(out, delta)
    _varint(out, (end if end is not None and end >= start else start) - start)
    _varint(out, 0 if column is None else column + 1)
    _varint(out, 0 if end_column is None else end_column + 1)
    return start


LINE_TABLES: Dict[str, Tuple[str, Callable[[Ranges, int], bytes]]] = {
    "lnotab": ("co_lnotab", lnotab),
    "linetable": ("co_linetable", linetable),
    "positions": ("co_linetable", positions),
}
