"""The ``onnxruntime`` backend: regions of a graph as ONNX models, run by ONNX Runtime on the CPU.

Inputs and results are Paddle's own memory; nothing is copied at the border.
"""

from __future__ import annotations

from typing import Any, Callable, List, Optional, Sequence, Tuple

import numpy as np
import onnxruntime
import paddle

from .. import frameworks
from ..errors import CompileError
from ..tensor_meta import TensorMeta
from .node_by_node import CompiledRegion, dtype_name
from .onnx_operators import UNCHECKED, OnnxVisitor
from .onnx_operators.model import Value
from .onnx_operators.varying import Formula
from .varying import Result, VaryingCompiler, shape_of

__all__ = ["OnnxRuntimeCompiler"]

_empty: Any = paddle._C_ops.empty


class _Region(OnnxVisitor):
    """One region as a session."""

    compiler: OnnxRuntimeCompiler

    def finish(self, outputs: Sequence[Value], metas: Sequence[TensorMeta]) -> CompiledRegion:
        """A session that reads and writes the tensors' memory."""
        model, names = self.model(outputs)
        inputs = [(value.name, value.dtype) for value in self._inputs]
        results = [
            Result(name, [Formula(size) for size in meta.shape], meta.dtype)
            for name, meta in zip(names, metas)
        ]
        run = _bound(self.compiler.session(model), inputs, results)
        return lambda *tensors: run(tensors, ())


def _bound(
    session: Any, inputs: Sequence[Tuple[str, str]], results: Sequence[Result]
) -> Callable[[Sequence[Any], Sequence[int]], Tuple[Any, ...]]:
    """A function of tensors, and of the sizes, that runs a session on their memory.

    Args:
        session: of ONNX Runtime.
        inputs: names and dtypes.
        results: what it gives.
    """
    run = session._sess.run_with_iobinding
    new_binding = session.io_binding
    # An input that nothing uses isn't in the model any more.
    used = {item.name for item in session.get_inputs()}
    entries = [
        (place, name, _numpy_type(dtype))
        for place, (name, dtype) in enumerate(inputs)
        if name in used
    ]
    outputs = [
        (result.name, _numpy_type(dtype_name(result.dtype)), shape_of(result.shape), result.dtype)
        for result in results
    ]
    cpu = paddle.CPUPlace()

    def region(tensors: Sequence[Any], sizes: Sequence[int]) -> Tuple[Any, ...]:
        binding = new_binding()
        kept: List[Any] = []
        for place, name, kind in entries:
            tensor = tensors[place]
            if not tensor.is_contiguous():
                tensor = tensor.contiguous()
                kept.append(tensor)
            binding.bind_input(name, "cpu", 0, kind, tensor.shape, tensor.data_ptr())
        made = []
        for name, kind, shape_at, dtype in outputs:
            shape = shape_at(sizes)
            tensor = _empty(shape, dtype, cpu)
            binding.bind_output(name, "cpu", 0, kind, shape, tensor.data_ptr())
            made.append(tensor)
        run(binding._iobinding, None)
        return tuple(made)

    return region


def _numpy_type(name: str) -> Any:
    return np.dtype(name).type


class OnnxRuntimeCompiler(VaryingCompiler):
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

    def session(self, model: bytes) -> Any:
        """ONNX Runtime's session for a model.

        Raises:
            CompileError: it refuses the model.
        """
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = self.threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 4
        try:
            return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        except Exception as error:
            raise CompileError(f"ONNX Runtime refuses a part: {error}") from error

    def run_model(
        self, model: bytes, names: Sequence[str], dtypes: Sequence[str], results: Sequence[Result]
    ) -> Callable[[Sequence[Any], Sequence[int]], Tuple[Any, ...]]:
        """A session that takes all sizes."""
        return _bound(self.session(model), list(zip(names, dtypes)), results)
