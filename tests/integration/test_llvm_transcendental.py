"""The functions that kernels have of their own, against higher precision."""

from __future__ import annotations

import math
from typing import Any, Callable, Dict, Tuple

import numpy as np
import pytest

from paddlefx.compiler.llvm.engine import addresses, compile_nest
from paddlefx.compiler.loop_nests.expression import Expressions
from paddlefx.compiler.loop_nests.nest import LoopNest, Operand, Output

#: The largest errors, in units in the last place: of float, of double.
ERRORS: Dict[str, Tuple[float, float]] = {
    "exp": (1.5, 2.5),
    "expm1": (3.0, 3.0),
    "log": (1.5, 1.5),
    "log1p": (3.0, 3.0),
    "tanh": (2.5, 2.5),
    "erf": (3.0, 3.0),
    "sqrt": (0.5, 0.5),
}
DTYPES = {"float": np.float32, "double": np.float64}
SPECIAL = [0.0, -0.0, math.inf, -math.inf, math.nan, 1e-30, -1e-30, 1e-40, -1e-40, 88.7, 89.0]
SPECIAL += [-87.0, -100.0, -105.0, 1.0, -1.0, 3e38, -3e38, 709.0, 711.0, -745.0, -747.0, 8.0, -8.0]


def applied(op: str, dtype: str, x: Any) -> Any:
    """``op`` of each number of an array, by a kernel."""
    e = Expressions()
    value = e.apply(op, e.input(0, dtype, True))
    nest = LoopNest((None,), (Operand(dtype, (True,)),), (Output(value, (True,)),))
    result = np.full_like(x, 7)
    compile_nest(nest).releasing(x.size, *addresses([x, result]))
    return result


def numbers(dtype: str) -> Any:
    random = np.random.default_rng(0)
    parts = [
        SPECIAL,
        random.normal(size=20_000) * 3,
        random.normal(size=20_000) * 40,
        10.0 ** random.uniform(-30, 30, 20_000),
        -(10.0 ** random.uniform(-30, 5, 20_000)),
        random.uniform(-1.0, 1.0, 20_000),
    ]
    with np.errstate(all="ignore"):
        return np.concatenate(parts).astype(DTYPES[dtype])


def exact(op: str, x: Any) -> Any:
    """``op`` in a wider type."""
    if op == "erf":
        return np.array([math.erf(float(value)) for value in x], np.longdouble)
    function: Callable[[Any], Any] = getattr(np, op)
    return function(x.astype(np.longdouble))


@pytest.mark.parametrize("dtype", ["float", "double"])
@pytest.mark.parametrize("op", sorted(ERRORS))
def test_error(op: str, dtype: str) -> None:
    x = numbers(dtype)
    got = applied(op, dtype, x)
    with np.errstate(all="ignore"):
        wide = exact(op, x)
        rounded = wide.astype(x.dtype)
        smallest = np.finfo(x.dtype).tiny
        ulp = np.spacing(np.maximum(np.abs(rounded), smallest)).astype(np.longdouble)
        error = np.abs(got.astype(np.longdouble) - wide) / ulp
    error[(got == rounded) | (np.isnan(got) & np.isnan(rounded))] = 0
    error[np.isnan(error)] = math.inf
    worst = int(np.argmax(error))
    limit = ERRORS[op][dtype == "double"]
    assert error[worst] <= limit, (x[worst], got[worst], rounded[worst])


@pytest.mark.parametrize("dtype", ["float", "double"])
def test_zeros_keep_their_sign(dtype: str) -> None:
    x = np.array([0.0, -0.0], DTYPES[dtype])
    for op in ("expm1", "log1p", "tanh", "erf", "sqrt"):
        assert list(np.signbit(applied(op, dtype, x))) == [False, True], op


@pytest.mark.parametrize("op", sorted(ERRORS))
def test_a_number_gives_the_same_wherever_it_stands(op: str) -> None:
    """In a vector, and in the remainder behind the last one."""
    for length in (1, 5, 16, 37, 71):
        result = applied(op, "float", np.full(length, 0.7, np.float32))
        assert len(set(result.tolist())) == 1
