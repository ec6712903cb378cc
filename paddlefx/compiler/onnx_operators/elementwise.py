"""Operators that compute each element from the elements in its place."""

from __future__ import annotations

import math
from typing import Any, Callable, Optional

from ...graph import Node
from ..node_by_node import Unsupported, dtype_name
from .model import ModelVisitor, Value

__all__ = ["ElementwiseOperators"]

_Method = Callable[..., Value]


def _result_dtype(node: Node) -> str:
    return dtype_name(node.meta["tensor_meta"].dtype)


def _floating(op: str, **attributes: Any) -> _Method:
    """A function of floating tensors with ONNX's meaning."""

    def method(self: ElementwiseOperators, node: Node, x: Value, **rest: Any) -> Value:
        del rest
        self._need_float(x)
        return self._call(op, [x], node, **attributes)

    method.__doc__ = f"ONNX's {op}."
    return method


def _with(op: str, **names: str) -> _Method:
    """A function of a floating tensor whose attributes have other names: ours=ONNX's."""

    def method(self: ElementwiseOperators, node: Node, x: Value, **given: Any) -> Value:
        self._need_float(x)
        attributes = {names[ours]: float(given[ours]) for ours in names}
        return self._call(op, [x], node, **attributes)

    method.__doc__ = f"ONNX's {op} with {', '.join(names)}."
    return method


def _arithmetic(op: str, integers: bool = True) -> _Method:
    """Of two tensors of one dtype."""

    def method(self: ElementwiseOperators, node: Node, x: Value, y: Value, **rest: Any) -> Value:
        del rest
        if x.dtype != y.dtype or x.dtype == "bool" or not (integers or x.is_float):
            raise Unsupported(f"{x.dtype} and {y.dtype}")
        return self._call(op, [x, y], node)

    method.__doc__ = f"ONNX's {op}."
    return method


def _comparison(op: str, negated: bool = False, swapped: bool = False) -> _Method:
    def method(self: ElementwiseOperators, node: Node, x: Value, y: Value, **rest: Any) -> Value:
        del rest
        if x.dtype != y.dtype:
            raise Unsupported(f"{x.dtype} and {y.dtype}")
        if x.is_float and op == "Equal":  # Paddle takes numbers for equal that differ by little
            raise Unsupported("equality of fractions")
        if x.dtype == "bool" and op != "Equal":
            x, y = self._cast(x, "int32"), self._cast(y, "int32")
        if swapped:
            x, y = y, x
        result = self._call(op, [x, y], node)
        return self._call("Not", [result], node) if negated else result

    method.__doc__ = f"ONNX's {'not ' if negated else ''}{op}."
    return method


def _logical(op: str) -> _Method:
    def method(self: ElementwiseOperators, node: Node, x: Value, y: Value, **rest: Any) -> Value:
        del rest
        return self._call(op, [self._cast(x, "bool"), self._cast(y, "bool")], node)

    method.__doc__ = f"ONNX's {op} of truth values."
    return method


def _bitwise(op: str) -> _Method:
    def method(self: ElementwiseOperators, node: Node, x: Value, y: Value, **rest: Any) -> Value:
        del rest
        if x.dtype != y.dtype or x.is_float:
            raise Unsupported(f"{x.dtype} and {y.dtype}")
        return self._call(op if x.dtype == "bool" else f"Bitwise{op}", [x, y], node)

    method.__doc__ = f"ONNX's {op} of integers or truth values."
    return method


