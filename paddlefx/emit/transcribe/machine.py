"""One program being transcribed: its slots, places, handlers and blocks, and what writers use."""

from __future__ import annotations

from typing import Dict, FrozenSet, List, Optional, Set, Tuple

from ...ir.effects import CANNOT_RAISE
from ...ir.flow import parameter_count
from ...ir.instr import Handler, Instr, Item, Label, Op, Position
from ...ir.program import Program
from ...opcodes.ghosts import EXIT_SELF, HANDLER_SLOTS, LASTI, PREV, REAL
from ...opcodes.table import OpcodeTable, Rule
from ..assemble import Pools, name_indices
from ..borrow import borrowable
from ..link import Entry, Stream
from ..prologue import prologue
from .copies import Copies
from .writers import Unfit, writers_of

__all__ = ["BOUND", "ENTERING", "LATE", "OPEN", "TRY", "Transcriber"]

#: A block of the block stack up to 3.10: (kind, label, level).
OpenBlock = Tuple[int, Optional[Label], int]
TRY, ENTERING, OPEN = range(3)

#: (slots, locals bound for certain as bits, blocks)
State = Tuple[Tuple[int, ...], int, Tuple[OpenBlock, ...]]

#: The depth of an entry that is not known yet.
LATE = -1
#: The slot of a method's value: its self or NULL is beside it, and only a call may take it.
BOUND = 99

#: A state that no control is in.
_NOWHERE: State = ((-1,), 0, ())


