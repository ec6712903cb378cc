"""Iterators over known values, and generators suspended in capture."""

from __future__ import annotations

import types
from typing import TYPE_CHECKING, FrozenSet, List, Optional

from ...ir.instr import Instr, Op
from ...source import Source
from .base import Variable
from .containers import DictVariable

if TYPE_CHECKING:
    from ..breaking.residual import ResidualWriter
    from ..frame import Frame
    from ..machine import Machine

__all__ = ["GeneratorVariable", "IteratorVariable", "ViewVariable"]


class IteratorVariable(Variable):
    """An iterator that gives its values when it is asked, as the plain program's does.

    Its families are in :mod:`paddlefx.executor.iterators`: each knows its sources and
    its position, so that a break finds the real iterator at the same place.
    """

    __slots__ = ()

    def step(self, machine: Machine) -> Optional[Variable]:
        """The next value; ``None`` at the end.

        Raises:
            ObservedException: the plain program's iterator raises here.
            GraphBreak: the value can't be found in capture.
        """
        raise NotImplementedError  # pragma: no cover - every family defines it

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(map(repr, self.parts()))})"


class ViewVariable(Variable):
    """``dict.keys()``, ``values()`` or ``items()``: a live view.

    Args:
        over: the dict.
        kind: the name of the method that made it.
    """

    __slots__ = ("kind", "over")

    def __init__(self, over: DictVariable, kind: str) -> None:
        super().__init__(None)
        self.over = over
        self.kind = kind

    def python_type(self) -> type:
        return type(getattr(self.over.cls(), self.kind)())

    def parts(self) -> List[Variable]:
        return [self.over]

    def rebuild(self, writer: ResidualWriter) -> None:
        writer.load(self.over)
        writer.add(Op.LOAD_ATTR, self.kind)
        writer.add(Op.CALL, (0, ()))

    def __repr__(self) -> str:
        return f"ViewVariable({self.kind}, {self.over!r})"


class GeneratorVariable(Variable):
    """A generator whose frame is captured as it is consumed.

    Args:
        frame: of its body.
        step: of the instruction that made it: where a generator that outlives the graph is
            made for real.
        source: of one that a resume function takes over; see :mod:`.breaking.revived`.
    """

    __slots__ = ("done", "frame", "kept", "moved_at", "running", "step")

    def __init__(self, frame: Frame, step: int, source: Optional[Source] = None) -> None:
        super().__init__(source)
        self.frame = frame
        self.step = step
        #: Of one from outside: the step at which capture first ran it.
        self.moved_at: Optional[int] = None
        #: Locals that it doesn't read again, and holds on to for all to see.
        self.kept: FrozenSet[str] = frozenset()
        self.done = False
        self.running = False

    @property
    def holds_cleanup(self) -> bool:
        """Whether it is suspended in a ``try`` or ``with``, which dropping it would leave."""
        frame = self.frame
        if self.done or frame.instr is None or frame.instr.handler is None:
            return False
        # From 3.12 on a handler around the whole body turns StopIteration into RuntimeError.
        first = frame.program.items[frame.labels[frame.instr.handler.label] + 1]
        return not (isinstance(first, Instr) and first.op is Op.INTRINSIC)

    def python_type(self) -> type:
        return types.GeneratorType

    def parts(self) -> List[Variable]:
        from ..breaking import revived

        return revived.parts(self)

    def rebuild(self, writer: ResidualWriter) -> None:
        from ..breaking import revived

        if not revived.write(writer, self):
            writer.made_for_real(self.step, "a generator is alive at the end of the graph")

    def __repr__(self) -> str:
        return f"GeneratorVariable({self.frame.program.name})"
