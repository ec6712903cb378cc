"""Exceptions that capture makes in the place of the plain program's, and their tracebacks."""

from __future__ import annotations

import types
from typing import TYPE_CHECKING, Any, Dict, List, Optional

from ...ir.instr import Op
from .base import Variable
from .containers import SequenceVariable
from .plain import NullVariable

if TYPE_CHECKING:
    from ..breaking.residual import ResidualWriter

__all__ = ["ExceptionVariable", "TracebackVariable"]


class TracebackVariable(Variable):
    """A traceback: known only as the object it is, since just the plain program can make it.

    Args:
        step: of the instruction that raised its exception.
    """

    __slots__ = ("step",)

    def __init__(self, step: Optional[int]) -> None:
        super().__init__(None)
        self.step = step

    def python_type(self) -> type:
        return types.TracebackType

    def rebuild(self, writer: ResidualWriter) -> None:
        if self.step is not None:
            writer.made_for_real(self.step, "the traceback of an exception is alive")
        super().rebuild(writer)

    def __repr__(self) -> str:
        return "TracebackVariable()"


class ExceptionVariable(Variable):
    """An exception as ``Objects/exceptions.c`` keeps one, with symbolic parts.

    Args:
        value: an instance of the exact type that stands for the plain program's, and never
            leaves capture. Its own parts mean nothing where they are kept here.
        args: ``args``; ``None`` when only CPython words the error right.
        exact: whether the members of ``value``, such as ``errno`` of an OSError, are the
            plain one's: its real constructor or the real operation made it.
    """

    __slots__ = (
        "args",
        "attributes",
        "call",
        "cause",
        "context",
        "exact",
        "fields",
        "left",
        "members",
        "raised",
        "step",
        "suppress",
        "traceback",
        "value",
    )

    def __init__(
        self,
        value: BaseException,
        args: Optional[SequenceVariable] = None,
        exact: bool = False,
    ) -> None:
        super().__init__(None)
        self.value = value
        self.args = args
        self.exact = exact
        #: What its constructor was called with, when that does more than keep ``args``.
        self.call: Optional[List[Variable]] = None
        #: The instance ``__dict__``.
        self.attributes: Dict[str, Variable] = {}
        #: What is in the members of its C struct, as far as it isn't in ``value``: NullVariable
        #: where there is nothing yet, which reads as ``None``.
        self.fields: Dict[str, Variable] = {}
        #: The inlined frames that it has left: its traceback holds what they held.
        self.left: List[Any] = []
        #: The exceptions of a group.
        self.members: List[ExceptionVariable] = []
        #: ``__cause__`` and ``__context__``; a context that isn't known is one that a frame
        #: outside of the capture may handle.
        self.cause: Optional[Variable] = None
        self.context: Optional[Variable] = None
        self.suppress = False
        self.traceback: Optional[Variable] = None
        #: It has a traceback then, which only the plain program can make.
        self.raised = False
        #: The step of the capture that raised it first.
        self.step: Optional[int] = None

    def python_type(self) -> type:
        return type(self.value)

    def parts(self) -> List[Variable]:
        found: List[Variable] = [
            *(self.call or ()),
            *self.fields.values(),
            *self.attributes.values(),
        ]
        found += [] if self.args is None else [self.args]
        links = (self.cause, self.context, self.traceback)
        found += [link for link in links if link is not None]
        return found

    def rebuild(self, writer: ResidualWriter) -> None:
        if self.step is not None:
            writer.made_for_real(self.step, "an exception that was raised is alive")
        if self.raised or self.args is None:
            super().rebuild(writer)
            return
        cls = type(self.value)
        if self.call is None:
            writer.constant(cls.__new__)
            made_of: List[Variable] = self.args.items
        else:
            made_of = self.call
        writer.constant(cls)
        for item in made_of:
            writer.load(item)
        writer.add(Op.CALL, (len(made_of) + (self.call is None), ()))
        for name, value in self.fields.items():
            if not isinstance(value, NullVariable):
                self._store(writer, name, value)
        if self.attributes:
            writer.add(Op.COPY, 1)
            writer.add(Op.LOAD_ATTR, "__dict__")
            for name, value in self.attributes.items():
                writer.add(Op.COPY, 1)
                writer.load(value)
                writer.add(Op.SWAP, 2)
                writer.constant(name)
                writer.add(Op.STORE_SUBSCR)
            writer.add(Op.POP)
        if self.cause is not None:
            self._store(writer, "__cause__", self.cause)
        if self.context is not None:
            self._store(writer, "__context__", self.context)
        if self.traceback is not None:
            self._store(writer, "__traceback__", self.traceback)
        if self.suppress is not (self.cause is not None):
            writer.add(Op.COPY, 1)
            writer.constant(self.suppress)
            writer.add(Op.SWAP, 2)
            writer.add(Op.STORE_ATTR, "__suppress_context__")

    @staticmethod
    def _store(writer: ResidualWriter, name: str, value: Variable) -> None:
        writer.add(Op.COPY, 1)
        writer.load(value)
        writer.add(Op.SWAP, 2)
        writer.add(Op.STORE_ATTR, name)

    def __repr__(self) -> str:
        return f"ExceptionVariable({self.value!r})"
