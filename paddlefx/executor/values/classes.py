"""Classes and type parameters that the frame makes."""

from __future__ import annotations

import builtins
from typing import TYPE_CHECKING, Any, Dict, List, Tuple

from ...ir.instr import Op
from .base import Variable
from .plain import ObjectVariable

if TYPE_CHECKING:
    from ..breaking.residual import ResidualWriter

__all__ = ["ClassVariable", "MadeVariable"]


class ClassVariable(ObjectVariable):
    """A class that exists in capture only; where it leaves, ``type()`` makes it.

    Args:
        shadow: a class of the same name, bases and attributes, which capture looks things up
            in. Its functions stand for the symbolic ones.
        bases: its bases.
        namespace: what it is made of.
        made_bases: those of the bases that the frame makes, too.
    """

    __slots__ = ("bases", "made_bases", "namespace")

    def __init__(
        self,
        shadow: type,
        bases: Tuple[type, ...],
        namespace: Dict[str, Variable],
        made_bases: List[Variable],
    ) -> None:
        super().__init__(shadow, None, pinned=True)
        self.bases = bases
        self.namespace = namespace
        self.made_bases = made_bases

    def parts(self) -> List[Variable]:
        return [*self.made_bases, *self.namespace.values()]

    def rebuild(self, writer: ResidualWriter) -> None:
        writer.constant(builtins.type)
        writer.constant(self.value.__name__)
        for base in self.bases:
            writer.constant(base)
        writer.add(Op.BUILD_TUPLE, len(self.bases))
        for name, item in self.namespace.items():
            writer.constant(name)
            writer.load(item)
        writer.add(Op.BUILD_MAP, len(self.namespace))
        writer.add(Op.CALL, (3, ()))
        writer.keep(self)


class MadeVariable(Variable):
    """An object that one instruction makes anew in each call: a type parameter, ``list[T]``.

    Args:
        stand_in: capture's own, of the same type and name.
        operands: what the instruction takes from the stack.
        op: the instruction.
        arg: its argument.
        named: whether ``__name__`` is its own.
    """

    __slots__ = ("arg", "named", "op", "operands", "stand_in")

    def __init__(
        self, stand_in: Any, operands: List[Variable], op: Op, arg: Any = None, named: bool = False
    ) -> None:
        super().__init__(None)
        self.stand_in = stand_in
        self.operands = operands
        self.op = op
        self.arg = arg
        self.named = named

    def python_type(self) -> type:
        return type(self.stand_in)

    def parts(self) -> List[Variable]:
        return self.operands

    def rebuild(self, writer: ResidualWriter) -> None:
        for operand in self.operands:
            writer.load(operand)
        writer.add(self.op, self.arg)
        writer.keep(self)

    def __repr__(self) -> str:
        return f"MadeVariable({self.stand_in!r})"
