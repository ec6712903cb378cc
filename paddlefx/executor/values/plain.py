"""Values known in full: literals, and objects pinned by a guard."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Iterable, List, Optional

from ...ir.instr import Op
from ...source import Source
from .base import NotConstant, Variable

if TYPE_CHECKING:
    from ..residual import ResidualWriter

__all__ = [
    "CallResultVariable",
    "ConstantVariable",
    "ExceptionVariable",
    "NullVariable",
    "ObjectVariable",
]


class ConstantVariable(Variable):
    """An immutable literal: its value decides everything that is done with it."""

    __slots__ = ("value",)

    def __init__(self, value: Any, source: Optional[Source] = None) -> None:
        super().__init__(source)
        self.value = value

    def python_type(self) -> type:
        return type(self.value)

    def as_constant(self) -> Any:
        return self.value

    def __repr__(self) -> str:
        return f"ConstantVariable({self.value!r})"


class ObjectVariable(Variable):
    """An existing object.

    Args:
        value: the object.
        pinned: whether a guard fixes its identity; otherwise only its exact type is guarded.
    """

    __slots__ = ("pinned", "value")

    def __init__(self, value: Any, source: Optional[Source], pinned: bool) -> None:
        super().__init__(source)
        self.value = value
        self.pinned = pinned

    def python_type(self) -> type:
        return type(self.value)

    def as_constant(self) -> Any:
        if not self.pinned:
            raise NotConstant
        return self.value

    def __repr__(self) -> str:
        return f"ObjectVariable({type(self.value).__name__})"


class CallResultVariable(Variable):
    """What a call gives that the residual program makes; its type is known, its value isn't.

    Args:
        cls: the exact type.
    """

    __slots__ = ("cls",)

    def __init__(self, cls: type) -> None:
        super().__init__(None)
        self.cls = cls

    def python_type(self) -> type:
        return self.cls

    def __repr__(self) -> str:
        return f"CallResultVariable({self.cls.__name__})"


class NullVariable(Variable):
    """The contents of an empty cell or of a local that isn't bound."""

    __slots__ = ()

    def python_type(self) -> type:
        raise NotConstant

    def __repr__(self) -> str:
        return "NullVariable()"


class ExceptionVariable(Variable):
    """An exception made while capturing, in the place of the one that the plain program makes.

    Args:
        value: it stands for the plain program's instance, and never leaves capture.
        args: what it was made of, when the user's code made it.
    """

    __slots__ = ("args", "raised", "value")

    def __init__(self, value: BaseException, args: Iterable[Variable] = ()) -> None:
        super().__init__(None)
        self.value = value
        self.args = list(args)
        #: It has a traceback and a context then, which only the plain program can make.
        self.raised = False

    def python_type(self) -> type:
        return type(self.value)

    def parts(self) -> List[Variable]:
        return self.args

    def rebuild(self, writer: ResidualWriter) -> None:
        if self.raised:
            super().rebuild(writer)
        writer.constant(type(self.value))
        for item in self.args:
            writer.load(item)
        writer.add(Op.CALL, (len(self.args), ()))

    def __repr__(self) -> str:
        return f"ExceptionVariable({self.value!r})"
