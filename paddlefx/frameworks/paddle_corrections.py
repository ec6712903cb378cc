"""Where PIR's inference and Paddle's eager kernels disagree, the kernels are right.

Each function here takes the arguments and the inferred result of one operation of
``paddle._C_ops`` and gives the result that the kernel gives. The proof list in
``tests/integration`` found them.
"""

from __future__ import annotations

from typing import Any, Callable, Dict, Tuple

import paddle

from ..errors import InferenceError
from ..tensor_meta import TensorMeta
from .paddle_operators import matmul_shape

__all__ = ["CORRECTIONS", "REWRITES"]

_Arguments = Tuple[Any, ...]
_Named = Dict[str, Any]

_Call = Tuple[Any, _Arguments, _Named]

_reshape: Any = paddle._C_ops.reshape
_product: Any = paddle._C_ops.matmul
_copy: Any = paddle._C_ops.assign

_ITEM_SIZES: Dict[Any, int] = {
    getattr(paddle, name): size
    for name, size in {
        "bool": 1,
        "uint8": 1,
        "int8": 1,
        "int16": 2,
        "float16": 2,
        "bfloat16": 2,
        "int32": 4,
        "float32": 4,
        "int64": 8,
        "float64": 8,
        "complex64": 8,
        "complex128": 16,
    }.items()
}


def _argument(args: _Arguments, kwargs: _Named, index: int, *names: str) -> Any:
    if index < len(args):
        return args[index]
    for name in names:
        if name in kwargs:
            return kwargs[name]
    return None


def _matmul(args: _Arguments, kwargs: _Named, result: TensorMeta) -> TensorMeta:
    """PIR forgets to broadcast batches when the ranks differ, and 3.0 to check the sizes."""
    a = _argument(args, kwargs, 0, "x", "input").shape
    b = _argument(args, kwargs, 1, "y", "other").shape
    if _argument(args, kwargs, 2, "transpose_x") and len(a) > 1:
        a = (*a[:-2], a[-1], a[-2])
    if _argument(args, kwargs, 3, "transpose_y") and len(b) > 1:
        b = (*b[:-2], b[-1], b[-2])
    return result._replace(shape=matmul_shape(a, b))


def _einsum(args: _Arguments, kwargs: _Named, result: Any) -> Any:
    """The second and third outputs are caches of the kernel whose shapes PIR makes up."""
    del args, kwargs
    return (result[0], *[[None] * len(caches) for caches in result[1:]])


def _as_strided(args: _Arguments, kwargs: _Named, result: TensorMeta) -> TensorMeta:
    """PIR gives the input's shape."""
    return result._replace(shape=tuple(_argument(args, kwargs, 1, "dims", "shape")))


def _equal_all(args: _Arguments, kwargs: _Named, result: TensorMeta) -> TensorMeta:
    """PIR gives the inputs' dtype."""
    del args, kwargs
    return result._replace(dtype=paddle.bool)


