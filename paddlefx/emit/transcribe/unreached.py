"""Writes what a hint says stood behind an instruction and can't be reached."""

from __future__ import annotations

from typing import Optional, Tuple, Union

from ...ir.instr import Label
from ...ir.spelling import Unreached
from ...opcodes.operands import PoolIndices, is_jump, oparg_of
from ..link import Entry
from .machine import Transcriber
from .writers import Unfit

__all__ = ["unreached"]


def unreached(t: Transcriber, after: Tuple[Union[Unreached, Label], ...]) -> None:
    """Write it; a jump or handler that leads nowhere any more is noticed when it is linked."""
    stream = t.stream
    index = PoolIndices(
        t.pools.const, t.pools.name, t.slots.__getitem__, (t.cells or t.slots).__getitem__
    )
    for number, part in enumerate(after):
        if isinstance(part, Label):
            if part in stream.places or part in t.labels:
                raise Unfit("a label stands twice")
            stream.places[part] = len(stream.numbers)
            if t.copies is not None and part.place >= 0:
                t.copies.begin(part)
            continue
        rule = t.rule(part.name)
        entry: Optional[Entry] = None if part.handler is None else Entry(*part.handler)
        stream.cover(entry)
        if part.name == "CLEANUP_THROW":
            _handle_throw(t, after, number, entry)
        if is_jump(rule):
            if not isinstance(part.operand, Label):
                raise Unfit("a jump needs a label")
            t.jump(rule.number, part.operand, part.position)
        else:
            t.put(rule.number, oparg_of(rule, part.operand, index), part.position)


def _handle_throw(
    t: Transcriber,
    after: Tuple[Union[Unreached, Label], ...],
    number: int,
    entry: Optional[Entry],
) -> None:
    """Note what the CLEANUP_THROW of a send loop does; the loop's YIELD_FROM must agree."""
    fail = after[number - 1] if number else None
    jump = after[number + 1] if number + 1 < len(after) else None
    if not isinstance(fail, Label) or not isinstance(jump, Unreached):
        return
    if t.rule(jump.name).form == "jump" and isinstance(jump.operand, Label):
        t.handled[fail] = jump.operand, entry
