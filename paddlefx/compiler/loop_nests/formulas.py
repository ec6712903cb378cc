"""What Paddle's operations compute, as expressions.

One function an operation, called as the operation is: values where it takes tensors, Python
objects for all else, defaults as Paddle has them. The result is of the type ``to``, which
Paddle's own inference gave. Formulas are those of ``paddle/phi/kernels/funcs/
activation_functor.h`` and its neighbours.
"""

from __future__ import annotations

import math
import numbers
import operator
import struct
from typing import Any, Callable, Dict

from .expression import FLOATING, Expressions, Value
from .habits import extremes_keep_nan, nearness, scales_to_divide, slopes_are_float32

__all__ = ["BY_FUNCTION", "BY_NAME", "NotFusable", "of_dtype"]

Formula = Callable[..., Value]


class NotFusable(Exception):
    """No formula for an operation as it is called."""


#: Formulas by the name of the operation in ``paddle._C_ops``.
BY_NAME: Dict[str, Formula] = {}
#: Formulas of the functions of the ``operator`` module.
BY_FUNCTION: Dict[Any, Formula] = {}

_TYPES = {
    "float32": "float",
    "float64": "double",
    "int32": "i32",
    "int64": "i64",
    "bool": "i1",
}


def of_dtype(dtype: Any) -> str:
    """The scalar type of a Paddle dtype.

    Raises:
        NotFusable: kernels don't have it.
    """
    name = str(dtype).rpartition(".")[2].lower()
    found = _TYPES.get(name)
    if found is None:
        raise NotFusable(f"no kernels of {name}")
    return found


def _number(value: Any) -> Any:
    if isinstance(value, numbers.Real):
        return value
    raise NotFusable(f"{value!r} is no number")


def operand(e: Expressions, value: Any, to: str) -> Value:
    """A tensor's value or a Python number, in a type."""
    if isinstance(value, Value):
        return e.cast(value, to)
    number = _number(value)
    if to not in FLOATING and isinstance(number, float) and not number.is_integer():
        raise NotFusable(f"{number!r} is no {to}")
    return e.constant(number, to)


def _attribute(e: Expressions, value: Any, to: str) -> Value:
    """An attribute that Paddle keeps as a ``float`` whatever the tensor's type is."""
    return e.constant(struct.unpack("f", struct.pack("f", _number(value)))[0], to)


def _gated(e: Expressions, inside: Value, x: Value, value: Value) -> Value:
    """``value``, which is ``x`` where ``inside``; a gradient flows there only."""
    return e.apply("select", inside, x, e.apply("fixed", value))


def _between(e: Expressions, x: Value, low: Value, high: Value) -> Value:
    return e.apply("and", e.apply("gt", x, low), e.apply("lt", x, high))


def _floating(value: Value) -> Value:
    if value.dtype not in FLOATING:
        raise NotFusable(f"of {value.dtype}")
    return value


def _named(name: str) -> Callable[[Formula], Formula]:
    def enter(formula: Formula) -> Formula:
        BY_NAME[name] = formula
        return formula

    return enter


# -- two operands


def _arithmetic(op: str) -> Formula:
    def formula(e: Expressions, to: str, x: Any, y: Any) -> Value:
        if to == "i1":
            raise NotFusable("arithmetic of bools")
        return e.apply(op, operand(e, x, to), operand(e, y, to))

    return formula


for _name, _function, _op in (
    ("add", operator.add, "add"),
    ("subtract", operator.sub, "sub"),
    ("multiply", operator.mul, "mul"),
):
    BY_NAME[_name] = BY_FUNCTION[_function] = _arithmetic(_op)


def _multiply_operator(e: Expressions, to: str, x: Any, y: Any) -> Value:
    """By a number, Paddle scales (``CallScalarFuction``), which adds a zero: -0.0 becomes 0.0."""
    result = BY_NAME["multiply"](e, to, x, y)
    if to in FLOATING and not (isinstance(x, Value) and isinstance(y, Value)):
        return e.apply("add", result, e.constant(0.0, to))
    return result


BY_FUNCTION[operator.mul] = _multiply_operator


