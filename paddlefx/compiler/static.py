"""The ``static`` backend: Paddle's own inference engine with oneDNN.

in: a PIR program. out: a callable around ``paddle.inference`` predictors of it, which fuse and
fold it (convolution, batch norm and activation; matrix product, bias and activation) and choose
oneDNN's kernels. Nothing but the Paddle wheel is needed.
"""

from __future__ import annotations

import math
import os
import tempfile
import threading
from typing import Any, Callable, List, Sequence, Tuple, Union

import paddle
from paddle.base import core

from .. import frameworks
from ..errors import CompileError
from ..frameworks.paddle_program import StaticProgram
from .static_graph import StaticGraphCompiler

__all__ = ["StaticCompiler"]

#: ``inplace_pass`` overwrites a value that is still used, behind ``y = (x * 10).astype("int32")``
#: twice and ``y + 1`` (Paddle 3.3.1).
_WRONG_PASSES = ("inplace_pass",)

#: Below 0 an executor that is made keeps what lies between its operations for its next run;
#: at 0 it frees each when it was read last (``interpretercore_garbage_collector.cc``).
_COLLECTS = "FLAGS_eager_delete_tensor_gb"
#: Bytes that a predictor may keep so. Getting memory anew in each call took 8 % of resnet18's.
_MOST_KEPT = 1 << 28
_LARGEST_ELEMENT = 4

_copy: Any = core.eager.ops.assign
_reshape: Any = core.eager.ops.reshape
#: ``paddle.inference`` sets the level of glog and other flags of the process while it starts.
_starting = threading.Lock()


def _mean(x: Any, axis: Union[int, Sequence[int], None] = None, keepdim: bool = False) -> Any:
    """A mean without ``pd_op.mean``, of which oneDNN's part of Paddle prints a line to stdout."""
    shape = list(x.shape)
    given = [axis] if isinstance(axis, int) else axis or range(len(shape))
    axes = [int(each) % len(shape) for each in given]
    count = math.prod([shape[each] for each in axes])
    total = paddle._C_ops.sum(x, axes, x.dtype, keepdim)
    return paddle._C_ops.scale(total, 1.0 / count, 0.0, True)


def _log_softmax(x: Any, axis: int = -1) -> Any:
    """As ``pd_op.log_softmax`` is: oneDNN's goes on where that stops, at 64 below the largest."""
    if not x.shape:
        return paddle._C_ops.log_softmax(x, axis)
    shifted = paddle._C_ops.subtract(x, paddle._C_ops.max(x, [axis], True))
    shifted = paddle._C_ops.clip(shifted, -64.0, 0.0)
    total = paddle._C_ops.sum(paddle._C_ops.exp(shifted), [axis], x.dtype, True)
    return paddle._C_ops.subtract(shifted, paddle._C_ops.log(total))


class StaticCompiler(StaticGraphCompiler):
    """Inference through ``paddle.inference`` with oneDNN; graphs that need gradients stay eager.

    Floats differ from plain Paddle's in the last digits, as other kernels add in another order.
    """

    name = "static"
    instead = {"mean": _mean, "log_softmax": _log_softmax}

    def compile_program(self, program: StaticProgram) -> Callable[[List[Any]], Sequence[Any]]:
        """A callable that runs the program's predictor, one for each thread at a time.

        Raises:
            CompileError: Paddle can't make a predictor of it.
        """
        with tempfile.TemporaryDirectory(prefix="paddlefx-") as folder:
            try:
                predictor = _created(program, folder)
            except (RuntimeError, ValueError, OSError) as error:
                lines = str(error).strip().splitlines()
                raise CompileError(f"paddle.inference: {lines[0] if lines else error}") from error
        return _Predictors(
            predictor, _without_dimensions(program), _bytes_computed(program) <= _MOST_KEPT
        )


def _created(program: StaticProgram, folder: str) -> Any:
    model = os.path.join(folder, "program.json")
    core.serialize_pir_program(program.program, model, True, False, True)
    weights = os.path.join(folder, "program.pdiparams")
    names = sorted(program.weights)
    tensors = [program.weights[name].contiguous().get_tensor() for name in names]
    core.save_combine_func(tensors, names, weights, True, False, False)
    config = paddle.inference.Config(model, weights)
    config.disable_gpu()
    config.enable_mkldnn()
    for name in _WRONG_PASSES:
        config.delete_pass(name)
    config.disable_glog_info()
    # Making a predictor sets it for the process.
    config.set_cpu_math_library_num_threads(frameworks.active().kernel_threads())
    with _starting:
        return paddle.inference.create_predictor(config)


def _without_dimensions(program: StaticProgram) -> Tuple[int, ...]:
    return tuple([index for index, value in enumerate(program.values) if not value.shape])


def _bytes_computed(program: StaticProgram) -> int:
    """The memory of all that the program computes, if none is used twice, roughly."""
    return sum(
        _LARGEST_ELEMENT * math.prod([max(size, 1) for size in value.shape])
        for operation in program.program.global_block().ops
        if operation.name() not in ("builtin.parameter", "pd_op.data")
        for value in operation.results()
        if value.is_dense_tensor_type()
    )


class _Predictors:
    """A predictor and its clones: one runs one call at a time, and they share the weights.

    Args:
        first: made of the program.
        scalars: the results without dimensions, to which some kernels of oneDNN give one.
        keeps: whether a predictor keeps the memory between its operations for the next call.
    """

    def __init__(self, first: Any, scalars: Tuple[int, ...], keeps: bool) -> None:
        self._scalars = scalars
        self._first = first
        self._keeps = keeps
        self._idle: List[Any] = []
        #: Those that haven't run yet.
        self._new = [first]
        self._cloning = threading.Lock()

    def __call__(self, inputs: List[Any]) -> List[Any]:
        """What the program gives for dense tensors on the CPU.

        The memory of its results is the predictor's own, which the next run overwrites: they
        are copied before it goes to another call.
        """
        for index, tensor in enumerate(inputs):
            if not tensor.is_contiguous():
                inputs[index] = tensor.contiguous()
        try:
            predictor = self._idle.pop()
        except IndexError:
            predictor, given = self._begun(inputs)
        else:
            given = predictor.run(inputs)
        results = [_copy(result) for result in given]
        self._idle.append(predictor)
        for index in self._scalars:
            results[index] = _reshape(results[index], [])
        return results

    def _begun(self, inputs: List[Any]) -> Tuple[Any, Sequence[Any]]:
        """One more predictor, and the results of its first run, in which it makes its executor."""
        with self._cloning:
            predictor = self._new.pop() if self._new else self._first.clone()
        if not self._keeps:
            return predictor, predictor.run(inputs)
        with _starting:
            before = paddle.get_flags(_COLLECTS)
            paddle.set_flags({_COLLECTS: -1.0})
            try:
                return predictor, predictor.run(inputs)
            finally:
                paddle.set_flags(before)
