"""The ``triton`` backend: the groups of calls that one loop nest can compute as Triton kernels.

Triton is for GPUs. On a CPU its interpreter runs the kernels, one program after another in NumPy:
that proves them, and is slow. They are compiled for a GPU on machines without one.
"""

from __future__ import annotations

from .triton_compiler import TritonCompiler

__all__ = ["TritonCompiler"]
