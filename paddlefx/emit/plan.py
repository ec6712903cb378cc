"""Where the NULL of a call goes.

The transcriber follows hints; the general writer finds the place by looking back
over the straight code before the call: the instruction that last wrote the callable's slot,
and the one that started to compute it. A wrong guess is harmless: emission notices it where
paths meet or where the call is, and writes that call in a form that needs no NULL.
"""

from __future__ import annotations

from typing import Dict, List, Set, Tuple

from ..ir.effects import effect
from ..ir.flow import State
from ..ir.instr import Instr, Item, Op
from ..opcodes.table import OpcodeTable

__all__ = ["Plan", "plan_calls"]

_STOPS = frozenset({Op.RETURN, Op.RAISE, Op.RERAISE, Op.JUMP})


class Plan:
    """By item index: what has to be done for calls further on. Values are call indices."""

    def __init__(self) -> None:
        self.method: Dict[int, int] = {}
        self.with_global: Dict[int, int] = {}
        self.before: Dict[int, List[int]] = {}
        self.after: Dict[int, List[int]] = {}


def plan_calls(items: List[Item], states: Dict[int, State], table: OpcodeTable) -> Plan:
    """Plan every call."""
    plan = Plan()
    null = table.traits["null"]
    taken: Set[int] = set()
    for index, state in states.items():
        item = items[index]
        if not isinstance(item, Instr) or item.op not in (Op.CALL, Op.CALL_EX):
            continue
        depth = state.depth - effect(item.op, item.arg).pops
        writer, starter = _producers(items, states, index, depth)
        if writer < 0 or writer in taken:
            continue
        producer = items[writer]
        if not isinstance(producer, Instr) or producer.op in (Op.COPY, Op.SWAP):
            continue
        if item.op is Op.CALL and producer.op is Op.LOAD_ATTR:
            if null or not item.arg[1]:
                taken.add(writer)
                plan.method[writer] = index
            continue
        if not null:
            continue
        if producer.op is Op.LOAD_GLOBAL and (null == "above" or starter == writer):
            taken.add(writer)
            plan.with_global[writer] = index
        elif null == "above":
            plan.after.setdefault(writer, []).append(index)
        elif starter >= 0:
            # an outer call's NULL lies below an inner one's
            plan.before.setdefault(starter, []).insert(0, index)
    return plan


def _producers(
    items: List[Item], states: Dict[int, State], index: int, depth: int
) -> Tuple[int, int]:
    """The instructions that wrote the slot at ``depth`` last, and from ``depth`` on first."""
    writer = -1
    place = index - 1
    while place >= 0:
        state = states.get(place)
        item = items[place]
        if state is None or (isinstance(item, Instr) and item.op in _STOPS):
            break
        if isinstance(item, Instr):
            if writer < 0 and state.depth - effect(item.op, item.arg).pops <= depth:
                writer = place
            if state.depth <= depth:
                return writer, place if state.depth == depth else -1
        place -= 1
    return writer, -1
