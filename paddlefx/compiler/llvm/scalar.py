"""One operation of an expression as LLVM instructions."""

from __future__ import annotations

from typing import List

from ...errors import CompileError
from ..loop_nests.expression import COMPARISONS, FLOATING, Value
from ..loop_nests.transcendental import FUNCTIONS
from .assembly import Assembly, LLVMArithmetic, number

__all__ = ["emit_operation"]

_FLOAT = {"add": "fadd", "sub": "fsub", "mul": "fmul", "div": "fdiv"}
_INTEGER = {"add": "add", "sub": "sub", "mul": "mul", "and": "and", "or": "or", "xor": "xor"}
_UNARY = {"abs": "fabs", "sqrt": "sqrt", "floor": "floor", "ceil": "ceil", "trunc": "trunc"}
#: Comparisons with NaN are false, but for "not equal" (IEEE 754).
_FLOAT_PREDICATES = {"ne": "une"}
_WIDTH = {"i1": 1, "i32": 32, "i64": 64, "float": 32, "double": 64}


def _cast(asm: Assembly, source: str, target: str, name: str) -> str:
    if target == "i1":
        zero = number(0, source)
        if source in FLOATING:
            return asm.emit(f"fcmp une {source} {name}, {zero}")
        return asm.emit(f"icmp ne {source} {name}, {zero}")
    if source in FLOATING:
        if target in FLOATING:
            opcode = "fpext" if target == "double" else "fptrunc"
            return asm.emit(f"{opcode} {source} {name} to {target}")
        # What C gives on x86 for numbers that don't fit: the smallest integer. LLVM says nothing.
        limit = 2.0 ** (_WIDTH[target] - 1)
        a = LLVMArithmetic(asm, source)
        fits = a.compare("olt", name, a.constant(limit))
        above = a.compare("oge", name, a.constant(-limit))
        fits = asm.emit(f"and i1 {fits}, {above}")
        safe = a.select(fits, name, a.constant(0.0))
        whole = asm.emit(f"fptosi {source} {safe} to {target}")
        smallest = str(-(1 << (_WIDTH[target] - 1)))
        return asm.emit(f"select i1 {fits}, {target} {whole}, {target} {smallest}")
    if target in FLOATING:
        opcode = "uitofp" if source == "i1" else "sitofp"
        return asm.emit(f"{opcode} {source} {name} to {target}")
    if _WIDTH[target] < _WIDTH[source]:
        return asm.emit(f"trunc {source} {name} to {target}")
    opcode = "zext" if source == "i1" else "sext"
    return asm.emit(f"{opcode} {source} {name} to {target}")


def emit_operation(asm: Assembly, value: Value, operands: List[str]) -> str:
    """The instructions of ``value`` on operands that have names; the result's name.

    Maximum and minimum give NaN when either operand is NaN. ``fixed`` and
    ``through`` are their first operand; they are for gradients.
    """
    op = value.op
    dtype = value.args[0].dtype
    if op == "select":
        kind = value.dtype
        return asm.emit(f"select i1 {operands[0]}, {kind} {operands[1]}, {kind} {operands[2]}")
    if op in ("fixed", "through"):
        return operands[0]
    if op == "cast":
        return _cast(asm, dtype, value.dtype, operands[0])
    if dtype in FLOATING:
        a = LLVMArithmetic(asm, dtype)
        if op in _FLOAT:
            return asm.emit(f"{_FLOAT[op]} {dtype} {operands[0]}, {operands[1]}")
        if op in _UNARY:
            return a.unary(_UNARY[op], operands[0])
        if op in FUNCTIONS:
            return FUNCTIONS[op](a, operands[0])
        if op == "neg":
            return a.unary_minus(operands[0])
        if op in COMPARISONS:
            return a.compare(_FLOAT_PREDICATES.get(op, f"o{op}"), *operands)
        if op in ("max", "min"):
            first, second = operands
            wins = a.compare("ugt" if op == "max" else "ult", first, second)
            kept = a.compare("uno", second, second)
            inner = a.select(kept, second, a.select(wins, first, second))
            return inner
    else:
        if op in _INTEGER:
            return asm.emit(f"{_INTEGER[op]} {dtype} {operands[0]}, {operands[1]}")
        if op == "neg":
            return asm.emit(f"sub {dtype} 0, {operands[0]}")
        signed = "u" if dtype == "i1" else "s"
        if op in COMPARISONS:
            predicate = op if op in ("eq", "ne") else signed + op
            return asm.emit(f"icmp {predicate} {dtype} {operands[0]}, {operands[1]}")
        if op in ("max", "min"):
            predicate = signed + ("gt" if op == "max" else "lt")
            better = asm.emit(f"icmp {predicate} {dtype} {operands[0]}, {operands[1]}")
            return asm.emit(f"select i1 {better}, {dtype} {operands[0]}, {dtype} {operands[1]}")
        if op == "abs":
            minus = asm.emit(f"sub {dtype} 0, {operands[0]}")
            below = asm.emit(f"icmp slt {dtype} {operands[0]}, 0")
            return asm.emit(f"select i1 {below}, {dtype} {minus}, {dtype} {operands[0]}")
    raise CompileError(f"llvm has no {op} of {dtype}")
