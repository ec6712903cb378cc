"""What backends that write kernels share: which calls of a graph become one loop nest, what it
computes for each element, its gradients, and how it is called with tensors.
"""

from __future__ import annotations

from .compiler import LoopNestCompiler

__all__ = ["LoopNestCompiler"]
