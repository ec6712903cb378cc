"""``verify(program)``: the rules every program keeps, as a table.

Run after decode and before emit, so that a mistake in between shows where it is made.
"""

from __future__ import annotations

from typing import Any, Callable, Dict, Tuple

from ..errors import InvalidProgram
from .effects import TWO_ARGUMENTS
from .flow import State, stack_depths
from .instr import Handler, Instr, Label, Op
from .program import Program, cell_operands

__all__ = ["checked_states", "verify"]

_OPERATORS = frozenset({"+", "-", "*", "@", "/", "//", "%", "**", "<<", ">>", "&", "|", "^"})
_COMPARISONS = frozenset({"<", "<=", "==", "!=", ">", ">="})
_INTRINSICS = TWO_ARGUMENTS | {
    "PARAMSPEC",
    "PRINT_EXPR",
    "STOPITERATION_ERROR",
    "SUBSCRIPT_GENERIC",
    "TYPEALIAS",
    "TYPEVAR",
    "TYPEVARTUPLE",
}
_UNPACK_KINDS = frozenset({"list", "set", "tuple", "map", "kwmap", "args"})


def _nothing(arg: Any) -> bool:
    return arg is None


def _name(arg: Any) -> bool:
    return type(arg) is str


def _count(arg: Any) -> bool:
    return type(arg) is int and arg >= 0


def _place(arg: Any) -> bool:
    return type(arg) is int and arg >= 1


def _flag(arg: Any) -> bool:
    return type(arg) is bool


def _label(arg: Any) -> bool:
    return isinstance(arg, Label)


def _call(arg: Any) -> bool:
    return (
        type(arg) is tuple
        and len(arg) == 2
        and _count(arg[0])
        and type(arg[1]) is tuple
        and len(arg[1]) <= arg[0]
        and all(_name(name) for name in arg[1])
    )


def _two_counts(arg: Any) -> bool:
    return type(arg) is tuple and len(arg) == 2 and _count(arg[0]) and _count(arg[1])


def _one_of(*values: Any) -> Callable[[Any], bool]:
    return lambda arg: any(type(arg) is type(value) and arg == value for value in values)


#: What an operand must be: ``(what it is called in a message, the check)``.
_Rule = Tuple[str, Callable[[Any], bool]]
NOTHING: _Rule = ("nothing", _nothing)
NAME: _Rule = ("a name", _name)
COUNT: _Rule = ("a count", _count)
PLACE: _Rule = ("a place from the top, 1 or more", _place)
FLAG: _Rule = ("True or False", _flag)
LABEL: _Rule = ("a Label", _label)

