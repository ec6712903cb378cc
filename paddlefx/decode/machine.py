"""One code object being decoded: its parts, the state of the block at hand, what forms use."""

from __future__ import annotations

from bisect import bisect_left
from itertools import compress
from typing import Any, Dict, List, Optional, Tuple, Union

from ..errors import DecodeError
from ..ir.effects import EFFECTS, Effect
from ..ir.instr import Handler, Instr, Item, Label, Op, Position
from ..ir.program import cell_operands
from ..ir.spelling import GhostOp, Spelling, spelled
from ..opcodes.ghosts import HANDLER_SLOTS, LASTI, REAL, saved, scopes
from ..opcodes.raw import exception_entries, positions, read
from ..opcodes.table import OpcodeTable, Rule
from .actions import actions
from .blocks import FALLEN, RAISED, RAISED_LASTI, Block, Region, TryBlock, lay_out, name_places
from .main_loop import run
from .unreached import keep_unreached

__all__ = ["Decoder"]

#: Where a ghost's exceptions go is this plus an index, as long as no block is known there.
_TO_COME = 16
#: Stands in ``pending`` for a handler entered with ``lasti``.
_LASTI = GhostOp("lasti", 0, Position(), 0)

_NOWHERE = Position()


class Decoder:
    """One code object being decoded; the state of the block at hand is in its attributes.

    Args:
        code: the code object.
        table: of its version.
    """

    __slots__ = (
        "actions",
        "block",
        "blocks",
        "cell_slots",
        "cells",
        "cellvars",
        "code",
        "consts",
        "freevars",
        "guards_to_come",
        "handler",
        "items",
        "jumps_to",
        "known",
        "kwnames",
        "lasti",
        "locals",
        "marks",
        "moved",
        "names",
        "order",
        "pending",
        "positions",
        "quiet_regions",
        "raw",
        "regions",
        "sent",
        "stack",
        "table",
        "taken",
        "targets",
        "tested",
        "thrown",
        "varnames",
        "with_table",
        "work",
    )

    def __init__(self, code: Any, table: OpcodeTable) -> None:
        self.code = code
        self.table = table
        self.actions = actions(table)
        self.raw = raw = read(code.co_code, table)
        self.positions: List[Position] = positions(code, raw)
        self.with_table = self.actions.with_table
        self.consts: Tuple[Any, ...] = code.co_consts
        self.names: Tuple[str, ...] = code.co_names
        self.varnames: Tuple[str, ...] = tuple(code.co_varnames)
        self.cellvars: Tuple[str, ...] = tuple(code.co_cellvars)
        self.freevars: Tuple[str, ...] = tuple(code.co_freevars)
        self.locals = self.varnames
        self.cells: Tuple[str, ...] = ()
        #: slots that LOAD_FAST reads a cell from, where there is no LOAD_CLOSURE
        self.cell_slots: Dict[int, str] = {}
        if self.cellvars or self.freevars:
            self._name_cells()
        # places
        self.jumps_to: Dict[int, int] = {}
        #: by instruction: whether a block starts there; whether its region starts or ends there too
        self.targets = bytearray(len(raw.data) + 1)
        self.regions: List[Optional[Region]] = []
        self.marks = self.targets
        self._find_targets()
        if self.with_table and code.co_exceptiontable:
            self._find_regions(code.co_exceptiontable)
        # blocks found so far: the first at each index, all of them, those still to be decoded
        self.known: Dict[int, Block] = {}
        self.order: List[Block] = []
        self.work: List[Block] = []
        #: regions that only instructions lead to which raise nothing, with the stack there
        self.quiet_regions: Dict[Region, List[int]] = {}
        # the block at hand; :meth:`begin` sets these
        self.block: Block
        self.items: List[Instr]
        self.stack: List[int] = []
        self.blocks: List[TryBlock] = []
        self.handler: Optional[Handler]
        #: set by forms that move ghosts about: the handler's slots may differ
        self.moved: bool
        #: what was dropped before the instruction to come
        self.pending: List[GhostOp] = []
        self.lasti: bool
        #: what KW_NAMES left for the next call
        self.kwnames: Tuple[str, ...]
        #: the last TO_BOOL and its handler
        self.tested: Tuple[int, Optional[Handler]] = (-1, None)
        #: labels for the CLEANUP_THROW and the END_SEND of a send loop, by their index
        self.guards_to_come = False
        self.thrown: Dict[int, Label] = {}
        self.sent: Dict[int, Label] = {}
        #: where a constant stood that became part of an instruction
        self.taken = _NOWHERE

    def _name_cells(self) -> None:
        cells = cell_operands(self.cellvars, self.freevars)
        if not self.actions.localsplus:
            self.cells = cells
            return
        rest = tuple(n for n in self.cellvars if n not in self.varnames)
        self.locals = self.cells = self.varnames + rest + cells[len(self.cellvars) :]
        if self.actions.loads_cells_as_locals:
            first_free = len(self.locals) - len(self.freevars)
            for slot, name in enumerate(self.locals):
                if slot >= first_free or name in self.cellvars:
                    self.cell_slots[slot] = name

    # -- what forms use

    def error(self, reason: str, i: int) -> DecodeError:
        """An error at an instruction."""
        opcodes = self.raw.opcodes
        inside = 0 <= i < len(opcodes)
        name = self.actions.names[opcodes[i]] if inside else "?"
        where = self.positions[i].lineno if inside else None
        return DecodeError(f"{name} (instruction {i}): {reason}", lineno=where)

    def add(self, op: Op, arg: Any, i: int, hint: str = "", note: Any = None) -> None:
        """Append an instruction."""
        spelling: Optional[Spelling] = None
        if self.pending:
            spelling = self._hinted(i, hint, note)
        elif note is not None:
            spelling = Spelling(hint, (), note)
        elif hint:
            spelling = spelled(hint)
        self.items.append(Instr(op, arg, self.handler, self.positions[i], spelling))

    def _hinted(self, i: int, hint: str, note: Any) -> Spelling:
        """The hint of an instruction before which something was dropped."""
        pending, lasti = self.pending, self.lasti
        if lasti:
            pending.remove(_LASTI)
            self.lasti = False
        regions = self.regions
        if regions:
            region = regions[i]
            for number, ghost in enumerate(pending):
                noted = ghost.guarded
                if isinstance(noted, int) and noted < 0:
                    index = -1 - noted
                    guarded = 1 if regions[index] is region else self._guard(index)
                    pending[number] = tuple.__new__(GhostOp, (*ghost[:3], guarded))
        before = tuple(pending)
        pending.clear()
        spelling: Spelling = tuple.__new__(Spelling, (hint, before, note, lasti, ()))
        return spelling

    def _guard(self, index: int) -> Union[int, Label]:
        """Where the exceptions go of a ghost that is not in the region of its instruction."""
        region = self.regions[index]
        if region is None:
            return 0
        block = self.known.get(region.target)
        if block is not None:
            return block.ref()
        self.guards_to_come = True
        return _TO_COME + region.target

    def _find_guards(self) -> None:
        """Name the handlers of ghosts that were not decoded yet when the ghost was."""
        for block in self.order:
            for item in block.items:
                spelling = item.spelling
                if spelling is None or not spelling.before:
                    continue
                before = []
                for ghost in spelling.before:
                    if isinstance(ghost.guarded, int) and ghost.guarded >= _TO_COME:
                        handler = self.known.get(ghost.guarded - _TO_COME)
                        guarded = 2 if handler is None else handler.ref()
                        ghost = ghost._replace(guarded=guarded)
                    before.append(ghost)
                item.spelling = spelling._replace(before=tuple(before))

    def vanish(self, i: int) -> None:
        """Keep a dropped instruction as a hint for the next one."""
        raw = self.raw
        name = self.actions.names[raw.opcodes[i]]
        # in a region it is known only with the next instruction what ``guarded`` is
        guarded = -1 - i if self.regions else 1
        ghost = (name, raw.opargs[i], self.positions[i], guarded)
        self.pending.append(tuple.__new__(GhostOp, ghost))

    def carry_on(self, successor: Block, i: int) -> None:
        """End the block with a JUMP to where it goes on, which carries what was dropped."""
        position = self.pending[-1].position
        spelling = self._hinted(i, "fall", None)
        jump = Instr(Op.JUMP, successor.ref(), self.handler, position, spelling)
        self.items.append(jump)

    def begin_with_lasti(self) -> None:
        """Note that the first instruction of a handler finds ``lasti``."""
        self.lasti = True
        self.pending.append(_LASTI)

    def pop_real(self, i: int, count: int = 1) -> None:
        """Take values from the stack."""
        stack = self.stack
        if count:
            if len(stack) < count or any(stack[-count:]):
                raise self.error(f"takes {count} values from the slots {stack}", i)
            del stack[-count:]

    def pop_ghost(self, i: int, *tags: int) -> None:
        """Take these ghosts from the stack, the first from the top."""
        for tag in tags:
            if not self.stack or self.stack.pop() != tag:
                raise self.error(f"wants the ghosts {tags} on {self.stack}", i)

    def effect(self, op: Op, arg: Any, i: int) -> None:
        """Do what an operation does to a stack of values."""
        entry = EFFECTS[op]
        if not isinstance(entry, Effect):
            entry = entry(arg)
        self.pop_real(i, entry.pops)
        self.stack.extend([REAL] * entry.pushes)

    def plain(self, op: Op, arg: Any, i: int, hint: str = "", note: Any = None) -> None:
        """Append an instruction and do its effect."""
        self.effect(op, arg, i)
        self.add(op, arg, i, hint, note)

    def take_const(self, i: int) -> Any:
        """Undo the LOAD_CONST just appended and return its value."""
        last = self.items[-1] if self.items else None
        if last is None or last.op is not Op.LOAD_CONST:
            raise self.error("wants a constant loaded just before", i)
        self.items.pop()
        self.taken = last.position
        self.pop_real(i)
        if last.spelling is not None and last.spelling.before:
            self.pending[:0] = last.spelling.before
        return last.arg

    def target(self, i: int, rule: Rule) -> int:
        """The instruction index a jump goes to."""
        return self.jumps_to[i]

    def load_local(self, slot: int, i: int, hint: str = "") -> None:
        """LOAD_FAST: a value, or on 3.13 a cell."""
        self.stack.append(REAL)
        if slot in self.cell_slots and saved(slot) not in self.stack:
            self.add(Op.LOAD_CELL, self.cell_slots[slot], i, hint)
        else:
            self.add(Op.LOAD_LOCAL, self.locals[slot], i, hint)

    def store_local(self, slot: int, i: int, hint: str = "") -> None:
        """STORE_FAST: a value, or a saved binding that comes back."""
        if self.stack and self.stack[-1] < 0:
            self.stack.pop()
            self.moved = True
            self.add(Op.RESTORE_LOCAL, self.locals[slot], i, hint)
        else:
            self.pop_real(i)
            self.add(Op.STORE_LOCAL, self.locals[slot], i, hint)

    # -- blocks

    def begin(self, block: Block) -> None:
        """Go on with a block."""
        self.block = block
        self.items = block.items
        self.stack[:] = block.stack
        if self.pending:
            self.pending.clear()
        self.kwnames = ()
        self.lasti = self.moved = False
        if self.with_table:
            self.handler = None
            if block.entered == RAISED_LASTI:
                self.begin_with_lasti()
        else:
            self.blocks = block.blocks[:]
            self.update_handler()
            first = self.raw.opcodes[block.index]
            if block.entered and not self.actions.ends_async_for[first]:
                self.add(Op.ENTER_HANDLER, None, block.index)

    def at(self, index: int) -> Block:
        """The block that starts at an instruction with the stack as it is now."""
        stack, blocks = self.stack, self.blocks
        block = self.known.get(index)
        while block is not None:
            if block.stack == stack and not block.entered and block.blocks == blocks:
                return block
            block = block.sibling
        return self._add_block(index, stack[:], blocks[:], FALLEN)

    def block_for(
        self, index: int, stack: List[int], blocks: List[TryBlock], entered: int
    ) -> Block:
        """The block that starts at an instruction in a state."""
        block = self.known.get(index)
        while block is not None:
            if block.stack == stack and block.entered == entered and block.blocks == blocks:
                return block
            block = block.sibling
        return self._add_block(index, stack, blocks, entered)

    def _add_block(
        self, index: int, stack: List[int], blocks: List[TryBlock], entered: int
    ) -> Block:
        if index >= len(self.raw.data):
            raise self.error("runs off the end", index - 1)
        block = Block(index, stack, blocks, entered, self.known.get(index))
        self.known[index] = block
        self.order.append(block)
        self.work.append(block)
        return block

    def synthetic(self, index: int, successor: Block) -> Block:
        """A block of instructions that the code has no place for; it falls through."""
        block = Block(index, [], [], FALLEN, None)
        block.next = successor
        self.order.append(block)
        return block

    def update_handler(self) -> None:
        """Find the handler of the instructions to come (block stack, up to 3.10)."""
        self.handler = None
        blocks = self.blocks
        for place in range(len(blocks) - 1, -1, -1):
            is_open, target, level = blocks[place]
            if not is_open:
                rest = self.stack[:level]
                outer = [*blocks[:place], (True, -1, level)]
                block = self.block_for(target, [*rest, *HANDLER_SLOTS], outer, RAISED)
                self.handler = Handler(block.ref(), rest.count(REAL), scopes(rest))
                return

    def enter_region(self, region: Region) -> Handler:
        """The handler of the instructions to come (exception table, from 3.11 on)."""
        rest = self.stack[: region.depth]
        handler = region.handler
        if handler is not None and region.rest == rest:
            return handler
        if region.lasti:
            block = self.block_for(region.target, [*rest, LASTI, REAL], [], RAISED_LASTI)
        else:
            block = self.block_for(region.target, [*rest, REAL], [], RAISED)
        handler = Handler(block.ref(), rest.count(REAL), scopes(rest))
        region.rest, region.handler = rest, handler
        return handler

    def quiet_handlers(self) -> bool:
        """Go on at handlers that only instructions lead to which raise nothing of their own.

        A signal may still raise there.
        """
        while self.quiet_regions:
            region, stack = self.quiet_regions.popitem()
            if region.handler is None:
                self.stack[:] = stack
                self.enter_region(region)
                if self.work:
                    return True
        return False

    # -- the run

    def _find_targets(self) -> None:
        """Find where jumps go, and mark the instructions that start a block."""
        marks, places, actions = self.targets, self.jumps_to, self.actions
        data, opcodes, opargs, starts, offsets, _ = self.raw
        jumps, unit = actions.jumps, actions.unit
        count = len(data)
        for i in compress(range(count), data.translate(actions.jumping)):
            sign, size, landing, returns = jumps[opcodes[i]]
            offset = opargs[i] * unit
            if sign:
                offset = offsets[i] + size + sign * offset
            index = bisect_left(offsets, offset)
            if index == count or not (offsets[index] == offset or starts[index] == offset):
                raise self.error(f"jumps to {offset}, which is no instruction", i)
            places[i] = index
            marks[index + landing] = 1
            if returns:
                marks[i + 1] = 1
        for number in actions.ends_of_finally:
            # so that the copies of a finally end at the same places
            i = data.find(number)
            while i >= 0:
                marks[i + 1] = 1
                i = data.find(number, i + 1)

    def _find_regions(self, table: bytes) -> None:
        """Find which row of the exception table each instruction is in."""
        targets, data = self.targets, self.raw.data
        starts, offsets = self.raw.starts, self.raw.offsets
        regions: List[Optional[Region]] = [None] * len(data)
        self.marks = marks = bytearray(targets)
        for begin, finish, goal, depth, lasti in exception_entries(table):
            start = bisect_left(offsets, begin)
            end = bisect_left(offsets, finish)
            target = bisect_left(offsets, goal)
            if target == len(data) or not (offsets[target] == goal or starts[target] == goal):
                raise self.error(f"a handler at {goal}, which is no instruction", start)
            regions[start:end] = [Region(target, depth, lasti)] * (end - start)
            marks[start] = marks[end] = marks[target] = targets[target] = 1
        self.regions = regions

    def run(self) -> List[Item]:
        """Decode everything that can be reached and lay it out."""
        size = len(self.raw.data)
        if not size:
            raise self.error("there is no code", 0)
        self.block_for(0, [], [], FALLEN)
        run(self)
        if self.guards_to_come:
            self._find_guards()
        if self.actions.calls_finally:
            name_places(self.order)
            keep_unreached(self)
        elif sum([block.end - block.index for block in self.order]) != size:
            keep_unreached(self)
        return lay_out(self.order)
