"""Operations that backends of loop nests have kernels for, and how they are compared."""

from __future__ import annotations

import operator
from typing import Any, Callable, Dict, Tuple

import numpy as np
import paddle
import paddle.nn.functional as F

import paddlefx

FLOATS = ("float32", "float64")
INTEGERS = ("int32", "int64")
NUMBERS = (*FLOATS, *INTEGERS)
ALL = (*NUMBERS, "bool")

#: Functions of one tensor: the dtypes they take, how far from Paddle's own.
UNARY: Dict[str, Tuple[Callable[[Any], Any], Tuple[str, ...], float]] = {
    "abs": (paddle.abs, NUMBERS, 0),
    "add number": (lambda x: x + 2.5, FLOATS, 0),
    "add integer": (lambda x: x + 2, NUMBERS, 0),
    "ceil": (paddle.ceil, FLOATS, 0),
    "clip": (lambda x: paddle.clip(x, -1.5, 2.0), FLOATS, 0),
    "clip integer": (lambda x: paddle.clip(x, -10, 20), NUMBERS, 0),
    "divide by number": (lambda x: x / 3.0, FLOATS, 0),
    "elu": (lambda x: F.elu(x, 0.7), FLOATS, 8),
    "equal number": (lambda x: x == 1, NUMBERS, 0),
    "erf": (paddle.erf, FLOATS, 8),
    "exp": (paddle.exp, FLOATS, 4),
    "expm1": (paddle.expm1, FLOATS, 6),
    "floor": (paddle.floor, FLOATS, 0),
    "from number": (lambda x: 2.0 - x, FLOATS, 0),
    "gelu": (F.gelu, FLOATS, 8),
    "gelu tanh": (lambda x: F.gelu(x, approximate=True), FLOATS, 8),
    "greater than number": (lambda x: x > 0.5, FLOATS, 0),
    "hardsigmoid": (F.hardsigmoid, FLOATS, 2),
    "hardswish": (F.hardswish, FLOATS, 2),
    "hardtanh": (F.hardtanh, FLOATS, 0),
    "isfinite": (paddle.isfinite, FLOATS, 0),
    "isinf": (paddle.isinf, FLOATS, 0),
    "isnan": (paddle.isnan, FLOATS, 0),
    "leaky_relu": (lambda x: F.leaky_relu(x, 0.1), FLOATS, 0),
    "log": (paddle.log, FLOATS, 4),
    "log10": (paddle.log10, FLOATS, 4),
    "log1p": (paddle.log1p, FLOATS, 6),
    "log2": (paddle.log2, FLOATS, 4),
    "log_sigmoid": (F.log_sigmoid, FLOATS, 8),
    "logical_not": (paddle.logical_not, ALL, 0),
    "mish": (F.mish, FLOATS, 8),
    "multiply by integer": (lambda x: x * 3, NUMBERS, 0),
    "multiply by number": (lambda x: x * 0.3, FLOATS, 0),
    "negative": (operator.neg, NUMBERS, 0),
    "power 2": (lambda x: x**2, FLOATS, 2),
    "power 3": (lambda x: x**3, FLOATS, 2),
    "reciprocal": (paddle.reciprocal, FLOATS, 0),
    "relu": (F.relu, FLOATS, 0),
    "relu6": (F.relu6, FLOATS, 0),
    "rsqrt": (paddle.rsqrt, FLOATS, 2),
    "scale": (lambda x: paddle.scale(x, 1.7, 0.3), FLOATS, 0),
    "scale before": (
        lambda x: paddle.scale(x, 1.7, 0.3, bias_after_scale=False),
        FLOATS,
        0,
    ),
    "sigmoid": (F.sigmoid, FLOATS, 6),
    "silu": (F.silu, FLOATS, 6),
    "softplus": (F.softplus, FLOATS, 8),
    "softplus scaled": (lambda x: F.softplus(x, 2.0, 5.0), FLOATS, 8),
    "softsign": (F.softsign, FLOATS, 0),
    "sqrt": (paddle.sqrt, FLOATS, 2),
    "square": (paddle.square, NUMBERS, 0),
    "tanh": (paddle.tanh, FLOATS, 12),
    "tanhshrink": (F.tanhshrink, FLOATS, 8),
    "trunc": (paddle.trunc, FLOATS, 0),
    "to bool": (lambda x: x.astype("bool"), NUMBERS, 0),
    "to float32": (lambda x: x.astype("float32"), ("float64", *INTEGERS, "bool"), 0),
    "to float64": (lambda x: x.astype("float64"), ("float32", *INTEGERS, "bool"), 0),
    "to int32": (lambda x: x.astype("int32"), ("int64", "bool"), 0),
    "to int64": (lambda x: x.astype("int64"), ("int32", "bool"), 0),
    "finite to int32": (lambda x: paddle.clip(x, -9.0, 9.0).astype("int32"), FLOATS, 0),
}

