"""The upstream MLIR compiler and its execution engine, from torch-mlir's wheel.

The function takes addresses: ``memref`` parameters with bare pointers. LLVM compiles for this
processor, so that its loops are in vectors.
"""

from __future__ import annotations

import ctypes
import re
from typing import Any, Callable, Sequence

from torch_mlir import ir
from torch_mlir.execution_engine import ExecutionEngine
from torch_mlir.passmanager import PassManager

from ...errors import CompileError
from .linalg import Tensor, tensor_type
from .scalar import TYPES

__all__ = ["compiled", "module_text"]

#: From tensors to memory, loops, and LLVM's dialect.
PIPELINE = ",".join(
    (
        # No canonicalization of tensors: it would make a call of a library of each copy. No
        # elimination of equal ones: results would share a buffer.
        *("eliminate-empty-tensors", "empty-tensor-to-alloc-tensor", "one-shot-bufferize"),
        *("canonicalize", "cse", "buffer-deallocation-pipeline", "convert-bufferization-to-memref"),
        *("func.func(convert-linalg-to-loops)", "fold-memref-alias-ops", "expand-strided-metadata"),
        *("lower-affine", "func.func(loop-invariant-code-motion)", "convert-scf-to-cf"),
        *("convert-math-to-llvm", "convert-math-to-libm", "convert-arith-to-llvm"),
        *("finalize-memref-to-llvm", "convert-func-to-llvm{use-bare-ptr-memref-call-conv=1}"),
        *("convert-cf-to-llvm", "convert-index-to-llvm", "reconcile-unrealized-casts"),
    )
)

#: What the C library and the allocator don't have.
_FROM_OUTSIDE = re.compile(r"llvm\.func @(memref\w+|_mlir\w+)\([^{]*$", re.MULTILINE)


def _memref(tensor: Tensor) -> str:
    return f"memref<{'x'.join([*map(str, tensor.shape), TYPES[tensor.dtype]])}>"


def module_text(
    parameters: Sequence[Tensor], lines: Sequence[str], results: Sequence[Tensor]
) -> str:
    """A module whose ``main`` takes memory of the parameters, then of the results.

    Args:
        parameters: what the lines read; theirs are the names with ``%p``.
        lines: operations on tensors.
        results: the tensors that are results.
    """
    given = [f"{item.name.replace('%', '%m')}: {_memref(item)}" for item in parameters]
    given += [f"%r{n}: {_memref(item)}" for n, item in enumerate(results)]
    text = [f"func.func @main({', '.join(given)}) {{"]
    for item in parameters:
        kind = tensor_type(item.shape, item.dtype)
        text.append(
            f"  {item.name} = bufferization.to_tensor {item.name.replace('%', '%m')} restrict "
            f": {_memref(item)} to {kind}"
        )
    text += [f"  {line}" for line in lines]
    for n, item in enumerate(results):
        kind = tensor_type(item.shape, item.dtype)
        text.append(
            f"  bufferization.materialize_in_destination {item.name} in restrict writable %r{n} "
            f": ({kind}, {_memref(item)}) -> ()"
        )
    return "\n".join([*text, "  return", "}", ""])


def compiled(text: str, count: int) -> Callable[[Sequence[int]], None]:
    """A function of the addresses of parameters and results.

    Args:
        text: of :func:`module_text`.
        count: how many there are.

    Raises:
        CompileError: MLIR refuses the text.
    """
    with ir.Context():
        try:
            module = ir.Module.parse(text)
            PassManager.parse(f"builtin.module({PIPELINE})").run(module.operation)
            missing = _FROM_OUTSIDE.findall(str(module))
            if missing:
                raise CompileError(f"MLIR's library has {', '.join(missing)}, which isn't here")
            engine = ExecutionEngine(module, opt_level=3)
        except CompileError:
            raise
        except Exception as error:
            lines = str(error).strip().splitlines()
            raise CompileError(f"MLIR refuses a part: {' '.join(lines[:2])}") from error
        address = engine.raw_lookup("main")
    function = ctypes.CFUNCTYPE(None, ctypes.c_void_p)(address)
    words = ctypes.c_uint64 * count

    def call(addresses: Sequence[int], kept: Any = engine) -> None:
        # MLIR's "packed" interface: an array of pointers to the arguments.
        values = words(*addresses)
        first = ctypes.addressof(values)
        function(words(*range(first, first + 8 * count, 8)))

    return call
