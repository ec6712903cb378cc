"""Fused CPU kernels by LLVM."""

from __future__ import annotations

from .compiler import LLVMCompiler

__all__ = ["LLVMCompiler"]
