"""Instructions of a version to a code object: pools, and the way to :mod:`.link`.

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
from ..ir.program import Program, cell_operands
from ..opcodes.table import OpcodeTable, Rule
from .link import Entry, Linked, Stream, link

__all__ = [
    "Entry",
    "Phys",
    "Pools",
    "assemble",
    "const_key",
    "name_indices",
    "new_pools",
    "replace",
]


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
    """The constants and names of a code object: given ones, then others in order of first use."""

    def __init__(self, consts: Tuple[Any, ...] = (), names: Tuple[str, ...] = ()) -> None:
        self.consts: List[Any] = list(consts)
        self.names: List[str] = list(names)
        self._given = (consts, names)
        #: by id; the constants are kept alive by the pool
        self._same: Dict[int, int] = {id(value): i for i, value in enumerate(consts)}
        #: by what they are; made when the first is looked for that isn't there by id
        self._const_index: Optional[Dict[Hashable, int]] = None
        self._name_index: Dict[str, int] = {name: i for i, name in enumerate(names)}

    @property
    def grew(self) -> bool:
        """Whether something else than the given was asked for."""
        consts, names = self._given
        return len(consts) != len(self.consts) or len(names) != len(self.names)

    def done(self) -> Tuple[Tuple[Any, ...], Tuple[str, ...]]:
        """The two as tuples, those that were given where nothing else was asked for."""
        return self._given if not self.grew else (tuple(self.consts), tuple(self.names))

    def const(self, value: Any) -> int:
        """The index of a constant."""
        index = self._same.get(id(value))
        if index is not None:
            return index
        if self._const_index is None:
            self._const_index = {}
            for i, given in enumerate(self.consts):
                self._const_index.setdefault(const_key(given), i)
        key = const_key(value)
        index = self._const_index.get(key)
        if index is None:
            index = self._const_index[key] = self._same[id(value)] = len(self.consts)
            self.consts.append(value)
        return index

    def name(self, name: str) -> int:
        """The index of a name."""
        index = self._name_index.get(name)
        if index is None:
            index = self._name_index[name] = len(self.names)
            self.names.append(name)
        return index


def assemble(lines: List[Line], table: OpcodeTable, first_line: int) -> Linked:
    """Place labels, size operands and write the bytes and tables."""
    stream = Stream()
    for line in lines:
        if isinstance(line, Label):
            stream.places[line] = len(stream.numbers)
            continue
        oparg = line.oparg
        if line.entry is not stream.rows[-1][1]:
            stream.cover(line.entry)
        if isinstance(oparg, Label):
            stream.jumps.append((len(stream.numbers), oparg))
            oparg = 0
        stream.numbers.append(line.rule.number)
        stream.opargs.append(oparg)
        stream.positions.append(line.position)
    return link(stream, table, first_line)


def replace(origin: CodeType, **fields: Any) -> CodeType:
    """``origin.replace`` with what the interpreter refuses turned into an EmitError."""
    try:
        return origin.replace(**fields)
    except (TypeError, ValueError, SystemError) as error:
        raise EmitError(f"the interpreter refuses the code object: {error}") from error


def name_indices(
    program: Program, varnames: Tuple[str, ...], table: OpcodeTable
) -> Tuple[Dict[str, int], Dict[str, int]]:
    """The operands of locals, and of cells and free variables, by name."""
    slots = {name: slot for slot, name in enumerate(varnames)}
    if not program.cellvars and not program.freevars:
        return slots, {}
    if not table.traits["localsplus"]:
        names = cell_operands(program.cellvars, program.freevars)
        return slots, {name: slot for slot, name in enumerate(names)}
    cells: Dict[str, int] = {}
    count = len(varnames)
    for name in program.cellvars:
        if name in slots:
            cells[name] = slots[name]
        else:
            cells[name] = count
            count += 1
    for name in cell_operands(program.cellvars, program.freevars)[len(program.cellvars) :]:
        cells[name] = count
        count += 1
    return slots, cells


def origin_pools(program: Program, origin: CodeType, table: OpcodeTable) -> Pools:
    """The pools that a code object has, as a start: an unchanged program needs nothing else.

    So what is unused in them stays, and with it every index. They are new ones if the program's
    docstring isn't the origin's.
    """
    if _docstring_comes_first(program, table):
        first = origin.co_consts[0] if origin.co_consts else None
        if first != program.docstring and (program.docstring is not None or type(first) is str):
            return new_pools(program, table)
    return Pools(origin.co_consts, origin.co_names)


def new_pools(program: Program, table: OpcodeTable) -> Pools:
    """Pools of a program's own: a function's docstring, or None for none, is the first constant.

    From 3.14 on a flag says whether it is one, and nothing stands for a missing one.
    """
    pools = Pools()
    if _docstring_comes_first(program, table):
        pools.const(program.docstring)
    return pools


def _docstring_comes_first(program: Program, table: OpcodeTable) -> bool:
    if program.flags & 3 != 3:
        return False
    return program.docstring is not None or not table.traits["docstring_flag"]
