"""Calls of Paddle's public functions and layers, for the proof that inference equals eager.

Each case runs plain Paddle code; every operation of ``paddle._C_ops`` that it reaches is
compared. ``check(function, *args)`` compares one call that Paddle doesn't reach through the
module (operators, and the builtins that 3.3 exports under public names).
"""

from __future__ import annotations

import operator
from typing import Any, Callable, Dict, List, Tuple

import numpy as np
import paddle
import paddle.nn.functional as F

__all__ = ["CASES", "Case"]

Check = Callable[..., Any]
Case = Callable[[Check], Any]

CASES: Dict[str, Case] = {}


def tensor(shape: Any, dtype: str = "float32", grad: bool = True) -> Any:
    """A tensor of small positive numbers."""
    size = int(np.prod(shape)) if shape else 1
    values = (np.arange(size).reshape(shape) % 3 + 1).astype("float32")
    result = paddle.to_tensor(values).astype(dtype)
    result.stop_gradient = not (grad and dtype.startswith(("float", "bfloat", "complex")))
    return result


def case(name: str) -> Callable[[Case], Case]:
    def enter(function: Case) -> Case:
        CASES[name] = function
        return function

    return enter


def simple(name: str, function: Callable[[], Any]) -> None:
    CASES[name] = lambda check: function()


def x() -> Any:
    return tensor([2, 3, 4])


def image(channels: int = 3) -> Any:
    return tensor([2, channels, 8, 8])


# -- one argument

_UNARY = """
abs acos acosh asin asinh atan atanh ceil cos cosh digamma erf erfinv exp expm1 floor i0 i0e i1 i1e
isfinite isinf isnan lgamma log log10 log1p log2 logit neg reciprocal round rsqrt sigmoid sign sin
sinh sqrt square tan tanh trunc frac rad2deg deg2rad angle conj is_empty numel shape rank
isreal sgn ones_like zeros_like exponential_
""".split()
for _name in _UNARY:
    if hasattr(paddle, _name):

        def _run(check: Check, name: str = _name) -> Any:
            value = x()
            if name.endswith("_"):
                value = value * 1
            return check(getattr(paddle, name), value)

        CASES[f"unary {_name}"] = _run

_ACTIVATIONS = """
relu relu6 elu selu celu gelu silu swish mish hardshrink hardsigmoid hardswish hardtanh leaky_relu
log_sigmoid log_softmax softmax softplus softshrink softsign tanhshrink thresholded_relu glu
gumbel_softmax rrelu normalize
""".split()
for _name in _ACTIVATIONS:
    simple(f"activation {_name}", lambda name=_name: getattr(F, name)(x()))
for _name in ("relu_", "elu_", "softmax_", "leaky_relu_", "hardtanh_", "tanh_"):
    if hasattr(F, _name):
        simple(f"activation {_name}", lambda name=_name: getattr(F, name)(x() * 1))

_REDUCTIONS = (
    "sum mean max min prod all any amax amin std var logsumexp median nanmean norm".split()
)
for _name in _REDUCTIONS:
    for _axis in (None, 1, -1, [0, 2]):
        for _keep in (False, True):
            if _axis == [0, 2] and _name in ("prod", "median", "nanmean"):
                continue

            def _reduce(
                check: Check, name: str = _name, axis: Any = _axis, keep: bool = _keep
            ) -> Any:
                value = x()
                if name in ("all", "any"):
                    value = value > 1
                return check(getattr(paddle, name), value, axis=axis, keepdim=keep)

            CASES[f"reduce {_name} {_axis} {_keep}"] = _reduce

for _dtype in ("int32", "int64", "bool", "float64", "float16"):
    for _name in ("sum", "mean", "max", "cumsum"):
        if _name in ("mean", "max", "cumsum") and _dtype in ("bool", "float16"):
            continue
        if _name == "mean" and _dtype.startswith("int"):
            continue

        def _typed(check: Check, name: str = _name, dtype: str = _dtype) -> Any:
            return check(getattr(paddle, name), tensor([2, 3], dtype))

        CASES[f"reduce {_name} of {_dtype}"] = _typed

