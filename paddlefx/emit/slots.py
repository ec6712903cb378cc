"""The slots of the stack as emission sees them, and how they are moved about.

``layout`` has one tag a slot (:mod:`..opcodes.ghosts`). Here the NULL of a call is a tag of
its own, so that it is known which instruction put it there: a NULL that does not end in the
call it was made for, or that only some of the paths to a place bring, is *cancelled*, and
emission starts over without it (the call then uses a form that needs none).
"""

from __future__ import annotations

from typing import Any, List, Optional, Set, Tuple

from ..errors import EmitError
from ..ir.instr import Label, Position
from ..opcodes.ghosts import DEAD, EXIT_SELF, LASTI, NONE, PREV_COPY, REAL, TB, TYPE, lift
from ..opcodes.table import OpcodeTable, Rule
from .assemble import Entry, Line, Phys, Pools

__all__ = ["CALL_TAGS", "DROPPABLE", "Again", "Decisions", "Key", "OpenBlock", "Slots", "is_real"]

#: From here on even tags are NULLs of calls, odd ones the value beside a method's slot.
CALL_TAGS = 1000

Key = Tuple[Any, ...]
#: (is it an open handler, its label, level); up to 3.10.
OpenBlock = Tuple[bool, Optional[Label], int]

#: Ghosts that may be thrown away wherever they are in the way.
DROPPABLE = frozenset({TYPE, TB, NONE, LASTI, DEAD, PREV_COPY})


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
        #: whether every handler is entered with ``lasti`` and has it until its scope is closed,
        #: because one of the paths into the scope of a ``with`` brings it (3.11+)
        self.lasti = False
        #: whether a ``with`` keeps its exit function and that one's self in two slots (3.14+)
        self.exit_pairs = True


class Slots:
    """The stack's slots, and the instructions that move them.

    Args:
        table: of the version.
        decisions: of the attempts so far.
    """

    def __init__(self, table: OpcodeTable, decisions: Decisions) -> None:
        self.table = table
        self.decisions = decisions
        self.pools = Pools()
        self.null_above = table.traits["null"] == "above"
        self.layout: List[int] = []
        #: open blocks, up to 3.10
        self.blocks: List[OpenBlock] = []
        #: what the item at hand has come to so far
        self.chunk: List[Line] = []
        self.position = Position()
        self.entry: Optional[Entry] = None
        self.stacksize = 0
        self.keys: List[Key] = []

    def moved(self) -> None:
        """Called after slots were moved about: the exception table's depths may differ."""

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

    def swap_values(self, count: int) -> None:
        """Exchange the top value with the ``count``-th; the self of an exit function goes along."""
        layout = self.layout
        top, deep = self.distance(1), self.distance(count)
        groups = [layout[-deep:][: 1 + (layout[1 - deep] == EXIT_SELF)], layout[-top:]]
        first = len(layout) - deep
        places = list(range(first, len(layout)))
        low, high = places[: len(groups[0])], places[-top:]
        self.permute([*high, *places[len(low) : len(places) - top], *low])

    def permute(self, places: List[int]) -> None:
        """Bring the slots at these places, the deepest first, to the top in this order."""
        base = len(self.layout) - len(places)
        wanted = {place: base + order for order, place in enumerate(places)}
        # where each slot on the stack has to go
        goals = [wanted[place] for place in range(base, len(self.layout))]
        while True:
            goal = goals[-1]
            if goal == base + len(goals) - 1:
                wrong = [n for n, other in enumerate(goals) if other != base + n]
                if not wrong:
                    return
                goal = base + wrong[0]
            i = base + len(goals) - goal
            self.swap_slots(i)
            goals[-i], goals[-1] = goals[-1], goals[-i]

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
            ghosts = [n for n in range(1, i) if layout[-n] in DROPPABLE]
            if not ghosts:
                break
            self.drop_slot(ghosts[0])
        region = layout[-i:] if i else []
        if all(is_real(tag) for tag in region):
            return
        if EXIT_SELF in region:
            self.bind_exits()
        for _ in range(count):
            # the deepest value of the region that is not yet on top
            self.raise_slot(self.distance(count))
        self.moved()

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

    def bind_exits(self) -> None:
        """Start over with exit functions that are one value: something uses them as such."""
        if not self.decisions.exit_pairs:
            raise self.error(f"the self of an exit function is in the way: {self.layout}")
        self.decisions.exit_pairs = False
        raise Again

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
