"""Operators on Paddle tensors: what ``x + y``, ``x < 2``, ``x[i]`` give.

Arithmetic and comparisons are C++ methods of the tensor type
(``paddle/fluid/pybind/eager_math_op_patch.cc``) with their own rules for scalars, for 0-d
tensors and for promotion. Rather than a copy of those rules, Paddle is asked: the very
operator runs once on one-element tensors of the same dtypes, and the answer (a dtype,
whether a gradient flows, or a refusal) is kept. Shapes broadcast.
"""

from __future__ import annotations

import operator
import threading
from typing import Any, Callable, Dict, List, Tuple

import numpy as np
import paddle

from ..errors import InferenceError
from ..tensor_meta import TensorMeta
from .paddle_indexing import broadcast_shapes, index_shape, is_mask, takes_all
from .paddle_inference import canonical_dtype, inference_error

__all__ = ["METHODS", "NATIVE", "OperatorInference", "matmul_shape"]

#: Operators that are C++ methods of the tensor type, by symbol.
NATIVE: Dict[str, Callable[..., Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "//": operator.floordiv,
    "%": operator.mod,
    "**": operator.pow,
    "@": operator.matmul,
    "<": operator.lt,
    "<=": operator.le,
    "==": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    ">=": operator.ge,
    "[]": operator.getitem,
    "[]=": operator.setitem,
}

#: The C++ methods: name -> (operator, operands swapped).
METHODS: Dict[str, Tuple[Callable[..., Any], bool]] = {
    "__add__": (operator.add, False),
    "__radd__": (operator.add, True),
    "__sub__": (operator.sub, False),
    "__rsub__": (operator.sub, True),
    "__mul__": (operator.mul, False),
    "__rmul__": (operator.mul, True),
    "__truediv__": (operator.truediv, False),
    "__div__": (operator.truediv, False),
    "__rtruediv__": (operator.truediv, True),
    "__rdiv__": (operator.truediv, True),
    "__floordiv__": (operator.floordiv, False),
    "__rfloordiv__": (operator.floordiv, True),
    "__mod__": (operator.mod, False),
    "__rmod__": (operator.mod, True),
    "__pow__": (operator.pow, False),
    "__rpow__": (operator.pow, True),
    "__matmul__": (operator.matmul, False),
    "__rmatmul__": (operator.matmul, True),
    "__lt__": (operator.lt, False),
    "__le__": (operator.le, False),
    "__eq__": (operator.eq, False),
    "__ne__": (operator.ne, False),
    "__gt__": (operator.gt, False),
    "__ge__": (operator.ge, False),
    "_getitem_dygraph": (operator.getitem, False),
    "_setitem_dygraph": (operator.setitem, False),
}

_BINARY = {function for symbol, function in NATIVE.items() if symbol not in ("[]", "[]=", "@")}
_UNARY = {operator.neg, operator.pos, operator.invert, operator.abs}
_PYTHON_BINARY = {
    operator.and_,
    operator.or_,
    operator.xor,
    operator.lshift,
    operator.rshift,
}

_full: Any = paddle._C_ops.full

_SCALARS = (bool, int, float, complex, np.number, np.bool_)


def matmul_shape(a: Tuple[int, ...], b: Tuple[int, ...]) -> Tuple[int, ...]:
    """The shape of a matrix product, batches broadcast.

    Raises:
        InferenceError: they don't fit.
    """
    if not a or not b:
        raise InferenceError("matmul: a 0-d tensor can't be multiplied with @")
    left = a if len(a) > 1 else (1, *a)
    right = b if len(b) > 1 else (*b, 1)
    if left[-1] != right[-2]:
        raise InferenceError(f"matmul: shapes {list(a)} and {list(b)} don't fit")
    shape = broadcast_shapes([left[:-2], right[:-2]])
    if len(a) > 1:
        shape += (left[-2],)
    if len(b) > 1:
        shape += (right[-1],)
    return shape


class OperatorInference:
    """Infers functions of the ``operator`` module on tensors.

    Args:
        mode: the state that the answers depend on (grad mode, AMP), as a hashable.
    """

    def __init__(self, mode: Callable[[], Tuple[Any, ...]]) -> None:
        self._mode = mode
        self._answers: Dict[Tuple[Any, ...], Any] = {}
        self._lock = threading.Lock()

    def knows(self, target: Any) -> bool:
        """Whether it is an operator."""
        return (
            target in _BINARY
            or target in _UNARY
            or target in _PYTHON_BINARY
            or target in (operator.getitem, operator.setitem, operator.matmul)
        )

    def run(self, target: Any, args: Tuple[Any, ...]) -> Any:
        """What the operator gives; ``None`` for ``setitem``.

        Raises:
            InferenceError: Paddle refuses the operands, or the shape depends on data.
        """
        if target is operator.getitem:
            return self._getitem(args)
        if target is operator.setitem:
            self.after_setitem(args)
            return None
        operands = list(args)
        metas = [operand for operand in operands if isinstance(operand, TensorMeta)]
        shapes = [item.shape for item in operands if isinstance(item, (TensorMeta, np.ndarray))]
        dtype, stop_gradient, scalar = self._ask(target, operands)
        if target is operator.matmul:
            shape = matmul_shape(*shapes)
        elif not any(shapes):
            shape = scalar  # not always (): 0-d // 2 has one dimension
        else:
            shape = broadcast_shapes(shapes)
        return TensorMeta(shape, dtype, stop_gradient, metas[0].place)

    def _ask(self, target: Any, operands: List[Any]) -> Tuple[Any, bool, Tuple[int, ...]]:
        key: List[Any] = [target, self._mode()]
        for operand in operands:
            if isinstance(operand, TensorMeta):
                key.append((operand.dtype, not operand.shape, operand.stop_gradient))
            elif isinstance(operand, np.ndarray):
                key.append((np.ndarray, operand.dtype, operand.ndim == 0, operand.tobytes()))
            elif isinstance(operand, _SCALARS):
                key.append((type(operand), operand))
            else:
                raise InferenceError(
                    f"{target.__name__}: a tensor and {type(operand).__name__} can't be captured"
                )
        answer = self._answers.get(tuple(key))
        if answer is None:
            answer = self._probe(target, operands)
            with self._lock:
                if len(self._answers) > 4096:
                    self._answers.clear()
                self._answers[tuple(key)] = answer
        if isinstance(answer, InferenceError):
            raise InferenceError(answer.reason, hint=answer.hint)
        result: Tuple[Any, bool, Tuple[int, ...]] = answer
        return result

    def _probe(self, target: Any, operands: List[Any]) -> Any:
        """The operator on one-element tensors; what it refuses is an answer too."""
        tensors = []
        for operand in operands:
            if isinstance(operand, TensorMeta):
                shape = [1] if operand.shape else []
                place = operand.place
                if place is None:
                    place = paddle.base.framework._current_expected_place()
                tensor = _full(shape, 1, operand.dtype, place)
                tensor.stop_gradient = operand.stop_gradient
                tensors.append(tensor)
            elif isinstance(operand, np.ndarray) and operand.ndim:
                tensors.append(np.ones([1], operand.dtype))
            else:
                tensors.append(operand)
        try:
            result = target(*tensors)
        except Exception as error:
            return inference_error(error, target)
        if not isinstance(result, paddle.Tensor):
            return InferenceError(f"{target.__name__} gives {type(result).__name__}, no tensor")
        return canonical_dtype(result.dtype), bool(result.stop_gradient), tuple(result.shape)

    def _getitem(self, args: Tuple[Any, ...]) -> Any:
        value, index = args
        if not isinstance(value, TensorMeta):
            # A step into the structure that a multi-output operation gave.
            if isinstance(value, (tuple, list, dict)) and not isinstance(index, TensorMeta):
                try:
                    return value[index]
                except (IndexError, KeyError, TypeError) as error:
                    raise InferenceError(f"getitem: {error}") from error
            raise InferenceError(f"getitem: {type(value).__name__} can't be indexed with a tensor")
        shape = index_shape(value.shape, index)
        if takes_all(value.shape, index):
            return value
        has_grad = self._mode()[0]
        return value._replace(shape=shape, stop_gradient=value.stop_gradient or not has_grad)

    def _check_masked(self, target: TensorMeta, value: Any) -> None:
        """A mask picks as many elements as the data says: one value for all of them fits."""
        if isinstance(value, TensorMeta):
            if value.shape not in ((), (1,)):
                raise InferenceError(
                    "assignment under a mask of values whose number depends on the mask",
                    hint="use paddle.where",
                )
            if not self._mode()[0] and target.stop_gradient and not value.stop_gradient:
                raise InferenceError("assignment under a mask where gradients are off")
        elif not isinstance(value, _SCALARS):
            raise InferenceError(f"setitem: a value of type {type(value).__name__}")

    def after_setitem(self, args: Tuple[Any, ...]) -> TensorMeta:
        """The tensor's meta once ``x[index] = value`` has run.

        Raises:
            InferenceError: the index or the value doesn't fit.
        """
        target, index, value = args
        if not isinstance(target, TensorMeta):
            raise InferenceError(f"setitem: {type(target).__name__} is no tensor")
        stop_gradient = target.stop_gradient
        if any(isinstance(key, bool) for key in (index if type(index) is tuple else (index,))):
            raise InferenceError("assignment at a bool: Paddle 3.0 refuses what later ones take")
        if is_mask(target.shape, index):
            self._check_masked(target, value)
            stop = value.stop_gradient if isinstance(value, TensorMeta) else True
            return target._replace(stop_gradient=stop_gradient and stop)
        shape = index_shape(target.shape, index)
        if isinstance(value, TensorMeta):
            if broadcast_shapes([shape, value.shape]) != shape and 0 not in shape:
                squeezed = tuple(value.shape[len(value.shape) - len(shape) :])
                if max([1, *value.shape[: len(value.shape) - len(shape)]]) != 1 or (
                    broadcast_shapes([shape, squeezed]) != shape
                ):
                    raise InferenceError(
                        f"setitem: a value of shape {list(value.shape)} for {list(shape)}"
                    )
            # Whether gradients are on or not: set_value_ doesn't ask.
            stop_gradient = stop_gradient and value.stop_gradient
        elif not isinstance(value, (*_SCALARS, np.ndarray)):
            raise InferenceError(f"setitem: a value of type {type(value).__name__}")
        return target._replace(stop_gradient=stop_gradient)
