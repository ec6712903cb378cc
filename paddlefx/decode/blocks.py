"""Straight runs of decoded instructions, and how they are laid out as a program."""

from __future__ import annotations

from operator import attrgetter
from typing import List, Optional, Tuple

from ..ir.effects import TERMINAL
from ..ir.instr import Handler, Instr, Item, Label, Op, Position
from ..ir.spelling import spelled

__all__ = [
    "FALLEN",
    "RAISED",
    "RAISED_LASTI",
    "Block",
    "Region",
    "TryBlock",
    "lay_out",
    "name_places",
]

#: A block of the machine's block stack up to 3.10: (is it an open handler, target, level).
TryBlock = Tuple[bool, int, int]

#: How control comes to a block: from an instruction, or by an exception, with ``lasti`` or not.
FALLEN, RAISED, RAISED_LASTI = range(3)


class Block:
    """A straight run of instructions, decoded for one state of the stack.

    Args:
        index: of its first instruction.
        stack: the slots there.
        blocks: the block stack there (up to 3.10).
        entered: how control comes there.
        sibling: another block at the same index.
    """

    __slots__ = (
        "blocks",
        "end",
        "entered",
        "index",
        "items",
        "label",
        "next",
        "placed",
        "sibling",
        "stack",
    )

    def __init__(
        self,
        index: int,
        stack: List[int],
        blocks: List[TryBlock],
        entered: int,
        sibling: Optional[Block],
    ) -> None:
        self.index = index
        #: the first instruction behind those it was decoded from
        self.end = index
        self.stack = stack
        self.blocks = blocks
        self.entered = entered
        self.sibling = sibling
        self.label: Optional[Label] = None
        self.items: List[Instr] = []
        self.next: Optional[Block] = None
        self.placed = False

    def ref(self) -> Label:
        """The label, which from now on is needed."""
        label = self.label
        if label is None:
            label = self.label = Label()
        return label


class Region:
    """A row of the exception table (3.11+) in instructions, and the handler it led to last."""

    __slots__ = ("depth", "handler", "lasti", "rest", "target")

    def __init__(self, target: int, depth: int, lasti: bool) -> None:
        self.target = target
        self.depth = depth
        self.lasti = lasti
        #: the slots that ``handler`` keeps
        self.rest: List[int] = []
        self.handler: Optional[Handler] = None


def name_places(blocks: List[Block]) -> None:
    """Where a place was decoded more than once (3.8), let every label say where it stands."""
    if any(block.sibling is not None for block in blocks):
        for block in blocks:
            if block.end > block.index:
                block.ref().place = block.index


def lay_out(blocks: List[Block]) -> List[Item]:
    """Blocks in the order of the code, each followed by where it falls through to."""
    if len(blocks) == 1:
        only = blocks[0]
        return [*([] if only.label is None else [only.label]), *only.items]
    pieces: List[Tuple[Block, Optional[Block]]] = []
    for start in sorted(blocks, key=attrgetter("index")):
        block: Optional[Block] = start
        while block is not None and not block.placed:
            block.placed = True
            successor = block.next
            ends = bool(block.items) and block.items[-1].op in TERMINAL
            if successor is not None and successor.placed and not ends:
                successor.ref()
                pieces.append((block, successor))
                break
            pieces.append((block, None))
            block = successor
    items: List[Item] = []
    for block, target in pieces:
        if block.label is not None:
            items.append(block.label)
        items += block.items
        if target is not None:
            position = block.items[-1].position if block.items else Position()
            items.append(Instr(Op.JUMP, target.ref(), None, position, spelled("fall")))
    return items
