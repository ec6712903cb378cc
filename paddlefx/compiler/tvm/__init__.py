"""The ``tvm`` backend: regions of a graph compiled by Apache TVM for the CPU.

Two routes lead there: ``relax``, by way of ONNX and TVM's own graph language, and ``te``, tensor
expressions written operator by operator and fused into one function. Either way each function
gets :mod:`the default schedule <.schedule>` or what MetaSchedule has found.
"""

from __future__ import annotations

from .tvm_compiler import TVMCompiler

__all__ = ["TVMCompiler"]
