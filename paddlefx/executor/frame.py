"""One activation of a function during capture."""

from __future__ import annotations

import bisect
import types
from dataclasses import dataclass, field
from typing import Any, Dict, List, Mapping, NamedTuple, Optional, Tuple

from ..graph import SourcePosition
from ..ir.instr import Handler, Instr, Item, Label
from ..ir.program import Program
from .values import CellVariable, Variable

__all__ = ["Frame", "HandlerScope", "SavedLocal", "Turns", "label_positions"]


_LABELS = "_label_positions"


class HandlerScope(NamedTuple):
    """An exception that is being handled.

    Args:
        error: the exception.
        depth: how many values are on the stack below it.
        outer: where an exception goes that is raised as the handler begins.
    """

    error: Variable
    depth: int
    outer: Optional[Handler] = None


class SavedLocal(NamedTuple):
    """The binding that an inlined comprehension keeps aside (PEP 709); ``None`` if unbound.

    ``depth`` values are on the stack below it. Where inner functions of the comprehension share
    its variable, ``cell`` is the cell that was there before.
    """

    name: str
    value: Optional[Variable]
    depth: int
    cell: Optional[CellVariable] = None


@dataclass
class Turns:
    """The turns of a loop.

    Args:
        steps: when each ended, by a jump back to where it began.
        end: the item behind the last of these jumps.
    """

    steps: List[int] = field(default_factory=list)
    end: int = 0

    def add(self, step: int, end: int) -> None:
        """One more turn."""
        self.steps.append(step)
        self.end = max(self.end, end)


def label_positions(items: List[Item]) -> Dict[Label, int]:
    """Where each label stands in ``items``."""
    return {item: index for index, item in enumerate(items) if isinstance(item, Label)}


class Frame:
    """The state that CPython keeps in a frame object, with symbolic values in it.

    Args:
        program: what it runs.
        code: the user's code object that it was decoded from.
        globals: its global names.
        builtins: what globals lack.
        direct: whether its caller is direct, or there is none, and the instruction there
            does no more than push what this frame returns: then a break in this frame
            leaves the caller's graph as it is.
    """

    __slots__ = (
        *("_position", "asked_locals", "builtins", "cells", "code", "direct", "globals", "instr"),
        *("labels", "locals", "namespace", "pc", "program", "scopes", "stack", "step", "turns"),
    )

    def __init__(
        self,
        program: Program,
        code: types.CodeType,
        globals: Dict[str, Any],
        builtins: Mapping[str, Any],
        locals: Optional[Dict[str, Variable]] = None,
        direct: bool = False,
    ) -> None:
        self.program = program
        self.code = code
        self.globals = globals
        self.builtins = builtins
        self.locals: Dict[str, Variable] = {} if locals is None else locals
        self.cells: Dict[str, CellVariable] = {}
        self.direct = direct
        self.stack: List[Variable] = []
        #: handled exceptions and saved bindings, innermost last
        self.scopes: List[Any] = []
        self.pc = 0
        self.instr: Optional[Instr] = None
        #: the number, over all frames of the capture, of the instruction at hand
        self.step = 0
        # A program doesn't change any more, and is run many times.
        kept: Dict[str, Any] = program.__dict__
        labels = kept.get(_LABELS)
        if labels is None:
            labels = kept[_LABELS] = label_positions(program.items)
        self.labels: Dict[Label, int] = labels
        #: by where a loop begins, its turns
        self.turns: Dict[Label, Turns] = {}
        #: whether it has called ``locals()``
        self.asked_locals = False
        self._position: Optional[Tuple[Optional[Instr], SourcePosition]] = None
        #: names bound by STORE_NAME in a class body
        self.namespace: Optional[Dict[str, Variable]] = None

    @property
    def filename(self) -> str:
        """Where it was written."""
        return self.code.co_filename

    @property
    def lineno(self) -> Optional[int]:
        """The line of the instruction at hand."""
        return None if self.instr is None else self.instr.position.lineno

    @property
    def position(self) -> SourcePosition:
        """Where the instruction at hand was written."""
        found, instr = self._position, self.instr
        if found is None or found[0] is not instr:  # most nodes are made further inside
            place = SourcePosition(self.filename, self.lineno, self.program.qualname)
            found = self._position = (instr, place)
        return found[1]

    def pop(self) -> Variable:
        """Take the top of the stack."""
        return self.stack.pop()

    def pop_many(self, count: int) -> List[Variable]:
        """Take ``count`` values, in the order in which they were pushed."""
        if count == 0:
            return []
        values = self.stack[-count:]
        del self.stack[-count:]
        return values

    def jump(self, label: Label) -> None:
        """Continue at ``label``."""
        place = self.labels[label]
        if place < self.pc:
            self.turns.setdefault(label, Turns()).add(self.step, self.pc)
        self.pc = place

    def idle_turn(self, step: int) -> Optional[int]:
        """When the outermost loop that has made a whole turn since ``step`` began the first such.

        Returns:
            the step of the jump back; ``None`` when the frame is in no such loop.
        """
        for label, turns in sorted(self.turns.items(), key=lambda item: self.labels[item[0]]):
            if self.labels[label] < self.pc <= turns.end:
                since = bisect.bisect_right(turns.steps, step)
                if len(turns.steps) - since >= 2:
                    return turns.steps[since]
        return None

    def handled(self) -> Optional[Variable]:
        """The exception that a bare ``raise`` would raise again."""
        for scope in reversed(self.scopes):
            if isinstance(scope, HandlerScope):
                return scope.error
        return None