def _view_dtype(args: _Arguments, kwargs: _Named, result: TensorMeta) -> TensorMeta:
    """PIR gives the input's dtype. The last dimension shrinks or grows with the item size."""
    source: TensorMeta = args[0]
    dtype = _argument(args, kwargs, 1, "dtype")
    old, new = _ITEM_SIZES.get(source.dtype), _ITEM_SIZES.get(dtype)
    if old is None or new is None:
        raise InferenceError(f"view_dtype: a view of {source.dtype} as {dtype}")
    shape = source.shape
    if old != new:
        if not shape or (shape[-1] * old) % new:
            raise InferenceError(f"view_dtype: {list(shape)} of {source.dtype} as {dtype}")
        shape = (*shape[:-1], shape[-1] * old // new)
    return result._replace(shape=shape, dtype=dtype)


def _affine_grid(args: _Arguments, kwargs: _Named, result: TensorMeta) -> TensorMeta:
    """PIR doesn't read a constant output size."""
    size = _argument(args, kwargs, 1, "output_shape")
    if not isinstance(size, (list, tuple)) or not all(type(n) is int for n in size):
        return result
    return result._replace(shape=(size[0], *size[2:], len(size) - 2))


def _rnn(args: _Arguments, kwargs: _Named, result: Any) -> Any:
    """The second output is the kernel's state of dropout; its shape is made up."""
    del args, kwargs
    return (result[0], None, *result[2:])


def _received(place: int) -> Callable[[_Arguments, _Named, Any], Any]:
    """PIR doesn't know the rows of a message's target: ``out_size``, or as many as ``x`` has.

    ``paddle/phi/kernels/cpu/send_u_recv_kernel.cc``; a size below one is no size.
    """

    def rows(args: _Arguments, kwargs: _Named, result: Any) -> Any:
        size = _argument(args, kwargs, place, "out_size")
        if isinstance(size, (list, tuple)) and len(size) == 1:
            size = size[0]
        if type(size) is not int:
            return result
        count = size if size > 0 else _argument(args, kwargs, 0, "x").shape[0]
        if isinstance(result, TensorMeta):
            return result._replace(shape=(count, *result.shape[1:]))
        received: TensorMeta = result[0]
        return type(result)([received._replace(shape=(count, *received.shape[1:])), *result[1:]])

    return rows


def _as_view(target: Any, args: _Arguments, kwargs: _Named) -> _Call:
    """3.0 has no inference for a view; it is a reshape."""
    del target
    return _reshape, args, kwargs


def _as_copy(target: Any, args: _Arguments, kwargs: _Named) -> _Call:
    """No inference: the gradient and dtype are the operand's, and a correction has the shape."""
    del target
    return _copy, (_argument(args, kwargs, 0, "input", "x"),), {}


def _tensor_unfold(args: _Arguments, kwargs: _Named, result: TensorMeta) -> TensorMeta:
    """Windows along an axis, their elements behind all others.

    Raises:
        InferenceError: a window doesn't fit, or the size isn't known.
    """
    axis = _argument(args, kwargs, 1, "axis")
    size = _argument(args, kwargs, 2, "size")
    step = _argument(args, kwargs, 3, "step")
    shape = list(result.shape)
    rank = len(shape)
    known = all(type(number) is int for number in (axis, size, step))
    if not known or not -rank <= axis < rank or step <= 0 or not 0 <= size <= shape[axis]:
        raise InferenceError("tensor_unfold: such windows")
    shape[axis] = (shape[axis] - size) // step + 1
    return result._replace(shape=(*shape, size))


def _as_product(target: Any, args: _Arguments, kwargs: _Named) -> _Call:
    """No inference either; the bias changes whether a gradient flows, not the shape."""
    del target
    x = _argument(args, kwargs, 0, "input", "x")
    weight = _argument(args, kwargs, 1, "weight", "w")
    bias = _argument(args, kwargs, 2, "bias")
    if isinstance(bias, TensorMeta):
        x = x._replace(stop_gradient=x.stop_gradient and bias.stop_gradient)
    return _product, (x, weight, False, False), {}


def _to_a_number(target: Any, args: _Arguments, kwargs: _Named) -> _Call:
    """An exponent in a tensor of one element is read by the kernel; the result is as for any."""
    exponent = args[1] if len(args) > 1 else None
    if isinstance(exponent, TensorMeta) and all(size == 1 for size in exponent.shape):
        args = (args[0], 1.0, *args[2:])
    return target, args, kwargs


def _with_number(target: Any, args: _Arguments, kwargs: _Named) -> _Call:
    """Optimisers give the value of ``full_`` as text, which only the eager call reads."""
    if len(args) > 2 and isinstance(args[2], str):
        args = (*args[:2], float(args[2]), *args[3:])
    return target, args, kwargs


def _apart(target: Any, args: _Arguments, kwargs: _Named) -> _Call:
    """Of operands unlike in dtype, infer the operation that isn't in place.

    Paddle generates ``add_`` of two PIR values such that it casts the operands and calls itself;
    the cast in place leaves the dtype, so that it never ends (the stack overflows, the process
    dies). The eager operation gives its tensor the promoted dtype, as the other one does.
    """
    if len(args) > 1 and all(isinstance(operand, TensorMeta) for operand in args[:2]):
        if args[0].dtype != args[1].dtype:
            return getattr(paddle._C_ops, target.__name__[:-1]), args, kwargs
    return target, args, kwargs


#: Operations in place that promote their operands.
_PROMOTING = [
    "add_",
    "copysign_",
    "divide_",
    "equal_",
    "floor_divide_",
    "greater_equal_",
    "greater_than_",
    "less_equal_",
    "less_than_",
    "logical_and_",
    "logical_or_",
    "logical_xor_",
    "multiply_",
    "not_equal_",
    "remainder_",
    "subtract_",
]

#: What to infer instead: ``(target, args, kwargs) -> call`` with the same result.
REWRITES: Dict[str, Callable[[Any, _Arguments, _Named], _Call]] = {
    "full_": _with_number,
    "linear": _as_product,
    "pow": _to_a_number,
    "tensor_unfold": _as_copy,
    "view_shape": _as_view,
    **dict.fromkeys(_PROMOTING, _apart),
}

#: By name: ``(args, kwargs, inferred) -> right``.
CORRECTIONS: Dict[str, Callable[[_Arguments, _Named, Any], Any]] = {
    "affine_grid": _affine_grid,
    "as_strided": _as_strided,
    "einsum": _einsum,
    "equal_all": _equal_all,
    "matmul": _matmul,
    "rnn": _rnn,
    "tensor_unfold": _tensor_unfold,
    "send_u_recv": _received(4),
    "send_ue_recv": _received(6),
    "view_dtype": _view_dtype,
}
