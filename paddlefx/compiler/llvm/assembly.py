"""LLVM assembly, written line by line.

in: operations on named values. out: the text of a function. Text rather than
``llvmlite.ir``: the text of a kernel is its identity in the cache, and LLVM 14 (typed pointers)
and 22 (opaque ones) differ in one spelling.
"""

from __future__ import annotations

import math
import struct
from typing import Any, List, Optional

from ..loop_nests.arithmetic import BITS, Arithmetic

__all__ = ["Assembly", "LLVMArithmetic", "number"]

#: How a type lies in memory.
IN_MEMORY = {"i1": "i8"}
_SUFFIX = {"float": "f32", "double": "f64", "i32": "i32", "i64": "i64"}


def number(value: Any, dtype: str) -> str:
    """A constant's spelling. Of floating types, the nearest number, exactly.

    A ``float`` is spelled as the ``double`` that it equals (LLVM language reference, "Simple
    Constants").
    """
    if dtype == "i1":
        return "true" if value else "false"
    if dtype in BITS:
        exact = float(value)
        if dtype == "float" and math.isfinite(exact):
            try:
                exact = struct.unpack("f", struct.pack("f", exact))[0]
            except OverflowError:
                exact = math.copysign(math.inf, exact)
        return f"0x{struct.unpack('Q', struct.pack('d', exact))[0]:016X}"
    return str(int(value))


class Assembly:
    """The body of a function.

    Args:
        opaque: whether pointers have no element type (LLVM 15 and later).
    """

    def __init__(self, opaque: bool) -> None:
        self.opaque = opaque
        self.lines: List[str] = []
        self.declared: List[str] = []
        self.block = "entry"
        self._count = 0

    def name(self, prefix: str = "v") -> str:
        """An unused name, without its sigil."""
        self._count += 1
        return f"{prefix}{self._count}"

    def pointer(self, dtype: str) -> str:
        """The type of a pointer to values of a type in memory."""
        return "ptr" if self.opaque else f"{IN_MEMORY.get(dtype, dtype)}*"

    def emit(self, text: str) -> str:
        """An instruction with a result; its name."""
        result = f"%{self.name()}"
        self.lines.append(f"  {result} = {text}")
        return result

    def statement(self, text: str) -> None:
        """An instruction without one."""
        self.lines.append(f"  {text}")

    def start(self, label: str) -> None:
        """A new basic block."""
        self.lines.append(f"{label}:")
        self.block = label

    def jump(self, label: str) -> None:
        """End the block."""
        self.statement(f"br label %{label}")

    def declare(self, text: str) -> None:
        """A function from outside; once."""
        if text not in self.declared:
            self.declared.append(text)

    def address(self, base: str, index: str, dtype: str) -> str:
        """The address of an element."""
        element = IN_MEMORY.get(dtype, dtype)
        return self.emit(
            f"getelementptr inbounds {element}, {self.pointer(dtype)} {base}, i64 {index}"
        )

    def load(self, address: str, dtype: str) -> str:
        """The value at an address; a bool is a byte that isn't zero."""
        element = IN_MEMORY.get(dtype, dtype)
        loaded = self.emit(f"load {element}, {self.pointer(dtype)} {address}")
        if element == dtype:
            return loaded
        return self.emit(f"icmp ne {element} {loaded}, 0")

    def store(self, value: str, address: str, dtype: str) -> None:
        """Write a value."""
        element = IN_MEMORY.get(dtype, dtype)
        if element != dtype:
            value = self.emit(f"zext {dtype} {value} to {element}")
        self.statement(f"store {element} {value}, {self.pointer(dtype)} {address}")

    def intrinsic(self, name: str, dtype: str, *args: str, result: Optional[str] = None) -> str:
        """A call of LLVM's own function ``llvm.<name>.<type>`` on values of one type."""
        full = f"@llvm.{name}.{_SUFFIX[dtype]}"
        result = dtype if result is None else result
        self.declare(f"declare {result} {full}({', '.join([dtype] * len(args))})")
        operands = ", ".join([f"{dtype} {argument}" for argument in args])
        return self.emit(f"call {result} {full}({operands})")


class LLVMArithmetic(Arithmetic):
    """Arithmetic as LLVM instructions.

    Args:
        assembly: where to.
        dtype: ``float`` or ``double``.
    """

    def __init__(self, assembly: Assembly, dtype: str) -> None:
        super().__init__(dtype)
        self.assembly = assembly

    def constant(self, value: float) -> str:
        """A number."""
        return number(value, self.dtype)

    def binary(self, name: str, a: str, b: str) -> str:
        """``fadd`` and so on."""
        return self.assembly.emit(f"f{name} {self.dtype} {a}, {b}")

    def muladd(self, a: str, b: str, c: str) -> str:
        """``fmuladd``."""
        return self.assembly.intrinsic("fmuladd", self.dtype, a, b, c)

    def compare(self, predicate: str, a: str, b: str) -> str:
        """``fcmp``."""
        return self.assembly.emit(f"fcmp {predicate} {self.dtype} {a}, {b}")

    def select(self, condition: str, a: str, b: str) -> str:
        """``select``."""
        return self.assembly.emit(f"select i1 {condition}, {self.dtype} {a}, {self.dtype} {b}")

    def either(self, a: str, b: str) -> str:
        """``or``."""
        return self.assembly.emit(f"or i1 {a}, {b}")

    def unary(self, name: str, x: str) -> str:
        """An intrinsic."""
        return self.assembly.intrinsic(name, self.dtype, x)

    def unary_minus(self, x: str) -> str:
        """``fneg``."""
        return self.assembly.emit(f"fneg {self.dtype} {x}")

    def to_bits(self, x: str) -> str:
        """``bitcast``."""
        return self.assembly.emit(f"bitcast {self.dtype} {x} to {self.bits}")

    def from_bits(self, x: str) -> str:
        """``bitcast``."""
        return self.assembly.emit(f"bitcast {self.bits} {x} to {self.dtype}")

    def whole(self, x: str) -> str:
        """``fptosi``."""
        return self.assembly.emit(f"fptosi {self.dtype} {x} to {self.bits}")

    def real(self, x: str) -> str:
        """``sitofp``."""
        return self.assembly.emit(f"sitofp {self.bits} {x} to {self.dtype}")

    def integer(self, opcode: str, a: str, b: Any) -> str:
        """The instruction of that name."""
        return self.assembly.emit(f"{opcode} {self.bits} {a}, {b}")
