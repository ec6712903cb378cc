"""A residual program keeps no object alive that the user's frame has let go of."""

from __future__ import annotations

from typing import Dict, FrozenSet, Iterable, List, Optional, Set

from ...ir.flow import definitely_assigned, label_index, live_locals, successors
from ...ir.instr import Instr, Label, Op
from ...ir.program import Program

__all__ = ["drop_dead"]


def drop_dead(
    program: Program,
    ran: List[Instr],
    left: List[Instr],
    last: Optional[Instr] = None,
    kept: Iterable[str] = (),
) -> None:
    """Unbind, before instructions of the user's run, the locals that aren't needed any more.

    Args:
        program: a residual program, which is changed.
        ran: those of its instructions that are the user's.
        left: its calls that make a continuation: no other of these is behind one.
        last: that of ``ran`` behind which the user's frame doesn't go on.
        kept: parameters whose objects it holds till then, as somebody can tell.
    """
    items = program.items
    live, bound = live_locals(program), definitely_assigned(program)
    labels = label_index(items)
    places = {id(item): index for index, item in enumerate(items)}
    gone: Set[str] = set()
    found: Dict[int, List[str]] = {}
    for instr in [*ran, *left]:
        at = places[id(instr)]
        if at not in live:
            continue
        needed = _needed(program, instr, at, live, labels)
        if instr is last:
            needed.update(kept)
        if instr.handler is not None:
            # 3.8-3.10 begin the block before the operands, which are loads of locals here.
            before = items[at - 1]
            while isinstance(before, Instr) and before.op is Op.LOAD_LOCAL:
                needed.add(before.arg)
                at -= 1
                before = items[at - 1]
        dead = bound[at] - needed - gone
        found[at] = sorted(dead)
        if not any(instr is other for other in left):
            gone |= dead
    for at in sorted(found, reverse=True):
        position = next(item for item in items[at:] if isinstance(item, Instr)).position
        items[at:at] = [Instr(Op.DELETE_LOCAL, name, None, position) for name in found[at]]


def _needed(
    program: Program,
    instr: Instr,
    at: int,
    live: Dict[int, FrozenSet[str]],
    labels: Dict[Label, int],
) -> Set[str]:
    """The locals that are read behind an instruction."""
    needed: Set[str] = set()
    for index in successors(program.items, at, labels):
        needed |= live.get(index, frozenset())
    if instr.handler is not None:
        needed |= live.get(labels[instr.handler.label], frozenset())
    if instr.op in (Op.LOAD_LOCAL, Op.DELETE_LOCAL):
        needed.add(instr.arg)
    if "__class__" in program.freevars:
        needed.update(program.varnames[:1])  # super() without arguments looks there
    return needed
