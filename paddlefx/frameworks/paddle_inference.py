"""Shapes and dtypes of Paddle operations without running them.

Every function of ``paddle._C_ops`` is one C++ dispatcher: with a tracer it runs the eager
kernel, without one it appends an operation to a PIR program, and infers its shape and
dtype (``paddle/fluid/pybind/ops_api.cc``). The tracer is a C++ ``thread_local``
(``egr::Controller::tracer_``), so taking it away from this thread alone turns the very same
call into inference: ``paddle.in_dynamic_mode()`` and the other threads notice nothing.

PIR's insertion point is one for the process. It is set and put back around each call under a
lock; only a thread that builds a static program at the same moment could meet it.
"""

from __future__ import annotations

import contextlib
import sys
import threading
import traceback
from typing import Any, Callable, Dict, Iterator, List, Optional, Tuple

import paddle
from paddle.base import core
from paddle.base.framework import _dygraph_tracer

from ..errors import InferenceError
from ..tensor_meta import TensorMeta

__all__ = [
    "PROGRAM_LOCK",
    "PirInference",
    "canonical_dtype",
    "flat_metas",
    "inference_error",
    "no_call_stacks",
]

_pir: Any = paddle.base.libpaddle.pir
_data: Any = paddle._C_ops.data

#: Held while anything is appended to a program: there is one insertion point in the process.
PROGRAM_LOCK = threading.RLock()

#: Operations in a program before a new one is begun.
_PROGRAM_SIZE = 512

_DTYPE_NAMES = (
    *("bool", "float16", "bfloat16", "float32", "float64", "complex64", "complex128"),
    *("int8", "int16", "int32", "int64", "uint8", "float8_e4m3fn", "float8_e5m2"),
)
_DTYPES: Dict[Any, Any] = {
    getattr(paddle, name): getattr(paddle, name) for name in _DTYPE_NAMES if hasattr(paddle, name)
}


def canonical_dtype(dtype: Any) -> Any:
    """The one object for a dtype: Paddle makes a new equal one on each read."""
    return _DTYPES.get(dtype, dtype)


def inference_error(error: BaseException, target: Any) -> InferenceError:
    """Paddle's refusal as ours, with its message without the C++ source line."""
    message = str(error).strip().split("\n  [Hint", 1)[0]
    message = message.rsplit(" (at /", 1)[0].strip()
    name = getattr(target, "__name__", str(target))
    return InferenceError(
        f"{name}: {message}" if message else f"{name}: {type(error).__name__}",
        hint="the plain function raises the same at this line",
    )


@contextlib.contextmanager
def no_call_stacks() -> Iterator[None]:
    """Operations appended by this thread are spared the Python stack they were called from.

    Paddle asks ``traceback.extract_stack`` for it and keeps it as an attribute of the operation,
    for messages; with a hundred frames of ours that takes several times as long as the inference.
    Other threads get their stacks.
    """
    thread = threading.get_ident()
    extract_stack = traceback.extract_stack

    def without_ours(f: Any = None, limit: Optional[int] = None) -> traceback.StackSummary:
        if threading.get_ident() == thread:
            return traceback.StackSummary()
        return extract_stack(sys._getframe(1) if f is None else f, limit)

    traceback.extract_stack = without_ours
    try:
        yield
    finally:
        traceback.extract_stack = extract_stack


class PirInference:
    """Runs operations on PIR values in a private program.

    One for the process; :meth:`run` may be called from any thread.
    """

    def __init__(self) -> None:
        self._program: Any = None
        self._count = 0
        self._inputs: Dict[Tuple[Any, ...], Any] = {}
        self._place = core.Place()
        self._differentiable: Dict[str, bool] = {}

    @contextlib.contextmanager
    def _building(self) -> Iterator[None]:
        """This thread appends to our program."""
        tracer = _dygraph_tracer()
        with PROGRAM_LOCK, no_call_stacks():
            if self._program is None or self._count >= _PROGRAM_SIZE:
                self._inputs.clear()
                self._program = _pir.Program()
                self._count = 0
            before = _pir.get_current_insertion_point()
            core._switch_tracer(None)
            try:
                _pir.set_insertion_point_to_block_end(self._program.global_block())
                yield
            finally:
                core._switch_tracer(tracer)
                _pir.set_insertion_point(before)

    def _value(self, meta: TensorMeta, index: int) -> Any:
        """An input of the program. ``index`` tells equal inputs of one call apart.

        One serves all shapes: what was inferred before is read, and the program never runs.
        """
        key = (meta.dtype, meta.stop_gradient, index)
        value = self._inputs.get(key)
        if value is None:
            self._count += 1
            value = _data(f"input_{self._count}", list(meta.shape), meta.dtype, self._place)
            value.stop_gradient = meta.stop_gradient
            self._inputs[key] = value
        else:
            value.set_type(_pir.create_shaped_type(value.type(), list(meta.shape)))
        return value

    def run(
        self,
        function: Callable[..., Any],
        args: Tuple[Any, ...],
        kwargs: Dict[str, Any],
    ) -> Any:
        """The result of ``function`` with a meta for each tensor in it.

        ``stop_gradient`` is right where gradients are on; a shape that depends on data
        has -1 in it; an output that isn't there is ``None``.

        Args:
            function: an operation of ``paddle._C_ops``.
            args: arguments with a TensorMeta for each tensor.
            kwargs: keyword arguments, likewise.
            finish: makes a meta of a PIR value.

        Raises:
            InferenceError: Paddle refuses the arguments.
        """
        counter = 0

        def enter(value: Any) -> Any:
            nonlocal counter
            if isinstance(value, TensorMeta):
                counter += 1
                return self._value(value, counter)
            if isinstance(value, list):
                return [enter(item) for item in value]
            if type(value) is tuple:
                return tuple([enter(item) for item in value])
            if type(value) is dict:
                return {key: enter(item) for key, item in value.items()}
            return value

        with self._building():
            try:
                inputs = [enter(argument) for argument in args]
                named = {key: enter(value) for key, value in kwargs.items()}
                result = function(*inputs, **named)
            except Exception as error:
                # Whatever a refused operation left behind goes with its program.
                self._program = None
                raise inference_error(error, function) from error
            self._count += 1
            return self._leave(result)

    def _leave(self, result: Any) -> Any:
        if isinstance(result, _pir.Value):
            return self._meta(result)
        if isinstance(result, tuple):
            return tuple([self._leave(item) for item in result])
        if isinstance(result, list):
            return [self._leave(item) for item in result]
        # An optional output that isn't there is False.
        return None if result is False else result

    def _meta(self, value: Any) -> Optional[TensorMeta]:
        if _pir.is_fake_value(value):
            return None
        producer = value.get_defining_op()
        while producer.name() in ("builtin.split", "builtin.slice"):
            producer = producer.operand_source(0).get_defining_op()
        name = producer.name()
        differentiable = self._differentiable.get(name)
        if differentiable is None:
            differentiable = self._differentiable[name] = bool(core.has_vjp(producer))
        dtype = canonical_dtype(value.dtype)
        return TensorMeta(tuple(value.shape), dtype, not differentiable or value.stop_gradient)


def flat_metas(value: Any) -> List[TensorMeta]:
    """The metas in a nested structure, in order."""
    if isinstance(value, TensorMeta):
        return [value]
    if isinstance(value, (tuple, list)):
        return [meta for item in value for meta in flat_metas(item)]
    if isinstance(value, dict):
        return [meta for item in value.values() for meta in flat_metas(item)]
    return []
