"""Whether something that a kernel reads or writes is infinite or no number, found on the way.

The bits of a float without its sign, as an integer, are no less than those of infinity then (IEEE 754,
3.4). So the largest of them is kept: two instructions an element, on vectors, beside what the kernel
computes.
"""

from __future__ import annotations

from typing import Dict, Iterable, List, Tuple

from ..loop_nests.expression import FLOATING
from .assembly import Assembly, LLVMArithmetic

__all__ = ["Watch"]

#: The type of a float's bits, what they are without the sign, and those of infinity.
_BITS = {
    "float": ("i32", 0x7FFFFFFF, 0x7F800000),
    "double": ("i64", 0x7FFFFFFFFFFFFFFF, 0x7FF0000000000000),
}


class Watch:
    """What has been seen, in a variable for each type of floats.

    Args:
        asm: the kernel, at its beginning.
        dtypes: of what is read and written.
    """

    def __init__(self, asm: Assembly, dtypes: Iterable[str]) -> None:
        self._asm = asm
        self._places: Dict[str, str] = {}
        for dtype in dict.fromkeys(dtypes):
            if dtype in FLOATING:
                bits = _BITS[dtype][0]
                self._places[dtype] = place = asm.emit(f"alloca {bits}")
                asm.store("0", place, bits)

    def starts(self) -> List[Tuple[str, str]]:
        """What a loop carries along: (type, first value) of each."""
        return [(_BITS[dtype][0], "0") for dtype in self._places]

    def seen(self, carried: List[str], values: Iterable[Tuple[str, str]]) -> List[str]:
        """What a round of a loop leaves.

        Args:
            carried: the names of what the loop carries along.
            values: (name, type) of what the round reads and writes.
        """
        largest = dict(zip(self._places, carried))
        for dtype in self._places:
            found = [self._size(name, dtype) for name, kind in values if kind == dtype]
            while len(found) > 1:
                found.append(self._larger(found.pop(0), found.pop(0), dtype))
            if found:
                largest[dtype] = self._larger(largest[dtype], found[0], dtype)
        return list(largest.values())

    def note(self, name: str, dtype: str) -> None:
        """One value, outside of the loop over a row."""
        if dtype in self._places:
            self._keep(dtype, self._size(name, dtype))

    def keep(self, carried: List[str]) -> None:
        """What a loop has seen when it ends."""
        for dtype, name in zip(self._places, carried):
            self._keep(dtype, name)

    def verdict(self) -> str:
        """An ``i32``: 0 if all was finite."""
        result = "0"
        for dtype, place in self._places.items():
            bits, _, infinity = _BITS[dtype]
            largest = self._asm.load(place, bits)
            odd = self._asm.emit(f"icmp sge {bits} {largest}, {infinity}")
            result = self._asm.emit(f"select i1 {odd}, i32 1, i32 {result}")
        return result

    def _keep(self, dtype: str, name: str) -> None:
        bits = _BITS[dtype][0]
        place = self._places[dtype]
        self._asm.store(self._larger(self._asm.load(place, bits), name, dtype), place, bits)

    def _size(self, name: str, dtype: str) -> str:
        bits, unsigned, _ = _BITS[dtype]
        return self._asm.emit(
            f"and {bits} {LLVMArithmetic(self._asm, dtype).to_bits(name)}, {unsigned}"
        )

    def _larger(self, a: str, b: str, dtype: str) -> str:
        bits = _BITS[dtype][0]
        more = self._asm.emit(f"icmp sgt {bits} {a}, {b}")
        return self._asm.emit(f"select i1 {more}, {bits} {a}, {bits} {b}")