def _extreme(op: str, better: str) -> Formula:
    def formula(e: Expressions, to: str, x: Any, y: Any) -> Value:
        if extremes_keep_nan() or to not in FLOATING:
            return _arithmetic(op)(e, to, x, y)
        left, right = operand(e, x, to), operand(e, y, to)
        return e.apply("select", e.apply(better, left, right), left, right)

    return formula


BY_NAME["maximum"] = _extreme("max", "gt")
BY_NAME["minimum"] = _extreme("min", "lt")


@_named("divide")
def _divide(e: Expressions, to: str, x: Any, y: Any) -> Value:
    if to not in FLOATING:
        raise NotFusable("division of integers")
    return e.apply("div", operand(e, x, to), operand(e, y, to))


def _true_divide(e: Expressions, to: str, x: Any, y: Any) -> Value:
    if isinstance(y, Value) or not scales_to_divide():
        return _divide(e, to, x, y)
    if to not in FLOATING or not _number(y):
        raise NotFusable("division of integers, or by zero")
    return _multiply_operator(e, to, x, 1.0 / float(y))


BY_FUNCTION[operator.truediv] = _true_divide


def _compared(op: str) -> Formula:
    def formula(e: Expressions, to: str, x: Any, y: Any) -> Value:
        tensors = [value for value in (x, y) if isinstance(value, Value)]
        dtype = tensors[0].dtype
        if len(tensors) == 2 and tensors[1].dtype != dtype:
            raise NotFusable("comparison of two types")
        for value in (x, y):
            if isinstance(value, float) and dtype not in FLOATING:
                raise NotFusable("comparison of an integer with a float")
        left, right = operand(e, x, dtype), operand(e, y, dtype)
        if op not in ("eq", "ne") or dtype not in FLOATING:
            return e.apply(op, left, right)
        difference = e.cast(e.apply("abs", e.apply("sub", left, right)), "double")
        near = e.apply("lt", difference, e.constant(nearness(), "double"))
        equal = e.apply("or", e.apply("eq", left, right), near)
        return equal if op == "eq" else e.apply("eq", equal, e.constant(False, "i1"))

    return formula


for _name, _function, _op in (
    ("less_than", operator.lt, "lt"),
    ("less_equal", operator.le, "le"),
    ("equal", operator.eq, "eq"),
    ("not_equal", operator.ne, "ne"),
    ("greater_than", operator.gt, "gt"),
    ("greater_equal", operator.ge, "ge"),
):
    BY_NAME[_name] = BY_FUNCTION[_function] = _compared(_op)


def _logical(op: str) -> Formula:
    def formula(e: Expressions, to: str, x: Value, y: Value) -> Value:
        return e.apply(op, e.cast(x, "i1"), e.cast(y, "i1"))

    return formula


def _bitwise(op: str) -> Formula:
    def formula(e: Expressions, to: str, x: Value, y: Value) -> Value:
        if x.dtype in FLOATING or x.dtype != y.dtype:
            raise NotFusable("bits of floats, or of two types")
        return e.apply(op, x, y)

    return formula


for _op in ("and", "or", "xor"):
    BY_NAME[f"logical_{_op}"] = _logical(_op)
    BY_NAME[f"bitwise_{_op}"] = _bitwise(_op)


@_named("logical_not")
def _logical_not(e: Expressions, to: str, x: Value) -> Value:
    return e.apply("eq", e.cast(x, "i1"), e.constant(False, "i1"))


@_named("where")
def _where(e: Expressions, to: str, condition: Value, x: Any, y: Any) -> Value:
    return e.apply("select", e.cast(condition, "i1"), operand(e, x, to), operand(e, y, to))


@_named("lerp")
def _lerp(e: Expressions, to: str, x: Value, y: Value, weight: Any) -> Value:
    difference = e.apply("sub", operand(e, y, to), operand(e, x, to))
    # The weight has no gradient in Paddle.
    factor = e.apply("fixed", operand(e, weight, to))
    return e.apply("add", x, e.apply("mul", factor, difference))


@_named("pow")
def _pow(e: Expressions, to: str, x: Value, exponent: Any = 1.0) -> Value:
    power = _number(exponent)
    if not isinstance(x, Value) or x.dtype != to or to == "i1":
        raise NotFusable("a power of another type")
    if power == 1:
        return x
    if power in (2, 3, 4):
        square = e.apply("mul", x, x)
        if power == 2:
            return square
        return e.apply("mul", square, x if power == 3 else square)
    if to in FLOATING and power == -1:
        return e.apply("div", e.constant(1.0, to), x)
    raise NotFusable(f"the power {power!r}")


