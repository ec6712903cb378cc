"""Instructions that control can't reach, kept as hints of what they stand behind.

Up to 3.9 the compiler leaves them behind ``return``, ``raise`` and ``break``; in every version
some are left. From 3.12 on the CLEANUP_THROW of a send loop is one of them as well: decode takes
the whole loop for one YIELD_FROM, and where the throw is handled is only a hint.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Dict, List, Optional, Tuple, Union

from ..ir.instr import Instr, Label, Op
from ..ir.spelling import Spelling, Unreached
from ..opcodes.operands import Pools, is_jump, meaning
from .blocks import Block

if TYPE_CHECKING:
    from .machine import Decoder

__all__ = ["keep_unreached"]

_ENDS = frozenset({Op.JUMP, Op.RETURN, Op.RAISE, Op.RERAISE})


def keep_unreached(d: Decoder) -> None:
    """Attach what no block was decoded from to the instruction it stands behind."""
    size = len(d.raw.opcodes)
    unseen = bytearray(b"\1") * size
    for block in d.order:
        if block.end > block.index:
            unseen[block.index : block.end] = bytes(block.end - block.index)
    start = unseen.find(1)
    if start < 0:
        return
    gaps: List[Tuple[int, int]] = []
    while start >= 0:
        end = unseen.find(0, start)
        if end < 0:
            end = size
        start = _behind_loop(d, start, end)
        if start < end:
            gaps.append((start, end))
        start = unseen.find(1, end)
    if gaps:
        _Keeper(d, gaps).run()


def _behind_loop(d: Decoder, start: int, end: int) -> int:
    """Leave out the END_FOR of a loop, which belongs to its FOR_ITER."""
    names, opcodes = d.actions.names, d.raw.opcodes
    if names[opcodes[start]] == "END_FOR":
        start += int(d.table["FOR_ITER"].value)
    return min(start, end)


class _Keeper:
    def __init__(self, d: Decoder, gaps: List[Tuple[int, int]]) -> None:
        self.d = d
        self.gaps = gaps
        self.inside = {i for start, end in gaps for i in range(start, end)}
        self.labels: Dict[int, Label] = dict(d.thrown)
        self.pools = Pools(d.consts, d.names, d.locals, d.cells)

    def run(self) -> None:
        """Describe every gap, then attach those that can be described."""
        d = self.d
        ends: Dict[int, Block] = {}
        for block in d.order:
            if block.items and block.items[-1].op in _ENDS:
                ends.setdefault(block.end, block)
        found = [(ends.get(start), self._describe(start, end)) for start, end in self.gaps]
        for (owner, ops), (start, _) in zip(found, self.gaps):
            if owner is None or ops is None:
                continue
            after: List[Union[Unreached, Label]] = []
            if "CALL_FINALLY" in d.table:
                after.append(Label("unreached", start))
            for i, op in enumerate(ops, start):
                label = self.labels.get(i)
                if label is not None:
                    after.append(label)
                after.append(op)
            last: Instr = owner.items[-1]
            spelling: Spelling = last.spelling if last.spelling is not None else Spelling()
            last.spelling = spelling._replace(after=tuple(after))

    def _describe(self, start: int, end: int) -> Optional[List[Unreached]]:
        d = self.d
        ops: List[Unreached] = []
        for i in range(start, end):
            rule = d.table.rules.get(d.raw.opcodes[i])
            if rule is None:
                return None
            handler = None
            region = d.regions[i] if d.regions else None
            if region is not None:
                label = self._label(region.target)
                if label is None:
                    return None
                handler = (label, region.depth, region.lasti)
            if is_jump(rule):
                operand: object = self._label(d.jumps_to[i])
                if operand is None:
                    return None
            else:
                operand = meaning(rule, d.raw.opargs[i], self.pools)
            ops.append(Unreached(rule.name, operand, d.positions[i], handler))
        return ops

    def _label(self, index: int) -> Optional[Label]:
        label = self.labels.get(index) or self.d.sent.get(index)
        if label is None:
            if index in self.inside:
                label = self.labels[index] = Label("unreached")
            else:
                block = self.d.known.get(index)
                label = block.ref() if block is not None else None
        return label