# -- two arguments

_BINARY = """
add subtract multiply divide floor_divide remainder pow maximum minimum fmax fmin atan2 equal
not_equal less_than less_equal greater_than greater_equal logical_and logical_or logical_xor
hypot heaviside copysign ldexp logaddexp nextafter dot cross inner outer kron
""".split()
for _name in _BINARY:
    if hasattr(paddle, _name):

        def _two(check: Check, name: str = _name) -> Any:
            a, b = tensor([2, 3]), tensor([2, 3])
            if name.startswith("logical"):
                a, b = a > 1, b > 2
            return check(getattr(paddle, name), a, b)

        CASES[f"binary {_name}"] = _two
        if _name not in ("dot", "cross", "inner", "outer", "kron", "ldexp", "nextafter"):

            def _broadcast(check: Check, name: str = _name) -> Any:
                a, b = tensor([4, 1, 3]), tensor([2, 1])
                if name.startswith("logical"):
                    a, b = a > 1, b > 2
                return check(getattr(paddle, name), a, b)

            CASES[f"binary {_name} broadcast"] = _broadcast

for _name in ("bitwise_and", "bitwise_or", "bitwise_xor", "gcd", "lcm", "mod", "floor_divide"):

    def _integers(check: Check, name: str = _name) -> Any:
        return check(getattr(paddle, name), tensor([2, 3], "int32"), tensor([3], "int32"))

    CASES[f"binary {_name} of integers"] = _integers

for (
    _name
) in "add subtract multiply divide clip scale exp sqrt tanh ceil floor round reciprocal".split():

    def _inplace(check: Check, name: str = _name) -> Any:
        value = x() * 1
        extra = {"clip": (0.0, 1.0), "scale": (2.0,)}.get(name)
        if extra is None:
            binary = name in ("add", "subtract", "multiply", "divide")
            extra = (tensor([4], grad=False),) if binary else ()
        return getattr(value, name + "_")(*extra)

    CASES[f"in place {_name}_"] = _inplace

_OPERATORS = [
    operator.add,
    operator.sub,
    operator.mul,
    operator.truediv,
    operator.floordiv,
    operator.mod,
    operator.pow,
    operator.lt,
    operator.le,
    operator.eq,
    operator.ne,
    operator.gt,
    operator.ge,
]
_LEFT = [
    "float32",
    "float64",
    "float16",
    "bfloat16",
    "int32",
    "int64",
    "uint8",
    "bool",
    "complex64",
]
_SCALARS: List[Any] = [True, 2, -1, 0.5, 2.0, 1 + 2j, np.float32(1.5), np.int64(2)]
for _operator in _OPERATORS:
    for _dtype in _LEFT:

        def _scalars(check: Check, op: Any = _operator, dtype: str = _dtype) -> None:
            for scalar in _SCALARS:
                # Paddle's integer power never returns for a negative exponent.
                if op is not operator.pow or scalar != -1:
                    check(op, tensor([2, 3], dtype), scalar)
                check(op, scalar, tensor([2, 3], dtype))

        def _tensors(check: Check, op: Any = _operator, dtype: str = _dtype) -> None:
            for other in _LEFT:
                check(op, tensor([2, 3], dtype), tensor([3], other))
                check(op, tensor([2, 3], dtype), tensor([], other))
                check(op, tensor([], dtype), tensor([], other))
                check(op, tensor([2, 3], dtype, grad=False), tensor([2, 1], other))

        CASES[f"operator {_operator.__name__} {_dtype} scalar"] = _scalars
        CASES[f"operator {_operator.__name__} {_dtype} tensor"] = _tensors

