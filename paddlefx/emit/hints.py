"""Which hints the general writer gets: those that can't get in its way.

A program that reaches it has been changed, so where NULLs and other ghosts were moved about
says little about where they have to go now. What stays says how a line is told (NOP), where a
block begins, where a constant stood, and which of two ways of writing values alone was taken.
"""

from __future__ import annotations

from dataclasses import replace
from typing import List, Optional

from ..ir.instr import Instr, Item, Op
from ..ir.program import Program
from ..ir.spelling import Spelling
from ..opcodes.table import OpcodeTable

__all__ = ["with_safe_hints", "without_hints"]

_KEPT_GHOSTS = frozenset({"nop", "not_taken", "setup_finally", "setup_async_with", "pop_block"})
_DROPPED_FORMS = frozenset({"null", "method", "self"})


def with_safe_hints(program: Program, table: OpcodeTable) -> Program:
    """The same program without hints about calls and about moved slots."""
    return replace(program, items=[_copy(item, table) for item in program.items])


def _copy(item: Item, table: OpcodeTable) -> Item:
    if not isinstance(item, Instr) or item.spelling is None:
        return item
    form, before, note, lasti, _ = item.spelling
    rule = table.get(form)
    if form in _DROPPED_FORMS or (rule is not None and rule.form in ("swap", "rot")):
        form = ""
    kept = []
    for ghost in before:
        rule = table.get(ghost.name)
        if rule is not None and rule.form in _KEPT_GHOSTS:
            kept.append(ghost)
    spelling: Optional[Spelling] = None
    if form or kept or note is not None or lasti:
        spelling = Spelling(form, tuple(kept), note, lasti)
    return Instr(item.op, item.arg, item.handler, item.position, spelling)


def without_hints(program: Program) -> Program:
    """The same program; only the qualified names stay that MAKE_FUNCTION takes up to 3.10."""
    items: List[Item] = [
        Instr(item.op, item.arg, item.handler, item.position)
        if isinstance(item, Instr) and item.op is not Op.MAKE_FUNCTION
        else item
        for item in program.items
    ]
    return replace(program, items=items)
