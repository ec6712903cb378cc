"""Scalar expressions as operations of MLIR's ``arith`` and ``math`` dialects."""

from __future__ import annotations

import math
import struct
from typing import Any, Dict, List

from ...errors import CompileError
from ..loop_nests.arithmetic import Arithmetic
from ..loop_nests.expression import COMPARISONS, FLOATING, Value, ordered
from ..loop_nests.transcendental import FUNCTIONS

__all__ = ["TYPES", "Body", "literal"]

#: MLIR's names of the scalar types.
TYPES: Dict[str, str] = {"float": "f32", "double": "f64", "i32": "i32", "i64": "i64", "i1": "i1"}

_WIDTH = {"i1": 1, "i32": 32, "i64": 64}
_UNARY = {"abs": "absf", "sqrt": "sqrt", "floor": "floor", "ceil": "ceil", "trunc": "trunc"}
_MATH = {"fabs": "absf"}
_BINARY = {"add", "sub", "mul", "div"}
_INTEGER = {"add": "addi", "sub": "subi", "mul": "muli", "and": "andi", "or": "ori", "xor": "xori"}
_SHIFTS = {"shl": "shli", "ashr": "shrsi", "lshr": "shrui"}


def literal(value: Any, dtype: str) -> str:
    """A constant with its type; floating ones are the nearest number, exactly."""
    kind = TYPES[dtype]
    if dtype == "i1":
        return "true" if value else "false"
    if dtype not in FLOATING:
        return f"{int(value)} : {kind}"
    number = float(value)
    if math.isfinite(number):
        if dtype == "float":
            try:
                struct.pack("f", number)
            except OverflowError:
                return literal(math.copysign(math.inf, number), dtype)
        return f"{number:.17e} : {kind}"
    letter, width = ("f", 8) if dtype == "float" else ("d", 16)
    bits = int.from_bytes(struct.pack(f">{letter}", number), "big")
    return f"0x{bits:0{width}X} : {kind}"


class Body:
    """The operations of one element."""

    def __init__(self) -> None:
        self.lines: List[str] = []
        self._constants: Dict[str, str] = {}
        self._count = 0

    def emit(self, text: str) -> str:
        """An operation; the name of its result."""
        name = f"%v{self._count}"
        self._count += 1
        self.lines.append(f"{name} = {text}")
        return name

    def constant(self, value: Any, dtype: str) -> str:
        """A number, once."""
        text = literal(value, dtype)
        if text not in self._constants:
            self._constants[text] = self.emit(f"arith.constant {text}")
        return self._constants[text]

    def compute(self, value: Value, names: Dict[Value, str]) -> str:
        """The name of a value.

        Args:
            value: of inputs and constants.
            names: of the inputs; the others are added.

        Raises:
            CompileError: there is no such operation of the type.
        """
        for part in ordered([value]):
            if part in names:
                continue
            if part.op == "constant":
                names[part] = self.constant(part.payload, part.dtype)
            else:
                operands = [names[argument] for argument in part.args]
                names[part] = self._operation(part, operands)
        return names[value]

    def _operation(self, value: Value, operands: List[str]) -> str:
        op = value.op
        dtype = value.args[0].dtype
        kind = TYPES[dtype]
        if op == "select":
            chosen = f"{operands[1]}, {operands[2]} : {TYPES[value.dtype]}"
            return self.emit(f"arith.select {operands[0]}, {chosen}")
        if op in ("fixed", "through"):
            return operands[0]
        if op == "cast":
            return self._cast(dtype, value.dtype, operands[0])
        if op in COMPARISONS:
            return self._compared(op, dtype, *operands)
        if op in ("max", "min"):
            return self._extreme(op, dtype, *operands)
        if dtype in FLOATING:
            if op in _BINARY:
                return self.emit(f"arith.{op}f {operands[0]}, {operands[1]} : {kind}")
            if op in _UNARY:
                return self.emit(f"math.{_UNARY[op]} {operands[0]} : {kind}")
            if op in FUNCTIONS:
                return FUNCTIONS[op](MLIRArithmetic(self, dtype), operands[0])
            if op == "neg":
                return self.emit(f"arith.negf {operands[0]} : {kind}")
        elif op in _INTEGER:
            return self.emit(f"arith.{_INTEGER[op]} {operands[0]}, {operands[1]} : {kind}")
        elif op in ("neg", "abs"):
            zero = self.constant(0, dtype)
            minus = self.emit(f"arith.subi {zero}, {operands[0]} : {kind}")
            if op == "neg":
                return minus
            below = self.emit(f"arith.cmpi slt, {operands[0]}, {zero} : {kind}")
            return self.emit(f"arith.select {below}, {minus}, {operands[0]} : {kind}")
        raise CompileError(f"mlir has no {op} of {dtype}")

    def _compared(self, op: str, dtype: str, a: str, b: str) -> str:
        kind = TYPES[dtype]
        if dtype in FLOATING:
            predicate = "une" if op == "ne" else f"o{op}"
            return self.emit(f"arith.cmpf {predicate}, {a}, {b} : {kind}")
        sign = "" if op in ("eq", "ne") else "u" if dtype == "i1" else "s"
        return self.emit(f"arith.cmpi {sign}{op}, {a}, {b} : {kind}")

    def _extreme(self, op: str, dtype: str, a: str, b: str) -> str:
        kind = TYPES[dtype]
        if dtype not in FLOATING:
            better = self._compared("gt" if op == "max" else "lt", dtype, a, b)
            return self.emit(f"arith.select {better}, {a}, {b} : {kind}")
        # NaN when either is.
        wins = self.emit(f"arith.cmpf {'ugt' if op == 'max' else 'ult'}, {a}, {b} : {kind}")
        other = self.emit(f"arith.select {wins}, {a}, {b} : {kind}")
        kept = self.emit(f"arith.cmpf uno, {b}, {b} : {kind}")
        return self.emit(f"arith.select {kept}, {b}, {other} : {kind}")

    def _cast(self, source: str, target: str, name: str) -> str:
        one, other = TYPES[source], TYPES[target]
        if target == "i1":
            return self._compared("ne", source, name, self.constant(0, source))
        if source in FLOATING:
            if target in FLOATING:
                step = "extf" if target == "double" else "truncf"
                return self.emit(f"arith.{step} {name} : {one} to {other}")
            # What C gives on x86 for numbers that don't fit: the smallest integer.
            limit = 2.0 ** (_WIDTH[target] - 1)
            below = self._compared("lt", source, name, self.constant(limit, source))
            above = self._compared("ge", source, name, self.constant(-limit, source))
            fits = self.emit(f"arith.andi {below}, {above} : i1")
            zero = self.constant(0.0, source)
            safe = self.emit(f"arith.select {fits}, {name}, {zero} : {one}")
            whole = self.emit(f"arith.fptosi {safe} : {one} to {other}")
            smallest = self.constant(-(1 << (_WIDTH[target] - 1)), target)
            return self.emit(f"arith.select {fits}, {whole}, {smallest} : {other}")
        if target in FLOATING:
            step = "uitofp" if source == "i1" else "sitofp"
        elif _WIDTH[target] < _WIDTH[source]:
            step = "trunci"
        else:
            step = "extui" if source == "i1" else "extsi"
        return self.emit(f"arith.{step} {name} : {one} to {other}")


