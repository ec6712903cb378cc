"""Line tables of the three formats to lines and source ranges; the reverse is ``emit/lines.py``.

Sources: ``Objects/lnotab_notes.txt`` (3.8, 3.9 and, for PEP 626, 3.10) and
``Objects/locations.md`` (3.11 and later, PEP 657).
"""

from __future__ import annotations

from typing import Iterator, List, NamedTuple, Optional, Tuple

__all__ = ["LineRange", "Location", "linetable", "lnotab", "locations"]


class LineRange(NamedTuple):
    """Bytes of ``co_code`` and the line they come from, as ``code.co_lines()`` gives them."""

    start: int
    end: int
    line: Optional[int]


#: line, last line, column, last column, as ``code.co_positions()`` gives them.
Location = Tuple[Optional[int], Optional[int], Optional[int], Optional[int]]


def lnotab(table: bytes, first_line: int, size: int) -> List[LineRange]:
    """``co_lnotab`` up to 3.9.

    Args:
        table: pairs of a step in bytes and a signed step in lines.
        first_line: ``co_firstlineno``.
        size: the length of ``co_code``.
    """
    starts: List[Tuple[int, int]] = []
    line, offset = first_line, 0
    for step, line_step in zip(table[::2], table[1::2]):
        if step:
            if not starts or starts[-1][1] != line:
                starts.append((offset, line))
            offset += step
        line += line_step - 256 if line_step > 127 else line_step
    if not starts or starts[-1][1] != line:
        starts.append((offset, line))
    ends = [start for start, _ in starts[1:]] + [size]
    return [
        LineRange(start, min(end, size), line)
        for (start, line), end in zip(starts, ends)
        if start < size
    ]


def linetable(table: bytes, first_line: int) -> List[LineRange]:
    """``co_linetable`` of 3.10; arguments as of :func:`lnotab`. A line step of -128: no line."""
    ranges: List[LineRange] = []
    line, offset = first_line, 0
    for step, line_step in zip(table[::2], table[1::2]):
        shown: Optional[int] = None
        if line_step != 128:
            line += line_step - 256 if line_step > 127 else line_step
            shown = line
        if step:
            ranges.append(LineRange(offset, offset + step, shown))
            offset += step
    return ranges


def locations(table: bytes, first_line: int) -> List[Location]:
    """``co_linetable`` from 3.11 on: one location for each two bytes of ``co_code``."""
    result: List[Location] = []
    line = first_line
    data = iter(table)
    for head in data:
        kind = head >> 3 & 15
        where: Location
        if kind == 15:
            where = (None, None, None, None)
        elif kind == 14:
            line += _signed_varint(data)
            end = line + _varint(data)
            column, end_column = _varint(data) - 1, _varint(data) - 1
            where = (line, end, _known(column), _known(end_column))
        elif kind == 13:
            line += _signed_varint(data)
            where = (line, line, None, None)
        elif kind >= 10:
            line += kind - 10
            where = (line, line, next(data, 0), next(data, 0))
        else:
            low = next(data, 0)
            column = kind << 3 | low >> 4
            where = (line, line, column, column + (low & 15))
        result.extend([where] * ((head & 7) + 1))
    return result


def _known(column: int) -> Optional[int]:
    return column if column >= 0 else None


def _varint(data: Iterator[int]) -> int:
    value = shift = 0
    for byte in data:
        value |= (byte & 63) << shift
        shift += 6
        if not byte & 64:
            break
    return value


def _signed_varint(data: Iterator[int]) -> int:
    value = _varint(data)
    return -(value >> 1) if value & 1 else value >> 1
