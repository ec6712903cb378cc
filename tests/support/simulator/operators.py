"""Rules: operators, comparisons, subscripts, formatting."""

from __future__ import annotations

import importlib
import operator
from typing import Any, Callable, Dict, Tuple

from paddlefx.ir.instr import Op

from .frame import Frame
from .registry import rule

_UNARY: Dict[str, Callable[[Any], Any]] = {
    "+": operator.pos,
    "-": operator.neg,
    "~": operator.invert,
    "not": operator.not_,
}

_NAMES = {
    "+": "add",
    "-": "sub",
    "*": "mul",
    "@": "matmul",
    "/": "truediv",
    "//": "floordiv",
    "%": "mod",
    "**": "pow",
    "<<": "lshift",
    ">>": "rshift",
    "&": "and",
    "|": "or",
    "^": "xor",
}
_BINARY: Dict[Tuple[str, bool], Callable[[Any, Any], Any]] = {
    (sign, inplace): getattr(operator, f"__{'i' * inplace}{name}__")
    for sign, name in _NAMES.items()
    for inplace in (False, True)
}

_COMPARE: Dict[str, Callable[[Any, Any], Any]] = {
    "<": operator.lt,
    "<=": operator.le,
    "==": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    ">=": operator.ge,
}

_CONVERSIONS: Dict[str, Callable[[Any], str]] = {"s": str, "r": repr, "a": ascii}


@rule(Op.UNARY)
def _unary(f: Frame, sign: str) -> None:
    f.stack.append(_UNARY[sign](f.stack.pop()))


@rule(Op.BINARY)
def _binary(f: Frame, arg: Tuple[str, bool]) -> None:
    left, right = f.pop(2)
    f.stack.append(_BINARY[arg](left, right))


@rule(Op.COMPARE)
def _compare(f: Frame, sign: str) -> None:
    left, right = f.pop(2)
    f.stack.append(_COMPARE[sign](left, right))


@rule(Op.CONTAINS)
def _contains(f: Frame, invert: bool) -> None:
    item, container = f.pop(2)
    # the right order, and Python's error message: an ``in`` of its own
    f.stack.append(item not in container if invert else item in container)


@rule(Op.IS)
def _is(f: Frame, invert: bool) -> None:
    left, right = f.pop(2)
    f.stack.append((left is right) is not invert)


@rule(Op.LOAD_SUBSCR)
def _load_subscr(f: Frame, arg: Any) -> None:
    owner, key = f.pop(2)
    f.stack.append(owner[key])


@rule(Op.STORE_SUBSCR)
def _store_subscr(f: Frame, arg: Any) -> None:
    value, owner, key = f.pop(3)
    owner[key] = value


@rule(Op.DELETE_SUBSCR)
def _delete_subscr(f: Frame, arg: Any) -> None:
    owner, key = f.pop(2)
    del owner[key]


@rule(Op.CONVERT)
def _convert(f: Frame, conversion: str) -> None:
    f.stack.append(_CONVERSIONS[conversion](f.stack.pop()))


@rule(Op.FORMAT)
def _format(f: Frame, has_spec: bool) -> None:
    spec = f.stack.pop() if has_spec else ""
    f.stack.append(format(f.stack.pop(), spec))


@rule(Op.BUILD_STRING)
def _build_string(f: Frame, count: int) -> None:
    f.stack.append("".join(f.pop(count)))


@rule(Op.BUILD_INTERPOLATION)
def _build_interpolation(f: Frame, arg: Tuple[str, bool]) -> None:
    conversion, has_spec = arg
    spec = f.stack.pop() if has_spec else ""
    value, expression = f.pop(2)
    templates = importlib.import_module("string.templatelib")
    f.stack.append(templates.Interpolation(value, expression, conversion or None, spec))


@rule(Op.BUILD_TEMPLATE)
def _build_template(f: Frame, arg: Any) -> None:
    strings, interpolations = f.pop(2)
    parts = [strings[0]]
    for interpolation, string in zip(interpolations, strings[1:]):
        parts += [interpolation, string]
    f.stack.append(importlib.import_module("string.templatelib").Template(*parts))


@rule(Op.BUILD_SLICE)
def _build_slice(f: Frame, count: int) -> None:
    f.stack.append(slice(*f.pop(count)))
