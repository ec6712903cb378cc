"""IREE: a compiler for whole graphs, and its runtime on the CPU."""

from __future__ import annotations

import logging
import threading
from typing import Any, Callable, List, Sequence

import iree.compiler
import iree.runtime

from ...errors import CompileError
from .linalg import Tensor, tensor_type

__all__ = ["compiled", "module_text"]


def module_text(
    parameters: Sequence[Tensor], lines: Sequence[str], results: Sequence[Tensor]
) -> str:
    """A module whose ``main`` takes and gives tensors.

    Args:
        parameters: what the lines read.
        lines: operations on tensors.
        results: the tensors that are results.
    """
    given = [f"{item.name}: {tensor_type(item.shape, item.dtype)}" for item in parameters]
    kinds = ", ".join([tensor_type(item.shape, item.dtype) for item in results])
    names = ", ".join([item.name for item in results])
    text = [f"func.func @main({', '.join(given)}) -> ({kinds}) {{"]
    text += [f"  {line}" for line in lines]
    return "\n".join([*text, f"  return {names} : {kinds}", "}", ""])


def compiled(text: str) -> Callable[[Sequence[Any]], List[Any]]:
    """A function of NumPy arrays that gives a list of them.

    Args:
        text: of :func:`module_text`.

    Raises:
        CompileError: IREE refuses the text.
    """
    # It tells of each command that it runs.
    logging.getLogger("iree.compiler").setLevel(logging.WARNING)
    try:
        program = iree.compiler.compile_str(
            text,
            target_backends=["llvm-cpu"],
            extra_args=["--iree-llvmcpu-target-cpu=host"],
        )
        module = iree.runtime.load_vm_flatbuffer(program, driver="local-sync")
    except Exception as error:
        lines = [line for line in str(error).splitlines() if "error" in line.lower()]
        raise CompileError(f"IREE refuses a part: {' '.join(lines[:2]) or error}") from error
    lock = threading.Lock()

    def call(arrays: Sequence[Any]) -> List[Any]:
        with lock:
            results = module.main(*arrays)
        if not isinstance(results, (list, tuple)):
            results = [results]
        return [result.to_host() for result in results]

    return call
