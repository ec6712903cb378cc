"""Which handlers are around an instruction, innermost last.

An instruction names only its own handler. The handlers around that one are those of the
handler's first instruction, and so on. Up to 3.10 they must be on the block stack in this
order; from 3.12 on their number is part of YIELD_VALUE or RESUME.
"""

from __future__ import annotations

from typing import Dict, FrozenSet, List, Optional

from ..ir.effects import CANNOT_RAISE
from ..ir.flow import State, definitely_assigned, label_index
from ..ir.instr import Handler, Instr, Item, Label, Op
from ..ir.program import Program

__all__ = ["Chains"]

_OF_BOUND = frozenset({Op.LOAD_LOCAL, Op.DELETE_LOCAL})
_QUIET = CANNOT_RAISE | _OF_BOUND


class Chains:
    """The handlers of a program's items, as emission needs them."""

    def __init__(self, program: Program, states: Dict[int, State], blocks: bool) -> None:
        self.program = program
        self.items: List[Item] = program.items
        items = self.items
        self.states = states
        self.labels = label_index(items)
        self.handlers: Dict[int, Optional[Handler]] = {}
        for index in states:
            item = items[index]
            if isinstance(item, Instr):
                handler = item.handler
                if handler is not None and self.labels.get(handler.label) not in states:
                    handler = None  # nothing that can raise leads there
                self.handlers[index] = handler
        self._chains: Dict[Label, List[Handler]] = {}
        self._lasti: Dict[Label, bool] = {}
        self._uses: Optional[Dict[object, int]] = None
        self._bound: Optional[Dict[int, FrozenSet[str]]] = None
        if blocks:
            self._reach_back()

    def first_instr(self, index: int) -> int:
        """The index of the first instruction at or after an index."""
        while index < len(self.items):
            if index in self.states and isinstance(self.items[index], Instr):
                return index
            index += 1
        return -1

    def of(self, handler: Optional[Handler]) -> List[Handler]:
        """A handler and all around it, outermost first."""
        if handler is None:
            return []
        label = handler.label
        found = self._chains.get(label)
        if found is None:
            self._chains[label] = []  # a handler that covers itself ends the chain
            first = self.first_instr(self.labels[label])
            outer = self.of(self.handlers.get(first)) if first >= 0 else []
            # what covers the handler's own scope is not around what it covers
            found = self._chains[label] = [
                h for h in outer if h.label is not label and h.scopes <= handler.scopes
            ]
        return [*found, handler]

    def at(self, index: int) -> List[Handler]:
        """The handlers around an item."""
        return self.of(self.handlers.get(index))

    def at_label(self, label: Label) -> List[Handler]:
        """The handlers around what stands at a label."""
        return self.at(self.first_instr(self.labels[label]))

    def lasti(self, label: Label) -> bool:
        """Whether the handler at a label finds ``lasti`` below the exception (3.11+)."""
        found = self._lasti.get(label)
        if found is None:
            index = self.first_instr(self.labels[label])
            first = self.items[index]
            found = bool(getattr(getattr(first, "spelling", None), "lasti", False))
            if isinstance(first, Instr) and first.op is Op.ENTER_HANDLER:
                second = self.items[index + 1] if index + 1 < len(self.items) else None
                if isinstance(second, Instr) and second.op is Op.WITH_EXCEPT_START:
                    found = True
            self._lasti[label] = found
        return found

    def uses(self, label: object) -> int:
        """How many instructions and handlers that can be reached name a label."""
        if self._uses is None:
            uses: Dict[object, int] = {}
            for index, handler in self.handlers.items():
                item = self.items[index]
                named = item.arg if isinstance(item, Instr) else None
                for other in named if type(named) is tuple else (named,):
                    if isinstance(other, Label):
                        uses[other] = uses.get(other, 0) + 1
                if handler is not None:
                    uses[handler.label] = uses.get(handler.label, 0) + 1
            self._uses = uses
        return self._uses.get(label, 0)

    def bound(self) -> Dict[int, FrozenSet[str]]:
        """Which locals are bound for certain before each item."""
        if self._bound is None:
            self._bound = definitely_assigned(self.program)
        return self._bound

    def _reach_back(self) -> None:
        """Let blocks begin where the stack still has the height they keep.

        A program may jump into the middle of a ``try`` with values on the stack. The block
        must be set up before those were pushed; the instructions in between can't raise,
        so that it makes no difference to them.
        """
        for index in sorted(self.handlers, reverse=True):
            item = self.items[index]
            if not isinstance(item, Instr) or item.op not in _QUIET:
                continue
            if item.op in _OF_BOUND and item.arg not in self.bound().get(index, ()):
                continue
            if item.op is Op.JUMP:
                following = self.first_instr(self.labels[item.arg])
            elif item.op is Op.RETURN:
                continue
            else:
                following = self.first_instr(index + 1)
            if following < 0:
                continue
            mine = self.at(index)
            depth = self.states[index].depth
            wanted = self.at(following)
            there = self.states[following].depth
            if [h.label for h in wanted[: len(mine)]] != [h.label for h in mine]:
                continue
            missing = wanted[len(mine) :]
            if not missing or all(h.depth in (there, there - 1) for h in missing):
                continue
            fitting = [h for h in missing if h.depth <= depth]
            if fitting:
                self.handlers[index] = fitting[-1]