BY_FUNCTION[operator.pow] = _pow


# -- one operand


@_named("scale")
def _scale(
    e: Expressions,
    to: str,
    x: Value,
    scale: Any = 1.0,
    bias: Any = 0.0,
    bias_after_scale: bool = True,
) -> Value:
    factor, term = operand(e, scale, to), operand(e, bias, to)
    x = e.cast(x, to)
    if not bias_after_scale:
        return e.apply("mul", e.apply("add", x, term), factor)
    scaled = x if factor.payload == 1 else e.apply("mul", x, factor)
    return e.apply("add", scaled, term)


@_named("cast")
def _cast(e: Expressions, to: str, x: Value, dtype: Any) -> Value:
    if x.dtype == to:
        raise NotFusable("a cast that changes nothing may give the very tensor")
    return e.cast(x, to)


@_named("clip")
def _clip(e: Expressions, to: str, x: Value, low: Any, high: Any) -> Value:
    lower, upper = operand(e, low, to), operand(e, high, to)
    below = e.apply("select", e.apply("gt", x, upper), upper, x)
    value = e.apply("select", e.apply("lt", x, lower), lower, below)
    if to not in FLOATING:
        return value
    return _gated(e, _between(e, x, lower, upper), x, value)


def _unary(op: str) -> Formula:
    def formula(e: Expressions, to: str, x: Value) -> Value:
        return e.apply(op, _floating(x))

    return formula


for _name in (*("exp", "expm1", "log", "log1p", "tanh", "erf", "sqrt", "floor", "ceil", "trunc"),):
    BY_NAME[_name] = _unary(_name)


@_named("abs")
def _abs(e: Expressions, to: str, x: Value) -> Value:
    if x.dtype == "i1":
        raise NotFusable("the magnitude of a bool")
    return e.apply("abs", x)


BY_FUNCTION[operator.abs] = _abs


@_named("square")
def _square(e: Expressions, to: str, x: Value) -> Value:
    return e.apply("mul", x, x)


@_named("reciprocal")
def _reciprocal(e: Expressions, to: str, x: Value) -> Value:
    return e.apply("div", e.constant(1.0, to), _floating(x))


@_named("rsqrt")
def _rsqrt(e: Expressions, to: str, x: Value) -> Value:
    return e.apply("div", e.constant(1.0, to), e.apply("sqrt", _floating(x)))


def _logarithm(base: float) -> Formula:
    def formula(e: Expressions, to: str, x: Value) -> Value:
        factor = e.constant(1.0 / math.log(base), to)
        return e.apply("mul", e.apply("log", _floating(x)), factor)

    return formula


BY_NAME["log2"] = _logarithm(2.0)
BY_NAME["log10"] = _logarithm(10.0)


@_named("isnan")
def _isnan(e: Expressions, to: str, x: Value) -> Value:
    return e.apply("ne", _floating(x), x)


@_named("isinf")
def _isinf(e: Expressions, to: str, x: Value) -> Value:
    return e.apply("eq", e.apply("abs", _floating(x)), e.constant(math.inf, x.dtype))


@_named("isfinite")
def _isfinite(e: Expressions, to: str, x: Value) -> Value:
    return e.apply("lt", e.apply("abs", _floating(x)), e.constant(math.inf, x.dtype))


@_named("relu")
def _relu(e: Expressions, to: str, x: Value) -> Value:
    zero = e.constant(0, to)
    return e.apply("select", e.apply("gt", x, zero), x, zero)


@_named("relu6")
def _relu6(e: Expressions, to: str, x: Value) -> Value:
    zero, six = e.constant(0.0, to), e.constant(6.0, to)
    value = e.apply("min", e.apply("max", zero, _floating(x)), six)
    return _gated(e, _between(e, x, zero, six), x, value)


@_named("leaky_relu")
def _leaky_relu(e: Expressions, to: str, x: Value, negative_slope: Any = 0.02) -> Value:
    slope = _attribute if slopes_are_float32() else operand
    below = e.apply("mul", _floating(x), slope(e, negative_slope, to))
    return e.apply("select", e.apply("ge", x, e.constant(0.0, to)), x, below)


