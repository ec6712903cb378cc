"""Which branches on a tensor's value could be written as ``paddlefx.cond``."""

from __future__ import annotations

from typing import Dict, List, Sequence, Set, Tuple

from ...ir.flow import label_index, successors
from ...ir.instr import Instr, Item, Label, Op
from ...ir.program import Program

__all__ = ["HINT", "only_compute"]

HINT = (
    "both sides only compute: paddlefx.cond(pred, true_fn, false_fn, operands) keeps them in one "
    "graph if they give tensors of the same shapes and dtypes"
)

#: What a side may do: read, compute, call, bind locals.
_COMPUTING = frozenset(
    [
        *(Op.POP, Op.COPY, Op.SWAP, Op.JUMP, Op.RETURN, Op.BRANCH),
        *(Op.LOAD_CONST, Op.LOAD_LOCAL, Op.STORE_LOCAL, Op.LOAD_DEREF, Op.LOAD_GLOBAL),
        *(Op.LOAD_ATTR, Op.LOAD_SUBSCR, Op.UNARY, Op.BINARY, Op.COMPARE, Op.CONTAINS, Op.IS),
        *(Op.CALL, Op.CALL_EX, Op.BUILD_TUPLE, Op.BUILD_LIST, Op.BUILD_SLICE, Op.BUILD_MAP),
        *(Op.BUILD_CONST_KEY_MAP, Op.UNPACK_SEQUENCE, Op.LIST_EXTEND, Op.LIST_TO_TUPLE),
    ]
)


def only_compute(program: Program, index: int, sides: Tuple[Label, Label]) -> bool:
    """Whether neither side of a branch does more than compute before they meet or return.

    A call counts as computing: what it does isn't looked at.

    Args:
        program: the frame's.
        index: where its BRANCH stands.
        sides: where it goes.
    """
    items = program.items
    labels = label_index(items)
    true, false = (_ahead(items, index, labels[side], labels) for side in sides)
    own = true ^ false
    starts = [labels[side] for side in sides]
    if _headers(items, index, starts[0], own & true, labels) != _headers(
        items, index, starts[1], own & false, labels
    ):
        return False  # one side goes round, the other leaves
    instructions = [item for item in map(items.__getitem__, own) if isinstance(item, Instr)]
    return bool(instructions) and all(
        item.op in _COMPUTING and not (item.op is Op.BINARY and item.arg[1])
        for item in instructions
    )


def _headers(
    items: Sequence[Item], branch: int, start: int, side: Set[int], labels: Dict[Label, int]
) -> Set[int]:
    """Where a side goes back to."""
    if start <= branch:
        return {start}
    return {after for place in side for after in successors(items, place, labels) if after <= place}


def _ahead(items: Sequence[Item], branch: int, start: int, labels: Dict[Label, int]) -> Set[int]:
    """The items from one on that control comes to without going back, exceptions aside."""
    found: Set[int] = set()
    pending: List[int] = [start] if start > branch else []
    while pending:
        index = pending.pop()
        if index not in found:
            found.add(index)
            pending += [after for after in successors(items, index, labels) if after > index]
    return found