_PYTHON_OPERATORS: List[Tuple[Any, Tuple[str, ...]]] = [
    (operator.neg, ("float32", "int64")),
    (operator.abs, ("float32", "int64")),
    (operator.invert, ("bool", "int32")),
    (operator.and_, ("bool", "int32")),
    (operator.or_, ("bool", "int32")),
    (operator.xor, ("bool", "int32")),
]
for _operator, _dtypes in _PYTHON_OPERATORS:
    for _dtype in _dtypes:

        def _python(check: Check, op: Any = _operator, dtype: str = _dtype) -> Any:
            operands = [tensor([2, 3], dtype)]
            if op in (operator.and_, operator.or_, operator.xor):
                operands.append(tensor([3], dtype))
            return check(op, *operands)

        CASES[f"operator {_operator.__name__} {_dtype}"] = _python

_MATMUL = [([2, 3], [3, 4]), ([3], [3]), ([2, 3], [3]), ([3], [3, 2]), ([5, 2, 3], [3, 4])]
_MATMUL += [([5, 2, 3], [5, 3, 4]), ([5, 1, 2, 3], [6, 3, 4]), ([2, 3], [2, 3])]
for _a, _b in _MATMUL:

    def _matmul(check: Check, a: Any = _a, b: Any = _b) -> None:
        check(operator.matmul, tensor(a), tensor(b))
        check(paddle.matmul, tensor(a), tensor(b)) if a != b or len(a) == 1 else None

    CASES[f"matmul {_a} {_b}"] = _matmul
simple("matmul transposed", lambda: paddle.matmul(x(), x(), transpose_y=True))
simple("mm", lambda: paddle.mm(tensor([2, 3]), tensor([3, 4])))
simple("bmm", lambda: paddle.bmm(tensor([2, 3, 4]), tensor([2, 4, 3])))
simple("addmm", lambda: paddle.addmm(tensor([2, 2]), tensor([2, 3]), tensor([3, 2])))
simple("einsum", lambda: paddle.einsum("bij,bjk->bik", x(), tensor([2, 4, 5])))
simple("tensordot", lambda: paddle.tensordot(x(), tensor([4, 5]), axes=1))
simple("linear", lambda: F.linear(x(), tensor([4, 5]), tensor([5])))
simple("bilinear", lambda: F.bilinear(tensor([2, 3]), tensor([2, 4]), tensor([5, 3, 4])))

# -- indexing

_INDEX: List[Any] = [
    0,
    -1,
    slice(None),
    slice(1, None),
    slice(None, None, 2),
    slice(None, None, -1),
    slice(-3, 100),
    slice(2, 1),
    None,
    Ellipsis,
    (0, 1),
    (0, 1, 2),
    (slice(None), 0),
    (Ellipsis, 0),
    (Ellipsis, slice(0, 2)),
    (None, Ellipsis, None),
    (slice(None), None, 1),
    (0, Ellipsis, slice(None, None, 2)),
    [0, 1],
    ([0, 1], [1, 2]),
    (slice(None), [0, 2]),
    (slice(None), [0, 2], [1, 3]),
    ([0, 1], slice(None), [1, 3]),
    (0, slice(None), [1, 3]),
    (Ellipsis, [1, 3]),
    ([0, 1], None),
    np.array([[0, 1], [1, 0]]),
    np.array([True, False]),
    (slice(None), np.array([True, False, True])),
    range(2),
]
for _number, _index in enumerate(_INDEX):

    def _getitem(check: Check, index: Any = _index) -> Any:
        return check(operator.getitem, x(), index)

    def _setitem(check: Check, index: Any = _index) -> None:
        check(operator.setitem, x() * 1, index, 1.5)
        target = tensor([2, 3, 4], grad=False)
        check(operator.setitem, target, index, tensor([1]))

    CASES[f"getitem {_number}"] = _getitem
    if not (isinstance(_index, slice) and _index == slice(2, 1)):
        CASES[f"setitem {_number}"] = _setitem


@case("getitem with tensors")
def _(check: Check) -> None:
    index = tensor([2], "int64")
    check(operator.getitem, tensor([5, 4, 6]), index)
    check(operator.getitem, tensor([5, 4, 6]), (slice(None), index))
    check(operator.getitem, tensor([5, 4, 6]), (index, index))
    check(operator.getitem, tensor([5, 4, 6]), (index, slice(None), index))
    check(operator.getitem, tensor([5, 4, 6]), (index, slice(1, 3), index))
    check(operator.getitem, tensor([5, 4, 6]), (tensor([3, 1], "int64"), index))
    check(operator.getitem, tensor([5, 4, 6]), tensor([], "int64"))
    check(operator.getitem, tensor([5, 4, 6]), (slice(None), tensor([], "int64")))


