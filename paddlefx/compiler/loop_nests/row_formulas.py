"""What Paddle's reductions and normalisations compute over a row, as expressions.

A row is the trailing axes of a tensor taken together. Each formula says which axes it is
about; it fits where those are trailing ones.
"""

from __future__ import annotations

from typing import Any, Callable, Dict, NamedTuple, Optional

from .expression import FLOATING, Expressions, Value
from .formulas import NotFusable

__all__ = ["ROW_FORMULAS", "RowFormula"]


class RowFormula(NamedTuple):
    """An operation over a row.

    Args:
        axes: called with the number of dimensions and the operation's arguments behind the
            first; how many trailing axes make up the row.
        value: called as the formulas of single elements are.
        reduces: whether the result has one value a row, or one an element.
    """

    axes: Callable[..., int]
    value: Callable[..., Value]
    reduces: bool


def _trailing(rank: int, axis: Any) -> int:
    """How many axes; an empty list or ``None`` names all.

    Raises:
        NotFusable: they aren't the last ones.
    """
    if axis is None or axis == [] or axis == ():
        return rank
    axes = axis if isinstance(axis, (list, tuple)) else (axis,)
    if not all(type(item) is int for item in axes):
        raise NotFusable(f"axes {axis!r}")
    named = sorted({item % rank if rank else 0 for item in axes})
    if named != list(range(rank - len(named), rank)):
        raise NotFusable(f"axes {axis!r} are not the last ones")
    return len(named)


def _mean(e: Expressions, x: Value) -> Value:
    return e.apply("div", e.reduce("reduce_sum", x), e.extent(x.dtype))


def _floats(x: Value) -> Value:
    if x.dtype not in FLOATING:
        raise NotFusable(f"a row of {x.dtype}")
    return x


def _sum(
    e: Expressions, to: str, x: Value, axis: Any = (), dtype: Any = None, keepdim: Any = 0
) -> Value:
    return e.reduce("reduce_sum", e.cast(x, to))


def _mean_of(e: Expressions, to: str, x: Value, axis: Any = (), keepdim: Any = 0) -> Value:
    return _mean(e, _floats(x))


def _extreme(op: str) -> Callable[..., Value]:
    def formula(e: Expressions, to: str, x: Value, axis: Any = (), keepdim: Any = 0) -> Value:
        if to == "i1":
            raise NotFusable("an extreme of bools")
        return e.reduce(op, x)

    return formula


#: Paddle takes no element for further below the largest (``ValueClip``,
#: ``phi/kernels/funcs/softmax_impl.h``).
_FURTHEST = -64.0


def _shifted(e: Expressions, x: Value) -> Value:
    # The same whatever is subtracted: no gradient flows through that.
    shifted = e.apply("sub", _floats(x), e.apply("fixed", e.reduce("reduce_max", x)))
    furthest = e.constant(_FURTHEST, x.dtype)
    bounded = e.apply("select", e.apply("lt", shifted, furthest), furthest, shifted)
    # Paddle's gradients are those of softmax without a bound.
    return e.apply("through", bounded, shifted)


def _softmax(e: Expressions, to: str, x: Value, axis: Any = -1) -> Value:
    power = e.apply("exp", _shifted(e, x))
    return e.apply("div", power, e.reduce("reduce_sum", power))


def _log_softmax(e: Expressions, to: str, x: Value, axis: Any = -1) -> Value:
    shifted = _shifted(e, x)
    total = e.reduce("reduce_sum", e.apply("exp", shifted))
    return e.apply("sub", shifted, e.apply("log", total))


def _layer_norm(
    e: Expressions,
    to: str,
    x: Value,
    scale: Optional[Value] = None,
    bias: Optional[Value] = None,
    epsilon: float = 1e-5,
    begin_norm_axis: int = 1,
) -> Value:
    for parameter in (scale, bias):
        if parameter is not None and parameter.dtype != to:
            raise NotFusable("parameters of another type")
    centred = e.apply("sub", _floats(x), _mean(e, x))
    variance = _mean(e, e.apply("mul", centred, centred))
    deviation = e.apply("sqrt", e.apply("add", variance, e.constant(epsilon, to)))
    result = e.apply("mul", centred, e.apply("div", e.constant(1.0, to), deviation))
    if scale is not None:
        result = e.apply("mul", result, scale)
    if bias is not None:
        result = e.apply("add", result, bias)
    return result


def _axis_first(rank: int, axis: Any = (), *rest: Any, **named: Any) -> int:
    return _trailing(rank, axis)


def _last(rank: int, axis: Any = -1) -> int:
    return _trailing(rank, axis)


def _from(
    rank: int, scale: Any = None, bias: Any = None, epsilon: Any = 1e-5, begin_norm_axis: int = 1
) -> int:
    return rank - begin_norm_axis


#: By the name of the operation in ``paddle._C_ops``.
ROW_FORMULAS: Dict[str, RowFormula] = {
    "sum": RowFormula(_axis_first, _sum, True),
    "mean": RowFormula(_axis_first, _mean_of, True),
    "max": RowFormula(_axis_first, _extreme("reduce_max"), True),
    "min": RowFormula(_axis_first, _extreme("reduce_min"), True),
    "softmax": RowFormula(_last, _softmax, False),
    "log_softmax": RowFormula(_last, _log_softmax, False),
    "layer_norm": RowFormula(_from, _layer_norm, False),
}
