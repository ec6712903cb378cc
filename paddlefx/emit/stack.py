"""Writers of POP, COPY and SWAP, and the hints about what only moves ghosts."""

from __future__ import annotations

from typing import List, Optional

from ..ir.instr import Instr, Op
from ..ir.spelling import GhostOp
from ..opcodes.ghosts import EXIT_SELF, PREV, PREV_COPY, PREV_REST, REAL, TYPE, rotate, swap
from ..opcodes.table import Rule
from .calls import format_computed
from .control import branch_keep
from .forms import put_like, writer
from .machine import Emitter
from .slots import CALL_TAGS, DROPPABLE, is_real

# -- hints


def before(e: Emitter, item: Instr, index: int) -> None:
    """Put back what a hint or the plan wants before an instruction."""
    spelling = item.spelling
    if spelling is not None and spelling.before and e.decisions.hints:
        position, previous = e.position, e.entry
        for number, ghost in enumerate(spelling.before):
            e.position = ghost.position
            e.entry = previous if ghost.guarded == 2 else None
            if ghost.guarded == 1 and e.handler is not None:
                e.update_entry()
            _ghost(e, ghost, index, number)
        e.position = position
    e.entry = None
    if e.handler is not None and index in e.plan.before:
        e.update_entry()
    for call in e.plan.before.get(index, ()):
        key = ("call", call)
        if e.wanted(key):
            e.write("PUSH_NULL")
            e.layout.append(e.null(key))


def _ghost(e: Emitter, ghost: GhostOp, index: int, number: int) -> None:
    rule = e.table.get(ghost.name)
    if rule is None:
        return
    layout = e.layout
    oparg = ghost.oparg if isinstance(ghost.oparg, int) else 0
    depth = int(rule.value or oparg)
    if rule.form == "nop":
        e.put(rule, oparg)
    elif rule.form in ("setup_finally", "setup_async_with", "pop_block"):
        e.step(e.chains.of(e.handler), rule.form == "pop_block")
    elif rule.form == "null":
        key = ("hint", index, number)
        if e.wanted(key):
            e.grow(1)
            e.put(rule)
            layout.append(e.null(key))


def _swaps_of(e: Emitter, rule: Rule, depth: int) -> Optional[List[int]]:
    """What moving slots as an instruction does comes to for the values; None if it may not."""
    moved = [REAL if is_real(tag) else tag for tag in e.layout]
    if not 1 < depth <= len(moved):
        return None
    swaps = (swap if rule.form == "swap" else rotate)(moved, depth)
    if not e.with_table:
        # the three slots of an open handler stay together
        for place, tag in enumerate(moved):
            if tag == PREV and moved[place + 1 : place + 3] != [PREV_REST, PREV_REST]:
                return None
    return swaps


def _move(e: Emitter, rule: Rule, depth: int, oparg: int) -> None:
    e.put(rule, oparg)
    if rule.form == "swap":
        e.layout[-depth], e.layout[-1] = e.layout[-1], e.layout[-depth]
    else:
        e.layout.insert(len(e.layout) - depth, e.layout.pop())


def _hinted_swap(e: Emitter, item: Instr) -> int:
    """Move slots as a hint says, where that does what the SWAPs from here on do; their number."""
    spelling = item.spelling
    rule = e.table.get(spelling.form) if spelling is not None and e.decisions.hints else None
    if rule is None or rule.form not in ("swap", "rot") or spelling is None:
        return 0
    oparg = spelling.note if isinstance(spelling.note, int) else 0
    depth = rule.value or oparg
    swaps = _swaps_of(e, rule, depth)
    if not swaps or any(tag >= CALL_TAGS for tag in e.layout[-depth:]):
        return 0
    for offset, count in enumerate(swaps):
        if e.next_instr(e.index + offset, Op.SWAP, count) is None:
            return 0
    _move(e, rule, depth, oparg)
    return len(swaps)


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
    taken = _hinted_swap(e, item) or format_computed(e, item)
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