# -- shapes

for _name, _function in {
    "reshape": lambda: paddle.reshape(x(), [4, -1]),
    "reshape 0": lambda: paddle.reshape(x(), [0, -1]),
    "reshape to 0-d": lambda: paddle.reshape(tensor([1]), []),
    "reshape_": lambda: paddle.reshape_(x() * 1, [6, 4]),
    "flatten": lambda: paddle.flatten(x(), 1),
    "flatten_": lambda: paddle.flatten_(x() * 1, 1),
    "transpose": lambda: paddle.transpose(x(), [2, 0, 1]),
    "transpose_": lambda: paddle.transpose_(x() * 1, [2, 0, 1]),
    "t": lambda: paddle.t(tensor([2, 3])),
    "moveaxis": lambda: paddle.moveaxis(x(), 0, 2),
    "squeeze": lambda: paddle.squeeze(tensor([1, 3, 1])),
    "squeeze axis": lambda: paddle.squeeze(tensor([1, 3, 1]), 0),
    "squeeze_": lambda: paddle.squeeze_(tensor([1, 3, 1]) * 1, 0),
    "unsqueeze": lambda: paddle.unsqueeze(x(), [0, 2]),
    "unsqueeze_": lambda: paddle.unsqueeze_(x() * 1, 1),
    "concat": lambda: paddle.concat([x(), x()], axis=1),
    "concat one": lambda: paddle.concat([x()], axis=-1),
    "stack": lambda: paddle.stack([x(), x()], axis=1),
    "split": lambda: paddle.split(x(), 2, axis=2),
    "split sections": lambda: paddle.split(x(), [1, 3], axis=2),
    "split -1": lambda: paddle.split(x(), [1, -1], axis=2),
    "chunk": lambda: paddle.chunk(x(), 3, axis=1),
    "unbind": lambda: paddle.unbind(x(), axis=1),
    "unstack": lambda: paddle.unstack(x(), axis=1),
    "tile": lambda: paddle.tile(x(), [2, 1, 3]),
    "tile more": lambda: paddle.tile(x(), [2, 1, 1, 3]),
    "expand": lambda: paddle.expand(tensor([1, 3]), [4, 3]),
    "expand -1": lambda: paddle.expand(tensor([1, 3]), [2, 4, -1]),
    "expand_as": lambda: paddle.expand_as(tensor([1, 3]), tensor([4, 3])),
    "broadcast_to": lambda: paddle.broadcast_to(tensor([3]), [4, 3]),
    "slice": lambda: paddle.slice(x(), [0, 2], [0, 1], [1, 3]),
    "strided_slice": lambda: paddle.strided_slice(x(), [1, 2], [0, 0], [3, 4], [2, 2]),
    "gather": lambda: paddle.gather(x(), tensor([2], "int64") - 1, axis=1),
    "gather_nd": lambda: paddle.gather_nd(tensor([4, 4, 4]), tensor([3, 2], "int64")),
    "index_select": lambda: paddle.index_select(x(), tensor([2], "int64") - 1, axis=2),
    "index_sample": lambda: paddle.index_sample(tensor([2, 4]), tensor([2, 3], "int64") - 1),
    "take_along_axis": lambda: paddle.take_along_axis(x(), tensor([2, 1, 4], "int64") - 1, 1),
    "put_along_axis": lambda: paddle.put_along_axis(x(), tensor([2, 1, 4], "int64") - 1, 1.0, 1),
    "scatter": lambda: paddle.scatter(tensor([4, 3]), tensor([2], "int64"), tensor([2, 3])),
    "scatter_nd_add": lambda: paddle.scatter_nd_add(
        tensor([4, 3]), tensor([2, 1], "int64"), tensor([2, 3])
    ),
    "index_add": lambda: paddle.index_add(tensor([4, 3]), tensor([2], "int64"), 0, tensor([2, 3])),
    "flip": lambda: paddle.flip(x(), [0]),
    "roll": lambda: paddle.roll(x(), 1, 2),
    "rot90": lambda: paddle.rot90(x(), 1, [0, 1]),
    "tril": lambda: paddle.tril(tensor([4, 4])),
    "triu": lambda: paddle.triu(tensor([4, 4]), 1),
    "diag": lambda: paddle.diag(tensor([4])),
    "diagonal": lambda: paddle.diagonal(tensor([4, 3])),
    "repeat_interleave": lambda: paddle.repeat_interleave(x(), 2, 1),
    "meshgrid": lambda: paddle.meshgrid(tensor([3]), tensor([4])),
    "where": lambda: paddle.where(x() > 1, x(), x() * 2),
    "where broadcast": lambda: paddle.where(tensor([3, 1]) > 1, tensor([4]), tensor([1])),
    "masked_fill": lambda: paddle.masked_fill(x(), x() > 1, 0.0),
    "cast": lambda: paddle.cast(x(), "int64"),
    "astype": lambda: x().astype("float16"),
    "assign": lambda: paddle.assign(x()),
    "clone": lambda: paddle.clone(x()),
    "clip": lambda: paddle.clip(x(), 0.0, 1.0),
    "scale": lambda: paddle.scale(x(), 2.0, 1.0),
    "lerp": lambda: paddle.lerp(x(), x(), 0.5),
    "cumsum": lambda: paddle.cumsum(x(), 1),
    "cumsum flat": lambda: paddle.cumsum(x()),
    "cumprod": lambda: paddle.cumprod(x(), 1),
    "cummax": lambda: paddle.cummax(x(), 1),
    "logcumsumexp": lambda: paddle.logcumsumexp(x(), 1),
    "argsort": lambda: paddle.argsort(x(), axis=1, descending=True),
    "sort": lambda: paddle.sort(x(), axis=1),
    "topk": lambda: paddle.topk(x(), 2, axis=-1),
    "topk axis": lambda: paddle.topk(x(), 2, axis=1, largest=False),
    "kthvalue": lambda: paddle.kthvalue(x(), 2, 1),
    "mode": lambda: paddle.mode(x(), 1),
    "searchsorted": lambda: paddle.searchsorted(tensor([4]), tensor([2, 3])),
    "bincount length": lambda: paddle.histogram(tensor([4]), bins=5),
    "unfold": lambda: F.unfold(image(), 3),
    "fold": lambda: F.fold(tensor([2, 12, 9]), [4, 4], 2),
    "unflatten": lambda: paddle.unflatten(x(), 2, [2, 2]),
    "pow tensor": lambda: paddle._C_ops.pow(x(), paddle.to_tensor(2.0)),
    "tensor_unfold": lambda: paddle.unfold(x(), 1, 2, 1),
    "as_strided": lambda: paddle.as_strided(x(), [2, 2], [1, 2]),
    "view": lambda: x().view([6, 4]),
    "view dtype": lambda: x().view("int32"),
    "isclose": lambda: paddle.isclose(x(), x()),
    "allclose": lambda: paddle.allclose(x(), x()),
    "equal_all": lambda: paddle.equal_all(x(), x()),
    "dist": lambda: paddle.dist(x(), x()),
    "cdist": lambda: paddle.cdist(tensor([4, 3]), tensor([5, 3])),
    "trace": lambda: paddle.trace(tensor([3, 3])),
    "nan_to_num": lambda: paddle.nan_to_num(x()),
    "multiplex": lambda: paddle.multiplex(
        [tensor([2, 3]), tensor([2, 3])], tensor([2, 1], "int32") - 1
    ),
    "complex": lambda: paddle.complex(x(), x()),
    "as_complex": lambda: paddle.as_complex(tensor([3, 2])),
    "real": lambda: paddle.real(paddle.as_complex(tensor([3, 2]))),
    "imag": lambda: paddle.imag(paddle.as_complex(tensor([3, 2]))),
    "as_real": lambda: paddle.as_real(paddle.as_complex(tensor([3, 2]))),
    "increment": lambda: paddle.increment(tensor([1], grad=False)),
    "add_n": lambda: paddle.add_n([x(), x(), x()]),
    "stanh": lambda: paddle.stanh(x()),
    "renorm": lambda: paddle.renorm(x(), 2.0, 0, 1.0),
    "norm fro": lambda: paddle.linalg.norm(tensor([3, 3]), "fro"),
    "norm 1": lambda: paddle.linalg.norm(x(), 1, axis=1),
    "vector_norm": lambda: paddle.linalg.vector_norm(x(), 3.0),
    "inverse": lambda: paddle.inverse(paddle.eye(3)),
    "det": lambda: paddle.linalg.det(paddle.eye(3)),
    "cholesky": lambda: paddle.linalg.cholesky(paddle.eye(3)),
    "svd": lambda: paddle.linalg.svd(tensor([4, 3])),
    "qr": lambda: paddle.linalg.qr(tensor([4, 3])),
    "eigh": lambda: paddle.linalg.eigh(paddle.eye(3)),
    "solve": lambda: paddle.linalg.solve(paddle.eye(3), tensor([3, 2])),
    "matrix_power": lambda: paddle.linalg.matrix_power(paddle.eye(3), 2),
    "fft": lambda: paddle.fft.fft(tensor([8])),
    "rfft": lambda: paddle.fft.rfft(tensor([2, 8])),
    "irfft": lambda: paddle.fft.irfft(paddle.fft.rfft(tensor([2, 8]))),
    "stft": lambda: paddle.signal.stft(tensor([1, 64]), 16),
}.items():
    simple(f"shape {_name}", _function)

