"""Which opcodes each instruction of a program came from: ``decode_with_origins``."""

from __future__ import annotations

from typing import Any, Dict, List, NamedTuple, Optional, Tuple

from ..ir.instr import Instr, Item, Position
from ..ir.program import Program
from ..opcodes.raw import Raw
from ..opcodes.table import OpcodeTable
from . import decode
from .blocks import Block
from .machine import Decoder

__all__ = ["Origins", "decode_with_origins"]


class Origins(NamedTuple):
    """A program beside the opcodes it was read from.

    Args:
        program: as :func:`~paddlefx.decode.decode` gives it.
        raw: the opcodes.
        rows: for each item indices in ``raw``: those in front that left no instruction, and
            for instructions their own last. Empty where an instruction shares its opcode with
            the one before.
        rest: the indices that are in no row, what can't be reached above all.
    """

    program: Program
    raw: Raw
    rows: List[Tuple[int, ...]]
    rest: Tuple[int, ...]


class _IndexDecoder(Decoder):
    """A decoder that notes instruction indices where the other notes source ranges."""

    def __init__(self, code: Any, table: OpcodeTable) -> None:
        super().__init__(code, table)
        self.positions = [Position(index) for index in range(len(self.raw.opcodes))]


def decode_with_origins(code: Any, table: OpcodeTable) -> Origins:
    """Decode, and say where each instruction came from; raises what decode raises.

    The code is decoded twice, since a program has no room for offsets. Decode is
    deterministic, and looks at no position.
    """
    program = decode(code, table)
    decoder = _IndexDecoder(code, table)
    items = decoder.run()
    rows = _rows(decoder, items)
    used = {index for row in rows for index in row}
    rest = tuple(index for index in range(len(decoder.raw.opcodes)) if index not in used)
    return Origins(program, decoder.raw, rows, rest)


def _rows(decoder: Decoder, items: List[Item]) -> List[Tuple[int, ...]]:
    """Follow each block along its opcodes: they stand in a row from ``Block.index`` to ``Block.end``."""
    home: Dict[int, Block] = {}
    for block in decoder.order:
        home[id(block.label)] = block
        for instr in block.items:
            home[id(instr)] = block
    rows: List[Tuple[int, ...]] = []
    current: Optional[Block] = None
    start = 0
    for item in items:
        found = home.get(id(item))
        if found is None:  # a jump that the layout added
            rows.append(())
            continue
        row: List[int] = []
        if found is not current:
            if current is not None:
                row.extend(range(start, current.end))  # left no instruction
            current, start = found, found.index
        own = item.position.lineno if isinstance(item, Instr) else None
        if own is not None and own >= start:
            row.extend(range(start, own + 1))
            start = own + 1
        rows.append(tuple(row))
    return rows