class ElementwiseOperators(ModelVisitor):
    """Arithmetic, comparisons, logic, activations, casts."""

    add = _arithmetic("Add")
    subtract = _arithmetic("Sub")
    multiply = _arithmetic("Mul")
    divide = _arithmetic("Div", integers=False)
    maximum = _arithmetic("Max")
    minimum = _arithmetic("Min")
    elementwise_pow = _arithmetic("Pow", integers=False)

    equal = _comparison("Equal")
    not_equal = _comparison("Equal", negated=True)
    less_than = _comparison("Less")
    less_equal = _comparison("LessOrEqual")
    # OpenVINO's own Greater and GreaterOrEqual are true of NaN.
    greater_than = _comparison("Less", swapped=True)
    greater_equal = _comparison("LessOrEqual", swapped=True)

    logical_and = _logical("And")
    logical_or = _logical("Or")
    logical_xor = _logical("Xor")
    bitwise_and = _bitwise("And")
    bitwise_or = _bitwise("Or")
    bitwise_xor = _bitwise("Xor")

    exp = _floating("Exp")
    log = _floating("Log")
    sqrt = _floating("Sqrt")
    floor = _floating("Floor")
    ceil = _floating("Ceil")
    sin = _floating("Sin")
    cos = _floating("Cos")
    tan = _floating("Tan")
    asin = _floating("Asin")
    acos = _floating("Acos")
    atan = _floating("Atan")
    sinh = _floating("Sinh")
    cosh = _floating("Cosh")
    erf = _floating("Erf")
    sigmoid = _floating("Sigmoid")
    tanh = _floating("Tanh")
    relu = _floating("Relu")
    reciprocal = _floating("Reciprocal")
    softsign = _floating("Softsign")
    mish = _floating("Mish")
    isnan = _floating("IsNaN")
    isinf = _floating("IsInf")
    leaky_relu = _with("LeakyRelu", negative_slope="alpha")
    elu = _with("Elu", alpha="alpha")
    celu = _with("Celu", alpha="alpha")
    selu = _with("Selu", alpha="alpha", scale="gamma")

    def _scalar(self, number: float, like: Value) -> Value:
        return self._constant(number, like.dtype)

    def _times(self, x: Value, number: float) -> Value:
        return self._call("Mul", [x, self._scalar(number, x)], x)

    def _plus(self, x: Value, number: float) -> Value:
        return self._call("Add", [x, self._scalar(number, x)], x)

    def abs(self, node: Node, x: Value) -> Value:
        """ONNX's Abs."""
        if x.dtype == "bool":
            raise Unsupported("truth values")
        return self._call("Abs", [x], node)

    def sign(self, node: Node, x: Value) -> Value:
        """ONNX's Sign."""
        return self._floats("Sign", node, x)

    def _floats(self, op: str, node: Node, x: Value) -> Value:
        self._need_float(x)
        return self._call(op, [x], node)

    def rsqrt(self, node: Node, x: Value) -> Value:
        """1 / sqrt(x)."""
        return self._call("Reciprocal", [self._floats("Sqrt", node, x)], node)

    def square(self, node: Node, x: Value) -> Value:
        """x * x."""
        if x.dtype == "bool":
            raise Unsupported("truth values")
        return self._call("Mul", [x, x], node)

    def isfinite(self, node: Node, x: Value) -> Value:
        """Neither infinite nor not a number."""
        either = self._call("Or", [self.isnan(node, x), self.isinf(node, x)], node)
        return self._call("Not", [either], node)

    def logical_not(self, node: Node, x: Value) -> Value:
        """Not of truth values."""
        return self._call("Not", [self._cast(x, "bool")], node)

    def bitwise_not(self, node: Node, x: Value) -> Value:
        """Not of truth values, or of each bit."""
        if x.is_float:
            raise Unsupported(x.dtype)
        return self._call("Not" if x.dtype == "bool" else "BitwiseNot", [x], node)

    def log2(self, node: Node, x: Value) -> Value:
        """By the natural logarithm."""
        return self._times(self._floats("Log", node, x), 1 / math.log(2))

    def log10(self, node: Node, x: Value) -> Value:
        """By the natural logarithm."""
        return self._times(self._floats("Log", node, x), 1 / math.log(10))

    def scale(
        self, node: Node, x: Value, *, scale: Any, bias: float, bias_after_scale: bool
    ) -> Value:
        """x * scale + bias, or (x + bias) * scale."""
        if x.dtype == "bool" or not isinstance(scale, (int, float)):
            raise Unsupported(f"{x.dtype} by {type(scale).__name__}")
        if not x.is_float and (scale != int(scale) or bias != int(bias)):
            raise Unsupported("an integer tensor by a fraction")
        if not bias_after_scale and bias:
            x = self._plus(x, bias)
        if scale != 1:
            x = self._times(x, scale)
        if bias_after_scale and bias:
            x = self._plus(x, bias)
        return self._cast(x, _result_dtype(node))

    def cast(self, node: Node, x: Value, *, dtype: Any) -> Value:
        """To another dtype."""
        return self._cast(x, dtype_name(dtype))

    def assign(self, node: Node, x: Value) -> Value:
        """A copy, which is the result itself here."""
        del node
        return x

    def pow(self, node: Node, x: Value, *, y: float) -> Value:
        """To a constant power."""
        self._need_float(x)
        if y == 2:
            return self._call("Mul", [x, x], node)
        return self._call("Pow", [x, self._scalar(y, x)], node)

    def clip(self, node: Node, x: Value, *, min: float, max: float) -> Value:
        """Between two bounds; integers between whole ones."""
        if not all(isinstance(bound, (int, float)) for bound in (min, max)):
            raise Unsupported("bounds that are tensors")
        if x.is_float:
            bounds = [self._scalar(bound, x) for bound in (min, max)]
        else:
            if abs(min) > 2**31 - 1 or abs(max) > 2**31 - 1:
                raise Unsupported("bounds beyond the integers")
            if min != int(min) or max != int(max):
                raise Unsupported("an integer tensor between fractions")
            bounds = [self._constant(int(bound), x.dtype) for bound in (min, max)]
        low = self._call("Max", [x, bounds[0]], node)
        return self._call("Min", [low, bounds[1]], node)

    def where(self, node: Node, condition: Value, x: Value, y: Value) -> Value:
        """By a condition, from one or the other."""
        if x.dtype != y.dtype or condition.dtype != "bool":
            raise Unsupported(f"{x.dtype} and {y.dtype}")
        return self._call("Where", [condition, x, y], node)

    # -- activations

    def relu6(self, node: Node, x: Value, **rest: Any) -> Value:
        """Between 0 and 6."""
        del rest
        self._need_float(x)
        return self.clip(node, x, min=0.0, max=6.0)

    def hardtanh(self, node: Node, x: Value, *, t_min: float, t_max: float) -> Value:
        """Between two bounds."""
        return self.clip(node, x, min=t_min, max=t_max)

    brelu = hardtanh

    def silu(self, node: Node, x: Value, **rest: Any) -> Value:
        """x * sigmoid(x)."""
        del rest
        return self._call("Mul", [x, self._floats("Sigmoid", node, x)], node)

    swish = silu

    def gelu(self, node: Node, x: Value, *, approximate: bool) -> Value:
        """By the error function, or by tanh."""
        self._need_float(x)
        if approximate:
            cube = self._call("Mul", [self._call("Mul", [x, x], x), x], x)
            inner = self._call("Add", [x, self._times(cube, 0.044715)], x)
            curve = self._call("Tanh", [self._times(inner, math.sqrt(2 / math.pi))], x)
        else:
            root = self._scalar(math.sqrt(2), x)
            curve = self._call("Erf", [self._call("Div", [x, root], x)], x)
        product = self._call("Mul", [x, self._plus(curve, 1.0)], x)
        return self._call("Mul", [product, self._scalar(0.5, x)], node)

    def hardsigmoid(self, node: Node, x: Value, *, slope: float, offset: float) -> Value:
        """A line between 0 and 1."""
        self._need_float(x)
        return self._call("HardSigmoid", [x], node, alpha=slope, beta=offset)

    def hardswish(self, node: Node, x: Value, **rest: Any) -> Value:
        """x * min(max(x + 3, 0), 6) / 6."""
        del rest
        self._need_float(x)
        inner = self.clip(node, self._plus(x, 3.0), min=0.0, max=6.0)
        return self._call("Div", [self._call("Mul", [x, inner], node), self._scalar(6.0, x)], node)

    def softplus(self, node: Node, x: Value, *, beta: float, threshold: float) -> Value:
        """log(1 + exp(beta * x)) / beta; x itself above the threshold."""
        self._need_float(x)
        inner = self._times(x, beta)
        curve = self._call("Softplus", [inner], node)
        curve = self._call("Div", [curve, self._scalar(beta, x)], node)
        above = self._call("Greater", [inner, self._scalar(threshold, x)], x._replace(dtype="bool"))
        return self._call("Where", [above, x, curve], node)

    def logsigmoid(self, node: Node, x: Value) -> Value:
        """-softplus(-x)."""
        self._need_float(x)
        curve = self._call("Softplus", [self._call("Neg", [x], node)], node)
        return self._call("Neg", [curve], node)

    def prelu(self, node: Node, x: Value, alpha: Value, *, data_format: str, mode: str) -> Value:
        """With a slope for negative elements: one, or one per channel."""
        self._need_float(x, alpha)
        if mode == "channel" and data_format == "NCHW" and len(x.shape) > 1:
            alpha = self._reshaped(alpha, [alpha.shape[0], *[1] * (len(x.shape) - 2)])
        elif mode != "all":
            raise Unsupported(f"mode {mode} in {data_format}")
        return self._call("PRelu", [x, alpha], node)

    def dropout(
        self,
        node: Node,
        x: Value,
        seed: Optional[Value] = None,
        *,
        p: float,
        is_test: bool,
        mode: str,
        **rest: Any,
    ) -> Any:
        """What is left of it outside of training."""
        del seed, rest
        if is_test is not True or any(user.args[1] != 0 for user in node.users):
            raise Unsupported("training")
        return [x if mode == "upscale_in_train" else self._times(x, 1 - p)]
