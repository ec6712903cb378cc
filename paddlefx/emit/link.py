"""Opcodes, operands, places and handlers to the bytes and tables of a code object."""

from __future__ import annotations

from itertools import accumulate
from typing import Dict, List, NamedTuple, Optional, Sequence, Tuple

from ..errors import EmitError
from ..ir.instr import Label, Position
from ..opcodes.table import OpcodeTable
from .lines import LINE_TABLES

__all__ = ["Entry", "Linked", "Stream", "link"]


class Entry(NamedTuple):
    """Where an exception goes (3.11+): ``depth`` counts slots."""

    label: Label
    depth: int
    lasti: bool


class Stream:
    """Instructions in their order, one list for each part of them."""

    __slots__ = ("jumps", "numbers", "opargs", "places", "positions", "rows")

    def __init__(self) -> None:
        self.numbers: List[int] = []
        #: 0 where a jump's target is not known yet
        self.opargs: List[int] = []
        self.positions: List[Position] = []
        #: (index, where it goes)
        self.jumps: List[Tuple[int, Label]] = []
        self.places: Dict[Label, int] = {}
        #: from that index on exceptions go there
        self.rows: List[Tuple[int, Optional[Entry]]] = [(0, None)]

    def cover(self, entry: Optional[Entry]) -> None:
        """Let exceptions of the instructions to come go there."""
        index, last = self.rows[-1]
        if last != entry:
            if index == len(self.numbers):
                self.rows.pop()
                if self.rows and self.rows[-1][1] == entry:
                    return
            self.rows.append((len(self.numbers), entry))


class Linked(NamedTuple):
    """What a stream comes to."""

    code: bytes
    line_table: Tuple[str, bytes]
    exception_table: bytes


class _Encoding:
    """What an opcode comes to in bytes, with its caches, for every small operand."""

    def __init__(self, table: OpcodeTable) -> None:
        self.table = table
        self.units = [1] * 256
        self.pieces: List[List[bytes]] = [[]] * 256
        for number, rule in table.rules.items():
            self.units[number] = 1 + rule.caches
        self.extended = table["EXTENDED_ARG"].number

    def pieces_of(self, number: int) -> List[bytes]:
        """The bytes of an opcode by its operand."""
        found = self.pieces[number]
        if not found:
            caches = bytes(2 * (self.units[number] - 1))
            found = [bytes((number, oparg)) + caches for oparg in range(256)]
            self.pieces[number] = found
        return found

    def wide(self, number: int, oparg: int, count: int) -> bytes:
        """The bytes of an instruction with so many EXTENDED_ARG."""
        oparg &= 0xFFFFFFFF
        before = [b for n in range(count, 0, -1) for b in (self.extended, oparg >> 8 * n & 255)]
        return bytes(before) + self.pieces_of(number)[oparg & 255]


_ENCODINGS: Dict[int, _Encoding] = {}


def _encoding(table: OpcodeTable) -> _Encoding:
    found = _ENCODINGS.get(id(table))
    if found is None or found.table is not table:
        found = _ENCODINGS[id(table)] = _Encoding(table)
    return found


def _width(oparg: int) -> int:
    """How many EXTENDED_ARG an operand needs."""
    if 0 <= oparg < 256:
        return 0
    oparg &= 0xFFFFFFFF
    return 1 if oparg < 1 << 16 else 2 if oparg < 1 << 24 else 3


def link(stream: Stream, table: OpcodeTable, first_line: int) -> Linked:
    """Size operands, place labels, and write the bytes and tables.

    Raises:
        EmitError: a jump to a label that stands nowhere, or in a direction it can't take.
    """
    encoding = _encoding(table)
    numbers, opargs = stream.numbers, stream.opargs
    units = [encoding.units[number] for number in numbers]
    extra: Dict[int, int] = {}
    if opargs and not (min(opargs) >= 0 and max(opargs) < 256):
        extra = {i: _width(oparg) for i, oparg in enumerate(opargs) if not 0 <= oparg < 256}
        for i, count in extra.items():
            units[i] += count
    starts = _resolve(stream, table, units, extra)
    pieces = encoding.pieces
    parts: List[bytes] = []
    add = parts.append
    for i, number in enumerate(numbers):
        piece = pieces[number] or encoding.pieces_of(number)
        oparg = opargs[i]
        if 0 <= oparg < 256 and (not extra or i not in extra):
            add(piece[oparg])
        else:
            add(encoding.wide(number, oparg, extra[i]))
    name, writer = LINE_TABLES[table.traits["lines"]]
    exceptions = b""
    if table.traits["handlers"] == "table" and len(stream.rows) > 1:
        exceptions = _exception_table(stream, starts)
    return Linked(b"".join(parts), (name, writer(units, stream.positions, first_line)), exceptions)


def _resolve(
    stream: Stream, table: OpcodeTable, units: List[int], extra: Dict[int, int]
) -> List[int]:
    """Find the operands of jumps; where each instruction starts, in code units."""
    opargs, places, rules = stream.opargs, stream.places, table.rules
    scale = 2 // int(table.traits["jump_unit"])
    numbers = stream.numbers
    while True:
        starts = list(accumulate(units, initial=0))
        changed = False
        for i, label in stream.jumps:
            rule = rules[numbers[i]]
            place = places.get(label)
            if place is None:
                raise EmitError(
                    f"{rule.name} to a label that stands nowhere",
                    lineno=stream.positions[i].lineno,
                )
            target = starts[place]
            direction = rule.operand
            if direction == "forward":
                target -= starts[i + 1]
            elif direction == "backward":
                target = starts[i + 1] - target
            if target < 0:
                raise EmitError(
                    f"{rule.name} can't go {direction} there", lineno=stream.positions[i].lineno
                )
            target *= scale
            opargs[i] = target
            if target >= 256:
                more = _width(target) - extra.get(i, 0)
                if more > 0:
                    extra[i] = _width(target)
                    units[i] += more
                    changed = True
        if not changed:
            return starts


def _exception_table(stream: Stream, starts: Sequence[int]) -> bytes:
    """``co_exceptiontable`` (``Objects/exception_handling_notes.txt``)."""
    out = bytearray()
    rows = stream.rows
    ends = [index for index, _ in rows[1:]]
    ends.append(len(stream.numbers))
    for (first, entry), last in zip(rows, ends):
        if entry is None or first == last:
            continue
        place = stream.places.get(entry.label)
        if place is None:
            raise EmitError("a handler that stands nowhere")
        begin = starts[first]
        _entry_number(out, begin, 128)
        _entry_number(out, starts[last] - begin, 0)
        _entry_number(out, starts[place], 0)
        _entry_number(out, entry.depth << 1 | entry.lasti, 0)
    return bytes(out)


def _entry_number(out: bytearray, value: int, mark: int) -> None:
    for shift in (24, 18, 12, 6):
        if value >= 1 << shift:
            out.append(value >> shift & 63 | 64 | mark)
            mark = 0
    out.append(value & 63 | mark)
