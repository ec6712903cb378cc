"""The ``openvino`` backend: regions of a graph as ONNX models, compiled by OpenVINO for the CPU.

Inputs are Paddle's own memory, and results are written into it. Numbers are computed as float32
unless bfloat16 is asked for: on CPUs that have it OpenVINO would choose it by itself.
"""

from __future__ import annotations

import ctypes
import math
import threading
from typing import Any, Callable, Dict, Optional, Sequence, Tuple

import numpy as np
import openvino
import paddle

from .. import frameworks
from ..errors import CompileError
from ..tensor_meta import TensorMeta
from .node_by_node import CompiledRegion, dtype_name
from .onnx_operators import UNCHECKED, OnnxVisitor
from .onnx_operators.model import Value
from .onnx_operators.varying import Formula
from .varying import Result, VaryingCompiler, shape_of

__all__ = ["OpenVINOCompiler"]

_empty: Any = paddle._C_ops.empty


class _Region(OnnxVisitor):
    """One region as a compiled model."""

    compiler: OpenVINOCompiler

    def finish(self, outputs: Sequence[Value], metas: Sequence[TensorMeta]) -> CompiledRegion:
        """A function that runs the model on the tensors' memory."""
        # Up to 2025.3 a result that is an input isn't written.
        passed = {
            index: self._inputs.index(value)
            for index, value in enumerate(outputs)
            if value in self._inputs
        }
        computed = [index for index in range(len(outputs)) if index not in passed]
        if not computed:
            raise CompileError("nothing but inputs")
        model, names = self.model([outputs[index] for index in computed])
        results = [
            Result(name, [Formula(size) for size in metas[index].shape], metas[index].dtype)
            for name, index in zip(names, computed)
        ]
        inputs = [(value.name, value.dtype) for value in self._inputs]
        requests = self.compiler.requests(model, inputs, results)

        def run(*tensors: Any) -> Tuple[Any, ...]:
            return requests.run(tensors, ())

        return _with_inputs(run, passed) if passed else run


def _with_inputs(run: CompiledRegion, passed: Dict[int, int]) -> CompiledRegion:
    """Copies of inputs put among the results, by their places in both."""

    def region(*tensors: Any) -> Tuple[Any, ...]:
        results = list(run(*tensors))
        for index in sorted(passed):
            results.insert(index, tensors[passed[index]].clone())
        return tuple(results)

    return region


class _Requests:
    """Runs a compiled model; each thread has a request of its own."""

    def __init__(
        self,
        compiled: Any,
        inputs: Sequence[Tuple[int, int, str]],
        results: Sequence[Result],
    ) -> None:
        self.compiled = compiled
        self.inputs = [(port, place, np.dtype(dtype)) for port, place, dtype in inputs]
        self.results = [
            (shape_of(result.shape), result.dtype, np.dtype(dtype_name(result.dtype)))
            for result in results
        ]
        self.place = paddle.CPUPlace()
        self.own = threading.local()

    def run(self, tensors: Sequence[Any], sizes: Sequence[int]) -> Tuple[Any, ...]:
        """The results, as new tensors."""
        request = getattr(self.own, "request", None)
        if request is None:
            request = self.own.request = self.compiled.create_infer_request()
        kept = []
        for port, place, dtype in self.inputs:
            tensor = tensors[place]
            if not tensor.is_contiguous():
                tensor = tensor.contiguous()
            kept.append(tensor)
            request.set_input_tensor(port, _view(tensor.data_ptr(), dtype, tensor.shape))
        made = []
        for port, (shape_at, kind, dtype) in enumerate(self.results):
            shape = shape_at(sizes)
            tensor = _empty(shape, kind, self.place)
            request.set_output_tensor(port, _view(tensor.data_ptr(), dtype, shape))
            made.append(tensor)
        request.infer()
        return tuple(made)


def _view(address: int, dtype: Any, shape: Sequence[int]) -> Any:
    """OpenVINO's tensor in a given memory."""
    memory = (ctypes.c_char * (math.prod(shape) * dtype.itemsize)).from_address(address)
    array = np.frombuffer(memory, dtype=dtype).reshape(shape)
    return openvino.Tensor(array, shared_memory=True)


class OpenVINOCompiler(VaryingCompiler):
    """Compiles with OpenVINO.

    Args:
        precision: ``"float32"``, or ``"bfloat16"`` where the CPU is faster with it and an error of
            some half a percent doesn't matter.
        threads: how many threads a call may use; by default as many as Paddle does.
        options: those of :class:`~paddlefx.compiler.base.Compiler`.

    Raises:
        ValueError: another precision.
    """

    name = "openvino"
    visitor = _Region
    unchecked = UNCHECKED
    #: Its CPU plugin computes int64 as int32.
    dtypes = frozenset({"float32", "int32", "bool"})

    def __init__(
        self, *, precision: str = "float32", threads: Optional[int] = None, **options: Any
    ) -> None:
        super().__init__(**options)
        names = {"float32": "f32", "bfloat16": "bf16"}
        if precision not in names:
            raise ValueError(f"precision is 'float32' or 'bfloat16', not {precision!r}")
        if threads is None:
            threads = frameworks.active().kernel_threads()
        self.settings: Dict[str, Any] = {
            "INFERENCE_PRECISION_HINT": names[precision],
            "INFERENCE_NUM_THREADS": threads,
            "PERFORMANCE_HINT": "LATENCY",
        }
        self._core: Any = None

    def core(self) -> Any:
        """OpenVINO's own entry, made when it is first needed."""
        if self._core is None:
            self._core = openvino.Core()
        return self._core

    def requests(
        self, model: bytes, inputs: Sequence[Tuple[str, str]], results: Sequence[Result]
    ) -> _Requests:
        """What runs a model.

        Args:
            model: in ONNX's form.
            inputs: their names and dtypes.
            results: its outputs.

        Raises:
            CompileError: OpenVINO refuses the model.
        """
        core = self.core()
        try:
            compiled = core.compile_model(core.read_model(model), "CPU", self.settings)
        except Exception as error:
            raise CompileError(f"OpenVINO refuses a part: {error}") from error
        places = {name: place for place, (name, _) in enumerate(inputs)}
        used = []
        for port, item in enumerate(compiled.inputs):
            named = [places[name] for name in item.get_names() if name in places]
            if len(named) != 1:
                raise CompileError("OpenVINO has made one input of several")
            used.append((port, named[0], inputs[named[0]][1]))
        return _Requests(compiled, used, results)

    def run_model(
        self, model: bytes, names: Sequence[str], dtypes: Sequence[str], results: Sequence[Result]
    ) -> Callable[[Sequence[Any], Sequence[int]], Tuple[Any, ...]]:
        """A compiled model that takes all sizes."""
        return self.requests(model, list(zip(names, dtypes)), results).run
