"""The state of emission: which slots are on the stack, which blocks are open, what is written.

``layout`` has one tag a slot (:mod:`..opcodes.ghosts`). Here the NULL of a call is a tag of
its own, so that it is known which instruction put it there: a NULL that does not end in the
call it was made for, or that only some of the paths to a place bring, is *cancelled*, and
emission starts over without it (the call then uses a form that needs none).
"""

from __future__ import annotations

from typing import Any, Dict, List, Optional, Set, Tuple

from ..errors import EmitError
from ..ir.effects import CANNOT_RAISE
from ..ir.flow import State
from ..ir.instr import Handler, Instr, Item, Label, Op, Position
from ..ir.program import Program
from ..opcodes.ghosts import HANDLER_SLOTS, LASTI, REAL, TYPE, is_scope, lift
from ..opcodes.table import OpcodeTable, Rule
from .assemble import Entry, Line, Phys, Pools
from .blocks import Chains
from .plan import plan_calls

__all__ = ["Again", "Emitter"]

#: From here on even tags are NULLs of calls, odd ones the value beside a method's slot.
CALL_TAGS = 1000

#: The depth of an entry that is not known yet.
LATE = -1

Key = Tuple[Any, ...]
#: (is it an open handler, its label, level); up to 3.10.
OpenBlock = Tuple[bool, Optional[Label], int]
Snapshot = Tuple[Tuple[int, ...], Tuple[OpenBlock, ...]]


class Again(Exception):
    """Start over: something was decided that can't be kept."""


def is_real(tag: int) -> bool:
    """Whether a tag stands for a value of the program."""
    return tag == REAL or (tag >= CALL_TAGS and tag & 1 == 1)


class Decisions:
    """What has been found out in earlier attempts at the same program."""

    def __init__(self) -> None:
        self.cancelled: Set[Key] = set()
        self.forced: Set[Label] = set()
        self.clean: Set[Label] = set()
        self.split: Set[int] = set()
        self.hints = True


