"""A code object with all the code inside it: ``decode_deep(code, table) -> Program``."""

from __future__ import annotations

from typing import Any, Optional

from ..ir.constants import is_code
from ..ir.instr import Instr, Op
from ..ir.program import Program
from ..opcodes.table import OpcodeTable
from . import decode

__all__ = ["decode_deep"]

_OPTIMIZED = 0x1
#: A class body stores ``__module__`` and ``__qualname__`` within its first items.
_CLASS_START = 8


def decode_deep(code: Any, table: OpcodeTable) -> Program:
    """Decode a code object, and in its place each code object that it loads as a constant.

    A version without ``co_qualname`` (up to 3.10) hands the qualified name of a function to
    MAKE_FUNCTION, and a class body stores its own: the inner program gets it from there.

    Raises:
        DecodeError: as :func:`paddlefx.decode.decode` does, for any of them.
    """
    program = decode(code, table)
    _decode_inner(program, table)
    return program


def _decode_inner(program: Program, table: OpcodeTable) -> None:
    items = program.items
    for index, item in enumerate(items):
        if not (isinstance(item, Instr) and item.op is Op.LOAD_CONST and is_code(item.arg)):
            continue
        inner = decode(item.arg, table)
        if not hasattr(item.arg, "co_qualname"):
            after = items[index + 1] if index + 1 < len(items) else None
            if isinstance(after, Instr) and after.op is Op.MAKE_FUNCTION:
                inner.qualname = _class_qualname(inner) or after.spelling.note
        item.arg = inner
        _decode_inner(inner, table)


def _class_qualname(program: Program) -> Optional[str]:
    """What a class body stores as ``__qualname__`` at its start."""
    if program.flags & _OPTIMIZED:
        return None
    instrs = [item for item in program.items[:_CLASS_START] if isinstance(item, Instr)]
    for load, store in zip(instrs, instrs[1:]):
        if store.op is Op.STORE_NAME and store.arg == "__qualname__":
            return load.arg if type(load.arg) is str else None
    return None
