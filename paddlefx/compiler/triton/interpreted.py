"""A Triton kernel run by Triton's interpreter, on the memory of the CPU.

The interpreter puts its own functions in the place of ``triton.language``'s while a kernel runs;
afterwards they are put back here, as 3.4 doesn't, and kernels could not be compiled any more.
It asks for tensors of torch's kind; :class:`_Memory` is one as far as it looks.
"""

from __future__ import annotations
import __future__

import ctypes
import threading
from typing import Any, Dict, Iterator, List, Sequence, Tuple

import numpy as np
import triton.language as tl
from triton.language import standard
from triton.runtime.interpreter import InterpretedFunction

from ..loop_nests.nest import LoopNest
from .source import Source, programs

__all__ = ["InterpretedKernel"]

_NAMES = {"float": "float32", "double": "float64", "i32": "int32", "i64": "int64", "i1": "bool"}
_WIDTHS = {"float": 4, "double": 8, "i32": 4, "i64": 8, "i1": 1}
#: Elements of a program without rows: the fewer programs the better.
_LARGEST_BLOCK = 1 << 16

#: What the interpreter writes to.
_PATCHED: Tuple[Any, ...] = (tl, tl.core, tl.math, standard, tl.tensor, tl.dtype)
_lock = threading.RLock()


class _Memory:
    """What the interpreter takes for a tensor of torch's.

    Args:
        address: of its first element.
        dtype: NumPy's name.
    """

    def __init__(self, address: int, dtype: str) -> None:
        self.address = address
        self.dtype = dtype

    def data_ptr(self) -> int:
        return self.address

    def untyped_storage(self) -> _Memory:
        return self

    def cpu(self) -> _Memory:
        return self

    def copy_(self, other: _Memory) -> None:
        assert other.address == self.address

    def new_empty(self, *shape: Any, **options: Any) -> _Memory:
        return _Memory(self.address, self.dtype)

    def set_(self, *view: Any) -> None:
        pass

    def storage_offset(self) -> int:
        return 0

    def size(self) -> Tuple[int, ...]:
        return ()

    stride = size


class _Language:
    """``triton.language`` in a kernel: as it is at the moment, with reductions by what the
    interpreter knows. Triton's own are functions to compile.
    """

    def __getattr__(self, name: str) -> Any:
        return getattr(tl, name)

    def sum(self, x: Any, axis: int) -> Any:
        return tl.reduce(x, axis, standard._sum_combine)

    def max(self, x: Any, axis: int) -> Any:
        return tl.reduce(x, axis, standard._elementwise_max)

    def min(self, x: Any, axis: int) -> Any:
        return tl.reduce(x, axis, standard._elementwise_min)


class _Unpatched:
    """Puts back what the interpreter replaces."""

    def __enter__(self) -> None:
        self.kept: List[Dict[str, Any]] = [dict(vars(place)) for place in _PATCHED]

    def __exit__(self, *error: object) -> None:
        for place, kept in zip(_PATCHED, self.kept):
            for name, value in list(vars(place).items()):
                if name not in kept:
                    delattr(place, name)
                elif kept[name] is not value:
                    setattr(place, name, kept[name])


class InterpretedKernel:
    """A kernel called with sizes, then addresses of inputs and outputs.

    Args:
        source: its text.
        nest: what it was made of.
    """

    def __init__(self, source: Source, nest: LoopNest) -> None:
        self.source = source
        self.nest = nest
        # "language" is how the interpreter finds what to replace.
        scope: Dict[str, Any] = {"tl": _Language(), "language": tl}
        flags = __future__.annotations.compiler_flag  # "tl.constexpr" is Triton's to read
        exec(compile(source.text, "<triton kernel>", "exec", flags, True), scope)
        self.function = InterpretedFunction(scope["kernel"])
        self.given = nest.sizes.count(None)
        self.dtypes = [
            *[operand.dtype for operand in nest.inputs],
            *[output.value.dtype for output in nest.outputs],
        ]
        self.holding = self.releasing = self._run

    def _run(self, *arguments: int) -> None:
        sizes, addresses = list(arguments[: self.given]), arguments[self.given :]
        self._clear(sizes, addresses)
        memory = [_Memory(place, _NAMES[kind]) for place, kind in zip(addresses, self.dtypes)]
        block = self.source.block
        if not self.source.rows:
            count = programs(self.source, self.nest, sizes, 1)
            block = min(1 << max(count - 1, 0).bit_length(), _LARGEST_BLOCK)
        grid = programs(self.source, self.nest, sizes, block)
        if not grid:
            return
        with _lock, _Unpatched(), np.errstate(all="ignore"):
            self.function[(grid,)](*sizes, *memory, BLOCK=block)

    def _clear(self, sizes: Sequence[int], addresses: Sequence[int]) -> None:
        """Zeros where programs add to what is there."""
        known = list(_filled(self.nest.sizes, sizes))
        for number in self.source.summed:
            output = self.nest.outputs[number]
            size = _WIDTHS[output.value.dtype]
            for length, moves in zip(known, output.moves):
                size *= length if moves else 1
            ctypes.memset(addresses[len(self.nest.inputs) + number], 0, size)


def _filled(sizes: Sequence[Any], given: Sequence[int]) -> Iterator[int]:
    rest = iter(given)
    for size in sizes:
        yield next(rest) if size is None else size
