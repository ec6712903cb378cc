"""Kernels of `llvm` at infinities and NaN: what Paddle gives there, odd as it may be."""

from __future__ import annotations

import numpy as np
import paddle
import paddle.nn.functional as F
import pytest

import paddlefx
from paddlefx.compiler.llvm import LLVMCompiler
from paddlefx.compiler.loop_nests.infinities import plainly

SPECIAL = (np.inf, -np.inf, np.nan)

ODD = {
    "sqrt": paddle.sqrt,
    "rsqrt": paddle.rsqrt,
    "pow": lambda x: x**3,
    "log_sigmoid": F.log_sigmoid,
    "gelu": F.gelu,
    "gelu by tanh": lambda x: F.gelu(x, approximate=True),
    "softmax": F.softmax,
    "log_softmax": F.log_softmax,
    "layer_norm": lambda x: F.layer_norm(x, [x.shape[-1]]),
    # The infinity isn't there any more when the group ends, and was when it began.
    "gone": lambda x: 1.0 / (paddle.sqrt(x) + 1.0),
    "two results": lambda x: paddle.concat([paddle.sqrt(x), x * 2.0 + 1.0]),
}


@pytest.mark.parametrize("columns", [8, 19])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", sorted(ODD))
def test_they_are_paddles(name, dtype, columns):
    function = ODD[name]
    plain = lambda x: function(x) * 2.0  # noqa: E731
    compiled = paddlefx.optimize(plain, backend=LLVMCompiler(smallest=0))
    with paddle.no_grad():
        for number in SPECIAL:
            for place in (0, columns - 1):
                x = paddle.rand([3, columns], dtype)
                x[1, place] = number
                np.testing.assert_array_equal(compiled(x).numpy(), plain(x).numpy())
        x = paddle.rand([3, columns], dtype)
        np.testing.assert_allclose(compiled(x).numpy(), plain(x).numpy(), 1e-5, 1e-6)
    (graph,) = paddlefx.explain(plain, backend=LLVMCompiler(smallest=0))(x).graphs
    assert "in 0 kernels" not in graph.notes[0]


@pytest.mark.parametrize("shape", [[1, 19], [3, 1], [2, 1, 19], [2, 1, 1], [1]])
def test_a_tensor_that_is_broadcast_is_looked_at(shape):
    """Whatever loop reads it: what comes of an infinity is finite again."""
    plain = lambda x, y: x + 1.0 / (paddle.sqrt(y) + 1.0)  # noqa: E731
    compiled = paddlefx.optimize(plain, backend=LLVMCompiler(smallest=0))
    with paddle.no_grad():
        x, given = paddle.rand([2, 3, 19]), np.random.default_rng(3).random(shape, "float32")
        for number in (*SPECIAL, 1.0):
            given.flat[0] = number
            y = paddle.to_tensor(given)
            np.testing.assert_allclose(compiled(x, y).numpy(), plain(x, y).numpy(), 1e-6)


@pytest.mark.parametrize("axis", [0, 1, -1])
def test_sums_that_overflow(axis):
    plain = lambda x: paddle.sqrt((x * 1e38).sum(axis)) * 2.0 + 1.0  # noqa: E731
    compiled = paddlefx.optimize(plain, backend=LLVMCompiler(smallest=0))
    with paddle.no_grad():
        for scale in (1.0, 9.0):
            x = paddle.full([8, 8, 8], scale)
            np.testing.assert_allclose(compiled(x).numpy(), plain(x).numpy(), 1e-6)


def test_arithmetic_is_not_looked_at(monkeypatch):
    found = []

    def watched(*given):
        found.append(plainly(*given))
        return found[-1]

    monkeypatch.setattr("paddlefx.compiler.loop_nests.compiler.plainly", watched)
    x = paddle.to_tensor([1.0, np.inf, np.nan, -np.inf])
    function = lambda x: paddle.exp((x + x) * x) - 1.0  # noqa: E731
    with paddle.no_grad():
        result = paddlefx.optimize(function, backend="llvm")(x)
    assert found == [None]
    np.testing.assert_array_equal(result.numpy(), function(x).numpy())


def test_sizes_that_vary():
    function = lambda x: paddle.sqrt(x) * 2.0 + 1.0  # noqa: E731
    compiled = paddlefx.optimize(function, backend="llvm", dynamic=True)
    with paddle.no_grad():
        for rows in (3, 8, 17):
            x = paddle.rand([rows, 8])
            np.testing.assert_allclose(compiled(x).numpy(), function(x).numpy(), 1e-6)
            x[rows - 1, 7] = np.inf
            np.testing.assert_array_equal(compiled(x).numpy(), function(x).numpy())
