"""Operations on tensors whose data is known: which may really run during capture, and how.

What a list of constants, ``paddle.full`` or ``paddle.arange`` of constants and small operations on
these give is known before the graph runs. It isn't computed by rules of our own: the very
operation runs, once, on the very data.
"""

from __future__ import annotations

import contextlib
import math
import operator
from typing import Any, Callable, Dict, FrozenSet, Iterator, List, Optional, Tuple

import numpy as np
import paddle
from paddle.base import core

from ..errors import InferenceError
from ..tensor_meta import TensorMeta
from .paddle_inference import canonical_dtype

__all__ = [
    "COMPUTING",
    "DATA_METHODS",
    "NEW",
    "NUMBER_READERS",
    "SIZES",
    "SIZE_OPERATORS",
    "evaluated",
    "known_sizes",
    "same_tensors",
    "stand_in",
    "tensor_of",
]

_Tensor: Any = paddle.Tensor


def _names(text: str) -> FrozenSet[str]:
    return frozenset(text.split())


#: Operations whose results depend on nothing but their arguments. They write to nothing.
COMPUTING: FrozenSet[str] = _names(
    """
    full full_like full_int_array arange linspace logspace eye tril triu tril_indices triu_indices
    assign cast scale add subtract multiply divide floor_divide remainder elementwise_pow pow
    maximum minimum fmax fmin abs sign floor ceil round trunc sqrt rsqrt square reciprocal exp log
    sum mean max min amax amin prod any all cumsum cumprod argmax argmin argsort
    concat stack split split_with_num unbind unstack slice strided_slice reshape view_shape squeeze
    unsqueeze flatten transpose expand expand_as tile flip reverse roll
    repeat_interleave repeat_interleave_with_tensor_index gather gather_nd index_select
    take_along_axis where equal not_equal less_than less_equal greater_than greater_equal
    logical_and logical_or logical_not logical_xor bitwise_and bitwise_or bitwise_not bitwise_xor
    isfinite isnan isinf nonzero unique masked_select one_hot meshgrid broadcast_tensors diag
    diagonal clip equal_all allclose isclose searchsorted bucketize numel shape shape64 pad
    """
)

#: Operations that compute sizes of sizes, and operators.
SIZES: FrozenSet[str] = _names(
    """
    add subtract multiply floor_divide scale assign cast concat stack split split_with_num unbind
    slice reshape squeeze unsqueeze flatten expand tile sum prod maximum minimum max min full
    """
)
SIZE_OPERATORS = (
    operator.add,
    operator.sub,
    operator.mul,
    operator.floordiv,
    operator.neg,
    operator.getitem,
)

#: Operations whose results surely share no memory with their arguments.
NEW: FrozenSet[str] = _names(
    """
    add subtract multiply divide floor_divide remainder elementwise_pow maximum minimum matmul
    linear embedding conv2d layer_norm softmax cos sin exp concat stack tile gather gather_nd
    index_select where equal not_equal less_than less_equal greater_than greater_equal full
    full_like arange
    """
)

#: Methods of a tensor that give its data, and nothing that somebody could have configured.
_METHODS = (
    "__array__", "__bool__", "__complex__", "__float__", "__index__", "__int__", "__long__",
    "__nonzero__", "item", "numpy", "tolist",
)  # fmt: skip

#: In C: from a tensor of one element to that element.
NUMBER_READERS: Tuple[Any, ...] = (_Tensor.numpy, np.ndarray.item)

DATA_METHODS: Dict[int, Any] = {
    id(getattr(_Tensor, name)): getattr(_Tensor, name)
    for name in _METHODS
    if getattr(_Tensor, name, None) is not None
}


@contextlib.contextmanager
def _without_gradients() -> Iterator[None]:
    before = core._has_grad()
    core._set_has_grad(False)
    try:
        yield
    finally:
        core._set_has_grad(before)


def evaluated(target: Callable[..., Any], args: Tuple[Any, ...], kwargs: Dict[str, Any]) -> Any:
    """What a call gives, really run.

    Args:
        target: an operation, an operator, a method of the tensor type, or a function that makes
            a tensor.
        args: its arguments, tensors among them.
        kwargs: its keyword arguments.

    Returns:
        tensors, nested as the result is, that take no part in autograd.

    Raises:
        InferenceError: Paddle refuses the arguments.
    """
    with _without_gradients():
        try:
            return target(*args, **kwargs)
        except Exception as error:
            name = getattr(target, "__name__", str(target))
            raise InferenceError(f"{name}: {error}") from error


def same_tensors(inferred: Any, found: Any) -> bool:
    """Whether real tensors are what inference says of them, in structure, shapes and dtypes."""
    if isinstance(inferred, TensorMeta):
        return (
            isinstance(found, _Tensor)
            and tuple(found.shape) == inferred.shape
            and canonical_dtype(found.dtype) == inferred.dtype
        )
    if isinstance(inferred, (tuple, list)):
        return (
            type(found) is type(inferred)
            and len(found) == len(inferred)
            and all(same_tensors(one, two) for one, two in zip(inferred, found))
        )
    return inferred is None and found is None


def tensor_of(values: List[int], shape: Tuple[int, ...], dtype: Any) -> Any:
    """A tensor of ints: flat values, and the shape and dtype that they get."""
    with _without_gradients():
        return paddle.to_tensor(values, dtype=dtype).reshape(list(shape))


def stand_in(meta: TensorMeta, known: Any) -> Any:
    """A new tensor of a description: a copy of a tensor of that, or zeros."""
    with _without_gradients():
        return paddle.zeros(list(meta.shape), meta.dtype) if known is None else known.clone()


def known_sizes(name: Optional[str], args: Tuple[Any, ...]) -> Optional[List[Any]]:
    """The flat ints that ``shape`` or ``numel`` give; ``None`` for other calls.

    Args:
        name: the operation's in ``paddle._C_ops``.
        args: a meta for the tensor.
    """
    if not args or not isinstance(args[0], TensorMeta):
        return None
    if name not in ("shape", "shape64", "numel"):
        return None
    shape = list(args[0].shape)
    if any(type(size) is int and size < 0 for size in shape):
        return None
    if name != "numel":
        return shape
    return [math.prod(shape)]
