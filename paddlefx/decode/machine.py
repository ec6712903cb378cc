"""The abstract interpreter: blocks, states and the main loop of decode."""

from __future__ import annotations

from typing import Any, Dict, List, Optional, Tuple

from ..errors import DecodeError
from ..ir.effects import EFFECTS, Effect
from ..ir.instr import Handler, Instr, Item, Label, Op, Position
from ..ir.program import cell_operands
from ..ir.spelling import GhostOp, Spelling
from ..opcodes.ghosts import HANDLER_SLOTS, LASTI, REAL, saved, scopes
from ..opcodes.raw import ExceptionEntry, exception_entries, positions, read
from ..opcodes.table import OpcodeTable, Rule
from .actions import CELL, CONST, INT, LOCAL, NAME, actions, jumps_of

__all__ = ["Block", "Decoder", "TryBlock"]

#: A block of the machine's block stack up to 3.10: (is it an open handler, target, level).
TryBlock = Tuple[bool, int, int]


class Block:
    """A straight run of instructions, decoded for one state of the stack."""

    __slots__ = ("blocks", "entered", "index", "items", "label", "next", "placed", "stack", "used")

    def __init__(
        self,
        index: int,
        stack: Tuple[int, ...],
        blocks: Tuple[TryBlock, ...],
        entered: Optional[ExceptionEntry],
    ) -> None:
        self.index = index
        self.stack = stack
        self.blocks = blocks
        #: set when an exception leads here; lasti as in the table
        self.entered = entered
        self.label = Label()
        self.items: List[Item] = []
        self.next: Optional[Block] = None
        self.used = False
        self.placed = False

    def ref(self) -> Label:
        """The label, which from now on is needed."""
        self.used = True
        return self.label


