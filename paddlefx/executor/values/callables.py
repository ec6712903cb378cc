"""Callables of ``functools`` made in the frame."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Dict, List

from ...ir.instr import Op
from .base import Variable

if TYPE_CHECKING:
    from ..breaking.residual import ResidualWriter

__all__ = ["ComparatorVariable", "CompareKeyVariable", "PartialVariable"]


class PartialVariable(Variable):
    """``functools.partial(function, *args, **kwargs)``."""

    __slots__ = ("args", "function", "kwargs")

    def __init__(
        self, function: Variable, args: List[Variable], kwargs: Dict[str, Variable]
    ) -> None:
        super().__init__(None)
        self.function = function
        self.args = args
        self.kwargs = kwargs

    def python_type(self) -> type:
        return functools.partial

    def parts(self) -> List[Variable]:
        return [self.function, *self.args, *self.kwargs.values()]

    def rebuild(self, writer: ResidualWriter) -> None:
        writer.constant(functools.partial)
        for part in self.parts():
            writer.load(part)
        writer.add(Op.CALL, (1 + len(self.args) + len(self.kwargs), tuple(self.kwargs)))

    def __repr__(self) -> str:
        return f"PartialVariable({self.function!r})"


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
