"""Each operation that the ``llvm`` backend has a formula for, against Paddle."""

from __future__ import annotations

from typing import Any, Callable, List, Tuple

import numpy as np
import paddle
import paddle.nn.functional as F
import pytest

import paddlefx
from paddlefx.compiler.llvm import LLVMCompiler
from tests.integration.loop_nest_cases import (
    BINARY,
    BINARY_ULPS,
    FLOATS,
    ROWS,
    UNARY,
    assert_same,
    values,
)

#: Everything becomes a kernel, or it is an error.
EVERYTHING = LLVMCompiler(smallest=1, full_graph=True, allow_fallback=False)


def compare(function: Callable[..., Any], *tensors: Any, ulps: float = 0, name: str = "") -> None:
    """By the ``llvm`` backend."""
    assert_same(EVERYTHING, function, *tensors, ulps=ulps, name=name)


CASES_1 = [(name, dtype) for name, (_, dtypes, _) in UNARY.items() for dtype in dtypes]
CASES_2 = [(name, dtype) for name, (_, dtypes) in BINARY.items() for dtype in dtypes]


@pytest.mark.parametrize(("name", "dtype"), CASES_1)
def test_of_one_tensor(name: str, dtype: str) -> None:
    function, _, ulps = UNARY[name]
    compare(function, values(dtype, 0), ulps=ulps, name=name)


@pytest.mark.parametrize(("name", "dtype"), CASES_2)
def test_of_two_tensors(name: str, dtype: str) -> None:
    function, _ = BINARY[name]
    for seed in range(1, 5):
        compare(function, values(dtype, 0), values(dtype, seed), ulps=BINARY_ULPS.get(name, 0))


SHAPES: List[Tuple[Tuple[int, ...], Tuple[int, ...]]] = [
    ((5, 7), (7,)),
    ((5, 7), (5, 1)),
    ((5, 1), (1, 7)),
    ((3, 4, 5), (4, 1)),
    ((2, 3, 4, 5), (1, 3, 1, 1)),
    ((2, 3, 4, 5), (2, 1, 4, 1)),
    ((4, 5), ()),
    ((), ()),
    ((1, 1), (1,)),
    ((0, 3), (3,)),
    ((2, 3), (1, 1)),
]


@pytest.mark.parametrize(("left", "right"), SHAPES)
def test_broadcast(left: Tuple[int, ...], right: Tuple[int, ...]) -> None:
    x, y = values("float32", 1, left), values("float32", 2, right)
    compare(lambda x, y: (x + y) * x - y, x, y)
    compare(lambda x, y: (y - x).astype("float64") * 2.0, x, y)


def test_strides() -> None:
    x, y = values("float32", 1, (6, 8)), values("float32", 2, (8, 6))
    compare(lambda x, y: x * y + x, x.t(), y)
    compare(lambda x, y: x * y + x, x[1:5, ::2], y[:4, :4])
    compare(lambda x, y: x * y + x, x[2:], x[:4])


def test_types_of_two_tensors() -> None:
    """Promotion is what Paddle's inference says it is."""
    f32, f64 = values("float32", 1), values("float64", 2)
    i32, i64 = values("int32", 3), values("int64", 4)
    compare(lambda x, y: x + y, f32, f64)
    compare(lambda x, y: x * y - x, f64, f32)
    compare(lambda x: x + 1.5, i32)
    compare(lambda x: x * 0.3, i64)


CASES_ROWS = [(name, dtype) for name, (_, dtypes, _) in ROWS.items() for dtype in dtypes]


@pytest.mark.parametrize(("name", "dtype"), CASES_ROWS)
@pytest.mark.parametrize("shape", [(1, 4, 37), (2, 3, 16), (3, 5, 1100)])
def test_of_rows(name: str, dtype: str, shape: Tuple[int, ...]) -> None:
    function, _, ulps = ROWS[name]
    if name.startswith("layer_norm") and dtype == "float64":
        # Paddle's own is wrong from the 12th digit on.
        ulps = 1 << 15
    x = values(dtype, 5, shape)
    if dtype in FLOATS:
        # Sums of what cancels have no relative error to speak of.
        x = paddle.to_tensor(np.random.default_rng(5).uniform(0.5, 1.5, shape).astype(dtype))
    compare(function, x, ulps=ulps, name=name)


def test_extremes_of_special_numbers() -> None:
    rows = np.zeros((6, 20), "float32")
    rows[0, 3] = np.nan
    rows[1, :] = -np.inf
    rows[2, 5], rows[2, 6] = np.inf, -np.inf
    rows[3, :] = -1.0
    rows[4, 7] = -np.nan
    x = paddle.to_tensor(rows)
    compare(lambda x: x.max(-1), x)
    compare(lambda x: x.min(-1), x)


def test_parameters_of_a_norm() -> None:
    x = values("float32", 1, (2, 5, 48))
    norm = paddle.nn.LayerNorm(48)
    norm.weight.set_value(values("float32", 2, (48,)))
    norm.bias.set_value(values("float32", 3, (48,)))
    with paddle.no_grad():
        expected = norm(F.gelu(x) + x)
        got = paddlefx.optimize(lambda x: norm(F.gelu(x) + x), backend=EVERYTHING)(x)
    np.testing.assert_allclose(got.numpy(), expected.numpy(), rtol=1e-5, atol=2e-5)
