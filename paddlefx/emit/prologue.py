"""What stands before the body from 3.10 on, and is no part of a program.

Source: ``insert_prefix_instructions`` in ``Python/compile.c`` (3.11), ``flowgraph.c`` (3.12+).
"""

from __future__ import annotations

from typing import Dict, List, Optional, Tuple

from ..ir.instr import Instr, Label, Op, Position
from ..ir.program import Program
from ..opcodes.table import OpcodeTable, Rule

__all__ = ["Prefix", "prologue", "stop_iteration_handler"]

_GENERATOR = 0x20 | 0x80 | 0x200

#: (row, operand, position, whether the handler of the whole generator covers it)
Prefix = Tuple[Rule, int, Position, bool]


def prologue(program: Program, table: OpcodeTable, cells: Dict[str, int]) -> List[Prefix]:
    """COPY_FREE_VARS, MAKE_CELL, RETURN_GENERATOR or GEN_START, RESUME."""
    lines: List[Prefix] = []
    nowhere = Position()
    first = Position(program.firstlineno)
    flags = program.flags & _GENERATOR
    if flags and "GEN_START" in table:
        kinds: Tuple[int, ...] = (0x20, 0x80, 0x200)
        kind = next(n for n, bit in enumerate(kinds) if flags & bit)
        lines.append((table["GEN_START"], kind, nowhere, False))
    if program.freevars and "COPY_FREE_VARS" in table:
        lines.append((table["COPY_FREE_VARS"], len(program.freevars), nowhere, False))
    if program.cellvars and "MAKE_CELL" in table:
        made = sorted(cells[name] for name in program.cellvars)
        lines.extend((table["MAKE_CELL"], slot, nowhere, False) for slot in made)
    if flags and "RETURN_GENERATOR" in table:
        rule = table["RETURN_GENERATOR"]
        lines.append((rule, 0, first, False))
        lines.append((table["POP_TOP"], 0, first if rule.value else nowhere, False))
    if "RESUME" in table:
        line = program.firstlineno
        start = 0 if program.name == "<module>" else line
        lines.append((table["RESUME"], 0, Position(start, line, 0, 0), True))
    return lines


def stop_iteration_handler(program: Program) -> Optional[Label]:
    """Where the handler stands that turns a StopIteration into a RuntimeError (3.12+).

    It covers a generator from its first RESUME on, so that one thrown into a generator that
    has not started is turned too.
    """
    if program.flags & _GENERATOR:
        items = program.items
        for index in range(len(items) - 1, 0, -1):
            item, label = items[index], items[index - 1]
            if (
                isinstance(item, Instr)
                and item.op is Op.INTRINSIC
                and item.arg == "STOPITERATION_ERROR"
                and isinstance(label, Label)
            ):
                return label
    return None
