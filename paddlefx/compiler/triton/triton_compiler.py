"""Loop nests as Triton kernels."""

from __future__ import annotations

import threading
from typing import Any, Dict, List, NamedTuple, Optional

from ..loop_nests import LoopNestCompiler
from ..loop_nests.nest import LoopNest
from .ahead import compiled_for, target_of
from .interpreted import InterpretedKernel
from .source import write_kernel

__all__ = ["TritonCompiler", "Written"]


class Written(NamedTuple):
    """A kernel that was made.

    Args:
        source: the Triton function.
        stages: what it was compiled to, by Triton's names of the stages; empty without a target.
    """

    source: str
    stages: Dict[str, Any]


class TritonCompiler(LoopNestCompiler):
    """Triton kernels: for GPUs. On a CPU Triton's interpreter runs them, which is slow.

    Args:
        target: a GPU that each kernel is compiled for too, whether it is here or not:
            ``"cuda:90"``, ``"hip:gfx942"``. It isn't launched there.
        smallest: a lone operation of few instructions on fewer elements is left to Paddle.
        options: those of :class:`~paddlefx.compiler.base.Compiler`.

    Raises:
        ValueError: no such kind of GPU.
    """

    name = "triton"

    def __init__(
        self, *, target: Optional[str] = None, smallest: int = 1 << 16, **options: Any
    ) -> None:
        super().__init__(reuse_outputs=0, smallest=smallest, **options)
        self.target = None if target is None else target_of(target)
        #: The kernels so far, each once.
        self.written: List[Written] = []
        self._kernels: Dict[str, InterpretedKernel] = {}
        self._lock = threading.Lock()

    def kernel(self, nest: LoopNest) -> InterpretedKernel:
        """A kernel that the interpreter runs, compiled for the target too.

        Raises:
            CompileError: Triton refuses it.
        """
        source = write_kernel(nest)
        key = f"{nest.sizes} {source.signature} {source.text}"
        with self._lock:
            found = self._kernels.get(key)
            if found is None:
                stages = {} if self.target is None else compiled_for(source, self.target)
                found = self._kernels[key] = InterpretedKernel(source, nest)
                self.written.append(Written(source.text, stages))
        return found
