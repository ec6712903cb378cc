"""Programs to code objects: ``emit(program, origin, table) -> CodeType``.

A forward interpretation of the program with a layout of slots, the mirror of decode: each
instruction is written for the slots as they are, ghosts are put back where the version
wants them, hints of instructions that were decoded are followed where they are valid.
"""

from __future__ import annotations

from types import CodeType
from typing import Any, Dict, List, Tuple

from ..errors import EmitError, InvalidProgram
from ..ir.flow import State
from ..ir.instr import Instr, Op
from ..ir.program import Program, cell_operands
from ..ir.verify import checked_states
from ..opcodes.table import OpcodeTable
from .assemble import Line, assemble, replace
from .blocks import Chains
from .forms import run
from .machine import Emitter
from .prologue import prologue
from .slots import Again, Decisions

__all__ = ["emit"]

_OPTIMIZED = 0x1
_NEWLOCALS = 0x2
_ATTEMPTS = 200
_LOCAL_OPS = frozenset(
    {Op.LOAD_LOCAL, Op.STORE_LOCAL, Op.DELETE_LOCAL, Op.SAVE_LOCAL, Op.RESTORE_LOCAL}
)


def emit(program: Program, origin: CodeType, table: OpcodeTable) -> CodeType:
    """Write a program as a code object of this interpreter.

    Args:
        program: any valid program; what can't be reached is left out. Locals that
            ``varnames`` does not list are added behind it.
        origin: gives the file name and what no program describes.
        table: :func:`paddlefx.opcodes.table_for` of this interpreter.

    Raises:
        InvalidProgram: the program breaks a rule.
        EmitError: this version has no way to write it.
    """
    try:
        return _emit(program, checked_states(program), origin, table)
    except (EmitError, InvalidProgram) as error:
        if error.filename is None:
            error.filename = origin.co_filename
        raise


def _emit(
    program: Program, states: Dict[int, State], origin: CodeType, table: OpcodeTable
) -> CodeType:
    varnames = _varnames(program, states)
    slots, cells = _index(program, varnames, table)
    chains = Chains(program, states, table.traits["handlers"] == "blocks")
    decisions = Decisions()
    for _ in range(_ATTEMPTS):
        emitter = Emitter(program, states, chains, table, slots, cells, decisions)
        try:
            is_function = program.flags & (_OPTIMIZED | _NEWLOCALS) == _OPTIMIZED | _NEWLOCALS
            if is_function:
                emitter.pools.const(program.docstring)
            body = run(emitter)
        except Again:
            continue
        break
    else:
        raise EmitError("no way of writing the calls was found", lineno=program.firstlineno)
    lines: List[Line] = [*prologue(emitter), *body]
    done = assemble(lines, table, program.firstlineno)
    fields: Dict[str, Any] = {
        "co_argcount": program.argcount,
        "co_posonlyargcount": program.posonlyargcount,
        "co_kwonlyargcount": program.kwonlyargcount,
        "co_nlocals": len(varnames),
        "co_stacksize": emitter.stacksize,
        "co_flags": _flags(program, table),
        "co_firstlineno": program.firstlineno,
        "co_code": done.code,
        "co_consts": tuple(emitter.pools.consts),
        "co_names": tuple(emitter.pools.names),
        "co_varnames": varnames,
        "co_freevars": program.freevars,
        "co_cellvars": program.cellvars,
        "co_name": program.name,
        done.line_table[0]: done.line_table[1],
    }
    if table.traits["handlers"] == "table":
        fields["co_qualname"] = program.qualname
        fields["co_exceptiontable"] = done.exception_table
    return replace(origin, **fields)


def _flags(program: Program, table: OpcodeTable) -> int:
    mark: int = table.traits["docstring_flag"]
    if not mark:
        return program.flags
    return program.flags | mark if program.docstring is not None else program.flags & ~mark


def _varnames(program: Program, states: Dict[int, Any]) -> Tuple[str, ...]:
    """All locals, those that ``varnames`` does not list last."""
    varnames = dict.fromkeys(program.varnames)
    for index in states:
        item = program.items[index]
        if isinstance(item, Instr) and item.op in _LOCAL_OPS and item.arg not in varnames:
            varnames[item.arg] = None
    return tuple(varnames)


def _index(
    program: Program, varnames: Tuple[str, ...], table: OpcodeTable
) -> Tuple[Dict[str, int], Dict[str, int]]:
    """The operands of locals, and of cells and free variables, by name."""
    slots = {name: slot for slot, name in enumerate(varnames)}
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