class Transcriber:
    """One program being transcribed."""

    def __init__(self, program: Program, table: OpcodeTable, pools: Pools) -> None:
        self.program = program
        self.items: List[Item] = program.items
        self.table = table
        self.writers = writers_of(table)
        self.slots, self.cells = name_indices(program, program.varnames, table)
        self.prefix = prologue(program, table, self.cells)
        self.with_table = table.traits["handlers"] == "table"
        self.null_above = table.traits["null"] == "above"
        self.labels: Dict[Label, int] = {}
        for index, item in enumerate(self.items):
            if isinstance(item, Label):
                self.labels[item] = index
        #: what is true where control comes to a label
        self.known: Dict[Label, State] = {}
        #: the same for handlers that only instructions lead to which raise nothing
        self.maybe: Dict[Label, State] = {}
        self.entries: Dict[Label, Entry] = {}
        #: the same, as far as instructions tell that raise nothing
        self.quiet_entries: Dict[Label, Entry] = {}
        self.pools = pools
        #: loads that may borrow the local's reference (3.14+)
        self.borrowed: FrozenSet[int] = frozenset()
        if "LOAD_FAST_BORROW" in table:
            self.borrowed = borrowable(program, range(len(self.items)), self._methods())
        self.has_copies = "CALL_FINALLY" in table and any(label.place >= 0 for label in self.labels)
        #: labels that are part of one instruction
        self.absorbed: Set[Label] = set()
        #: slots of the stack
        self.stacksize = 0
        self.begin()

    def _methods(self) -> Set[int]:
        """Where an attribute is loaded as a method."""
        return {
            index
            for index, item in enumerate(self.items)
            if isinstance(item, Instr) and item.op is Op.LOAD_ATTR
            if item.spelling is not None and item.spelling.form == "method"
        }

    def load_fast(self, slot: int, index: int, position: Position) -> None:
        """Write the load of a local's slot for the item at an index."""
        self.write("LOAD_FAST_BORROW" if index in self.borrowed else "LOAD_FAST", slot, position)

    def begin(self) -> None:
        """Start a pass."""
        self.stream = Stream()
        for rule, oparg, position, _ in self.prefix:
            self.put(rule.number, oparg, position)
        self.stack: List[int] = []
        self.blocks: List[OpenBlock] = []
        self.mask = (1 << parameter_count(self.program)) - 1
        self.passed: Set[Label] = set()
        for label in self.absorbed:
            del self.known[label]
        self.absorbed.clear()
        #: places that were decoded more than once
        self.copies = Copies(self.stream) if self.has_copies else None
        self.again = False
        self.moved = False
        self.floor = 0
        self.item: Instr = Instr(Op.POP)
        #: handler of the innermost block, up to 3.10
        self.inner: Optional[Handler] = None
        #: (place of END_FOR, position, entry) by the label at a loop's end
        self.loop_ends: Dict[Label, Tuple[Label, Position, Optional[Entry]]] = {}
        #: by label of the handler of an ``async for``: the place behind its send loop
        self.sent: Dict[Label, Label] = {}
        #: slots of locals put aside whose name gets a new cell
        self.new_cells: Set[int] = set()
        #: by the label where a throw into a send loop is handled: (where it goes on, position,
        #: entry around the loop); and what was written there: (where it goes on, entry)
        self.throws: Dict[Label, Tuple[Label, Position, Optional[Entry]]] = {}
        self.handled: Dict[Label, Tuple[Label, Optional[Entry]]] = {}

    # -- for the writers of special items

    def put(self, number: int, oparg: int, position: Position) -> None:
        """Write an instruction."""
        stream = self.stream
        stream.numbers.append(number)
        stream.opargs.append(oparg)
        stream.positions.append(position)

    def write(self, name: str, oparg: int, position: Position) -> None:
        """Write an instruction by its name."""
        self.put(self.rule(name).number, oparg, position)

    def jump(self, number: int, label: Label, position: Position) -> None:
        """Write an instruction that leads to a label."""
        self.stream.jumps.append((len(self.stream.numbers), label))
        self.put(number, 0, position)

    def rule(self, name: str) -> Rule:
        """The row of that name."""
        rule = self.table.get(name)
        if rule is None:
            raise Unfit(name)
        return rule

    def take(self, count: int) -> None:
        """Take values off the stack."""
        stack = self.stack
        if count:
            if len(stack) - count < self.floor or any(stack[-count:]):
                raise Unfit("values")
            del stack[-count:]

    def grow(self, extra: int = 0) -> None:
        """Note that the stack is so many slots deeper."""
        if len(self.stack) + extra > self.stacksize:
            self.stacksize = len(self.stack) + extra

    def push(self, count: int = 1) -> None:
        """Put values on the stack."""
        self.stack.extend([REAL] * count)
        self.grow()

    def distance(self, count: int) -> int:
        """How far from the top the ``count``-th value is, in slots."""
        stack = self.stack
        for place in range(1, len(stack) + 1):
            if stack[-place] == REAL:
                count -= 1
                if not count:
                    return place
            elif stack[-place] == BOUND:
                count -= 1
        raise Unfit("the stack is too short")

    def next_instr(self, index: int, op: Op) -> Instr:
        """The item at an index, which must be of that operation and carry no ghosts."""
        item = self.items[index] if index < len(self.items) else None
        if not isinstance(item, Instr) or item.op is not op:
            raise Unfit(f"wants {op.value}")
        if item.spelling is not None and item.spelling.before:
            raise Unfit("ghosts in the middle")
        return item

    def follows(self, label: Label, index: int) -> bool:
        """Whether control that falls from before an index gets to a label at once."""
        items, loop_ends = self.items, self.loop_ends
        while index < len(items):
            item = items[index]
            if item.__class__ is not Label or item in loop_ends:
                return False
            if item is label:
                return True
            index += 1
        return False

    def fall(self, label: Label, index: int) -> None:
        """Control gets to a label without a jump."""
        if self.copies is not None:
            self.copies.fall(label)
        elif not self.follows(label, index):
            raise Unfit("another place follows")

    def absorb(self, label: object) -> None:
        """A label is part of the instruction at hand: nothing else may lead there."""
        if not isinstance(label, Label) or label in self.known:
            raise Unfit("something else leads there")
        self.known[label] = _NOWHERE
        self.absorbed.add(label)

    # -- control

    def state(self) -> State:
        """The state as it is now."""
        return tuple(self.stack), self.mask, tuple(self.blocks)

    def arrive(self, label: Label, now: Optional[State] = None) -> None:
        """Control comes to a label."""
        if now is None:
            now = tuple(self.stack), self.mask, tuple(self.blocks)
        known = self.known.get(label)
        if known is None:
            if label not in self.labels:
                raise Unfit("a label that stands nowhere")
            self.known[label] = now
            if label in self.passed:
                self.again = True
        else:
            if known[0] != now[0] or known[2] != now[2]:
                raise Unfit("paths meet in different states")
            if known[1] & ~now[1]:
                self.known[label] = (known[0], known[1] & now[1], known[2])
                if label in self.stream.places:
                    self.again = True

    def cut(self, handler: Handler) -> int:
        """How many slots a handler keeps, or -1 if it can't be what it says."""
        _, depth, scopes = handler
        stack = self.stack
        if not scopes and depth <= len(stack) and not any(stack[:depth]):
            return depth + (stack[depth : depth + 1] == [EXIT_SELF])
        values = open_scopes = 0
        for place, tag in enumerate(stack):
            if tag == EXIT_SELF:
                continue  # belongs to the value below it
            if values == depth and open_scopes >= scopes:
                return place
            if tag in (REAL, BOUND):
                if values == depth:
                    return -1
                values += 1
            elif tag < 0 or tag == PREV:
                open_scopes += 1
        return len(stack) if values == depth and open_scopes >= scopes else -1

    def lasti(self, label: Label) -> bool:
        """Whether the handler at a label finds ``lasti`` below the exception (3.11+)."""
        index = self.labels.get(label, -1) + 1
        if not index:
            raise Unfit("a label that stands nowhere")
        items = self.items
        while index < len(items) and items[index].__class__ is Label:
            index += 1
        first = items[index]
        return bool(isinstance(first, Instr) and first.spelling and first.spelling.lasti)

    def protect(self, item: Instr, handler: Optional[Handler]) -> bool:
        """Let exceptions go to a handler from here; False if that has to be asked again."""
        quiet = item.op in CANNOT_RAISE
        if not self.with_table:
            inner = self.inner
            if handler is None or inner is None:
                same = handler is inner
            else:
                same = handler.label is inner.label and handler == inner
            if not same and not quiet:
                raise Unfit("another handler than that of the innermost block")
            return same
        if handler is None:
            self.floor = 0
            self.stream.cover(None)
            return True
        label = handler.label
        cut = self.cut(handler)
        entry = self.entries.get(label)
        if cut < 0:
            if not quiet:
                raise Unfit("no part of the stack is what the handler keeps")
            self.floor = 0
            self.stream.cover(entry if entry is not None else Entry(label, LATE, False))
            return False
        if entry is None or entry.depth != cut:
            entry = Entry(label, cut, self.lasti(label))
        slots = (*self.stack[:cut], LASTI, REAL) if entry.lasti else (*self.stack[:cut], REAL)
        now: State = (slots, self.mask, ())
        if quiet:
            self.floor = 0
            known = self.known.get(label)
            if known is None:
                self.maybe.setdefault(label, now)
            self.quiet_entries.setdefault(label, entry)
            self.stream.cover(self.entries.get(label) or Entry(label, LATE, False))
            if known is None or known[0] != slots or known[1] & ~self.mask:
                return False
        else:
            self.arrive(label, now)
            self.entries[label] = entry
            self.stream.cover(entry)
        self.floor = cut
        if len(slots) > self.stacksize:
            self.stacksize = len(slots)
        return True

    def at_label(self, label: Label, alive: bool) -> bool:
        """Control may come to a label; whether it does."""
        if label in self.stream.places:
            raise Unfit("a label stands twice")
        if label in self.absorbed:
            if alive:
                raise Unfit("something else leads there")
            return False
        if alive:
            self.arrive(label)
            if self.copies is not None:
                self.copies.fall(label)
        known = self.known.get(label)
        if known is None:
            known = self.maybe.get(label)
            if known is None:
                self.passed.add(label)
                return False
        end = self.loop_ends.get(label)
        if end is not None:
            if alive:
                raise Unfit("control falls into the end of a loop")
            self._end_for(end)
        self.stream.places[label] = len(self.stream.numbers)
        if self.copies is not None:
            self.copies.begin(label)
        self.stack[:] = known[0]
        self.mask = known[1]
        if known[2] or self.blocks:
            self.blocks[:] = known[2]
            self.find_inner()
        if len(self.stack) > self.stacksize:
            self.stacksize = len(self.stack)
        self.floor = 0
        return True

    def _end_for(self, end: Tuple[Label, Position, Optional[Entry]]) -> None:
        place, position, entry = end
        stream = self.stream
        stream.places[place] = len(stream.numbers)
        stream.cover(entry)
        self.write("END_FOR", 0, position)
        if self.table["FOR_ITER"].value == 2:
            self.write("POP_ITER" if "POP_ITER" in self.table else "POP_TOP", 0, position)

    # -- blocks, up to 3.10

    def set_up(self, label: Label, level: int) -> None:
        """Open a block whose handler is at a label."""
        rest = self.stack[:level]
        below = tuple(self.blocks)
        slots = (*rest, *HANDLER_SLOTS)
        self.arrive(label, (slots, self.mask, (*below, (ENTERING, None, level))))
        if len(slots) > self.stacksize:
            self.stacksize = len(slots)
        self.blocks.append((TRY, label, level))
        self.find_inner()

    def find_inner(self) -> None:
        """Find the handler of the innermost block."""
        self.moved = True
        self.inner = None
        self.floor = 0
        for kind, label, level in reversed(self.blocks):
            self.floor = max(self.floor, level)
            if kind == TRY and label is not None:
                rest = self.stack[:level]
                open_scopes = sum(1 for tag in rest if tag == PREV or tag < 0)
                self.inner = Handler(label, rest.count(REAL) + rest.count(BOUND), open_scopes)
                return
