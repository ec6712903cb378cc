"""A program with all the programs inside it: ``emit_deep(program, origin, table)``."""

from __future__ import annotations

from types import CodeType

from ..ir.instr import Instr, Op
from ..ir.program import Program
from ..opcodes.table import OpcodeTable
from . import emit

__all__ = ["emit_deep"]


def emit_deep(program: Program, origin: CodeType, table: OpcodeTable) -> CodeType:
    """Emit a program, and in its place each program that it loads as a constant.

    The reverse of :func:`paddlefx.decode.deep.decode_deep`. The given program stays as it is.

    Raises:
        InvalidProgram, EmitError: as :func:`paddlefx.emit.emit` does, for any of them.
    """
    items = []
    for item in program.items:
        if isinstance(item, Instr):
            if item.op is Op.LOAD_CONST and isinstance(item.arg, Program):
                code = emit_deep(item.arg, origin, table)
                item = Instr(item.op, code, item.handler, item.position, item.spelling)
        items.append(item)
    return emit(program.with_items(items), origin, table)
