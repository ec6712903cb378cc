"""The second route: a region as tensor expressions (TE), which become one function of loops.

in: the operator graph of a region. out: a function that reads and writes the tensors' own memory;
there is no machine between the call and the loops. It has fewer operators than the route by way
of ONNX: those that fuse.
"""

from __future__ import annotations

import math
from typing import Any, Callable, List, Sequence, Tuple

import paddle
import tvm
from tvm import te, topi

from ...errors import CompileError
from ...graph import Node
from ...tensor_meta import TensorMeta
from ..node_by_node import CompiledRegion, OperatorVisitor, Unsupported, dtype_name
from .schedule import scheduled

__all__ = ["TensorExpressions"]

_empty: Any = paddle._C_ops.empty
_Method = Callable[..., Any]


def _floating(function: Callable[[Any], Any]) -> _Method:
    """Of one floating tensor."""

    def method(self: TensorExpressions, node: Node, x: Any, **rest: Any) -> Any:
        del node, rest
        self._need_float(x)
        return function(x)

    method.__doc__ = f"TVM's {function.__name__}."
    return method


def _arithmetic(function: Callable[[Any, Any], Any], integers: bool = True) -> _Method:
    """Of two tensors of one dtype."""

    def method(self: TensorExpressions, node: Node, x: Any, y: Any, **rest: Any) -> Any:
        del node, rest
        if x.dtype != y.dtype or x.dtype == "bool" or not (integers or _is_float(x)):
            raise Unsupported(f"{x.dtype} and {y.dtype}")
        return function(x, y)

    method.__doc__ = f"TVM's {function.__name__}."
    return method


def _comparison(function: Callable[[Any, Any], Any]) -> _Method:
    def method(self: TensorExpressions, node: Node, x: Any, y: Any, **rest: Any) -> Any:
        del node, rest
        if x.dtype != y.dtype or x.dtype == "bool":
            raise Unsupported(f"{x.dtype} and {y.dtype}")
        return function(x, y)

    method.__doc__ = f"TVM's {function.__name__}."
    return method


def _is_float(x: Any) -> bool:
    return str(x.dtype) in ("float32", "float64")


def _exp(x: Any) -> Any:
    """The polynomial where there is one for the dtype."""
    return topi.fast_exp(x) if str(x.dtype) == "float32" else topi.exp(x)


def _tanh(x: Any) -> Any:
    return topi.fast_tanh(x) if str(x.dtype) == "float32" else topi.tanh(x)


def _erf(x: Any) -> Any:
    return topi.fast_erf(x) if str(x.dtype) == "float32" else topi.erf(x)


def _number(value: float, x: Any) -> Any:
    return tvm.tirx.const(value, str(x.dtype))


def _sigmoid(x: Any) -> Any:
    one = _number(1.0, x)
    return topi.divide(one, topi.add(_exp(topi.negative(x)), one))


def _shape(x: Any) -> Tuple[int, ...]:
    return tuple([int(size) for size in x.shape])


