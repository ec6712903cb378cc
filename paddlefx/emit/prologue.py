"""What stands before the body from 3.10 on, and is no part of a program.

Source: ``insert_prefix_instructions`` in ``Python/compile.c`` (3.11), ``flowgraph.c`` (3.12+).
"""

from __future__ import annotations

from typing import List, Tuple

from ..ir.instr import Position
from .assemble import Line, Phys
from .machine import Emitter

__all__ = ["prologue"]

_GENERATOR = 0x20 | 0x80 | 0x200


def prologue(e: Emitter) -> List[Line]:
    """COPY_FREE_VARS, MAKE_CELL, RETURN_GENERATOR or GEN_START, RESUME."""
    table, program = e.table, e.program
    lines: List[Line] = []
    nowhere = Position()
    first = Position(program.firstlineno)
    flags = program.flags & _GENERATOR

    def add(name: str, oparg: int, position: Position) -> None:
        lines.append(Phys(table[name], oparg, position, None))

    if "GEN_START" in table and flags:
        kinds: Tuple[int, ...] = (0x20, 0x80, 0x200)
        add("GEN_START", next(n for n, bit in enumerate(kinds) if flags & bit), nowhere)
    if "COPY_FREE_VARS" in table and program.freevars:
        add("COPY_FREE_VARS", len(program.freevars), nowhere)
    if "MAKE_CELL" in table:
        for slot in sorted(e.cells[name] for name in program.cellvars):
            add("MAKE_CELL", slot, nowhere)
    if "RETURN_GENERATOR" in table and flags:
        add("RETURN_GENERATOR", 0, first)
        add("POP_TOP", 0, first)
    if "RESUME" in table:
        line = program.firstlineno
        start = 0 if program.name == "<module>" else line
        add("RESUME", 0, Position(start, line, 0, 0))
    return lines
