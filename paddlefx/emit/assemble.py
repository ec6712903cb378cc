"""Instructions of a version to a code object: pools, jumps, EXTENDED_ARG, tables.

Why not the library ``bytecode``: it merges constants that marshal to the same bytes
(two lists, an array and a bytes object), so that a constant would not be the object the
program names; it renumbers pools; and it is 20 times slower than what the round trip of a
standard library allows.
"""

from __future__ import annotations

import struct
from types import CodeType
from typing import Any, Dict, Hashable, List, NamedTuple, Optional, Tuple, Union

from ..errors import EmitError
from ..ir.instr import Label, Position
from ..opcodes.table import OpcodeTable, Rule
from .lines import LINE_TABLES

__all__ = ["Entry", "Phys", "Pools", "assemble", "const_key"]


class Entry(NamedTuple):
    """Where an exception goes (3.11+): ``depth`` counts slots."""

    label: Label
    depth: int
    lasti: bool


class Phys(NamedTuple):
    """One instruction of the version; the operand of a jump is a Label."""

    rule: Rule
    oparg: Union[int, Label]
    position: Position
    entry: Optional[Entry]


Line = Union[Phys, Label]


def const_key(value: Any) -> Hashable:
    """A key that two constants share only when nothing can tell them apart.

    Numbers, strings, bytes, tuples and frozensets of them compare by type and value
    (``1``, ``True``, ``1.0``; ``0.0``, ``-0.0`` differ), everything else by identity.
    """
    kind = type(value)
    if kind is str or kind is int or kind is bytes or kind is bool or value is None:
        return (kind, value)
    if kind is float and value == value:
        return (kind, struct.pack("d", value))
    if kind is complex and value == value:
        return (kind, struct.pack("dd", value.real, value.imag))
    if kind is tuple:
        return (kind, tuple([const_key(item) for item in value]))
    if kind is frozenset:
        return (kind, frozenset([const_key(item) for item in value]))
    return (id, id(value))


class Pools:
    """The constants and names of a code object, in order of first use."""

    def __init__(self) -> None:
        self.consts: List[Any] = []
        self.names: List[str] = []
        self._const_index: Dict[Hashable, int] = {}
        self._name_index: Dict[str, int] = {}

    def const(self, value: Any) -> int:
        """The index of a constant."""
        key = const_key(value)
        index = self._const_index.get(key)
        if index is None:
            index = self._const_index[key] = len(self.consts)
            self.consts.append(value)
        return index

    def name(self, name: str) -> int:
        """The index of a name."""
        index = self._name_index.get(name)
        if index is None:
            index = self._name_index[name] = len(self.names)
            self.names.append(name)
        return index


class Assembled(NamedTuple):
    """What the instructions come to."""

    code: bytes
    line_table: Tuple[str, bytes]
    exception_table: bytes


def assemble(lines: List[Line], table: OpcodeTable, first_line: int) -> Assembled:
    """Place labels, size operands and write the bytes and tables."""
    unit = table.traits["jump_unit"]
    extended = table["EXTENDED_ARG"].number
    labels: Dict[Label, int] = {}
    instrs: List[Phys] = []
    for line in lines:
        if isinstance(line, Label):
            labels[line] = len(instrs)
        else:
            instrs.append(line)
    jumps = [i for i, instr in enumerate(instrs) if isinstance(instr.oparg, Label)]
    opargs = [0 if isinstance(instr.oparg, Label) else instr.oparg for instr in instrs]
    extra = [_extended(oparg) for oparg in opargs]
    fixed = [2 + 2 * instr.rule.caches for instr in instrs]
    changed = True
    while changed:
        changed = False
        starts = [0] * (len(instrs) + 1)
        offset = 0
        for i, size in enumerate(fixed):
            starts[i] = offset
            offset += size + 2 * extra[i]
        starts[len(instrs)] = offset
        for i in jumps:
            instr = instrs[i]
            try:
                target = starts[labels[instr.oparg]]  # type: ignore[index]
            except KeyError:
                raise EmitError(f"{instr.rule.name} to a label that stands nowhere") from None
            direction = instr.rule.operand
            if direction == "forward":
                distance = target - starts[i + 1]
            elif direction == "backward":
                distance = starts[i + 1] - target
            else:
                distance = target
            if distance < 0:
                raise EmitError(
                    f"{instr.rule.name} can't go {direction} there",
                    lineno=instr.position.lineno,
                )
            opargs[i] = distance // unit
            needed = _extended(opargs[i])
            if needed > extra[i]:
                extra[i] = needed
                changed = True
    out = bytearray()
    ranges: List[Tuple[int, Position]] = []
    for i, instr in enumerate(instrs):
        oparg, count, size = opargs[i] & 0xFFFFFFFF, extra[i], fixed[i]
        for step in range(count, 0, -1):
            out += bytes((extended, oparg >> (8 * step) & 255))
        out += bytes((instr.rule.number, oparg & 255))
        if size > 2:
            out += bytes(size - 2)
        ranges.append((size + 2 * count, instr.position))
    name, writer = LINE_TABLES[table.traits["lines"]]
    exceptions = b""
    if table.traits["handlers"] == "table":
        exceptions = _exception_table(instrs, starts, labels)
    return Assembled(bytes(out), (name, writer(ranges, first_line)), exceptions)


def _extended(oparg: int) -> int:
    """How many EXTENDED_ARG an operand needs."""
    if 0 <= oparg < 256:
        return 0
    oparg &= 0xFFFFFFFF
    return 1 if oparg < 1 << 16 else 2 if oparg < 1 << 24 else 3


def _exception_table(instrs: List[Phys], starts: List[int], labels: Dict[Label, int]) -> bytes:
    """``co_exceptiontable`` (``Objects/exception_handling_notes.txt``)."""
    out = bytearray()
    index = 0
    while index < len(instrs):
        entry = instrs[index].entry
        first = index
        while index < len(instrs) and instrs[index].entry == entry:
            index += 1
        if entry is None:
            continue
        target = starts[labels[entry.label]]
        begin, end = starts[first], starts[index]
        _entry_number(out, begin >> 1, 128)
        _entry_number(out, (end - begin) >> 1, 0)
        _entry_number(out, target >> 1, 0)
        _entry_number(out, entry.depth << 1 | entry.lasti, 0)
    return bytes(out)


def _entry_number(out: bytearray, value: int, mark: int) -> None:
    for shift in (24, 18, 12, 6):
        if value >= 1 << shift:
            out.append(value >> shift & 63 | 64 | mark)
            mark = 0
    out.append(value & 63 | mark)


def replace(origin: CodeType, **fields: Any) -> CodeType:
    """``origin.replace`` with what the interpreter refuses turned into an EmitError."""
    try:
        return origin.replace(**fields)
    except (TypeError, ValueError, SystemError) as error:
        raise EmitError(f"the interpreter refuses the code object: {error}") from error
