"""Classes that the frame makes by a ``class`` statement."""

from __future__ import annotations

import builtins
from typing import TYPE_CHECKING, List, Tuple

from ...ir.instr import Op
from .base import Variable
from .functions import FunctionVariable
from .plain import ObjectVariable

if TYPE_CHECKING:
    from ..breaking.residual import ResidualWriter

__all__ = ["ClassVariable"]


class ClassVariable(ObjectVariable):
    """A class that exists in capture only; where it leaves, its statement is run.

    Args:
        shadow: a class of the same name, bases and attributes, which capture looks things up
            in. Its functions stand for the symbolic ones.
        body: the function that the statement makes of its body.
        bases: its bases.
    """

    __slots__ = ("bases", "body")

    def __init__(self, shadow: type, body: FunctionVariable, bases: Tuple[type, ...]) -> None:
        super().__init__(shadow, None, pinned=True)
        self.body = body
        self.bases = bases

    def parts(self) -> List[Variable]:
        return [self.body]

    def rebuild(self, writer: ResidualWriter) -> None:
        writer.constant(builtins.__build_class__)
        writer.load(self.body)
        writer.constant(self.value.__name__)
        for base in self.bases:
            writer.constant(base)
        writer.add(Op.CALL, (2 + len(self.bases), ()))
        writer.keep(self)
