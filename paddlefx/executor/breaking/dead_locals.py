"""A residual program keeps no object alive that the user's frame has let go of."""

from __future__ import annotations

from typing import Set

from ...ir.flow import definitely_assigned, label_index, live_locals, successors
from ...ir.instr import Instr, Op
from ...ir.program import Program

__all__ = ["drop_dead"]


def drop_dead(program: Program, instr: Instr) -> None:
    """Unbind, before an instruction of the user's runs, the locals that aren't needed any more.

    Args:
        program: a residual program, which is changed.
        instr: one of its instructions.
    """
    items = program.items
    at = next(index for index, item in enumerate(items) if item is instr)
    live, bound = live_locals(program), definitely_assigned(program)
    if at not in live:
        return
    labels = label_index(items)
    needed: Set[str] = set()
    for index in successors(items, at, labels):
        needed |= live.get(index, frozenset())
    if instr.handler is not None:
        needed |= live.get(labels[instr.handler.label], frozenset())
    if instr.op in (Op.LOAD_LOCAL, Op.DELETE_LOCAL):
        needed.add(instr.arg)
    if "__class__" in program.freevars:
        needed.update(program.varnames[:1])  # super() without arguments looks there
    if instr.handler is not None:
        # 3.8-3.10 begin the block before the operands, which are loads of locals here.
        before = items[at - 1]
        while isinstance(before, Instr) and before.op is Op.LOAD_LOCAL:
            needed.add(before.arg)
            at -= 1
            before = items[at - 1]
    dead = sorted(bound[at] - needed)
    items[at:at] = [Instr(Op.DELETE_LOCAL, name, None, instr.position) for name in dead]
