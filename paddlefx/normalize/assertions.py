"""LOAD_ASSERTION_ERROR  ->  LOAD_GLOBAL AssertionError.

3.8 has no opcode for it: ``assert x`` and ``if not x: raise AssertionError`` are one to it, so
they are one here. A program that binds ``AssertionError`` anew behaves as on 3.8 (bpo-34880).
"""

from __future__ import annotations

from ..ir.body import Body
from ..ir.instr import Op
from ..ir.program import Program

__all__ = ["load_assertion_error_by_name"]


def load_assertion_error_by_name(program: Program, body: Body) -> None:
    """Replace the operation."""
    for node in body.walk():
        if node.op is Op.LOAD_ASSERTION_ERROR:
            node.op, node.arg, node.spelling = Op.LOAD_GLOBAL, "AssertionError", None