class Emitter:
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
        self.program = program
        self.items: List[Item] = program.items
        self.states = states
        self.chains = chains
        self.table = table
        self.slots = slots
        self.cells = cells
        self.decisions = decisions
        self.pools = Pools()
        self.with_table = table.traits["handlers"] == "table"
        self.null_above = table.traits["null"] == "above"
        self.layout: List[int] = []
        self.blocks: List[OpenBlock] = []
        self.chunks: Dict[int, List[Line]] = {}
        self.chunk: List[Line] = []
        #: by index of a label: what those who fall into it run first
        self.fallen: Dict[int, List[Line]] = {}
        self.plan = plan_calls(program.items, states, table)
        self.tail: List[Line] = []
        self.known: Dict[Label, Snapshot] = {}
        self.work: List[Tuple[int, Snapshot]] = []
        self.index = 0
        self.position = Position()
        self.entry: Optional[Entry] = None
        self.entries: Dict[Label, Entry] = {}
        self.handler: Optional[Handler] = None
        self.stacksize = 1
        self.keys: List[Key] = []
        #: labels of loop ends that FOR_ITER jumps to, placed before the program's own label
        self.loop_ends: Dict[Label, Label] = {}
        #: labels for items that have none
        self.fresh: Dict[int, Label] = {}
        self.loop_positions: Dict[Label, Tuple[Position, Optional[Entry]]] = {}
        for index in decisions.split:
            self._split(index)

    # -- writing

    def rule(self, name: str) -> Rule:
        """The row of an opcode that this version must have here."""
        rule = self.table.get(name)
        if rule is None:
            raise self.error(f"this version has no {name}")
        return rule

    def error(self, reason: str) -> EmitError:
        """An error at the instruction at hand."""
        return EmitError(reason, lineno=self.position.lineno)

    def put(self, rule: Rule, oparg: Any = 0) -> None:
        """Write an instruction; its operand is a number or a Label."""
        self.chunk.append(Phys(rule, oparg, self.position, self.entry))
        if len(self.layout) > self.stacksize:
            self.stacksize = len(self.layout)

    def write(self, name: str, oparg: Any = 0) -> None:
        """Write an instruction by its name."""
        self.put(self.rule(name), oparg)

    def grow(self, extra: int) -> None:
        """Note that the stack gets so many slots deeper for a moment."""
        if len(self.layout) + extra > self.stacksize:
            self.stacksize = len(self.layout) + extra

    def here(self, label: Label) -> None:
        """Place a label of our own."""
        self.chunk.append(label)

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
        self.entry = Entry(handler.label, len(cut), self.chains.lasti(handler.label))
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

    def cut(self, handler: Handler) -> Tuple[int, ...]:
        """What an exception leaves of the stack."""
        values = open_scopes = 0
        for place, tag in enumerate(self.layout):
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

    # -- slots

    def distance(self, i: int) -> int:
        """How far from the top the i-th value from the top is, in slots."""
        layout = self.layout
        for place in range(len(layout) - 1, -1, -1):
            if is_real(layout[place]):
                i -= 1
                if not i:
                    return len(layout) - place
        raise self.error("the stack is too short")

    def swap_slots(self, i: int) -> None:
        """Exchange the top slot with the i-th."""
        if i < 2:
            return
        layout = self.layout
        if "SWAP" in self.table:
            self.write("SWAP", i)
        elif i == 2:
            self.write("ROT_TWO")
        elif i == 3:
            self.write("ROT_THREE")
            self.write("ROT_TWO")
        elif i == 4:
            self.write("ROT_FOUR")
            self.write("ROT_THREE")
            self.write("ROT_THREE")
        else:
            self._no_ghosts(i)
            for count in (i, i - 1, i - 2, i - 1):
                self.write("BUILD_TUPLE", count)
                self.write("UNPACK_SEQUENCE", count)
        layout[-i], layout[-1] = layout[-1], layout[-i]

    def _no_ghosts(self, i: int) -> None:
        calls = [tag & ~1 for tag in self.layout[-i:] if tag >= CALL_TAGS]
        if calls:
            self.cancel(*calls)
        if any(self.layout[-i:]):
            raise self.error(f"can't move {i} slots with {self.layout[-i:]} among them")

    def sink(self, i: int) -> None:
        """Put the top slot below the i - 1 under it."""
        if i < 2:
            return
        names = {2: "ROT_TWO", 3: "ROT_THREE", 4: "ROT_FOUR"}
        if "SWAP" in self.table:
            for operand in range(i, 1, -1):
                self.write("SWAP", operand)
        elif i in names:
            self.write(names[i])
        elif "ROT_N" in self.table:
            self.write("ROT_N", i)
        else:
            self._no_ghosts(i)
            for operand in range(i, 1, -1):
                self.swap_slots(operand)
            return
        self.layout.insert(len(self.layout) - i, self.layout.pop())

    def raise_slot(self, i: int) -> None:
        """Bring the i-th slot to the top, the others keeping their order."""
        if i > 2 and "SWAP" not in self.table:
            if i > 4:
                self._no_ghosts(i)
            name = {3: "ROT_THREE", 4: "ROT_FOUR"}.get(i)
            if name is not None:
                for _ in range(i - 1):
                    self.write(name)
                self.layout.append(self.layout.pop(-i))
                return
        for operand in lift(i):
            self.swap_slots(operand)

    def copy_slot(self, i: int) -> None:
        """Push a copy of the i-th slot; the caller keeps the layout."""
        if "COPY" in self.table:
            self.grow(1)
            self.write("COPY", i)
        elif i == 1:
            self.grow(1)
            self.write("DUP_TOP")
        elif i == 2:
            self.grow(2)
            self.write("DUP_TOP_TWO")
            self.write("POP_TOP")
        else:
            self._no_ghosts(i)
            self.grow(2)
            self.write("BUILD_TUPLE", i)
            self.write("DUP_TOP")
            self.write("LOAD_CONST", self.pools.const(0))
            self.write("BINARY_SUBSCR")
            self.write("ROT_TWO")
            self.write("UNPACK_SEQUENCE", i)
            self.write("BUILD_TUPLE", i + 1)
            self.write("UNPACK_SEQUENCE", i + 1)

    def drop_slot(self, i: int) -> None:
        """Remove the i-th slot, a ghost."""
        if self.blocks and len(self.layout) - i < self.blocks[-1][2]:
            raise self.error("a slot below an open block can't go")
        self.raise_slot(i)
        self.write("POP_TOP")
        self.layout.pop()

    def expose(self, count: int) -> None:
        """Make the top ``count`` slots the top ``count`` values; only ghosts move."""
        layout = self.layout
        if count <= len(layout) and not any(layout[-count:] if count else ()):
            return
        while True:
            i = self.distance(count) if count else 0
            ghosts = [n for n in range(1, i) if layout[-n] in self.chains.droppable]
            if not ghosts:
                break
            self.drop_slot(ghosts[0])
        region = layout[-i:] if i else []
        if all(is_real(tag) for tag in region):
            return
        for _ in range(count):
            # the deepest value of the region that is not yet on top
            self.raise_slot(self.distance(count))
        self.update_entry()

    def pop_values(self, count: int) -> None:
        """Take values off the layout; a method's slot may not be taken this way."""
        for _ in range(count):
            tag = self.layout.pop()
            if tag != REAL:
                if tag >= CALL_TAGS:
                    self.cancel(tag)
                raise self.error(f"a value was wanted, slot {tag} was there")

    def push(self, count: int = 1) -> None:
        """Put values on the layout."""
        self.layout.extend([REAL] * count)
        if len(self.layout) > self.stacksize:
            self.stacksize = len(self.layout)

    # -- NULLs

    def null(self, key: Key) -> int:
        """A tag for a NULL that ``key`` asks for."""
        self.keys.append(key)
        return CALL_TAGS + 2 * (len(self.keys) - 1)

    def wanted(self, key: Key) -> bool:
        """Whether a NULL has not been cancelled."""
        return key not in self.decisions.cancelled

    def cancel(self, *tags: int) -> None:
        """Give up NULLs and start over."""
        for tag in tags:
            self.decisions.cancelled.add(self.keys[(tag - CALL_TAGS) // 2])
        raise Again

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
            droppable = self.chains.droppable
            kept, others_kept = ([t for t in s[0] if t not in droppable] for s in (one, other))
            if kept == others_kept and label not in self.decisions.clean:
                self.decisions.clean.add(label)
                raise Again
            if self.decisions.hints:
                self.decisions.hints = False
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
                (*cut, LASTI, REAL) if self.chains.lasti(handler.label) else (*cut, REAL),
                (),
            )

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

    def _drop_rest_of_exception(self) -> None:
        """Drop what is left on top of an exception that is gone."""
        layout = self.layout
        while layout and layout[-1] in self.chains.droppable:
            if layout[-1] == TYPE and len(layout) > 1 and layout[-2] in (REAL, TYPE):
                break
            self.drop_slot(1)

    def set_up(self, handler: Handler, name: str = "") -> None:
        """Open a block; with one value too many on the stack as ``async with`` does."""
        values = sum(1 for tag in self.layout if is_real(tag))
        over = values - handler.depth
        if not name:
            if not over:
                self._drop_rest_of_exception()
            if over not in (0, 1):
                raise self.error(
                    f"a block that keeps {handler.depth} values begins where there are {values}"
                )
            name = "SETUP_ASYNC_WITH" if over else "SETUP_FINALLY"
            self.write(name, handler.label)
        rest = tuple(self.layout[: len(self.layout) - over])
        self.grow(6)
        open_block = (True, None, len(rest))
        self._arrive_with(handler.label, rest + HANDLER_SLOTS, (*self.blocks, open_block))
        self.blocks.append((False, handler.label, len(rest)))

    def settle(self, label: Label) -> None:
        """Bring blocks and ghosts to what has been decided for a label."""
        if label in self.decisions.forced:
            self.transition(self.chains.at_label(label))
        if label in self.decisions.clean:
            place = 1
            while place <= len(self.layout):
                if self.layout[-place] in self.chains.droppable:
                    self.drop_slot(place)
                else:
                    place += 1

    def jump_target(self, label: Label) -> Label:
        """Where a conditional jump to a label must go: there, or to a place that settles first."""
        if label not in self.decisions.forced and label not in self.decisions.clean:
            self.arrive(label)
            return label
        chunk, layout, blocks = self.chunk, list(self.layout), list(self.blocks)
        stub = Label("stub")
        self.chunk = [stub]
        self.settle(label)
        direct = len(self.chunk) == 1
        self.arrive(label)
        if not direct:
            self.write_jump(label, after_all=True)
            self.tail.extend(self.chunk)
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
