"""Callables made in the frame, and what a call needs to know of them."""

from __future__ import annotations

import types
from typing import TYPE_CHECKING, Any, Dict, List, Optional, Tuple

from ...ir.instr import Op
from ...source import Source
from .base import Variable
from .containers import DictVariable, SequenceVariable
from .plain import NullVariable

if TYPE_CHECKING:
    from ..breaking.residual import ResidualWriter

__all__ = [
    "CellVariable",
    "FunctionDictVariable",
    "FunctionVariable",
    "MethodVariable",
    "SuperVariable",
]


class CellVariable(Variable):
    """A closure cell: one object shared by every function that closes over it.

    ``written``: capture has bound or unbound it, so that an empty one is known to be empty.
    """

    __slots__ = ("contents", "written")

    def __init__(
        self, contents: Optional[Variable] = None, source: Optional[Source] = None
    ) -> None:
        super().__init__(source)
        self.contents: Variable = NullVariable() if contents is None else contents
        self.written = False

    def python_type(self) -> type:
        return types.CellType

    def parts(self) -> List[Variable]:
        return [] if self.source is not None else [self.contents]

    def rebuild(self, writer: ResidualWriter) -> None:
        # Empty at first: what it holds may be a function that closes over it.
        writer.constant(types.CellType)
        writer.add(Op.CALL, (0, ()))
        if not isinstance(self.contents, NullVariable):
            writer.fill_later(self)

    def complete(self, writer: ResidualWriter, name: str) -> None:
        writer.load(self.contents)
        writer.add(Op.LOAD_LOCAL, name)
        writer.add(Op.STORE_ATTR, "cell_contents")

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
        "stored",
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
        #: What ``__dict__`` of a function made in the frame holds.
        self.attributes: Dict[str, Variable] = {}
        #: What was assigned to the attributes that aren't in it, such as ``__name__``.
        self.stored: Dict[str, Variable] = {}

    def python_type(self) -> type:
        return types.FunctionType

    def as_constant(self) -> Any:
        if self.function is None or not self.pinned:
            return super().as_constant()
        return self.function

    def parts(self) -> List[Variable]:
        if self.function is not None:
            return []
        parts = [*self.defaults, *self.kwdefaults.values(), *self.closure]
        if self.annotations is not None:
            parts.append(self.annotations)
        return [*parts, *self.stored.values(), *self.attributes.values()]

    def rebuild(self, writer: ResidualWriter) -> None:
        if self.function is not None:
            writer.constant(self.function)
            return
        if self.globals is writer.machine.root_globals:
            self._make(writer)
        else:
            self._make_elsewhere(writer)
        for key, item in [*self.stored.items(), *self.attributes.items()]:
            writer.add(Op.COPY, 1)
            writer.load(item)
            writer.add(Op.SWAP, 2)
            writer.add(Op.STORE_ATTR, key)

    def _make(self, writer: ResidualWriter) -> None:
        flags = 0
        if self.defaults:
            flags |= 1
            for item in self.defaults:
                writer.load(item)
            writer.add(Op.BUILD_TUPLE, len(self.defaults))
        if self.kwdefaults:
            flags |= 2
            for key, item in self.kwdefaults.items():
                writer.constant(key)
                writer.load(item)
            writer.add(Op.BUILD_MAP, len(self.kwdefaults))
        if self.annotations is not None:
            flags |= 4
            writer.load(self.annotations)
        if self.closure:
            flags |= 8
            for cell in self.closure:
                writer.load(cell)
            writer.add(Op.BUILD_TUPLE, len(self.closure))
        writer.constant(self.code)
        writer.add(Op.MAKE_FUNCTION, flags).spelling = self.spelling

    def _make_elsewhere(self, writer: ResidualWriter) -> None:
        """Its global names are another module's: MAKE_FUNCTION would give it this frame's."""
        writer.constant(types.FunctionType)
        writer.constant(self.code)
        writer.constant(self.globals)
        writer.constant(self.code.co_name)
        for parts in (self.defaults, self.closure):
            if not parts:
                writer.constant(None)
                continue
            for part in parts:
                writer.load(part)
            writer.add(Op.BUILD_TUPLE, len(parts))
        writer.add(Op.CALL, (5, ()))
        if not hasattr(self.code, "co_qualname"):
            writer.add(Op.COPY, 1)
            writer.constant(self.spelling.note)  # up to 3.10 it is only there
            writer.add(Op.SWAP, 2)
            writer.add(Op.STORE_ATTR, "__qualname__")
        if self.kwdefaults:
            writer.add(Op.COPY, 1)
            for key, item in self.kwdefaults.items():
                writer.constant(key)
                writer.load(item)
            writer.add(Op.BUILD_MAP, len(self.kwdefaults))
            writer.add(Op.SWAP, 2)
            writer.add(Op.STORE_ATTR, "__kwdefaults__")
        if self.annotations is not None:
            writer.add(Op.COPY, 1)
            self._load_annotations(writer)
            writer.add(Op.SWAP, 2)
            writer.add(Op.STORE_ATTR, "__annotations__")

    def _load_annotations(self, writer: ResidualWriter) -> None:
        """As a dict: from 3.10 on they are a tuple of names and values until they are asked for."""
        if isinstance(self.annotations, SequenceVariable):
            flat = self.annotations.items
            for item in flat:
                writer.load(item)
            writer.add(Op.BUILD_MAP, len(flat) // 2)
        else:
            assert self.annotations is not None
            writer.load(self.annotations)

    def __repr__(self) -> str:
        return f"FunctionVariable({self.name})"


class FunctionDictVariable(DictVariable):
    """``__dict__`` of a function made in the frame: the very attributes that it has."""

    __slots__ = ("function",)

    def __init__(self, function: FunctionVariable) -> None:
        super().__init__({})
        self.items = function.attributes
        self.function = function

    def parts(self) -> List[Variable]:
        return [self.function]

    def rebuild(self, writer: ResidualWriter) -> None:
        writer.load(self.function)
        writer.add(Op.LOAD_ATTR, "__dict__")


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
        held = getattr(self.function, "value", None)
        if isinstance(held, types.WrapperDescriptorType):
            return types.MethodWrapperType
        if self.function is None or isinstance(held, types.MethodDescriptorType):
            return types.BuiltinMethodType
        return types.MethodType

    def parts(self) -> List[Variable]:
        return [self.receiver] if self.function is None else [self.receiver, self.function]

    def rebuild(self, writer: ResidualWriter) -> None:
        if self.function is None:
            writer.load(self.receiver)
            writer.add(Op.LOAD_ATTR, self.name)
        else:
            held = getattr(self.function, "value", None)
            if isinstance(held, (types.WrapperDescriptorType, types.MethodDescriptorType)):
                bind: Any = held.__get__
                writer.constant(bind)
                writer.load(self.receiver)
                writer.add(Op.CALL, (1, ()))
                return
            writer.constant(types.MethodType)
            writer.load(self.function)
            writer.load(self.receiver)
            writer.add(Op.CALL, (2, ()))

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

    def parts(self) -> List[Variable]:
        return [self.receiver]

    def rebuild(self, writer: ResidualWriter) -> None:
        writer.constant(super)
        writer.constant(self.cls)
        writer.load(self.receiver)
        writer.add(Op.CALL, (2, ()))

    def __repr__(self) -> str:
        return f"SuperVariable({self.cls.__name__})"
