"""Callables of ``functools`` made in the frame."""

from __future__ import annotations

import functools
import weakref
from typing import TYPE_CHECKING, Any, Dict, List, Optional

from ...ir.instr import Op
from .base import Variable
from .containers import DictVariable

if TYPE_CHECKING:
    from ..breaking.residual import ResidualWriter

__all__ = ["ComparatorVariable", "CompareKeyVariable", "PartialVariable", "WeakReferenceVariable"]


class PartialVariable(Variable):
    """``functools.partial(function, *args, **kwargs)``."""

    __slots__ = ("_keywords", "_kwargs", "args", "function")

    def __init__(
        self, function: Variable, args: List[Variable], kwargs: Dict[str, Variable]
    ) -> None:
        super().__init__(None)
        self.function = function
        self.args = args
        self._kwargs: Dict[Any, Variable] = kwargs
        self._keywords: Optional[KeywordsVariable] = None

    @property
    def kwargs(self) -> Dict[Any, Variable]:
        """The keyword arguments."""
        return self._kwargs if self._keywords is None else self._keywords.items

    @property
    def keywords(self) -> KeywordsVariable:
        """Its attribute of that name, which may be changed."""
        if self._keywords is None:
            self._keywords = KeywordsVariable(self, self._kwargs)
        return self._keywords

    def python_type(self) -> type:
        return functools.partial

    def parts(self) -> List[Variable]:
        return [self.function, *self.args, *self.kwargs.values()]

    def rebuild(self, writer: ResidualWriter) -> None:
        if not all(isinstance(name, str) for name in self.kwargs):
            writer.give_up("a partial with keywords that are no names is alive")
        writer.constant(functools.partial)
        for part in self.parts():
            writer.load(part)
        writer.add(Op.CALL, (1 + len(self.args) + len(self.kwargs), tuple(self.kwargs)))

    def __repr__(self) -> str:
        return f"PartialVariable({self.function!r})"


class KeywordsVariable(DictVariable):
    """``partial.keywords``: the partial's own dict."""

    __slots__ = ("holder",)

    def __init__(self, holder: PartialVariable, items: Dict[Any, Variable]) -> None:
        super().__init__(items)
        self.holder = holder

    def parts(self) -> List[Variable]:
        return [self.holder]

    def rebuild(self, writer: ResidualWriter) -> None:
        writer.load(self.holder)
        writer.add(Op.LOAD_ATTR, "keywords")


class WeakReferenceVariable(Variable):
    """``weakref.ref(value)`` made in the frame, without a callback.

    Args:
        value: an object from outside.
        step: of the instruction that made it.
    """

    __slots__ = ("step", "value")

    def __init__(self, value: Variable, step: int) -> None:
        super().__init__(None)
        self.value = value
        self.step = step

    def python_type(self) -> type:
        return weakref.ref

    def parts(self) -> List[Variable]:
        return [self.value]

    def rebuild(self, writer: ResidualWriter) -> None:
        from ..rules.weak_references import held

        if not held(writer.machine, self.value):
            writer.made_for_real(self.step, "a weak reference to what may be gone is alive")
        writer.constant(weakref.ref)
        writer.load(self.value)
        writer.add(Op.CALL, (1, ()))

    def __repr__(self) -> str:
        return f"WeakReferenceVariable({self.value!r})"


class ComparatorVariable(Variable):
    """``functools.cmp_to_key(function)``."""

    __slots__ = ("function",)

    def __init__(self, function: Variable) -> None:
        super().__init__(None)
        self.function = function

    def python_type(self) -> type:
        return type(functools.cmp_to_key(_no_order))

    def parts(self) -> List[Variable]:
        return [self.function]

    def rebuild(self, writer: ResidualWriter) -> None:
        writer.constant(functools.cmp_to_key)
        writer.load(self.function)
        writer.add(Op.CALL, (1, ()))

    def __repr__(self) -> str:
        return f"ComparatorVariable({self.function!r})"


class CompareKeyVariable(Variable):
    """What ``functools.cmp_to_key(function)`` makes of a value: ordered by the function."""

    __slots__ = ("function", "value")

    def __init__(self, function: Variable, value: Variable) -> None:
        super().__init__(None)
        self.function = function
        self.value = value

    def python_type(self) -> type:
        return type(functools.cmp_to_key(_no_order)(0))

    def parts(self) -> List[Variable]:
        return [self.function, self.value]

    def rebuild(self, writer: ResidualWriter) -> None:
        writer.constant(functools.cmp_to_key)
        writer.load(self.function)
        writer.add(Op.CALL, (1, ()))
        writer.load(self.value)
        writer.add(Op.CALL, (1, ()))

    def __repr__(self) -> str:
        return f"CompareKeyVariable({self.value!r})"


def _no_order(one: object, two: object) -> int:
    return 0
