"""Line tables of the three formats, from the source range of each instruction.

``lnotab`` (3.8, 3.9: ``Objects/lnotab_notes.txt``), ``linetable`` (3.10, PEP 626) and
``positions`` (3.11+, PEP 657: ``Objects/locations.md``).
"""

from __future__ import annotations

from typing import Callable, Dict, Sequence, Tuple

from ..ir.instr import Position

__all__ = ["LINE_TABLES"]

#: Gets the length of each instruction in code units, where each comes from, and the first line.
Writer = Callable[[Sequence[int], Sequence[Position], int], bytes]


def lnotab(units: Sequence[int], places: Sequence[Position], first_line: int) -> bytes:
    """``co_lnotab`` up to 3.9; instructions without a line go with the one before."""
    out = bytearray()
    line = first_line
    distance = 0
    for length, position in zip(units, places):
        wanted = position[0]
        if wanted != line and wanted is not None:
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
        distance += length << 1
    return bytes(out)


def linetable(units: Sequence[int], places: Sequence[Position], first_line: int) -> bytes:
    """``co_linetable`` of 3.10."""
    out = bytearray()
    line = first_line
    index = 0
    size = len(units)
    while index < size:
        wanted = places[index][0]
        length = 0
        while index < size and places[index][0] == wanted:
            length += units[index]
            index += 1
        length <<= 1
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
        out.append(length)
        out.append(code)
    return bytes(out)


def positions(units: Sequence[int], places: Sequence[Position], first_line: int) -> bytes:
    """``co_linetable`` from 3.11 on."""
    out = bytearray()
    if not units:
        return b""
    line = first_line
    last = places[0]
    length = 0
    add = out.append
    for count, where in zip(units, places):
        if where is last or where == last:
            length += count
            continue
        start, end, column, end_column = last
        if start == line and start == end and length <= 8 and column is not None:
            if column < 80 and end_column is not None and 0 <= end_column - column < 16:
                # the short form, which most are
                add(127 + length | (column & 120))
                add((column & 7) << 4 | (end_column - column))
                length, last = count, where
                continue
        while length > 8:
            line = _location(out, last, 8, line)
            length -= 8
        line = _location(out, last, length, line)
        length, last = count, where
    while length > 8:
        line = _location(out, last, 8, line)
        length -= 8
    _location(out, last, length, line)
    return bytes(out)


def _location(out: bytearray, where: Position, units: int, line: int) -> int:
    start, end, column, end_column = where
    head = 127 + units
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


def _varint(out: bytearray, value: int) -> None:
    while value >= 64:
        out.append(64 | (value & 63))
        value >>= 6
    out.append(value)


def _signed_varint(out: bytearray, value: int) -> None:
    _varint(out, (-value << 1) | 1 if value < 0 else value << 1)


LINE_TABLES: Dict[str, Tuple[str, Writer]] = {
    "lnotab": ("co_lnotab", lnotab),
    "linetable": ("co_linetable", linetable),
    "positions": ("co_linetable", positions),
}
