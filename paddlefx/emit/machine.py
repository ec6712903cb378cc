"""One attempt at writing a program: where control goes, which blocks and handlers are open."""

from __future__ import annotations

from typing import Any, Dict, FrozenSet, List, Optional, Tuple

from ..errors import EmitError
from ..ir.effects import CANNOT_RAISE
from ..ir.flow import State
from ..ir.instr import Handler, Instr, Item, Label, Op, Position
from ..ir.program import Program
from ..opcodes.ghosts import EXIT_SELF, HANDLER_SLOTS, LASTI, PREV, REAL, TYPE, is_scope
from ..opcodes.table import OpcodeTable
from .assemble import Entry, Line, Phys
from .blocks import Chains
from .borrow import borrowable
from .plan import plan_calls
from .slots import CALL_TAGS, DROPPABLE, Again, Decisions, OpenBlock, Slots, is_real

__all__ = ["LATE", "Emitter"]

#: The depth of an entry that is not known yet.
LATE = -1

Snapshot = Tuple[Tuple[int, ...], Tuple[OpenBlock, ...]]


class Emitter(Slots):
    """One attempt at writing a program."""

    def __init__(
        self,
        program: Program,
        states: Dict[int, State],
        chains: Chains,
        table: OpcodeTable,
        slots: Dict[str, int],
        cells: Dict[str, int],
        decisions: Decisions,
    ) -> None:
        super().__init__(table, decisions)
        self.program = program
        self.items: List[Item] = program.items
        self.states = states
        self.chains = chains
        self.slots = slots
        self.cells = cells
        self.with_table = table.traits["handlers"] == "table"
        self.chunks: Dict[int, List[Line]] = {}
        #: by index of a label: what those who fall into it run first
        self.fallen: Dict[int, List[Line]] = {}
        self.plan = plan_calls(program.items, states, table)
        self.tail: List[Line] = []
        #: what comes behind lines that are going to stand in the tail, while these are written
        self.after_tail: Optional[List[Line]] = None
        self.known: Dict[Label, Snapshot] = {}
        self.work: List[Tuple[int, Snapshot]] = []
        self.index = 0
        self.entries: Dict[Label, Entry] = {}
        #: handlers that may be reached only from instructions that raise nothing themselves
        self.maybe: Dict[Label, Snapshot] = {}
        self.handler: Optional[Handler] = None
        #: labels of loop ends that FOR_ITER jumps to, placed before the program's own label
        self.loop_ends: Dict[Label, Label] = {}
        #: labels for items that have none
        self.fresh: Dict[int, Label] = {}
        self.loop_positions: Dict[Label, Tuple[Position, Optional[Entry]]] = {}
        self._borrowed: Optional[FrozenSet[int]] = None
        #: by label of the handler of an ``async for``: the place behind its send loop
        self.sent: Dict[Label, Label] = {}
        for index in decisions.split:
            self._split(index)

    # -- exceptions

    def moved(self) -> None:
        self.update_entry()

    def update_entry(self) -> None:
        """Find the row of the exception table for the slots as they are now (3.11+)."""
        handler = self.handler
        if handler is None or not self.with_table:
            self.entry = None
            return
        try:
            cut = self.cut(handler)
        except EmitError:
            item = self.items[self.index]
            if isinstance(item, Instr) and item.op not in CANNOT_RAISE:
                raise
            # nothing is raised here: the slots may be in the middle of a change
            self.entry = Entry(handler.label, LATE, False)
            return
        self.entry = Entry(handler.label, len(cut), self.lasti(handler.label))
        self.entries[handler.label] = self.entry

    def resolve(self, lines: List[Line]) -> List[Line]:
        """Give instructions that raise nothing the entry of those that do around them."""
        done: List[Line] = []
        guarded = self.table.traits["inlined_lag"]
        before: Optional[Entry] = None
        for line in lines:
            if isinstance(line, Phys):
                if line.entry is not None and line.entry.depth == LATE:
                    line = line._replace(entry=self.entries.get(line.entry.label))
                if line.entry is not None and line.entry != before and line.rule.name in guarded:
                    done.append(Phys(self.rule("NOP"), 0, line.position, line.entry))
                before = line.entry
            done.append(line)
        return done

    def lasti(self, label: Label) -> bool:
        """Whether the handler at a label finds ``lasti`` below the exception (3.11+)."""
        return self.decisions.lasti or self.chains.lasti(label)

    def cut(self, handler: Handler) -> Tuple[int, ...]:
        """What an exception leaves of the stack."""
        values = open_scopes = 0
        for place, tag in enumerate(self.layout):
            if tag == EXIT_SELF:
                continue  # belongs to the value below it
            if values == handler.depth and open_scopes >= handler.scopes:
                return tuple(self.layout[:place])
            if is_real(tag):
                if values == handler.depth:
                    break
                values += 1
            elif is_scope(tag):
                open_scopes += 1
        else:
            if values == handler.depth and open_scopes >= handler.scopes:
                return tuple(self.layout)
        raise self.error(f"no part of the slots {self.layout} is what {handler} keeps")

    # -- control

    def snapshot(self) -> Snapshot:
        """The state as it is now."""
        return tuple(self.layout), tuple(self.blocks)

    def arrive(self, label: Label) -> None:
        """Note that control comes to a label with the state as it is now."""
        now = self.snapshot()
        known = self.known.get(label)
        if known is None:
            self.known[label] = now
            self.work.append((self.chains.labels[label], now))
        elif known != now:
            self.conflict(label, known, now)

    def conflict(self, label: Label, one: Snapshot, other: Snapshot) -> None:
        """Two states at one label: give up what makes the difference, and start over."""
        if one[0] != other[0]:
            tags = {tag for tag in one[0] if tag >= CALL_TAGS}
            others = {tag for tag in other[0] if tag >= CALL_TAGS}
            if tags != others:
                self.cancel(*(tag & ~1 for tag in tags ^ others))
            if tags:
                self.cancel(*(tag & ~1 for tag in tags))
            if one[0].count(EXIT_SELF) != other[0].count(EXIT_SELF):
                self.bind_exits()
            droppable = DROPPABLE
            kept, others_kept = ([t for t in s[0] if t not in droppable] for s in (one, other))
            if kept == others_kept and label not in self.decisions.clean:
                self.decisions.clean.add(label)
                raise Again
            if self.decisions.hints:
                self.decisions.hints = False
                raise Again
            if LASTI in one[0] + other[0] and not self.decisions.lasti:
                self.decisions.lasti = True
                self.decisions.clean.clear()
                raise Again
        elif label not in self.decisions.forced:
            self.decisions.forced.add(label)
            raise Again
        raise self.error(f"paths meet with the slots {one} and {other}")

    def enter(self, handler: Handler) -> None:
        """Note that an exception may lead to a handler from here."""
        if self.with_table:
            cut = self.cut(handler)
            self._arrive_with(
                handler.label,
                (*cut, LASTI, REAL) if self.lasti(handler.label) else (*cut, REAL),
                (),
            )

    def note(self, handler: Handler) -> None:
        """Note what a handler would find if a signal raised here."""
        if handler.label not in self.known and handler.label not in self.maybe:
            try:
                cut = self.cut(handler)
            except EmitError:
                return
            lasti = (LASTI,) if self.lasti(handler.label) else ()
            self.maybe[handler.label] = (*cut, *lasti, REAL), ()

    def quiet_handlers(self) -> bool:
        """Go on at the handlers that were only noted; False if there are none."""
        while self.maybe:
            label, (layout, blocks) = self.maybe.popitem()
            if label not in self.known:
                self._arrive_with(label, layout, blocks)
                return True
        return False

    def _arrive_with(
        self, label: Label, layout: Tuple[int, ...], blocks: Tuple[OpenBlock, ...]
    ) -> None:
        saved = self.layout, self.blocks
        self.layout, self.blocks = list(layout), list(blocks)
        self.arrive(label)
        self.layout, self.blocks = saved

    # -- blocks, up to 3.10

    def transition(self, wanted: List[Handler]) -> None:
        """Pop and set up blocks until those of ``wanted`` are open."""
        if not self.with_table:
            while self.step(wanted, True) or self.step(wanted, False):
                pass

    def blocked(self, wanted: List[Handler]) -> bool:
        """Whether a block that ``wanted`` does not have holds an open handler."""
        names = [handler.label for handler in wanted]
        common = 0
        for index, (is_open, label, _) in enumerate(self.blocks):
            if is_open:
                continue
            if common == len(names) or names[common] is not label:
                return any(block[0] for block in self.blocks[index:])
            common += 1
        return False

    def step(self, wanted: List[Handler], pop: bool) -> bool:
        """Pop one block that ``wanted`` does not have, or set up the next it has."""
        current = [label for is_open, label, _ in self.blocks if not is_open]
        common = 0
        while common < min(len(current), len(wanted)):
            if current[common] is not wanted[common].label:
                break
            common += 1
        if common < len(current):
            if not pop:
                return False
            if self.blocks[-1][0]:
                raise self.error("a handler is open inside the block that ends here")
            self.write("POP_BLOCK")
            self.blocks.pop()
            return True
        if pop or common == len(wanted):
            return False
        self.set_up(wanted[common])
        return True

    def _drop_rest_of_exception(self, over: int) -> None:
        """Drop what is left of an exception that is gone, above the innermost block.

        Args:
            over: how many values lie on top of it.
        """
        layout = self.layout
        if over and layout[-1] != REAL:
            return
        kept = over + (self.blocks[-1][2] if self.blocks else 0)
        while len(layout) > kept and layout[-1 - over] in DROPPABLE:
            if layout[-1 - over] == TYPE and layout[-2 - over : -1 - over] in ([REAL], [TYPE]):
                break
            self.drop_slot(1 + over)

    def set_up(self, handler: Handler, name: str = "") -> None:
        """Open a block; with one value too many on the stack as ``async with`` does."""
        values = sum(1 for tag in self.layout if is_real(tag))
        over = values - handler.depth
        if not name:
            if over not in (0, 1):
                raise self.error(
                    f"a block that keeps {handler.depth} values begins where there are {values}"
                )
            self._drop_rest_of_exception(over)
            name = "SETUP_ASYNC_WITH" if over else "SETUP_FINALLY"
            self.write(name, self.handler_target(handler.label))
        rest = tuple(self.layout[: len(self.layout) - over])
        self.grow(6)
        open_block = (True, None, len(rest))
        self._arrive_with(handler.label, rest + HANDLER_SLOTS, (*self.blocks, open_block))
        self.blocks.append((False, handler.label, len(rest)))

    def handler_target(self, label: Label) -> Label:
        """Where a SETUP must go, which only goes forward: to a handler, or to a jump to it."""
        if self.after_tail is None and self.is_forward(label):
            return label
        stub = Label("handler")
        chunk, self.chunk = self.chunk, [stub]
        self.write("JUMP_ABSOLUTE", label)
        (self.tail if self.after_tail is None else self.after_tail).extend(self.chunk)
        self.chunk = chunk
        return stub

    def settle(self, label: Label) -> None:
        """Bring blocks and ghosts to what has been decided for a label."""
        if label in self.decisions.forced:
            self.transition(self.chains.at_label(label))
        if label in self.decisions.clean:
            place = 1
            while place <= len(self.layout):
                if self.layout[-place] in DROPPABLE and not self._of_scope(place):
                    self.drop_slot(place)
                else:
                    place += 1

    def _of_scope(self, place: int) -> bool:
        """Whether a slot is the ``lasti`` of an open handler, where every handler has one."""
        pair = self.layout[-place:][:2]
        return self.decisions.lasti and pair == [LASTI, PREV]

    def jump_target(self, label: Label) -> Label:
        """Where a conditional jump to a label must go: there, or to a place that settles first."""
        if label not in self.decisions.forced and label not in self.decisions.clean:
            self.arrive(label)
            return label
        chunk, layout, blocks = self.chunk, list(self.layout), list(self.blocks)
        stub = Label("stub")
        self.chunk, self.after_tail = [stub], []
        self.settle(label)
        direct = len(self.chunk) == 1
        self.arrive(label)
        if not direct:
            self.write_jump(label, after_all=True)
            self.tail.extend(self.chunk + self.after_tail)
        self.after_tail = None
        self.chunk, self.layout, self.blocks = chunk, layout, blocks
        return label if direct else stub

    def is_forward(self, label: Label) -> bool:
        """Whether a label of the program, or one of our own, stands further on."""
        return self.chains.labels.get(label, 1 << 60) > self.index

    def write_jump(self, label: Label, after_all: bool = False, hint: str = "") -> None:
        """Write an unconditional jump."""
        if hint and hint in self.table and self.table[hint].form == "jump":
            rule = self.table[hint]
            back = rule.operand == "backward"
            if rule.operand == "absolute" or back == (not self.is_forward(label)):
                self.put(rule, label)
                return
        if not after_all and self.is_forward(label):
            self.write("JUMP_FORWARD", label)
        elif "JUMP_BACKWARD" in self.table:
            self.write("JUMP_BACKWARD", label)
        else:
            self.write("JUMP_ABSOLUTE", label)

    # -- looking around

    def fresh_label(self, index: int) -> Label:
        """A label for an item that control would have fallen into."""
        item = self.items[index]
        if isinstance(item, Label):
            return item
        if index not in self.fresh:
            if index in self.chunks:
                self.decisions.split.add(index)
                raise Again
            self._split(index)
        return self.fresh[index]

    def _split(self, index: int) -> None:
        label = self.fresh[index] = Label("rest")
        self.chains.labels[label] = index

    def uses(self, label: object) -> int:
        """How many instructions and handlers name a label."""
        return self.chains.uses(label)

    def next_instr(self, index: int, op: Op, arg: Any = ...) -> Optional[Instr]:
        """The item at an index if it is that operation (and operand)."""
        if index >= len(self.items) or index not in self.states:
            return None
        item = self.items[index]
        if isinstance(item, Instr) and item.op is op and (arg is ... or item.arg == arg):
            return item
        return None

    def borrows(self, index: int) -> bool:
        """Whether the load at an index is written as one that borrows (3.14+)."""
        if "LOAD_FAST_BORROW" not in self.table:
            return False
        item = self.items[index]
        if isinstance(item, Instr) and item.spelling is not None:
            if item.spelling.form == "LOAD_FAST" and self.decisions.hints:
                return False
        if self._borrowed is None:
            methods = set(self.plan.method)
            for place in self.states:
                other = self.items[place]
                if isinstance(other, Instr) and other.op is Op.LOAD_ATTR:
                    if other.spelling is not None and other.spelling.form == "method":
                        methods.add(place)
            self._borrowed = borrowable(self.program, self.states, methods)
        return index in self._borrowed

    def load_fast(self, slot: int, index: int) -> None:
        """Write the load of a local's slot for the item at an index."""
        self.write("LOAD_FAST_BORROW" if self.borrows(index) else "LOAD_FAST", slot)

    def anext_sent(self, handler: Label) -> Label:
        """The place behind the send loop of the ``async for`` that ends at a handler."""
        return self.sent.setdefault(handler, Label("sent"))

    def falls_to(self, label: Label, index: int) -> bool:
        """Whether control gets to a label by falling from before an item; notes it if so."""
        if label not in self.labels_at(index):
            return False
        for other in self.labels_at(index):
            self.fallen.setdefault(self.chains.labels[other], [])
            if other is label:
                break
        return True

    def labels_at(self, index: int) -> List[Label]:
        """The labels that stand together from an index on."""
        found: List[Label] = []
        while index < len(self.items):
            item = self.items[index]
            if isinstance(item, Label):
                found.append(item)
            elif index in self.states:
                break
            index += 1
        return found
