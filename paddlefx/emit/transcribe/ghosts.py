"""What stood before an item and only touches ghosts."""

from __future__ import annotations

from typing import Tuple

from ...ir.instr import Instr, Label, Position
from ...ir.spelling import GhostOp
from ...opcodes.ghosts import NULL, PREV, PREV_COPY, REAL, rotate, saved, swap
from ...opcodes.table import Rule
from ..link import Entry
from ..prologue import stop_iteration_handler
from .finally_bodies import GHOSTS as finally_ghosts
from .machine import LATE, TRY, Transcriber
from .writers import Unfit

__all__ = ["ghosts"]


def ghosts(t: Transcriber, item: Instr, before: Tuple[GhostOp, ...]) -> None:
    """Write what stood before an item and only touches ghosts."""
    stream = t.stream
    previous = stream.rows[-1][1]
    if previous is None and len(stream.numbers) == len(t.prefix):
        # before the first item of a generator stands its RESUME, which is covered
        label = stop_iteration_handler(t.program)
        previous = Entry(label, LATE, False) if label is not None else None
    for ghost in before:
        rule = t.table.get(ghost.name)
        if rule is None:
            raise Unfit(ghost.name)
        if t.with_table:
            if isinstance(ghost.guarded, Label):
                if ghost.guarded not in t.labels:
                    raise Unfit("a handler that stands nowhere")
                stream.cover(Entry(ghost.guarded, LATE, False))
            elif ghost.guarded == 1 and item.handler is not None:
                t.protect(item, item.handler)
            else:
                stream.cover(previous if ghost.guarded == 2 else None)
        oparg = ghost.oparg
        if isinstance(oparg, Label):
            _set_up(t, rule, oparg, ghost.position)
            continue
        form, stack = rule.form, t.stack
        if form == "null":
            stack.append(NULL)
            t.grow()
        elif form == "pop":
            if not stack or stack[-1] == REAL or stack[-1] == PREV or stack[-1] < 0:
                raise Unfit("no ghost to drop")
            stack.pop()
        elif form in ("swap", "rot"):
            depth = rule.value or oparg
            if not 1 < depth <= len(stack):
                raise Unfit("moves what is not there")
            if (swap if form == "swap" else rotate)(stack, depth):
                raise Unfit("a ghost's move would move values")
        elif form == "copy":
            depth = rule.value or oparg
            tag = stack[-depth]
            if tag == REAL:
                raise Unfit("a ghost's copy would copy a value")
            stack.append(PREV_COPY if tag == PREV else tag)
            t.grow()
        elif form == "pop_block":
            if not t.blocks or t.blocks[-1][0] != TRY:
                raise Unfit("no block to pop")
            t.blocks.pop()
            t.find_inner()
        elif form == "cell":
            _new_cell(t, oparg)
        elif form in finally_ghosts:
            finally_ghosts[form](t, item, oparg)
            if form == "call_finally":
                t.jump(rule.number, item.arg, ghost.position)
                continue
        elif form not in ("nop", "not_taken"):
            raise Unfit(ghost.name)
        t.put(rule.number, oparg, ghost.position)


def _set_up(t: Transcriber, rule: Rule, label: Label, position: Position) -> None:
    """SETUP_FINALLY or SETUP_ASYNC_WITH: one slot of the latter is not kept."""
    t.jump(rule.number, label, position)
    t.set_up(label, len(t.stack) - (rule.form == "setup_async_with"))


def _new_cell(t: Transcriber, oparg: int) -> None:
    """MAKE_CELL of a name whose binding is put aside."""
    if oparg not in t.new_cells:
        raise Unfit("no binding put aside for a cell")
    t.new_cells.discard(oparg)
    for place in range(len(t.stack) - 1, -1, -1):
        if t.stack[place] == saved(oparg):
            t.stack[place] = saved(oparg, True)
            return
