"""The internal instruction set: one closed enum of operations, shared by every CPython.

Stack effects are written as CPython writes them in ``Python/bytecodes.c``:
``(before -- after)``, the top of the stack on the right. Only *real* values are
on the stack: NULLs, the ``lasti`` and traceback slots of a handler, 3.8's
``finally`` return addresses and the saved binding of an inlined comprehension
are ghosts that decode removes and emit puts back.
"""

from __future__ import annotations

import enum
from typing import Any, NamedTuple, Optional, Union

__all__ = ["Handler", "Instr", "Item", "Label", "Op", "Position"]


class Op(enum.Enum):
    """Every internal operation. The comment gives the operand and ``(pops -- pushes)``."""

    #: Enum's own hash hashes the name, which is slow; members are compared by identity.
    __hash__ = object.__hash__

    # -- stack
    POP = "POP"  # -            (v --)
    COPY = "COPY"  # i          (-- v)  i = 1 copies the top
    SWAP = "SWAP"  # i          (..)    exchanges the top with the i-th from the top, i >= 2

    # -- loads and stores
    LOAD_CONST = "LOAD_CONST"  # value (-- v)  type-exact
    LOAD_LOCAL = "LOAD_LOCAL"  # name (-- v)
    STORE_LOCAL = "STORE_LOCAL"  # name (v --)
    DELETE_LOCAL = "DELETE_LOCAL"  # name (--)
    SAVE_LOCAL = "SAVE_LOCAL"  # name (--)  opens a scope: keeps the binding aside, unbinds the name
    SAVE_CELL = "SAVE_CELL"  # name (cell --)  opens a scope that keeps this cell aside
    RESTORE_LOCAL = "RESTORE_LOCAL"  # name (--)  closes that scope
    LOAD_CELL = "LOAD_CELL"  # name (-- cell)
    LOAD_DEREF = "LOAD_DEREF"  # name (-- v)
    STORE_DEREF = "STORE_DEREF"  # name (v --)
    DELETE_DEREF = "DELETE_DEREF"  # name (--)
    LOAD_CLASSDEREF = "LOAD_CLASSDEREF"  # name (mapping -- v)  mapping first, then the cell
    LOAD_NAME = "LOAD_NAME"  # name (-- v)
    STORE_NAME = "STORE_NAME"  # name (v --)
    DELETE_NAME = "DELETE_NAME"  # name (--)
    LOAD_NAME_FROM = "LOAD_NAME_FROM"  # name (mapping -- v)  mapping, then globals, then builtins
    LOAD_GLOBAL = "LOAD_GLOBAL"  # name (-- v)
    STORE_GLOBAL = "STORE_GLOBAL"  # name (v --)
    DELETE_GLOBAL = "DELETE_GLOBAL"  # name (--)
    LOAD_LOCALS = "LOAD_LOCALS"  # - (-- mapping)
    LOAD_BUILD_CLASS = "LOAD_BUILD_CLASS"  # - (-- f)
    LOAD_ASSERTION_ERROR = "LOAD_ASSERTION_ERROR"  # - (-- type)
    LOAD_COMMON_CONSTANT = "LOAD_COMMON_CONSTANT"  # name of a builtin: "NotImplementedError" (-- v)
    SETUP_ANNOTATIONS = "SETUP_ANNOTATIONS"  # - (--)
    LOAD_ATTR = "LOAD_ATTR"  # name (obj -- v)
    STORE_ATTR = "STORE_ATTR"  # name (v, obj --)
    DELETE_ATTR = "DELETE_ATTR"  # name (obj --)
    LOAD_SUBSCR = "LOAD_SUBSCR"  # - (obj, key -- v)
    STORE_SUBSCR = "STORE_SUBSCR"  # - (v, obj, key --)
    DELETE_SUBSCR = "DELETE_SUBSCR"  # - (obj, key --)

    # -- operators
    UNARY = "UNARY"  # "+" "-" "~" "not" (v -- v)
    BINARY = "BINARY"  # (operator, inplace) (a, b -- v)  operator without "=": ("+", False)
    COMPARE = "COMPARE"  # "<" "<=" "==" "!=" ">" ">=" (a, b -- v)
    CONTAINS = "CONTAINS"  # invert (item, container -- bool)
    IS = "IS"  # invert (a, b -- bool)

    # -- calls
    CALL = "CALL"  # (n, kwnames) (f, a1..an -- v)  the last len(kwnames) values are keywords
    CALL_EX = "CALL_EX"  # has_kwargs (f, args[, kwargs] -- v)

    # -- containers
    BUILD_TUPLE = "BUILD_TUPLE"  # n (v1..vn -- v)
    BUILD_LIST = "BUILD_LIST"  # n
    BUILD_SET = "BUILD_SET"  # n
    BUILD_STRING = "BUILD_STRING"  # n
    BUILD_SLICE = "BUILD_SLICE"  # n = 2 or 3
    BUILD_MAP = "BUILD_MAP"  # n (k1, v1..kn, vn -- v)
    BUILD_CONST_KEY_MAP = "BUILD_CONST_KEY_MAP"  # keys (v1..vn -- v)
    BUILD_UNPACK = "BUILD_UNPACK"  # (kind, n), 3.8's BUILD_*_UNPACK: list set tuple map kwmap
    LIST_APPEND = "LIST_APPEND"  # i (v --)  into the i-th from the top, counted after the pop
    SET_ADD = "SET_ADD"  # i (v --)
    MAP_ADD = "MAP_ADD"  # i (k, v --)
    LIST_EXTEND = "LIST_EXTEND"  # i (v --)
    SET_UPDATE = "SET_UPDATE"  # i (v --)
    DICT_UPDATE = "DICT_UPDATE"  # i (v --)
    DICT_MERGE = (
        "DICT_MERGE"  # i (v --)  raises on a repeated key; the callable is 2 below the dict
    )
    LIST_TO_TUPLE = "LIST_TO_TUPLE"  # - (v -- v)
    CONVERT = "CONVERT"  # "s" "r" "a" (v -- str)
    FORMAT = "FORMAT"  # has_spec (v[, spec] -- str)
    BUILD_INTERPOLATION = (
        "BUILD_INTERPOLATION"  # (conversion, has_spec) (v, expression[, spec] -- interpolation)
    )
    BUILD_TEMPLATE = "BUILD_TEMPLATE"  # - (strings, interpolations -- template)
    UNPACK_SEQUENCE = "UNPACK_SEQUENCE"  # n (v -- vn..v1)
    UNPACK_EX = "UNPACK_EX"  # (before, after) (v -- ..)
    MAKE_FUNCTION = "MAKE_FUNCTION"  # flags ([defaults][kwdefaults][annotations or annotate][closure], code -- f)

    # -- control
    JUMP = "JUMP"  # Label (--)
    BRANCH = "BRANCH"  # (Label if true, Label if false) (v --)
    GET_ITER = "GET_ITER"  # - (v -- iterator)
    FOR_ITER = "FOR_ITER"  # Label of the end (iterator -- iterator, v); at the end (iterator --)
    RETURN = "RETURN"  # - (v --)
    RAISE = "RAISE"  # n (exc[, cause] --)
    RERAISE = "RERAISE"  # - (exc --)

    # -- handlers
    ENTER_HANDLER = "ENTER_HANDLER"  # - (exc -- exc)  opens a scope: exc becomes the handled one
    POP_EXCEPT = "POP_EXCEPT"  # - (--)  closes that scope
    CHECK_EXC_MATCH = "CHECK_EXC_MATCH"  # - (exc, type -- exc, bool)
    CHECK_EG_MATCH = "CHECK_EG_MATCH"  # - (exc, type -- rest, match)
    PREP_RERAISE_STAR = "PREP_RERAISE_STAR"  # - (orig, excs -- exc)
    WITH_ENTER = "WITH_ENTER"  # - (manager -- exit, value)
    WITH_EXCEPT_START = "WITH_EXCEPT_START"  # - (exit, exc -- exit, exc, result)

    # -- generators and coroutines
    YIELD = "YIELD"  # - (v -- sent)
    YIELD_FROM = "YIELD_FROM"  # - (iterator, v -- result)
    GET_YIELD_FROM_ITER = "GET_YIELD_FROM_ITER"  # - (v -- iterator)
    GET_AWAITABLE = "GET_AWAITABLE"  # 0, 1 after __aenter__, 2 after __aexit__ (v -- iterator)
    GET_AITER = "GET_AITER"  # - (v -- aiter)
    GET_ANEXT = "GET_ANEXT"  # - (aiter -- aiter, awaitable)
    END_ASYNC_FOR = "END_ASYNC_FOR"  # - (aiter, exc --)
    ASYNC_WITH_ENTER = "ASYNC_WITH_ENTER"  # - (manager -- exit, awaitable)
    CLEANUP_THROW = "CLEANUP_THROW"  # - (exc -- value)

    # -- imports, patterns, type parameters
    IMPORT_NAME = "IMPORT_NAME"  # name (level, fromlist -- module)
    IMPORT_FROM = "IMPORT_FROM"  # name (module -- module, v)
    IMPORT_STAR = "IMPORT_STAR"  # - (module --)
    GET_LEN = "GET_LEN"  # - (v -- v, len)
    MATCH_MAPPING = "MATCH_MAPPING"  # - (v -- v, bool)
    MATCH_SEQUENCE = "MATCH_SEQUENCE"  # - (v -- v, bool)
    MATCH_KEYS = "MATCH_KEYS"  # - (v, keys -- v, keys, values or None)
    MATCH_CLASS = "MATCH_CLASS"  # n (v, type, names -- attributes or None)
    COPY_DICT_WITHOUT_KEYS = "COPY_DICT_WITHOUT_KEYS"  # - (v, keys -- v, rest)
    INTRINSIC = "INTRINSIC"  # name: TYPEVAR PARAMSPEC .. PRINT_EXPR (1 or 2 values -- v)


