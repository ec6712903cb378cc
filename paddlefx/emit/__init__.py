"""Programs to code objects: ``emit(program, origin, table) -> CodeType``.

A forward interpretation of the program with a layout of slots, the mirror of decode: each
instruction is written for the slots as they are, ghosts are put back where the version
wants them, hints of instructions that were decoded are followed where they are valid.

There are two writers. :mod:`.transcribe` follows the hints of a decoded program in one pass
and gives up at the first that does not fit. :mod:`.forms` writes any valid program.
"""

from __future__ import annotations

from types import CodeType
from typing import Any, Dict, List, Tuple, Union

from ..errors import EmitError, InvalidProgram
from ..ir.flow import State
from ..ir.instr import Instr, Op
from ..ir.program import Program
from ..ir.verify import checked_states
from ..opcodes.table import OpcodeTable
from .assemble import Line, Phys, assemble, name_indices, new_pools, replace
from .blocks import Chains
from .forms import run
from .hints import with_safe_hints, without_hints
from .link import Linked, link
from .machine import Emitter
from .prologue import prologue, stop_iteration_handler
from .slots import Again, Decisions
from .transcribe import Transcriber, transcribe

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
        return _emit(program, origin, table)
    except (EmitError, InvalidProgram) as error:
        if error.filename is None:
            error.filename = origin.co_filename
        raise


def _emit(program: Program, origin: CodeType, table: OpcodeTable) -> CodeType:
    hinted = transcribe(program, origin, table)
    if hinted is not None:
        try:
            done = link(hinted.stream, table, program.firstlineno)
            return _code(program, origin, table, done, hinted, program.varnames)
        except EmitError:
            pass  # the checks below say what is wrong
    states = checked_states(program)
    try:
        return _write(with_safe_hints(program, table), states, origin, table)
    except EmitError:
        # hints that were right somewhere else may be what is in the way
        return _write(without_hints(program), states, origin, table)


def _write(
    program: Program, states: Dict[int, State], origin: CodeType, table: OpcodeTable
) -> CodeType:
    """Write any valid program."""
    varnames = _varnames(program, states)
    slots, cells = name_indices(program, varnames, table)
    chains = Chains(program, states, table.traits["handlers"] == "blocks")
    decisions = Decisions()
    for _ in range(_ATTEMPTS):
        emitter = Emitter(program, states, chains, table, slots, cells, decisions)
        try:
            emitter.pools = new_pools(program, table)
            body = run(emitter)
        except Again:
            continue
        break
    else:
        raise EmitError("no way of writing the calls was found", lineno=program.firstlineno)
    handler = stop_iteration_handler(program)
    entry = emitter.entries.get(handler) if handler is not None else None
    lines: List[Line] = [
        Phys(rule, oparg, position, entry if covered else None)
        for rule, oparg, position, covered in prologue(program, table, cells)
    ]
    done = assemble(lines + body, table, program.firstlineno)
    return _code(program, origin, table, done, emitter, varnames)


def _code(
    program: Program,
    origin: CodeType,
    table: OpcodeTable,
    done: Linked,
    writer: Union[Emitter, Transcriber],
    varnames: Tuple[str, ...],
) -> CodeType:
    consts, names = writer.pools.done()
    table_name, line_table = done.line_table
    fields: Dict[str, Any] = {
        "co_argcount": program.argcount,
        "co_posonlyargcount": program.posonlyargcount,
        "co_kwonlyargcount": program.kwonlyargcount,
        "co_nlocals": len(varnames),
        # CPython leaves 0 where nothing is pushed in some versions only
        "co_stacksize": writer.stacksize or min(origin.co_stacksize, 1),
        "co_flags": _flags(program, table),
        "co_firstlineno": program.firstlineno,
        "co_code": done.code,
        "co_consts": consts,
        "co_names": names,
        "co_varnames": varnames,
        "co_freevars": program.freevars,
        "co_cellvars": program.cellvars,
        "co_name": program.name,
        table_name: line_table,
    }
    if table.traits["handlers"] == "table":
        fields["co_qualname"] = program.qualname
        fields["co_exceptiontable"] = done.exception_table
    # Where they are equal, functions share these, as CPython's compiler merges them.
    for name in (table_name,) if table.traits["handlers"] == "table" else (table_name, "co_code"):
        if getattr(origin, name) == fields[name]:
            fields[name] = getattr(origin, name)
    if done.code == origin.co_code and done.exception_table == getattr(
        origin, "co_exceptiontable", b""
    ):
        # the same instructions: CPython's own count, which is generous about 3.8's finally
        fields["co_stacksize"] = origin.co_stacksize
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
