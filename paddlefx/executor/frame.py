"""One activation of a function during capture."""

from __future__ import annotations

import types
from dataclasses import dataclass, field
from typing import Any, Dict, List, Mapping, NamedTuple, Optional

from ..ir.instr import Handler, Instr, Item, Label
from ..ir.program import Program
from .values import CellVariable, Variable

__all__ = ["Frame", "HandlerScope", "SavedLocal", "label_positions"]


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


def label_positions(items: List[Item]) -> Dict[Label, int]:
    """Where each label stands in ``items``."""
    return {item: index for index, item in enumerate(items) if isinstance(item, Label)}


@dataclass
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

    program: Program
    code: types.CodeType
    globals: Dict[str, Any]
    builtins: Mapping[str, Any]
    locals: Dict[str, Variable] = field(default_factory=dict)
    cells: Dict[str, CellVariable] = field(default_factory=dict)
    direct: bool = False
    stack: List[Variable] = field(default_factory=list)
    #: handled exceptions and saved bindings, innermost last
    scopes: List[Any] = field(default_factory=list)
    pc: int = 0
    instr: Optional[Instr] = None
    #: the number, over all frames of the capture, of the instruction at hand
    step: int = 0
    labels: Dict[Label, int] = field(default_factory=dict)
    #: whether it has called ``locals()``
    asked_locals: bool = False
    #: names bound by STORE_NAME in a class body
    namespace: Optional[Dict[str, Variable]] = None

    def __post_init__(self) -> None:
        self.labels = label_positions(self.program.items)

    @property
    def filename(self) -> str:
        """Where it was written."""
        return self.code.co_filename

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
            if isinstance(scope, HandlerScope):
                return scope.error
        return None