#: Functions of two tensors of one dtype.
BINARY: Dict[str, Tuple[Callable[[Any, Any], Any], Tuple[str, ...]]] = {
    "+": (operator.add, NUMBERS),
    "-": (operator.sub, NUMBERS),
    "*": (operator.mul, NUMBERS),
    "/": (operator.truediv, FLOATS),
    "maximum": (paddle.maximum, NUMBERS),
    "minimum": (paddle.minimum, NUMBERS),
    "<": (operator.lt, NUMBERS),
    "<=": (operator.le, NUMBERS),
    "==": (operator.eq, ALL),
    "!=": (operator.ne, ALL),
    ">": (operator.gt, NUMBERS),
    ">=": (operator.ge, NUMBERS),
    "and": (paddle.logical_and, ALL),
    "or": (paddle.logical_or, ALL),
    "xor": (paddle.logical_xor, ALL),
    "&": (operator.and_, (*INTEGERS, "bool")),
    "|": (operator.or_, (*INTEGERS, "bool")),
    "^": (operator.xor, (*INTEGERS, "bool")),
    "where": (lambda x, y: paddle.where(x > y, x, y), NUMBERS),
    "lerp": (lambda x, y: paddle.lerp(x, y, y), FLOATS),
}

#: How far those are from Paddle's own that aren't equal. On Intel's processors its division is MKL's,
#: which isn't always the nearest number.
BINARY_ULPS = {"/": 1, "lerp": 2}

#: Functions over rows: how far from Paddle's own, in units of precision.
ROWS: Dict[str, Tuple[Callable[[Any], Any], Tuple[str, ...], float]] = {
    "sum": (lambda x: x.sum(-1), FLOATS, 200),
    "sum kept": (lambda x: x.sum(-1, keepdim=True), FLOATS, 200),
    "sum of integers": (lambda x: x.sum(-1), (*INTEGERS, "bool"), 0),
    "sum of all": (lambda x: x.sum(), (*NUMBERS, "bool"), 200),
    "sum of two": (lambda x: x.sum([-2, -1]), NUMBERS, 200),
    "mean": (lambda x: x.mean(-1), FLOATS, 200),
    "max": (lambda x: x.max(-1), NUMBERS, 0),
    "min": (lambda x: x.min(-1, keepdim=True), NUMBERS, 0),
    "max of all": (lambda x: x.max(), NUMBERS, 0),
    "softmax": (F.softmax, FLOATS, 32),
    "log_softmax": (F.log_softmax, FLOATS, 64),
    "log_softmax of far": (lambda x: F.log_softmax(x * 99.0), FLOATS, 64),
    "softmax of far": (lambda x: paddle.log(F.softmax(x * 99.0)), FLOATS, 64),
    "layer_norm": (lambda x: F.layer_norm(x, [x.shape[-1]]), FLOATS, 64),
    "layer_norm of two": (lambda x: F.layer_norm(x, x.shape[-2:]), FLOATS, 64),
    "centred": (lambda x: (x - x.mean(-1, keepdim=True)) * 2.0, FLOATS, 64),
    "variance": (
        lambda x: paddle.square(x - x.mean(-1, keepdim=True)).mean(-1),
        FLOATS,
        2000,
    ),
    "normed": (
        lambda x: x / (paddle.sqrt((x * x).sum(-1, keepdim=True)) + 1e-6),
        FLOATS,
        200,
    ),
    "dropped": (lambda x: paddle.exp(x.max(-1)) + x.min(-1), FLOATS, 32),
}