for _name in ("argmax", "argmin"):
    for _axis in (None, 1):
        for _keep in (False, True):

            def _arg(check: Check, name: str = _name, axis: Any = _axis, keep: bool = _keep) -> Any:
                return check(getattr(paddle, name), x(), axis=axis, keepdim=keep)

            CASES[f"{_name} {_axis} {_keep}"] = _arg

# -- creation

for _name, _function in {
    "full": lambda: paddle.full([2, 3], 1.5),
    "full int": lambda: paddle.full([2, 3], 1, "int64"),
    "full 0-d": lambda: paddle.full([], 1.5),
    "full_like": lambda: paddle.full_like(x(), 2, "int32"),
    "zeros": lambda: paddle.zeros([2, 3], "float64"),
    "ones": lambda: paddle.ones([2]),
    "empty": lambda: paddle.empty([2, 3]),
    "eye": lambda: paddle.eye(3, 4),
    "one_hot": lambda: F.one_hot(tensor([3], "int64"), 5),
    "rand": lambda: paddle.rand([2, 3]),
    "randn": lambda: paddle.randn([2, 3]),
    "randint": lambda: paddle.randint(0, 10, [4]),
    "randperm": lambda: paddle.randperm(5),
    "normal": lambda: paddle.normal(0.0, 1.0, [3]),
    "uniform": lambda: paddle.uniform([3], min=0.0, max=1.0),
    "bernoulli": lambda: paddle.bernoulli(paddle.full([3], 0.5)),
    "multinomial": lambda: paddle.multinomial(tensor([4], grad=False), 2),
    "tril_indices": lambda: paddle.tril_indices(3, 3, 0),
}.items():
    simple(f"create {_name}", _function)


@case("create of constants")
def _(check: Check) -> None:
    check(paddle.arange, 5)
    check(paddle.arange, 1, 10, 3, dtype="int32")
    check(paddle.arange, 0.0, 1.0, 0.25)
    check(paddle.linspace, 0.0, 1.0, 5)
    check(paddle.to_tensor, [1.0, 2.0])
    check(paddle.to_tensor, 3)
    check(paddle.to_tensor, [[True], [False]])
    check(paddle.to_tensor, 1.5, dtype="float64", stop_gradient=False)