class MLIRArithmetic(Arithmetic):
    """Arithmetic as MLIR's operations.

    Args:
        body: where to.
        dtype: ``float`` or ``double``.
    """

    def __init__(self, body: Body, dtype: str) -> None:
        super().__init__(dtype)
        self.body = body
        self.kind = TYPES[dtype]

    def constant(self, value: float) -> str:
        """A number."""
        return self.body.constant(value, self.dtype)

    def binary(self, name: str, a: str, b: str) -> str:
        """``arith.addf`` and so on."""
        return self.body.emit(f"arith.{name}f {a}, {b} : {self.kind}")

    def muladd(self, a: str, b: str, c: str) -> str:
        """Two operations that may become one."""
        product = self.body.emit(f"arith.mulf {a}, {b} fastmath<contract> : {self.kind}")
        return self.body.emit(f"arith.addf {product}, {c} fastmath<contract> : {self.kind}")

    def compare(self, predicate: str, a: str, b: str) -> str:
        """``arith.cmpf``."""
        return self.body.emit(f"arith.cmpf {predicate}, {a}, {b} : {self.kind}")

    def select(self, condition: str, a: str, b: str) -> str:
        """``arith.select``."""
        return self.body.emit(f"arith.select {condition}, {a}, {b} : {self.kind}")

    def either(self, a: str, b: str) -> str:
        """``arith.ori``."""
        return self.body.emit(f"arith.ori {a}, {b} : i1")

    def unary(self, name: str, x: str) -> str:
        """Of the ``math`` dialect."""
        return self.body.emit(f"math.{_MATH.get(name, name)} {x} : {self.kind}")

    def unary_minus(self, x: str) -> str:
        """``arith.negf``."""
        return self.body.emit(f"arith.negf {x} : {self.kind}")

    def to_bits(self, x: str) -> str:
        """``arith.bitcast``."""
        return self.body.emit(f"arith.bitcast {x} : {self.kind} to {self.bits}")

    def from_bits(self, x: str) -> str:
        """``arith.bitcast``."""
        return self.body.emit(f"arith.bitcast {x} : {self.bits} to {self.kind}")

    def whole(self, x: str) -> str:
        """``arith.fptosi``."""
        return self.body.emit(f"arith.fptosi {x} : {self.kind} to {self.bits}")

    def real(self, x: str) -> str:
        """``arith.sitofp``."""
        return self.body.emit(f"arith.sitofp {x} : {self.bits} to {self.kind}")

    def integer(self, opcode: str, a: str, b: Any) -> str:
        """``arith.addi`` and so on."""
        other = b if isinstance(b, str) else self.body.constant(b, self.bits)
        step = _SHIFTS.get(opcode) or _INTEGER[opcode]
        return self.body.emit(f"arith.{step} {a}, {other} : {self.bits}")
