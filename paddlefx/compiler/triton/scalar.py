"""One operation of an expression in Triton's language.

Only what Triton builds in is used, and divisions and square roots that round as IEEE 754 says.
Functions that Triton hasn't got are written out.
"""

from __future__ import annotations

import math
from typing import Any, Callable, Dict, List

from ...errors import CompileError
from ..loop_nests.expression import FLOATING, Value

__all__ = ["DTYPES", "constant", "expression"]

#: Triton's names of the scalar types.
DTYPES: Dict[str, str] = {
    "float": "tl.float32",
    "double": "tl.float64",
    "i32": "tl.int32",
    "i64": "tl.int64",
    "i1": "tl.int1",
}

_INFIX = {
    "add": "+",
    "sub": "-",
    "mul": "*",
    "and": "&",
    "or": "|",
    "xor": "^",
    "lt": "<",
    "le": "<=",
    "eq": "==",
    "ne": "!=",
    "gt": ">",
    "ge": ">=",
}
_CALLS = ("abs", "floor", "ceil", "exp", "log", "erf")
_ORDERED = ("lt", "le", "gt", "ge", "max", "min")

#: Makes a statement of an expression; the name that it is given.
Let = Callable[[str], str]


def constant(value: Any, dtype: str) -> str:
    """A number as a literal."""
    if dtype == "i1":
        return str(bool(value))
    if dtype not in FLOATING:
        return str(value)
    if math.isinf(value) or math.isnan(value):
        return f'float("{value}")'
    return repr(float(value))


def _typed(value: Any, dtype: str) -> str:
    return f"tl.full([], {constant(value, dtype)}, {DTYPES[dtype]})"


def _operands(value: Value, names: Dict[Value, str]) -> List[str]:
    """The operands; numbers as literals where Triton reads those in the type that is meant."""
    numbers = value.args[1:] if value.op == "select" else value.args
    alone = all(argument.op == "constant" for argument in numbers)
    plain = value.op in ("add", "sub", "mul", "lt", "le", "eq", "ne", "gt", "ge") and not alone
    found = []
    for argument in value.args:
        if argument.op != "constant":
            found.append(names[argument])
        elif plain and argument.dtype in ("float", "i32"):
            found.append(constant(argument.payload, argument.dtype))
        else:
            found.append(_typed(argument.payload, argument.dtype))
    return found


def expression(value: Value, names: Dict[Value, str], let: Let) -> str:
    """What computes a value.

    Args:
        value: an operation of those in :data:`~..loop_nests.expression.SUPPORTED`.
        names: of what it is computed from.
        let: for what it needs in between.

    Raises:
        CompileError: there is no such operation of the type.
    """
    op = value.op
    dtype = value.args[0].dtype
    operands = _operands(value, names)
    if dtype == "i1" and op in _ORDERED:
        # Triton takes a truth value for a number with a sign.
        operands = [f"{operand}.to(tl.int32)" for operand in operands]
        if op in ("max", "min"):
            return f"tl.{op}imum({', '.join(operands)}) != 0"
    x = operands[0]
    if op in _INFIX:
        return f"{x} {_INFIX[op]} {operands[1]}"
    if op in _CALLS:
        return f"tl.{op}({x})"
    if op == "select":
        return f"tl.where({', '.join(operands)})"
    if op in ("max", "min"):
        nan = ", propagate_nan=tl.PropagateNan.ALL" if dtype in FLOATING else ""
        return f"tl.{op}imum({operands[0]}, {operands[1]}{nan})"
    if op == "cast":
        return _cast(x, dtype, value.dtype)
    if op == "neg":
        # Triton negates by taking from 0, which loses the sign of 0.
        return f"{x} * -1.0" if dtype in FLOATING else f"-{x}"
    if dtype in FLOATING:
        if op == "div":
            return _divided(dtype, x, operands[1])
        if op == "sqrt":
            return f"tl.sqrt_rn({x})" if dtype == "float" else f"tl.sqrt({x})"
        if op == "trunc":
            return f"tl.where({x} < 0.0, tl.ceil({x}), tl.floor({x}))"
        if op in _WRITTEN_OUT:
            return _WRITTEN_OUT[op](let, dtype, x)
    raise CompileError(f"triton has no {op} of {dtype}")


def _divided(dtype: str, x: str, y: str) -> str:
    # Only that of float32 is approximate otherwise.
    return f"tl.div_rn({x}, {y})" if dtype == "float" else f"{x} / {y}"


def _cast(x: str, source: str, target: str) -> str:
    if target == "i1":
        return f"{x} != 0"
    if source in FLOATING and target not in FLOATING:
        # What C gives on x86 for numbers that don't fit: the smallest integer.
        width = 32 if target == "i32" else 64
        limit = repr(2.0 ** (width - 1))
        kind = DTYPES[target]
        inside = f"({x} >= -{limit}) & ({x} < {limit})"
        whole = f"tl.where({inside}, {x}, 0.0).to({kind})"
        return f"tl.where({inside}, {whole}, tl.full([], {-(2 ** (width - 1))}, {kind}))"
    return f"{x}.to({DTYPES[target]})"


def _expm1(let: Let, dtype: str, x: str) -> str:
    """What ``exp(x) - 1`` rounds off is made good by the logarithm (Higham 2002, 1.14.1)."""
    u = let(f"tl.exp({x})")
    near = let(f"({u} > 0.5) & ({u} < 2.0) & ({u} != 1.0)")
    v = let(f"tl.where({near}, {u}, 2.0)")
    mended = _divided(dtype, let(f"({v} - 1.0) * {x}"), let(f"tl.log({v})"))
    return f"tl.where({near}, {mended}, tl.where({u} == 1.0, {x}, {u} - 1.0))"


def _log1p(let: Let, dtype: str, x: str) -> str:
    u = let(f"1.0 + {x}")
    whole = let(f'({u} == 1.0) | ({u} == float("inf"))')
    below = let(f"tl.where({whole}, 1.0, {u} - 1.0)")
    return f"tl.where({whole}, {x}, tl.log({u}) * ({_divided(dtype, x, below)}))"


def _tanh(let: Let, dtype: str, x: str) -> str:
    """``expm1(2x) / (expm1(2x) + 2)``; beyond 20 that is 1 but for less than rounding."""
    twice = let(f"tl.minimum(tl.abs({x}), {_typed(20.0, dtype)}) * 2.0")
    power = let(_expm1(let, dtype, twice))
    size = let(_divided(dtype, power, let(f"{power} + 2.0")))
    signed = f"tl.where({x} < 0.0, {size} * -1.0, {size})"
    return f"tl.where({x} == 0.0, {x}, tl.where({x} == {x}, {signed}, {x}))"


def _sigmoid(let: Let, dtype: str, x: str) -> str:
    return _divided(dtype, _typed(1.0, dtype), let(f"1.0 + tl.exp({x} * -1.0)"))


def _log_sigmoid(let: Let, dtype: str, x: str) -> str:
    power = let(f"tl.exp(tl.abs({x}) * -1.0)")
    return f"tl.where({x} < 0.0, {x}, {x} * 0.0) - ({_log1p(let, dtype, power)})"


_WRITTEN_OUT: Dict[str, Callable[[Let, str, str], str]] = {
    "expm1": _expm1,
    "log1p": _log1p,
    "tanh": _tanh,
    "sigmoid": _sigmoid,
    "log_sigmoid": _log_sigmoid,
}
