"""Callables made in the frame, and what a call needs to know of them."""

from __future__ import annotations

import types
from typing import Any, Dict, Optional, Tuple

from ...source import Source
from .base import Variable
from .plain import NullVariable

__all__ = ["CellVariable", "FunctionVariable", "MethodVariable", "SuperVariable"]


class CellVariable(Variable):
    """A closure cell: one object shared by every function that closes over it."""

    __slots__ = ("contents",)

    def __init__(
        self, contents: Optional[Variable] = None, source: Optional[Source] = None
    ) -> None:
        super().__init__(source)
        self.contents: Variable = NullVariable() if contents is None else contents

    def python_type(self) -> type:
        return types.CellType

    def __repr__(self) -> str:
        return f"CellVariable({self.contents!r})"


class FunctionVariable(Variable):
    """A Python function whose parts are known; from outside, or made by MAKE_FUNCTION.

    Args:
        code: its code object.
        globals: the dict its global names are looked up in.
        defaults: values of the last positional parameters.
        kwdefaults: values of keyword-only parameters by name.
        closure: one cell per free variable of ``code``.
        function: the function object, when it exists already.
    """

    __slots__ = (
        "annotations",
        "attributes",
        "closure",
        "code",
        "defaults",
        "function",
        "globals",
        "kwdefaults",
        "name",
        "pinned",
        "spelling",
    )

    def __init__(
        self,
        code: types.CodeType,
        globals: Dict[str, Any],
        defaults: Tuple[Variable, ...] = (),
        kwdefaults: Optional[Dict[str, Variable]] = None,
        closure: Tuple[CellVariable, ...] = (),
        function: Optional[types.FunctionType] = None,
        source: Optional[Source] = None,
    ) -> None:
        super().__init__(source)
        self.code = code
        self.name = code.co_name
        self.globals = globals
        self.defaults = defaults
        self.kwdefaults = kwdefaults or {}
        self.closure = closure
        self.function = function
        #: Whether a guard fixes its identity; otherwise only its parts are guarded.
        self.pinned = True
        #: How its MAKE_FUNCTION was written: up to 3.10 the qualified name is only there.
        self.spelling: Any = None
        self.annotations: Optional[Variable] = None
        self.attributes: Dict[str, Variable] = {}

    def python_type(self) -> type:
        return types.FunctionType

    def as_constant(self) -> Any:
        if self.function is None or not self.pinned:
            return super().as_constant()
        return self.function

    def __repr__(self) -> str:
        return f"FunctionVariable({self.name})"


class MethodVariable(Variable):
    """A callable bound to its first argument.

    Args:
        receiver: the bound object.
        function: what is called with it in front: a variable, or for the methods
            of built-in types their name.
        name: the attribute it was found under.
    """

    __slots__ = ("function", "name", "receiver")

    def __init__(
        self,
        receiver: Variable,
        function: Optional[Variable],
        name: str,
        source: Optional[Source] = None,
    ) -> None:
        super().__init__(source)
        self.receiver = receiver
        self.function = function
        self.name = name

    def python_type(self) -> type:
        return types.MethodType if self.function is not None else types.BuiltinMethodType

    def __repr__(self) -> str:
        return f"MethodVariable({self.name})"


class SuperVariable(Variable):
    """``super(cls, receiver)``."""

    __slots__ = ("cls", "receiver")

    def __init__(self, cls: type, receiver: Variable) -> None:
        super().__init__(None)
        self.cls = cls
        self.receiver = receiver

    def python_type(self) -> type:
        return super

    def __repr__(self) -> str:
        return f"SuperVariable({self.cls.__name__})"
