"""Code objects to programs: ``decode(code, table) -> Program``.

An abstract interpretation of CPython's stack with one tag a slot (:mod:`..opcodes.ghosts`):
instructions that only touch ghosts vanish, what is left works on values alone. A place that
is reached with different ghosts (3.8's ``finally`` bodies) is decoded once per ghost stack.
Only what can be reached is decoded.
"""

from __future__ import annotations

from typing import Any, Optional

from ..errors import DecodeError
from ..ir.program import Program
from ..opcodes.table import OpcodeTable
from . import exceptions, forms, jumps  # noqa: F401  (they fill FORMS)
from .machine import Decoder

__all__ = ["decode"]

_OPTIMIZED = 0x1
_NEWLOCALS = 0x2


def decode(code: Any, table: OpcodeTable) -> Program:
    """Read a code object.

    Args:
        code: of the version the table is of; one read by ``xdis`` will do.
        table: :func:`paddlefx.opcodes.table_for` of that version.

    Raises:
        DecodeError: an opcode without a row, or a stack that can't be followed.
    """
    try:
        decoder = Decoder(code, table)
        items = decoder.run()
    except DecodeError as error:
        if error.filename is None:
            error.filename = getattr(code, "co_filename", None)
            error.lineno = error.lineno or code.co_firstlineno
        raise
    return Program(
        items=items,
        name=code.co_name,
        qualname=getattr(code, "co_qualname", code.co_name),
        argcount=code.co_argcount,
        posonlyargcount=getattr(code, "co_posonlyargcount", 0),
        kwonlyargcount=code.co_kwonlyargcount,
        flags=code.co_flags,
        varnames=decoder.varnames,
        cellvars=decoder.cellvars,
        freevars=decoder.freevars,
        firstlineno=code.co_firstlineno,
        docstring=_docstring(code, table.traits["docstring_flag"]),
    )


def _docstring(code: Any, mark: int) -> Optional[str]:
    """What ``function.__doc__`` would be: the first constant, if it is a string."""
    if code.co_flags & (_OPTIMIZED | _NEWLOCALS) != _OPTIMIZED | _NEWLOCALS:
        return None
    if mark and not code.co_flags & mark:
        return None
    first = code.co_consts[0] if code.co_consts else None
    return first if isinstance(first, str) else None
