"""Writers of POP, COPY and SWAP, and the hints about what only moves ghosts."""

from __future__ import annotations

from ..ir.instr import Instr, Op
from ..ir.spelling import GhostOp
from ..opcodes.ghosts import EXIT_SELF, REAL
from .calls import format_computed
from .control import branch_keep
from .forms import put_like, writer
from .machine import LATE, Emitter
from .slots import CALL_TAGS, DROPPABLE

# -- hints


def before(e: Emitter, item: Instr, index: int) -> None:
    """Put back what a hint or the plan wants before an instruction."""
    spelling = item.spelling
    if spelling is not None and spelling.before and e.decisions.hints:
        position, previous = e.position, e.entry
        for ghost in spelling.before:
            e.position = ghost.position
            e.entry = previous if ghost.guarded == 2 else None
            if ghost.guarded == 1 and e.handler is not None:
                e.update_entry()
                if e.entry is not None and e.entry.depth == LATE:
                    e.entry = None  # the slots are in the middle of a change
            _ghost(e, ghost)
        e.position = position
    e.entry = None
    if e.handler is not None and index in e.plan.before:
        e.update_entry()
    for call in e.plan.before.get(index, ()):
        key = ("call", call)
        if e.wanted(key):
            e.write("PUSH_NULL")
            e.layout.append(e.null(key))


def _ghost(e: Emitter, ghost: GhostOp) -> None:
    rule = e.table.get(ghost.name)
    if rule is None:
        return
    if rule.form in ("nop", "not_taken"):
        e.put(rule)
    elif rule.form in ("setup_finally", "setup_async_with", "pop_block"):
        e.step(e.chains.of(e.handler), rule.form == "pop_block")


# -- stack


@writer(Op.POP)
def _pop(e: Emitter, item: Instr) -> int:
    if EXIT_SELF in e.layout[-e.distance(1) :]:
        # its function goes too
        while e.layout[-1] == EXIT_SELF or e.layout[-1] in DROPPABLE:
            e.drop_slot(1)
    rule = e.table.get(item.spelling.form) if item.spelling is not None else None
    if rule is None or rule.form != "pop":
        rule = e.rule("POP_TOP")
    put_like(e, rule, 0, 1, 0)
    return 1


@writer(Op.COPY)
def _copy(e: Emitter, item: Instr) -> int:
    following = e.next_instr(e.index + 1, Op.COPY, 2)
    if item.arg == 2 and following is not None and "DUP_TOP_TWO" in e.table:
        e.expose(2)
        e.grow(2)
        e.write("DUP_TOP_TWO")
        e.push(2)
        return 2
    if item.arg == 1:
        branch = e.next_instr(e.index + 1, Op.BRANCH)
        if branch is not None and e.table.of_form("branch_keep"):
            taken = branch_keep(e, branch)
            if taken:
                return taken
    place = e.distance(item.arg)
    if e.layout[-place] != REAL:
        e.cancel(e.layout[-place] & ~1)
    if place > 1 and e.layout[1 - place] == EXIT_SELF:
        e.bind_exits()
    if place > 1 and item.arg == 1:
        e.expose(1)
        place = 1
    e.copy_slot(place)
    e.push()
    return 1


@writer(Op.SWAP)
def _swap(e: Emitter, item: Instr) -> int:
    taken = format_computed(e, item)
    if taken:
        return taken
    count = item.arg
    if EXIT_SELF in e.layout[-e.distance(count) :]:
        e.swap_values(count)
        e.moved()
        return 1
    run_length = 1
    while e.next_instr(e.index + run_length, Op.SWAP, count - run_length) is not None:
        run_length += 1
    e.expose(2)
    place = e.distance(count)
    for tag in e.layout[-place:]:
        if tag >= CALL_TAGS and tag & 1:
            e.cancel(tag & ~1)
    if "SWAP" not in e.table and run_length == count - 1 and (count > 2) and place == count:
        e.sink(place)
        return run_length
    e.swap_slots(place)
    return 1
