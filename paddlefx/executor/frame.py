"""One activation of a function during capture."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Dict, List, Mapping, Optional

from ..ir.instr import Instr, Item, Label
from ..ir.program import Program
from .values import CellVariable, Variable

__all__ = ["Frame", "label_positions"]


def label_positions(items: List[Item]) -> Dict[Label, int]:
    """Where each label stands in ``items``."""
    return {item: index for index, item in enumerate(items) if isinstance(item, Label)}


@dataclass
class Frame:
    """The state that CPython keeps in a frame object, with symbolic values in it.

    Args:
        program: what it runs.
        filename: where that was written.
        globals: its global names.
        builtins: what globals lack.
        root: whether it is the frame that is compiled; the others are inlined into it.
    """

    program: Program
    filename: str
    globals: Dict[str, Any]
    builtins: Mapping[str, Any]
    locals: Dict[str, Variable] = field(default_factory=dict)
    cells: Dict[str, CellVariable] = field(default_factory=dict)
    root: bool = False
    stack: List[Variable] = field(default_factory=list)
    #: handled exceptions and saved bindings, innermost last
    scopes: List[Any] = field(default_factory=list)
    pc: int = 0
    instr: Optional[Instr] = None
    labels: Dict[Label, int] = field(default_factory=dict)
    #: whether it has called ``locals()``
    asked_locals: bool = False
    #: names bound by STORE_NAME in a class body
    namespace: Optional[Dict[str, Variable]] = None

    def __post_init__(self) -> None:
        self.labels = label_positions(self.program.items)

    @property
    def lineno(self) -> Optional[int]:
        """The line of the instruction at hand."""
        return None if self.instr is None else self.instr.position.lineno

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
        self.pc = self.labels[label]

    def handled(self) -> Optional[Variable]:
        """The exception that a bare ``raise`` would raise again."""
        for scope in reversed(self.scopes):
            if isinstance(scope, Variable):
                return scope
        return None