class TensorExpressions(OperatorVisitor):
    """One region as one function.

    Args:
        compiler: a :class:`~paddlefx.compiler.tvm.TVMCompiler`, for its target.
        layer: the operator graph of the region.
    """

    compiler: Any

    def __init__(self, compiler: Any, layer: Any) -> None:
        super().__init__(compiler, layer)
        self._inputs: List[Any] = []
        self._weights: List[Any] = []

    def placeholder(self, name: str, meta: TensorMeta) -> Any:
        """An argument."""
        tensor = te.placeholder(meta.shape, dtype_name(meta.dtype), name)
        self._inputs.append(tensor)
        return tensor

    def get_attr(self, name: str, meta: TensorMeta, tensor: Any) -> Any:
        """An argument that is given in each call."""
        weight = te.placeholder(meta.shape, dtype_name(meta.dtype), name)
        self._weights.append((weight, tensor))
        return weight

    def finish(self, outputs: Sequence[Any], metas: Sequence[TensorMeta]) -> CompiledRegion:
        """A function of tensors that calls TVM's; its results are new tensors.

        Raises:
            CompileError: TVM refuses the region.
        """
        given = [*self._inputs, *[weight for weight, _ in self._weights]]
        # A result that is an argument, or another result, is a copy.
        results = [topi.identity(output) for output in outputs]
        try:
            function = te.create_prim_func([*given, *results])
            module = scheduled(tvm.IRModule({"main": function}))
            main = tvm.compile(module, target=self.compiler.target)["main"]
        except Exception as error:
            lines = str(error).strip().splitlines()
            raise CompileError(f"TVM refuses a part: {lines[-1] if lines else error}") from error
        from_dlpack = tvm.runtime.from_dlpack
        weights = [from_dlpack(tensor.contiguous()) for _, tensor in self._weights]
        made = [(list(meta.shape), meta.dtype) for meta in metas]
        cpu = paddle.CPUPlace()

        def region(*tensors: Any) -> Tuple[Any, ...]:
            fresh = [_empty(shape, dtype, cpu) for shape, dtype in made]
            main(
                *[from_dlpack(t if t.is_contiguous() else t.contiguous()) for t in tensors],
                *weights,
                *[from_dlpack(tensor) for tensor in fresh],
            )
            return tuple(fresh)

        return region

    @staticmethod
    def _need_float(*values: Any) -> None:
        for value in values:
            if value is not None and not _is_float(value):
                raise Unsupported(f"tensors of {value.dtype}")

    # -- elementwise

    add = _arithmetic(topi.add)
    subtract = _arithmetic(topi.subtract)
    multiply = _arithmetic(topi.multiply)
    divide = _arithmetic(topi.divide, integers=False)
    maximum = _arithmetic(topi.maximum)
    minimum = _arithmetic(topi.minimum)
    less_than = _comparison(topi.less)
    less_equal = _comparison(topi.less_equal)
    greater_than = _comparison(topi.greater)
    greater_equal = _comparison(topi.greater_equal)
    exp = _floating(_exp)
    tanh = _floating(_tanh)
    erf = _floating(_erf)
    sigmoid = _floating(_sigmoid)
    log = _floating(topi.log)
    sqrt = _floating(topi.sqrt)
    rsqrt = _floating(topi.rsqrt)
    floor = _floating(topi.floor)
    ceil = _floating(topi.ceil)
    sin = _floating(topi.sin)
    cos = _floating(topi.cos)

    def abs(self, node: Node, x: Any) -> Any:
        """TVM's abs."""
        del node
        if str(x.dtype) == "bool":
            raise Unsupported("truth values")
        return topi.abs(x)

    def square(self, node: Node, x: Any) -> Any:
        """x * x."""
        del node
        if str(x.dtype) == "bool":
            raise Unsupported("truth values")
        return topi.multiply(x, x)

    def relu(self, node: Node, x: Any) -> Any:
        """The larger of x and 0."""
        del node
        self._need_float(x)
        return topi.maximum(x, _number(0.0, x))

    def silu(self, node: Node, x: Any, **rest: Any) -> Any:
        """x * sigmoid(x)."""
        del node, rest
        self._need_float(x)
        return topi.multiply(x, _sigmoid(x))

    swish = silu

    def gelu(self, node: Node, x: Any, *, approximate: bool) -> Any:
        """By the error function, or by tanh."""
        del node
        self._need_float(x)
        if approximate:
            cube = topi.multiply(topi.multiply(x, x), x)
            inner = topi.add(x, topi.multiply(cube, _number(0.044715, x)))
            curve = _tanh(topi.multiply(inner, _number(math.sqrt(2 / math.pi), x)))
        else:
            curve = _erf(topi.multiply(x, _number(math.sqrt(0.5), x)))
        return topi.multiply(topi.multiply(x, topi.add(curve, _number(1.0, x))), _number(0.5, x))

    def scale(self, node: Node, x: Any, *, scale: Any, bias: float, bias_after_scale: bool) -> Any:
        """x * scale + bias, or (x + bias) * scale."""
        del node
        self._need_float(x)
        if not isinstance(scale, (int, float)):
            raise Unsupported("a factor that is a tensor")
        if not bias_after_scale:
            x = topi.add(x, _number(bias, x))
        x = topi.multiply(x, _number(float(scale), x))
        return topi.add(x, _number(bias, x)) if bias_after_scale else x

    def pow(self, node: Node, x: Any, *, y: float) -> Any:
        """To the power of 2; others need a function that doesn't vectorise."""
        if y != 2:
            raise Unsupported(f"power {y}")
        return self.square(node, x)

    def cast(self, node: Node, x: Any, *, dtype: Any) -> Any:
        """To another dtype; what a float gives as an integer isn't the same in TVM."""
        del node
        name = dtype_name(dtype)
        if _is_float(x) and not name.startswith("float"):
            raise Unsupported(f"{x.dtype} to {name}")
        return topi.cast(x, name)

    def where(self, node: Node, condition: Any, x: Any, y: Any) -> Any:
        """By a condition, from one or the other."""
        del node
        if x.dtype != y.dtype or str(condition.dtype) != "bool":
            raise Unsupported(f"{x.dtype} and {y.dtype}")
        return topi.where(condition, x, y)

    # -- shapes

    def _as_result(self, node: Node, x: Any, **rest: Any) -> Any:
        del rest
        shape = node.meta["tensor_meta"].shape
        return x if _shape(x) == tuple(shape) else topi.reshape(x, shape)

    def reshape(self, node: Node, x: Any, **rest: Any) -> Any:
        """To the result's shape."""
        return self._as_result(node, x)

    flatten = squeeze = unsqueeze = reshape

    def expand(self, node: Node, x: Any, **rest: Any) -> Any:
        """Broadcast to the result's shape."""
        del rest
        return topi.broadcast_to(x, node.meta["tensor_meta"].shape)

    # -- sums

    def _reduced(self, function: Any, node: Node, x: Any, axis: Any, keepdim: bool) -> Any:
        self._need_float(x)
        if dtype_name(node.meta["tensor_meta"].dtype) != str(x.dtype) or not x.shape:
            raise Unsupported("another dtype, or no axis")
        axes = [axis] if isinstance(axis, int) else list(axis)
        if not all(type(item) is int for item in axes):
            raise Unsupported("axes that are tensors")
        axes = sorted({item % len(x.shape) for item in axes}) or list(range(len(x.shape)))
        return self._as_result(node, function(x, axis=axes, keepdims=keepdim))

    def sum(self, node: Node, x: Any, *, axis: Any, keepdim: bool, dtype: Any) -> Any:
        """Of floating tensors."""
        del dtype
        return self._reduced(topi.sum, node, x, axis, keepdim)

    def max(self, node: Node, x: Any, *, axis: Any, keepdim: bool) -> Any:
        """The largest."""
        return self._reduced(topi.max, node, x, axis, keepdim)

    def min(self, node: Node, x: Any, *, axis: Any, keepdim: bool) -> Any:
        """The smallest."""
        return self._reduced(topi.min, node, x, axis, keepdim)

    def mean(self, node: Node, x: Any, *, axis: Any, keepdim: bool) -> Any:
        """The sum divided by how many."""
        total = self._reduced(topi.sum, node, x, axis, keepdim)
        return topi.divide(total, _number(math.prod(_shape(x)) / math.prod(_shape(total)), x))

    def softmax(self, node: Node, x: Any, *, axis: int) -> Any:
        """Along an axis, by the largest element."""
        del node
        self._need_float(x)
        if not x.shape:
            raise Unsupported("a tensor without an axis")
        top = topi.max(x, axis=[axis], keepdims=True)
        power = _exp(topi.subtract(x, top))
        return topi.divide(power, topi.sum(power, axis=[axis], keepdims=True))

    def layer_norm(
        self,
        node: Node,
        x: Any,
        scale: Any = None,
        bias: Any = None,
        *,
        epsilon: float,
        begin_norm_axis: int,
    ) -> Any:
        """Over the last axes."""
        self._need_float(x, scale, bias)
        if any(user.args[1] != 0 for user in node.users):
            raise Unsupported("another result than the first")
        axes = list(range(begin_norm_axis, len(x.shape)))
        shape = _shape(x)[begin_norm_axis:]
        size = _number(float(math.prod(shape)), x)
        mean = topi.divide(topi.sum(x, axis=axes, keepdims=True), size)
        centred = topi.subtract(x, mean)
        squares = topi.sum(topi.multiply(centred, centred), axis=axes, keepdims=True)
        inverse = topi.rsqrt(topi.add(topi.divide(squares, size), _number(epsilon, x)))
        result = topi.multiply(centred, inverse)
        if scale is not None:
            result = topi.multiply(result, topi.reshape(scale, shape))
        if bias is not None:
            result = topi.add(result, topi.reshape(bias, shape))
        return [result]
