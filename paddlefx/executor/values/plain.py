"""Values known in full: literals, and objects pinned by a guard."""

from __future__ import annotations

import copy
import random
from typing import TYPE_CHECKING, Any, Callable, List, Optional, Tuple

from ...ir.instr import Op, Position
from ...source import Source
from .base import NotConstant, Variable

if TYPE_CHECKING:
    from ..breaking.residual import ResidualWriter

__all__ = [
    "CallResultVariable",
    "CaughtVariable",
    "ConstantVariable",
    "FreshVariable",
    "NullVariable",
    "ObjectVariable",
    "RandomVariable",
    "UnreadVariable",
]


class ConstantVariable(Variable):
    """An immutable literal: its value decides everything that is done with it."""

    __slots__ = ("value",)

    def __init__(self, value: Any, source: Optional[Source] = None) -> None:
        self.source = source  # thousands are made: without super()
        self.value = value

    def python_type(self) -> type:
        return type(self.value)

    def as_constant(self) -> Any:
        return self.value

    def __repr__(self) -> str:
        return f"ConstantVariable({self.value!r})"


class UnreadVariable(ConstantVariable):
    """A literal from outside whose value nobody has asked for yet: only its type is guarded.

    Args:
        value: this call's.
        source: where it is.
        unread: called when the value is asked for: guards it.
    """

    __slots__ = ("_kind", "_unread")

    def __init__(self, value: Any, source: Source, unread: Callable[[], None]) -> None:
        super().__init__(value, source)
        self._kind = type(value)
        self._unread: Optional[Callable[[], None]] = unread

    @property
    def was_read(self) -> bool:
        """Whether a guard fixes the value."""
        return self._unread is None

    @property
    def value(self) -> Any:
        """The value, guarded from now on."""
        if self._unread is not None:
            unread, self._unread = self._unread, None
            unread()
        return _value_of(self)

    @value.setter
    def value(self, value: Any) -> None:
        _set_value_of(self, value)

    def python_type(self) -> type:
        return self._kind

    def __repr__(self) -> str:
        return f"UnreadVariable({self._kind.__name__})"


_SLOT: Any = ConstantVariable.__dict__["value"]
_value_of, _set_value_of = _SLOT.__get__, _SLOT.__set__


class FreshVariable(ConstantVariable):
    """Data that can be changed: a numpy array, a bytearray.

    One that was computed while capturing is copied by the program in each call, as it is
    when capture ends: what captured code changes in it is done already. One from outside is
    what a guard says, and isn't changed in capture.

    Args:
        value: the data.
        source: where it came from.
        root: the array whose memory it looks into.
        window: ``(function, args)`` that makes it of its root; ``None``: only the plain
            program can.
        step: of the instruction that made it.
    """

    __slots__ = ("root", "step", "window")

    def __init__(
        self,
        value: Any,
        source: Optional[Source] = None,
        root: Optional[Variable] = None,
        window: Optional[Tuple[Callable[..., Any], Tuple[Any, ...]]] = None,
        step: int = 0,
    ) -> None:
        super().__init__(value, source)
        self.root = root
        self.window = window
        self.step = step

    def parts(self) -> List[Variable]:
        return [] if self.root is None else [self.root]

    def rebuild(self, writer: ResidualWriter) -> None:
        if self.root is None:
            writer.constant(copy.copy)
            writer.constant(self.value)
            writer.add(Op.CALL, (1, ()))
            return
        if self.window is None:
            writer.made_for_real(self.step, "a view of an array is alive at the end of the graph")
        function, args = self.window
        writer.constant(function)
        writer.load(self.root)
        for item in args:
            writer.constant(item)
        writer.add(Op.CALL, (1 + len(args), ()))

    def __repr__(self) -> str:
        return f"FreshVariable({self.value!r})"


class RandomVariable(Variable):
    """A generator of random numbers that the frame makes, from a known seed.

    Capture draws from it for real; the program makes one in the state that capture leaves.

    Args:
        value: capture's own.
    """

    __slots__ = ("value",)

    def __init__(self, value: random.Random) -> None:
        super().__init__(None)
        self.value = value

    def python_type(self) -> type:
        return type(self.value)

    def rebuild(self, writer: ResidualWriter) -> None:
        writer.constant(copy.copy)
        writer.constant(self.value)
        writer.add(Op.CALL, (1, ()))

    def __repr__(self) -> str:
        return "RandomVariable()"


class ObjectVariable(Variable):
    """An existing object.

    Args:
        value: the object.
        pinned: whether a guard fixes its identity; otherwise only its exact type is guarded.
    """

    __slots__ = ("dict_source", "pinned", "value")

    def __init__(self, value: Any, source: Optional[Source], pinned: bool) -> None:
        self.source = source
        self.value = value
        self.pinned = pinned
        #: The path to its instance dict, once it was asked for.
        self.dict_source: Optional[Source] = None

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


class CaughtVariable(ObjectVariable):
    """An exception that was raised for real before the frame went on in a resume function.

    Args:
        value: this call's; only its type is guarded.
        source: where the resume function gets it.
        position: where it was raised, or passed through the frame.
        traceback: what it came to its handler with.
    """

    __slots__ = ("position", "traceback")

    def __init__(
        self,
        value: BaseException,
        source: Optional[Source],
        position: Position,
        traceback: Variable,
    ) -> None:
        super().__init__(value, source, pinned=False)
        self.position = position
        self.traceback = traceback

    def __repr__(self) -> str:
        return f"CaughtVariable({type(self.value).__name__})"