SPECIAL = [0.0, -0.0, np.inf, -np.inf, np.nan, 1e-30, -1e-30, 1.0, -1.0, 88.0, -88.0, 1e30, 0.5]


def values(dtype: str, seed: int, shape: Tuple[int, ...] = (13, 37)) -> Any:
    """A tensor of usual numbers, with the special ones at the start where there are any."""
    random = np.random.default_rng(seed)
    if dtype == "bool":
        return paddle.to_tensor(random.integers(0, 2, shape).astype("bool"))
    if dtype in INTEGERS:
        return paddle.to_tensor(random.integers(-50, 50, shape).astype(dtype))
    array = (random.normal(size=shape) * 3).astype(dtype)
    flat = array.reshape(-1)
    if flat.size > 200:
        # Each special number beside each other one.
        rolled = np.roll(SPECIAL, seed)
        flat[: len(SPECIAL)] = rolled
    return paddle.to_tensor(array)


#: Where Paddle's own result at an infinity is none of IEEE's, or another in vectors than
#: elsewhere: float32 sqrt(inf) is NaN, (-inf)**3 is inf, log_sigmoid(-inf) is NaN.
NOT_AT_INFINITY = ("gelu tanh", "log_sigmoid", "power 3", "sqrt")
#: Formulas that cancel: Paddle's results have errors in units of 1.
CANCELLING = ("elu", "gelu", "gelu tanh", "log_sigmoid", "mish", "softplus", "softplus scaled")
CANCELLING += (
    "tanhshrink",
    "layer_norm",
    "layer_norm of two",
    "centred",
    "variance",
    "log_softmax",
    "log_softmax of far",
    "softmax of far",
)


def assert_same(
    backend: Any, function: Callable[..., Any], *tensors: Any, ulps: float = 0, name: str = ""
) -> None:
    """The compiled function against the plain one: type, shape, values, signs of zeros.

    Args:
        backend: a compiler.
        function: of tensors.
        tensors: its arguments.
        ulps: how far results may be apart, in units of the dtype's precision.
        name: the case's.
    """
    with paddle.no_grad():
        expected = function(*tensors)
        # optimize() takes no builtins.
        plain = lambda *tensors: function(*tensors)  # noqa: E731
        got = paddlefx.optimize(plain, backend=backend, full_graph=True)(*tensors)
    assert got.dtype == expected.dtype
    assert got.shape == expected.shape
    assert got.stop_gradient
    a, b = got.numpy(), expected.numpy()
    if ulps and a.dtype.kind == "f":
        eps, tiny = np.finfo(a.dtype).eps, np.finfo(a.dtype).tiny
        with np.errstate(all="ignore"):
            scale = np.maximum(np.abs(b), 1.0 if name in CANCELLING else tiny)
            if name in CANCELLING and tensors[0].shape == expected.shape:
                scale = np.fmax(scale, np.abs(tensors[0].numpy()))
            # Below the smallest normal number, Paddle's exp(-inf) among others isn't exact.
            near = (np.abs(a - b) <= ulps * eps * scale) | (np.maximum(abs(a), abs(b)) < tiny)
        near |= (a == b) | (np.isnan(a) & np.isnan(b))
        if name in NOT_AT_INFINITY:
            near |= np.isinf(tensors[0].numpy())
        assert np.all(near), (tensors[0].numpy()[~near], a[~near], b[~near])
        return
    np.testing.assert_array_equal(a, b)
    if a.dtype.kind == "f":
        zeros = a == 0
        np.testing.assert_array_equal(np.signbit(a[zeros]), np.signbit(b[zeros]))