class Position(NamedTuple):
    """A source range as ``code.co_positions()`` gives it; ``None`` where unknown."""

    lineno: Optional[int] = None
    end_lineno: Optional[int] = None
    col_offset: Optional[int] = None
    end_col_offset: Optional[int] = None


class Label:
    """A place in a program, compared by identity.

    Args:
        name: for messages.
        place: a hint: several labels with one place, which is not negative, stood at one
            instruction that was decoded several times (3.8's ``finally``).
    """

    __slots__ = ("name", "place")

    def __init__(self, name: str = "", place: int = -1) -> None:
        self.name = name
        self.place = place

    def __repr__(self) -> str:
        return f"Label({self.name or hex(id(self))})"


class Handler(NamedTuple):
    """Where an exception raised by an instruction goes.

    The stack is cut to its ``depth`` lowest real values, scopes (ENTER_HANDLER,
    SAVE_LOCAL, SAVE_CELL) opened beyond the ``scopes`` outermost are dropped, and the
    exception is pushed.
    """

    label: Label
    depth: int
    scopes: int


class Instr:
    """One internal instruction.

    Args:
        op: what it does.
        arg: its operand as the comment in :class:`Op` says; ``None`` without one.
        handler: where an exception goes; ``None`` leaves the frame.
        position: its source range.
        spelling: how the version it was decoded from wrote it. Equality ignores
            it; emit follows it where it is valid.
    """

    __slots__ = ("arg", "handler", "op", "position", "spelling")

    def __init__(
        self,
        op: Op,
        arg: Any = None,
        handler: Optional[Handler] = None,
        position: Position = Position(),
        spelling: Any = None,
    ) -> None:
        self.op = op
        self.arg = arg
        self.handler = handler
        self.position = position
        self.spelling = spelling

    def __repr__(self) -> str:
        text = self.op.value if self.arg is None else f"{self.op.value} {self.arg!r}"
        return f"<{text}>"


#: What a program's body is made of.
Item = Union[Instr, Label]