OPERANDS: Dict[Op, _Rule] = dict.fromkeys(Op, NOTHING)
OPERANDS.update(
    dict.fromkeys(
        (
            Op.LOAD_LOCAL,
            Op.STORE_LOCAL,
            Op.DELETE_LOCAL,
            Op.SAVE_LOCAL,
            Op.SAVE_CELL,
            Op.RESTORE_LOCAL,
            Op.LOAD_CELL,
            Op.LOAD_DEREF,
            Op.STORE_DEREF,
            Op.DELETE_DEREF,
            Op.LOAD_CLASSDEREF,
            Op.LOAD_NAME,
            Op.STORE_NAME,
            Op.DELETE_NAME,
            Op.LOAD_NAME_FROM,
            Op.LOAD_GLOBAL,
            Op.STORE_GLOBAL,
            Op.DELETE_GLOBAL,
            Op.LOAD_ATTR,
            Op.STORE_ATTR,
            Op.DELETE_ATTR,
            Op.IMPORT_NAME,
            Op.IMPORT_FROM,
        ),
        NAME,
    )
)
OPERANDS.update(
    dict.fromkeys(
        (
            Op.BUILD_TUPLE,
            Op.BUILD_LIST,
            Op.BUILD_SET,
            Op.BUILD_STRING,
            Op.BUILD_MAP,
            Op.UNPACK_SEQUENCE,
            Op.MATCH_CLASS,
        ),
        COUNT,
    )
)
OPERANDS.update(
    dict.fromkeys(
        (
            Op.COPY,
            Op.LIST_APPEND,
            Op.SET_ADD,
            Op.MAP_ADD,
            Op.LIST_EXTEND,
            Op.SET_UPDATE,
            Op.DICT_UPDATE,
            Op.DICT_MERGE,
        ),
        PLACE,
    )
)
OPERANDS.update(dict.fromkeys((Op.CONTAINS, Op.IS, Op.CALL_EX, Op.FORMAT), FLAG))
OPERANDS.update(
    {
        Op.SWAP: ("a place from the top, 2 or more", lambda arg: _place(arg) and arg >= 2),
        Op.LOAD_CONST: ("any value", lambda arg: True),
        Op.LOAD_COMMON_CONSTANT: (
            "NotImplementedError, tuple, all or any",
            _one_of("NotImplementedError", "tuple", "all", "any"),
        ),
        Op.UNARY: ("+, -, ~ or not", _one_of("+", "-", "~", "not")),
        Op.BINARY: (
            "(operator, inplace)",
            lambda arg: (
                type(arg) is tuple and len(arg) == 2 and arg[0] in _OPERATORS and _flag(arg[1])
            ),
        ),
        Op.COMPARE: ("a comparison", lambda arg: _name(arg) and arg in _COMPARISONS),
        Op.CALL: ("(n, names of the last values)", _call),
        Op.BUILD_SLICE: ("2 or 3", _one_of(2, 3)),
        Op.BUILD_CONST_KEY_MAP: ("a tuple of keys", lambda arg: type(arg) is tuple),
        Op.BUILD_UNPACK: (
            "(kind, n)",
            lambda arg: (
                type(arg) is tuple and len(arg) == 2 and arg[0] in _UNPACK_KINDS and _count(arg[1])
            ),
        ),
        Op.CONVERT: ("s, r or a", _one_of("s", "r", "a")),
        Op.UNPACK_EX: ("(before, after)", _two_counts),
        Op.BUILD_INTERPOLATION: (
            "(conversion, has_spec)",
            lambda arg: (
                type(arg) is tuple
                and len(arg) == 2
                and arg[0] in ("", "s", "r", "a")
                and _flag(arg[1])
            ),
        ),
        # 4 annotations, 16 a function that makes them (PEP 649)
        Op.MAKE_FUNCTION: (
            "flags 0 to 31, not both 4 and 16",
            lambda arg: _count(arg) and arg < 32 and arg & 20 != 20,
        ),
        Op.JUMP: LABEL,
        Op.FOR_ITER: LABEL,
        Op.BRANCH: (
            "(Label, Label)",
            lambda arg: type(arg) is tuple and len(arg) == 2 and _label(arg[0]) and _label(arg[1]),
        ),
        Op.RAISE: ("0, 1 or 2", _one_of(0, 1, 2)),
        Op.GET_AWAITABLE: ("0, 1 or 2", _one_of(0, 1, 2)),
        Op.INTRINSIC: ("an intrinsic's name", lambda arg: _name(arg) and arg in _INTRINSICS),
    }
)

#: Operations whose name must be a cell or free variable.
_CELL_OPS = frozenset(
    {Op.LOAD_CELL, Op.LOAD_DEREF, Op.STORE_DEREF, Op.DELETE_DEREF, Op.LOAD_CLASSDEREF}
)


def verify(program: Program) -> None:
    """Check a program.

    Operands have the right types, cells exist, labels stand once, the stack is equally deep
    and the same scopes are open wherever paths meet, handlers keep no more than there is,
    and control never runs off the end.

    Raises:
        InvalidProgram: with the reason and the line.
    """
    checked_states(program)


def checked_states(program: Program) -> Dict[int, State]:
    """:func:`verify`, and what it found out: the state before each item."""
    cells = set(cell_operands(program.cellvars, program.freevars))
    rules = OPERANDS
    last = None
    for item in program.items:
        if isinstance(item, Label):
            continue
        if not isinstance(item, Instr):
            raise InvalidProgram(f"{item!r} is neither an Instr nor a Label")
        arg = item.arg
        rule = rules[item.op]
        if rule is NAME:  # most are: without a call
            if type(arg) is not str:
                raise _invalid(item, f"{item.op.value} takes {rule[0]}, not {arg!r}")
            if item.op in _CELL_OPS and arg not in cells:
                raise _invalid(item, f"{item.op.value} {arg}: no cell of this name")
        elif not rule[1](arg):
            raise _invalid(item, f"{item.op.value} takes {rule[0]}, not {arg!r}")
        handler = item.handler
        if handler is not last:  # those of a region share one
            if handler is not None and not (
                isinstance(handler, Handler) and _count(handler.depth) and _count(handler.scopes)
            ):
                raise _invalid(item, f"{item.op.value}: {handler!r} is no Handler")
            last = handler
    return stack_depths(program)


def _invalid(instr: Instr, reason: str) -> InvalidProgram:
    return InvalidProgram(reason, lineno=instr.position.lineno)
