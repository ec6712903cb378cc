"""Rules: patterns, type parameters and what else CPython calls intrinsics."""

from __future__ import annotations

import dis
import sys
from typing import Any, Dict

from paddlefx.ir.effects import TWO_ARGUMENTS
from paddlefx.ir.instr import Op

from .frame import Frame
from .native import instruction, intrinsic
from .registry import rule

#: 1 where MATCH_KEYS and MATCH_CLASS also push whether they succeeded.
_TELLS = int("COPY_DICT_WITHOUT_KEYS" in dis.opmap)
_COROUTINE, _ASYNC_GENERATOR = 0x80, 0x200


@rule(Op.GET_LEN)
def _get_len(f: Frame, arg: Any) -> None:
    f.stack.append(len(f.stack[-1]))


@rule(Op.MATCH_MAPPING)
def _match_mapping(f: Frame, arg: Any) -> None:
    f.stack.append(instruction("MATCH_MAPPING", 0, f.stack[-1:], 2)[1])


@rule(Op.MATCH_SEQUENCE)
def _match_sequence(f: Frame, arg: Any) -> None:
    f.stack.append(instruction("MATCH_SEQUENCE", 0, f.stack[-1:], 2)[1])


@rule(Op.MATCH_KEYS)
def _match_keys(f: Frame, arg: Any) -> None:
    f.stack.append(instruction("MATCH_KEYS", 0, f.stack[-2:], 3 + _TELLS)[2])


@rule(Op.MATCH_CLASS)
def _match_class(f: Frame, count: int) -> None:
    found = instruction("MATCH_CLASS", count, f.pop(3), 1 + _TELLS)
    f.stack.append(found[0] if found[-1] is not False else None)


@rule(Op.COPY_DICT_WITHOUT_KEYS)
def _copy_dict_without_keys(f: Frame, arg: Any) -> None:
    keys = f.stack.pop()
    rest: Dict[Any, Any] = {**f.stack[-1]}
    for key in keys:
        del rest[key]
    f.stack.append(rest)


@rule(Op.INTRINSIC)
def _intrinsic(f: Frame, name: str) -> None:
    values = f.pop(2 if name in TWO_ARGUMENTS else 1)
    if name == "PRINT_EXPR":
        sys.displayhook(values[0])
        f.stack.append(None)
    elif name == "STOPITERATION_ERROR":
        f.stack.append(_stopiteration_error(f, values[0]))
    else:
        f.stack.append(intrinsic(name, values, f.globals))


def _stopiteration_error(f: Frame, error: BaseException) -> BaseException:
    """PEP 479 as code (3.12+); ``stopiteration_error`` in ``Python/intrinsics.c``."""
    flags = f.program.flags
    if isinstance(error, StopIteration):
        kind = (
            "async generator"
            if flags & _ASYNC_GENERATOR
            else "coroutine"
            if flags & _COROUTINE
            else "generator"
        )
        text = f"{kind} raised StopIteration"
    elif isinstance(error, StopAsyncIteration) and flags & _ASYNC_GENERATOR:
        text = "async generator raised StopAsyncIteration"
    else:
        return error
    made = RuntimeError(text)
    made.__cause__ = error
    made.__context__ = error
    return made
