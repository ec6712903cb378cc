"""What each operation takes from the stack and leaves on it: data for verify, decode and emit."""

from __future__ import annotations

from typing import Any, Callable, Dict, NamedTuple, Union

from .instr import Op

__all__ = ["CANNOT_RAISE", "EFFECTS", "TERMINAL", "Effect", "effect"]


class Effect(NamedTuple):
    """``needs`` values must be there, ``pops`` of them go, ``pushes`` come."""

    needs: int
    pops: int
    pushes: int


def _e(pops: int, pushes: int, needs: int = 0) -> Effect:
    return Effect(max(pops, needs), pops, pushes)


def _popcount(flags: int) -> int:
    return bin(flags & 31).count("1")


#: Intrinsics of two arguments (``CALL_INTRINSIC_2``).
TWO_ARGUMENTS = frozenset(
    {
        "TYPEVAR_BOUND",
        "TYPEVAR_CONSTRAINTS",
        "SET_FUNCTION_TYPE_PARAMS",
        "SET_TYPEPARAM_DEFAULT",
    }
)

#: What depends on the operand is a function of it.
EFFECTS: Dict[Op, Union[Effect, Callable[[Any], Effect]]] = {
    Op.POP: _e(1, 0),
    Op.COPY: lambda i: _e(0, 1, i),
    Op.SWAP: lambda i: _e(0, 0, i),
    Op.LOAD_CONST: _e(0, 1),
    Op.LOAD_LOCAL: _e(0, 1),
    Op.STORE_LOCAL: _e(1, 0),
    Op.DELETE_LOCAL: _e(0, 0),
    Op.SAVE_LOCAL: _e(0, 0),
    Op.SAVE_CELL: _e(1, 0),
    Op.RESTORE_LOCAL: _e(0, 0),
    Op.LOAD_CELL: _e(0, 1),
    Op.LOAD_DEREF: _e(0, 1),
    Op.STORE_DEREF: _e(1, 0),
    Op.DELETE_DEREF: _e(0, 0),
    Op.LOAD_CLASSDEREF: _e(1, 1),
    Op.LOAD_NAME: _e(0, 1),
    Op.STORE_NAME: _e(1, 0),
    Op.DELETE_NAME: _e(0, 0),
    Op.LOAD_NAME_FROM: _e(1, 1),
    Op.LOAD_GLOBAL: _e(0, 1),
    Op.STORE_GLOBAL: _e(1, 0),
    Op.DELETE_GLOBAL: _e(0, 0),
    Op.LOAD_LOCALS: _e(0, 1),
    Op.LOAD_BUILD_CLASS: _e(0, 1),
    Op.LOAD_ASSERTION_ERROR: _e(0, 1),
    Op.LOAD_COMMON_CONSTANT: _e(0, 1),
    Op.SETUP_ANNOTATIONS: _e(0, 0),
    Op.LOAD_ATTR: _e(1, 1),
    Op.STORE_ATTR: _e(2, 0),
    Op.DELETE_ATTR: _e(1, 0),
    Op.LOAD_SUBSCR: _e(2, 1),
    Op.STORE_SUBSCR: _e(3, 0),
    Op.DELETE_SUBSCR: _e(2, 0),
    Op.UNARY: _e(1, 1),
    Op.BINARY: _e(2, 1),
    Op.COMPARE: _e(2, 1),
    Op.CONTAINS: _e(2, 1),
    Op.IS: _e(2, 1),
    Op.CALL: lambda arg: _e(arg[0] + 1, 1),
    Op.CALL_EX: lambda has_kwargs: _e(3 if has_kwargs else 2, 1),
    Op.BUILD_TUPLE: lambda n: _e(n, 1),
    Op.BUILD_LIST: lambda n: _e(n, 1),
    Op.BUILD_SET: lambda n: _e(n, 1),
    Op.BUILD_STRING: lambda n: _e(n, 1),
    Op.BUILD_SLICE: lambda n: _e(n, 1),
    Op.BUILD_MAP: lambda n: _e(2 * n, 1),
    Op.BUILD_CONST_KEY_MAP: lambda keys: _e(len(keys), 1),
    # 3.8 names the callable, below the operands, in what it raises.
    Op.BUILD_UNPACK: lambda arg: _e(arg[1], 1, arg[1] + {"args": 1, "kwmap": 2}.get(arg[0], 0)),
    Op.LIST_APPEND: lambda i: _e(1, 0, i + 1),
    Op.SET_ADD: lambda i: _e(1, 0, i + 1),
    Op.MAP_ADD: lambda i: _e(2, 0, i + 2),
    Op.LIST_EXTEND: lambda i: _e(1, 0, i + 1),
    Op.SET_UPDATE: lambda i: _e(1, 0, i + 1),
    Op.DICT_UPDATE: lambda i: _e(1, 0, i + 1),
    Op.DICT_MERGE: lambda i: _e(1, 0, i + 3),
    Op.LIST_TO_TUPLE: _e(1, 1),
    Op.CONVERT: _e(1, 1),
    Op.FORMAT: lambda has_spec: _e(2 if has_spec else 1, 1),
    Op.BUILD_INTERPOLATION: lambda arg: _e(3 if arg[1] else 2, 1),
    Op.BUILD_TEMPLATE: _e(2, 1),
    Op.UNPACK_SEQUENCE: lambda n: _e(1, n),
    Op.UNPACK_EX: lambda arg: _e(1, arg[0] + 1 + arg[1]),
    Op.MAKE_FUNCTION: lambda flags: _e(1 + _popcount(flags), 1),
    Op.JUMP: _e(0, 0),
    Op.BRANCH: _e(1, 0),
    Op.GET_ITER: _e(1, 1),
    Op.FOR_ITER: _e(0, 1, 1),  # at the end: (1, 0)
    Op.RETURN: _e(1, 0),
    Op.RAISE: lambda n: _e(n, 0),
    Op.RERAISE: _e(1, 0),
    Op.ENTER_HANDLER: _e(0, 0, 1),
    Op.POP_EXCEPT: _e(0, 0),
    Op.CHECK_EXC_MATCH: _e(1, 1, 2),
    Op.CHECK_EG_MATCH: _e(2, 2),
    Op.PREP_RERAISE_STAR: _e(2, 1),
    Op.WITH_ENTER: _e(1, 2),
    Op.WITH_EXCEPT_START: _e(0, 1, 2),
    Op.YIELD: _e(1, 1),
    Op.YIELD_FROM: _e(2, 1),
    Op.GET_YIELD_FROM_ITER: _e(1, 1),
    Op.GET_AWAITABLE: _e(1, 1),
    Op.GET_AITER: _e(1, 1),
    Op.GET_ANEXT: _e(0, 1, 1),
    Op.END_ASYNC_FOR: _e(2, 0),
    Op.ASYNC_WITH_ENTER: _e(1, 2),
    Op.CLEANUP_THROW: _e(1, 1),
    Op.IMPORT_NAME: _e(2, 1),
    Op.IMPORT_FROM: _e(0, 1, 1),
    Op.IMPORT_STAR: _e(1, 0),
    Op.GET_LEN: _e(0, 1, 1),
    Op.MATCH_MAPPING: _e(0, 1, 1),
    Op.MATCH_SEQUENCE: _e(0, 1, 1),
    Op.MATCH_KEYS: _e(0, 1, 2),
    Op.MATCH_CLASS: _e(3, 1),
    Op.COPY_DICT_WITHOUT_KEYS: _e(1, 1, 2),
    Op.INTRINSIC: lambda name: _e(2 if name in TWO_ARGUMENTS else 1, 1),
}

#: After these nothing follows.
TERMINAL = frozenset({Op.JUMP, Op.BRANCH, Op.RETURN, Op.RAISE, Op.RERAISE})

#: These raise nothing, whatever the values are (a LOAD_LOCAL of a bound name neither).
CANNOT_RAISE = frozenset(
    {
        Op.POP,
        Op.COPY,
        Op.SWAP,
        Op.LOAD_CONST,
        Op.STORE_LOCAL,
        Op.SAVE_LOCAL,
        Op.SAVE_CELL,
        Op.RESTORE_LOCAL,
        Op.LOAD_CELL,
        Op.STORE_DEREF,
        Op.JUMP,
        Op.RETURN,
        Op.ENTER_HANDLER,
        Op.POP_EXCEPT,
        Op.BUILD_TUPLE,
        Op.BUILD_LIST,
        Op.IS,
        Op.LOAD_ASSERTION_ERROR,
        Op.LOAD_COMMON_CONSTANT,
    }
)


def effect(op: Op, arg: Any = None) -> Effect:
    """What an operation does with the stack; raises TypeError or similar on a bad operand."""
    entry = EFFECTS[op]
    return entry if isinstance(entry, Effect) else entry(arg)
