"""The short way from a program to instructions: one pass that follows its hints.

A program that was decoded says in its hints how each instruction was written. Here the items
are read in order with the slots as they are, as decode reads them, and each is written as its
hint says, or in the plain way. Whatever does not fit the slots, or needs more than that, ends
the attempt (:class:`Unfit`), and the general writer (:mod:`..forms`) does the work instead: a
stale hint costs time, it is never followed.
"""

from __future__ import annotations

from types import CodeType
from typing import Optional

from ...ir.program import Program
from ...opcodes.table import OpcodeTable
from ..assemble import new_pools, origin_pools
from . import calls, containers, control, finally_bodies, handlers, names  # noqa: F401
from .machine import Transcriber
from .main_loop import run
from .writers import Unfit

__all__ = ["Transcriber", "transcribe"]


def transcribe(program: Program, origin: CodeType, table: OpcodeTable) -> Optional[Transcriber]:
    """Write a program as its hints say; ``None`` if they don't fit.

    What a broken program raises on the way is not told from here: the general writer checks
    it and says what is wrong.
    """
    pools = origin_pools(program, origin, table)
    try:
        made = Transcriber(program, table, pools)
        run(made)
        if pools.grew:  # another program than the origin's: it has pools of its own
            made = Transcriber(program, table, new_pools(program, table))
            run(made)
    except (Unfit, LookupError, TypeError, ValueError):
        return None
    return made
