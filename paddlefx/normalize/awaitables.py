"""GET_AWAITABLE 1, GET_AWAITABLE 2  ->  GET_AWAITABLE 0.

The operand says that ``__aenter__`` or ``__aexit__`` gave the value. From 3.11 on it picks the
text of the TypeError for what can't be awaited; before, CPython looked at the opcodes in front
(``format_awaitable_error`` in ``Python/ceval.c``), and decode gives 0. The text may differ.
"""

from __future__ import annotations

from ..ir.body import Body
from ..ir.instr import Op
from ..ir.program import Program

__all__ = ["forget_who_gave_it"]


def forget_who_gave_it(program: Program, body: Body) -> None:
    """Set each operand to 0."""
    for node in body.walk():
        if node.op is Op.GET_AWAITABLE and node.arg:
            node.arg, node.spelling = 0, None
