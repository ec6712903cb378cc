"""Numbers that are only compared with each other: what ``id()`` and ``get_ident()`` give."""

from __future__ import annotations

import _thread
import builtins
from typing import TYPE_CHECKING, List

from ...ir.instr import Op
from .base import Variable
from .plain import NullVariable

if TYPE_CHECKING:
    from ..breaking.residual import ResidualWriter

__all__ = ["AddressVariable", "ThreadVariable"]


class AddressVariable(Variable):
    """``id(of)``: an int that only other addresses are compared with.

    Args:
        of: the object.
        step: of the call of ``id()``, which is made for real when the object may be gone.
    """

    __slots__ = ("of", "step")

    def __init__(self, of: Variable, step: int) -> None:
        super().__init__(None)
        self.of = of
        self.step = step

    def python_type(self) -> type:
        return int

    def parts(self) -> List[Variable]:
        return [self.of]

    def rebuild(self, writer: ResidualWriter) -> None:
        writer.constant(builtins.id)
        writer.load(self.of)
        writer.add(Op.CALL, (1, ()))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.of!r})"


class ThreadVariable(AddressVariable):
    """``threading.get_ident()``: the same number all the time that a frame runs."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__(NullVariable(), 0)

    def parts(self) -> List[Variable]:
        return []

    def rebuild(self, writer: ResidualWriter) -> None:
        writer.constant(_thread.get_ident)
        writer.add(Op.CALL, (0, ()))
