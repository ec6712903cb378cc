"""The ``onnxruntime`` backend: regions of a graph as ONNX models, run by ONNX Runtime on the CPU.

Inputs and results are Paddle's own memory; nothing is copied at the border.
"""

from __future__ import annotations

from typing import Any, List, Optional, Sequence, Tuple

import numpy as np
import onnxruntime
import paddle

from .. import frameworks
from ..errors import CompileError
from ..tensor_meta import TensorMeta
from .node_by_node import CompiledRegion, NodeByNodeCompiler, dtype_name
from .onnx_operators import UNCHECKED, OnnxVisitor
from .onnx_operators.model import Value

__all__ = ["OnnxRuntimeCompiler"]

_empty: Any = paddle._C_ops.empty


class _Region(OnnxVisitor):
    """One region as a session."""

    compiler: OnnxRuntimeCompiler

    def finish(self, outputs: Sequence[Value], metas: Sequence[TensorMeta]) -> CompiledRegion:
        """A session that reads and writes the tensors' memory."""
        model, names = self._model(outputs)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = self.compiler.threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 4
        try:
            session = onnxruntime.InferenceSession(
                model, options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:
            raise CompileError(f"ONNX Runtime refuses a part: {error}") from error
        return _bound(session, self._inputs, names, metas)


def _bound(
    session: Any, inputs: Sequence[Value], names: Sequence[str], metas: Sequence[TensorMeta]
) -> CompiledRegion:
    """A function of tensors that runs a session on their memory."""
    run = session._sess.run_with_iobinding
    new_binding = session.io_binding
    # An input that nothing uses isn't in the model any more.
    used = {item.name for item in session.get_inputs()}
    entries = [
        (place, value.name, _numpy_type(value.dtype), list(value.shape))
        for place, value in enumerate(inputs)
        if value.name in used
    ]
    results = [
        (name, _numpy_type(dtype_name(meta.dtype)), list(meta.shape), meta.dtype)
        for name, meta in zip(names, metas)
    ]
    cpu = paddle.CPUPlace()

    def region(*tensors: Any) -> Tuple[Any, ...]:
        binding = new_binding()
        kept: List[Any] = []
        for place, name, kind, shape in entries:
            tensor = tensors[place]
            if not tensor.is_contiguous():
                tensor = tensor.contiguous()
                kept.append(tensor)
            binding.bind_input(name, "cpu", 0, kind, shape, tensor.data_ptr())
        made = []
        for name, kind, shape, dtype in results:
            tensor = _empty(shape, dtype, cpu)
            binding.bind_output(name, "cpu", 0, kind, shape, tensor.data_ptr())
            made.append(tensor)
        run(binding._iobinding, None)
        return tuple(made)

    return region


def _numpy_type(name: str) -> Any:
    return np.dtype(name).type


class OnnxRuntimeCompiler(NodeByNodeCompiler):
    """Compiles with ONNX Runtime.

    Args:
        threads: how many threads one operator may use; by default as many as Paddle does.
        options: those of :class:`~paddlefx.compiler.base.Compiler`.
    """

    name = "onnxruntime"
    visitor = _Region
    unchecked = UNCHECKED

    def __init__(self, *, threads: Optional[int] = None, **options: Any) -> None:
        super().__init__(**options)
        self.threads = frameworks.active().kernel_threads() if threads is None else threads