@_named("elu")
def _elu(e: Expressions, to: str, x: Value, alpha: Any = 1.0) -> Value:
    zero = e.constant(0.0, to)
    above = e.apply("gt", _floating(x), zero)
    # Where it isn't chosen, nothing may overflow: its gradient is 0 times that.
    power = e.apply("expm1", e.apply("select", above, zero, x))
    return e.apply("select", above, x, e.apply("mul", _attribute(e, alpha, to), power))


@_named("hardsigmoid")
def _hardsigmoid(e: Expressions, to: str, x: Value, slope: Any = 0.2, offset: Any = 0.5) -> Value:
    line = e.apply("mul", _floating(x), _attribute(e, slope, to))
    line = e.apply("add", line, _attribute(e, offset, to))
    zero, one = e.constant(0.0, to), e.constant(1.0, to)
    value = e.apply("min", e.apply("max", line, zero), one)
    return _gated(e, _between(e, line, zero, one), line, value)


@_named("hardswish")
def _hardswish(e: Expressions, to: str, x: Value) -> Value:
    gate = _relu6(e, to, e.apply("add", _floating(x), e.constant(3.0, to)))
    return e.apply("div", e.apply("mul", gate, x), e.constant(6.0, to))


@_named("hardtanh")
def _hardtanh(e: Expressions, to: str, x: Value, t_min: Any = -1.0, t_max: Any = 1.0) -> Value:
    low, high = operand(e, t_min, to), operand(e, t_max, to)
    value = e.apply("min", e.apply("max", _floating(x), low), high)
    return _gated(e, _between(e, x, low, high), x, value)


@_named("sigmoid")
def _sigmoid(e: Expressions, to: str, x: Value) -> Value:
    return e.apply("sigmoid", _floating(x))


@_named("silu")
def _silu(e: Expressions, to: str, x: Value) -> Value:
    return e.apply("mul", x, e.apply("sigmoid", _floating(x)))


BY_NAME["swish"] = _silu


@_named("softsign")
def _softsign(e: Expressions, to: str, x: Value) -> Value:
    below = e.apply("add", e.constant(1.0, to), e.apply("abs", _floating(x)))
    return e.apply("div", x, below)


@_named("softplus")
def _softplus(e: Expressions, to: str, x: Value, beta: Any = 1.0, threshold: Any = 20.0) -> Value:
    factor = operand(e, beta, to)
    line = _floating(x) if factor.payload == 1 else e.apply("mul", x, factor)
    far = e.apply("gt", line, operand(e, threshold, to))
    # Where it isn't chosen, nothing may overflow: its gradient is 0 times that.
    curve = e.apply("log1p", e.apply("exp", e.apply("select", far, e.constant(0.0, to), line)))
    if factor.payload != 1:
        curve = e.apply("div", curve, factor)
    return e.apply("select", far, x, curve)


@_named("mish")
def _mish(e: Expressions, to: str, x: Value, threshold: Any = 20.0) -> Value:
    return e.apply("mul", x, e.apply("tanh", _softplus(e, to, x, 1.0, threshold)))


@_named("logsigmoid")
def _logsigmoid(e: Expressions, to: str, x: Value) -> Value:
    return e.apply("log_sigmoid", _floating(x))


@_named("tanh_shrink")
def _tanh_shrink(e: Expressions, to: str, x: Value) -> Value:
    return e.apply("sub", x, e.apply("tanh", _floating(x)))


@_named("gelu")
def _gelu(e: Expressions, to: str, x: Value, approximate: bool = False) -> Value:
    half = e.apply("mul", _floating(x), e.constant(0.5, to))
    if approximate:
        cube = e.apply("mul", e.apply("mul", x, x), x)
        inner = e.apply("add", x, e.apply("mul", cube, e.constant(0.044715, to)))
        inner = e.apply("mul", inner, e.constant(math.sqrt(2.0 / math.pi), to))
        curve = e.apply("tanh", inner)
    else:
        curve = e.apply("erf", e.apply("mul", x, e.constant(math.sqrt(0.5), to)))
    return e.apply("mul", half, e.apply("add", curve, e.constant(1.0, to)))