class Decoder:
    """One code object being decoded; the state of the block at hand is in its attributes."""

    def __init__(self, code: Any, table: OpcodeTable) -> None:
        self.code = code
        self.table = table
        self.raw = raw = read(code.co_code, table)
        self.positions = positions(code, raw)
        self.actions, self.quiet = actions(table)
        self.consts = code.co_consts
        self.names = code.co_names
        varnames, cellvars = tuple(code.co_varnames), tuple(code.co_cellvars)
        cells = cell_operands(cellvars, tuple(code.co_freevars))
        if table.traits["localsplus"]:
            rest = tuple(n for n in cellvars if n not in varnames)
            self.locals = varnames + rest + cells[len(cellvars) :]
            self.cells = self.locals
        else:
            self.locals = varnames
            self.cells = cells
        #: slots that LOAD_FAST reads a cell from, where there is no LOAD_CLOSURE
        self.cell_slots: Dict[int, str] = {}
        if cells and "LOAD_CLOSURE" not in table:
            first_free = len(self.locals) - len(code.co_freevars)
            for slot, name in enumerate(self.locals):
                if slot >= first_free or name in cellvars:
                    self.cell_slots[slot] = name
        self.entries: Optional[List[Optional[ExceptionEntry]]] = None
        self.unit = table.traits["jump_unit"]
        self.with_table = table.traits["handlers"] == "table"
        self.targets = self._targets()
        self.known: Dict[Tuple[Any, ...], Block] = {}
        self.order: List[Block] = []
        self.work: List[Block] = []
        # the block at hand
        self.stack: List[int] = []
        self.blocks: List[TryBlock] = []
        self.items: List[Item] = []
        self.block = Block(0, (), (), None)
        self.handler: Optional[Handler] = None
        self.moved = False
        self.last_handler: Dict[ExceptionEntry, Handler] = {}
        self.maybe: Dict[ExceptionEntry, Tuple[int, ...]] = {}
        self.late: List[Tuple[Instr, ExceptionEntry]] = []
        self.pending: List[GhostOp] = []
        self.lasti = False
        self.kwnames: Tuple[str, ...] = ()
        #: where a constant stood that became part of an instruction
        self.taken = Position()

    # -- what forms use

    def error(self, reason: str, i: int) -> DecodeError:
        """An error at an instruction."""
        where = self.positions[i].lineno if i < len(self.positions) else None
        name = "?"
        if i < len(self.raw.opcodes):
            rule = self.table.rules.get(self.raw.opcodes[i])
            name = rule.name if rule else str(self.raw.opcodes[i])
        return DecodeError(f"{name} (instruction {i}): {reason}", lineno=where)

    def add(self, op: Op, arg: Any, i: int, hint: str = "", note: Any = None) -> None:
        """Append an instruction."""
        spelling = None
        if hint or note is not None or self.pending or self.lasti:
            pending = self.pending
            if pending and self.entries is not None:
                pending = [self._guarded(ghost, i) for ghost in pending]
            spelling = Spelling(hint, tuple(pending), note, self.lasti)
            self.pending = []
            self.lasti = False
        self.items.append(Instr(op, arg, self.handler, self.positions[i], spelling))

    def _guarded(self, ghost: GhostOp, i: int) -> GhostOp:
        """Replace the index that :meth:`vanish` noted by what it means."""
        entries = self.entries or []
        entry = entries[ghost.guarded]
        if entry == entries[i]:
            return ghost._replace(guarded=1)
        return ghost._replace(guarded=0 if entry is None else 2)

    def vanish(self, i: int) -> None:
        """Keep a dropped instruction as a hint for the next one."""
        raw = self.raw
        name = self.table.rules[raw.opcodes[i]].name
        self.pending.append(GhostOp(name, raw.opargs[i], self.positions[i], i))

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
        if not isinstance(last, Instr) or last.op is not Op.LOAD_CONST:
            raise self.error("wants a constant loaded just before", i)
        self.items.pop()
        self.taken = last.position
        self.pop_real(i)
        if last.spelling is not None and last.spelling.before:
            self.pending[:0] = last.spelling.before
        return last.arg

    def target(self, i: int, rule: Rule) -> int:
        """The instruction index a jump goes to."""
        oparg = self.raw.opargs[i]
        if rule.operand == "absolute":
            offset = oparg * self.unit
        else:
            offset = self.raw.offsets[i] + 2 + 2 * rule.caches
            offset += oparg * self.unit if rule.operand == "forward" else -oparg * self.unit
        try:
            return self.raw.at[offset]
        except KeyError:
            raise self.error(f"jumps to {offset}, which is no instruction", i) from None

    def at(self, index: int, entered: Optional[ExceptionEntry] = None) -> Block:
        """The block that starts at an instruction with the stack as it is now."""
        return self.block_for(index, tuple(self.stack), tuple(self.blocks), entered)

    def block_for(
        self,
        index: int,
        stack: Tuple[int, ...],
        blocks: Tuple[TryBlock, ...],
        entered: Optional[ExceptionEntry] = None,
    ) -> Block:
        """The block that starts at an instruction in a state."""
        key = (index, stack, blocks, entered is not None, bool(entered and entered.lasti))
        block = self.known.get(key)
        if block is None:
            if index >= len(self.raw.opcodes):
                raise self.error("runs off the end", index - 1)
            block = self.known[key] = Block(index, stack, blocks, entered)
            self.order.append(block)
            self.work.append(block)
        return block

    def synthetic(self, index: int, successor: Block) -> Block:
        """A block of instructions that the code has no place for; it falls through."""
        block = Block(index, (), (), None)
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
                rest = tuple(self.stack[:level])
                below = tuple(blocks[:place])
                entry = ExceptionEntry(0, 0, 0, level, False)
                block = self.block_for(
                    target, rest + HANDLER_SLOTS, (*below, (True, -1, level)), entry
                )
                self.handler = Handler(block.ref(), rest.count(REAL), scopes(rest))
                return

    def _handler_of(self, entry: ExceptionEntry) -> Handler:
        rest = tuple(self.stack[: entry.depth])
        stack = (*rest, LASTI, REAL) if entry.lasti else (*rest, REAL)
        block = self.block_for(self.raw.at[entry.target], stack, (), entry)
        handler = Handler(block.ref(), rest.count(REAL), scopes(rest))
        self.last_handler[entry] = handler
        return handler

    def _quiet_handlers(self) -> bool:
        """Go on at handlers that only instructions name which raise nothing of their own."""
        while self.maybe:
            entry, stack = self.maybe.popitem()
            if entry not in self.last_handler:
                self.stack = list(stack)
                self._handler_of(entry)
                if self.work:
                    return True
        return False

    def _defer(self, items: List[Item], entry: Optional[ExceptionEntry]) -> None:
        for item in items:
            if isinstance(item, Instr) and entry is not None:
                self.late.append((item, entry))

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

    # -- the run

    def _targets(self) -> bytearray:
        """Mark the instructions that start a block."""
        raw = self.raw
        marks = bytearray(len(raw.opcodes) + 1)
        rules = self.table.rules
        places = jumps_of(self.table)
        for i, opcode in enumerate(raw.opcodes):
            if opcode in places:
                rule = rules[opcode]
                index = self.target(i, rule)
                if rule.form in ("for_iter", "send"):
                    index += rule.value
                marks[index] = 1
                if rule.form == "call_finally":
                    marks[i + 1] = 1
        if self.with_table:
            table = exception_entries(self.code.co_exceptiontable)
            if table:
                entries: List[Optional[ExceptionEntry]] = [None] * len(raw.opcodes)
                for entry in table:
                    for i in range(self._first_at(entry.start), self._first_at(entry.end)):
                        entries[i] = entry
                    marks[raw.at[entry.target]] = 1
                self.entries = entries
        return marks

    def _first_at(self, offset: int) -> int:
        """The first instruction at or after an offset."""
        index = self.raw.at
        end = len(self.code.co_code)
        while offset < end:
            if offset in index:
                return index[offset]
            offset += 2
        return len(self.raw.opcodes)

    def run(self) -> List[Item]:
        """Decode everything that can be reached and lay it out."""
        if not self.raw.opcodes:
            raise self.error("there is no code", 0)
        self.block_for(0, (), ())
        while self.work or self._quiet_handlers():
            self._run_block(self.work.pop())
        for instr, entry in self.late:
            instr.handler = self.last_handler.get(entry)
        return self._layout()

    def _run_block(self, block: Block) -> None:
        self.block = block
        self.items = items = block.items
        self.stack = stack = list(block.stack)
        self.blocks = list(block.blocks)
        self.pending = []
        self.lasti = False
        self.kwnames = ()
        raw_opcodes, raw_opargs = self.raw.opcodes, self.raw.opargs
        where = self.positions
        targets, table, entries = self.targets, self.actions, self.entries
        names, local_names, cells, consts = self.names, self.locals, self.cells, self.consts
        cell_slots, quiet = self.cell_slots, self.quiet
        i = block.index
        entry: Optional[ExceptionEntry] = None
        self.handler = None
        if self.with_table:
            self.lasti = bool(block.entered and block.entered.lasti)
        else:
            self.update_handler()
            if block.entered is not None and not self._ends_async_for(i):
                self.add(Op.ENTER_HANDLER, None, i)
        self.moved = True
        first = True
        late = -1
        size = len(raw_opcodes)
        while True:
            if targets[i] and not first:
                self._defer(items[late:] if late >= 0 else [], entry)
                block.next = self.at(i)
                return
            if i >= size:
                raise self.error("runs off the end", i - 1)
            first = False
            action = table[raw_opcodes[i]]
            if entries is not None:
                if late >= 0:
                    self._defer(items[late:], entry)
                    late = -1
                now = entries[i]
                if now is None:
                    self.handler = entry = None
                elif now is not entry or self.moved:
                    if not quiet[raw_opcodes[i]]:
                        self.handler = self._handler_of(now)
                        self.moved = False
                    elif now is not entry or self.handler is None:
                        # raises nothing: the stack below may be in the middle of a change
                        self.handler = self.last_handler.get(now)
                        self.moved = True
                        if self.handler is None:
                            late = len(items)
                            if now not in self.maybe and quiet[raw_opcodes[i]] == 1:
                                self.maybe[now] = tuple(stack)
                    entry = now
            if action is None:
                raise self.error("an opcode without a row", i)
            if len(action) == 2:
                i = action[0](self, i, raw_opargs[i], action[1])
                if i < 0:
                    self._defer(items[late:] if late >= 0 else [], entry)
                    return
                continue
            op, codec, arg, pops, pushes, dynamic = action
            if codec == INT:
                arg = raw_opargs[i] if arg is None else (arg, raw_opargs[i])
            elif codec == NAME:
                arg = names[raw_opargs[i]]
            elif codec == LOCAL:
                oparg = raw_opargs[i]
                if oparg in cell_slots and op is Op.LOAD_LOCAL:
                    self.load_local(oparg, i)
                    i += 1
                    continue
                arg = local_names[oparg]
            elif codec == CONST:
                arg = consts[raw_opargs[i]]
            elif codec == CELL:
                arg = cells[raw_opargs[i]]
            if dynamic is not None:
                _, pops, pushes = dynamic(arg)
            if pops == 1:
                if not stack or stack.pop():
                    raise self.error(f"takes a value from the slots {stack}", i)
            elif pops:
                if len(stack) < pops or any(stack[-pops:]):
                    raise self.error(f"takes {pops} values from the slots {stack}", i)
                del stack[-pops:]
            if pushes == 1:
                stack.append(0)
            elif pushes:
                stack.extend([0] * pushes)
            if self.pending or self.lasti:
                self.add(op, arg, i)
            else:
                items.append(Instr(op, arg, self.handler, where[i]))
            i += 1

    def _ends_async_for(self, i: int) -> bool:
        return self.table.rules[self.raw.opcodes[i]].form == "end_async_for"

    def _layout(self) -> List[Item]:
        """Blocks in the order of the code, each followed by where it falls through to."""
        items: List[Item] = []
        for start in sorted(self.order, key=lambda block: block.index):
            block: Optional[Block] = start
            while block is not None and not block.placed:
                block.placed = True
                items.append(block.label)
                items.extend(block.items)
                successor = block.next
                if successor is not None and successor.placed:
                    last = items[-1]
                    position = last.position if isinstance(last, Instr) else Position()
                    items.append(Instr(Op.JUMP, successor.ref(), None, position))
                block = successor
        unused = {block.label for block in self.order if not block.used}
        return [item for item in items if item not in unused] if unused else items


from . import exceptions, forms, jumps  # noqa: E402,F401  (they fill FORMS)
