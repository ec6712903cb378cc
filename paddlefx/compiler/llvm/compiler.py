"""The ``llvm`` backend: chains of elementwise operations, reductions and normalisations as
fused kernels; all else runs as Paddle's own operations between them.
"""

from __future__ import annotations

from typing import Optional

from ..loop_nests import LoopNestCompiler
from ..loop_nests.nest import LoopNest
from .engine import Kernel, compile_nest

__all__ = ["LLVMCompiler"]


class LLVMCompiler(LoopNestCompiler):
    """Fused kernels for this processor, made by LLVM.

    Arithmetic is exact: the same bits as Paddle's. Transcendental functions are within a few
    units in the last place; sums are added in another order.

    Args:
        reuse_outputs: how much memory of results to keep for later calls, in bytes for each
            shape; 0 for none.
        smallest: a lone operation of few instructions on fewer elements is left to Paddle.
        allow_fallback: see :class:`~paddlefx.compiler.base.Compiler`.
        full_graph: the same.
        print_tabular_mode: the same.
    """

    name = "llvm"
    leaves_infinities = True

    def __init__(
        self,
        *,
        reuse_outputs: int = 1 << 28,
        smallest: int = 1 << 16,
        allow_fallback: bool = True,
        full_graph: bool = False,
        print_tabular_mode: Optional[str] = None,
    ) -> None:
        super().__init__(
            reuse_outputs=reuse_outputs,
            smallest=smallest,
            allow_fallback=allow_fallback,
            full_graph=full_graph,
            print_tabular_mode=print_tabular_mode,
        )

    def kernel(self, nest: LoopNest) -> Kernel:
        """Machine code."""
        return compile_nest(nest)
