"""The ``mlir`` backend: regions of a graph as MLIR's ``linalg`` on tensors.

Two runtimes take the text: the upstream compiler and execution engine that torch-mlir's wheel
brings (no torch), and IREE, for whole graphs.
"""

from __future__ import annotations

from .mlir_compiler import MLIRCompiler

__all__ = ["MLIRCompiler"]
