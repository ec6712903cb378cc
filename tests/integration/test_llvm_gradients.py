"""Gradients through the kernels of the ``llvm`` backend, against Paddle's own."""

from __future__ import annotations

from typing import Any, Callable, List, Sequence, Tuple

import numpy as np
import paddle
import paddle.nn.functional as F
import pytest

import paddlefx
from paddlefx.compiler.llvm import LLVMCompiler
from tests.integration.loop_nest_cases import BINARY, FLOATS, ROWS, UNARY

#: Where a logarithm, a root or a quotient needs it, operands are positive.
POSITIVE = ("log", "log2", "log10", "log1p", "sqrt", "rsqrt", "reciprocal")
#: ... and no exponential overflows.
MODERATE = ("exp", "expm1", "dropped", "power 3")


def fused(function: Callable[..., Any], notes: List[str]) -> Any:
    """The function with everything in kernels."""
    compiler = LLVMCompiler(smallest=1, allow_fallback=False)

    def backend(layer: Any, inputs: Any) -> Any:
        made = compiler.compile(layer, inputs)
        notes.extend(layer.notes)
        return made

    # optimize() takes no builtins.
    return paddlefx.optimize(lambda *tensors: function(*tensors), backend=backend, full_graph=True)


def loss(outputs: Any) -> Any:
    """A number in which every element of every result has a weight of its own."""
    total = paddle.zeros([], "float64")
    for output in outputs if isinstance(outputs, tuple) else (outputs,):
        if not output.stop_gradient:
            weights = paddle.arange(1, output.size + 1, dtype="float64").reshape(output.shape)
            total = total + (output.astype("float64") * weights).sum() / output.size
    return total


def check(function: Callable[..., Any], *tensors: Any, tolerance: float = 1e-5) -> None:
    """Results and gradients of the compiled function against the plain one."""
    for tensor in tensors:
        tensor.stop_gradient = False
    notes: List[str] = []
    optimized = fused(function, notes)
    expected = paddle.grad(loss(function(*tensors)), list(tensors))
    got = paddle.grad(loss(optimized(*tensors)), list(tensors))
    assert " 0 of " not in notes[0] and "in 0 kernels" not in notes[0], notes
    for a, b in zip(got, expected):
        assert a.dtype == b.dtype and a.shape == b.shape
        # Paddle's own silu has NaN far below zero.
        known = ~np.isnan(b.numpy())
        assert known.mean() > 0.9
        left, right = a.numpy()[known], b.numpy()[known]
        scale = 1.0 + np.abs(right).max()
        np.testing.assert_allclose(left, right, rtol=tolerance, atol=tolerance * scale)


def values(*shape: int, name: str = "", dtype: str = "float32") -> Any:
    """Usual numbers, with corners of the formulas at the start."""
    array = np.random.default_rng(len(shape) + sum(shape)).normal(size=shape) * 2
    corners: Sequence[float] = (0.0, 1.0, -1.0, 6.0, 3.0, -3.0, 100.0, -100.0)
    if name in MODERATE:
        corners = corners[:-2]
    if name in POSITIVE:
        array, corners = np.abs(array) + 0.5, ()
    count = min(len(corners), array.size)
    array.reshape(-1)[:count] = corners[:count]
    return paddle.to_tensor(array.astype(dtype))


def gives_floats(function: Callable[..., Any], *tensors: Any) -> bool:
    return function(*tensors).dtype in (paddle.float32, paddle.float64)


ONE = [name for name, (function, kinds, _) in UNARY.items() if set(kinds) & {"float32", "float64"}]
ONE = [name for name in ONE if gives_floats(UNARY[name][0], paddle.ones([2]))]
TWO = [name for name, (function, kinds) in BINARY.items() if "float32" in kinds]
TWO = [name for name in TWO if gives_floats(BINARY[name][0], paddle.ones([2]), paddle.ones([2]))]


@pytest.mark.parametrize(
    ("name", "dtype"),
    [(name, dtype) for name in ONE for dtype in UNARY[name][1] if dtype in FLOATS],
)
def test_of_one_tensor(name: str, dtype: str) -> None:
    check(UNARY[name][0], values(5, 7, name=name, dtype=dtype), tolerance=2e-5)


SHAPES: List[Tuple[Tuple[int, ...], Tuple[int, ...]]] = [
    ((5, 7), (5, 7)),
    ((5, 7), (7,)),
    ((5, 1), (4, 1, 7)),
    ((2, 3, 4, 5), (1, 3, 1, 1)),
    ((5, 7), ()),
]


@pytest.mark.parametrize(("left", "right"), SHAPES)
@pytest.mark.parametrize("name", TWO)
def test_of_two_tensors(name: str, left: Tuple[int, ...], right: Tuple[int, ...]) -> None:
    x, y = values(*left), values(*right)
    if name == "/":
        y = y.abs() + 0.5
    check(BINARY[name][0], x.detach(), y.detach())


@pytest.mark.parametrize("name", [name for name, case in ROWS.items() if "float32" in case[1]])
def test_of_rows(name: str) -> None:
    check(ROWS[name][0], values(3, 5, 33, name=name), tolerance=1e-4)


def test_a_block() -> None:
    def block(x: Any, r: Any, g: Any, b: Any) -> Any:
        h = F.layer_norm(F.gelu(x) + r, [33], g, b)
        return h * 2.0 + r, h.sum(-1), h > 0

    check(block, values(4, 3, 33), values(4, 3, 33), values(33), values(33), tolerance=1e-4)


def test_what_needs_no_gradient_has_none() -> None:
    def f(x: Any, y: Any) -> Any:
        with paddle.no_grad():
            factor = F.sigmoid(x) * 2.0 - y
        return paddle.tanh(x * y) * factor + y

    x, y = (values(4, 8) * 0.02).detach(), (values(8) * 0.02).detach()
    check(f, x, y)
    x, y = x.detach(), y.detach()
    x.stop_gradient = False
    notes: List[str] = []
    fused(f, notes)(x, y).sum().backward()
    got = x.grad.numpy()
    x.clear_gradient()
    f(x, y).sum().backward()
    np.testing.assert_allclose(got, x.grad.numpy(), rtol=1e-5, atol=1e-5)
    assert y.grad is None


def test_a_norm_whose_scale_is_frozen() -> None:
    """Paddle leaves such a scale out of the gradient of x (3.0, 3.3.1): the kernel didn't."""
    scale, bias = paddle.rand([16]) + 0.5, paddle.randn([16])

    def function(x: Any) -> Any:
        return F.layer_norm(x * 2.0, [16], scale, bias) * 3.0

    x = paddle.randn([5, 16])
    found = []
    for called in (function, paddlefx.optimize(function, backend=LLVMCompiler(smallest=1))):
        given = x.clone().detach()
        given.stop_gradient = False
        loss(called(given)).backward()
        found.append(given.grad.numpy())
    np.testing.assert_allclose(found[1], found[0], 1e-5, 1e-5)


def test_gradients_of_gradients() -> None:
    def f(x: Any, y: Any) -> Any:
        return paddle.tanh(x * y) + F.sigmoid(x) * y - x

    x, y = values(4, 8, name="exp"), values(8, name="exp")
    x.stop_gradient = y.stop_gradient = False

    def second(function: Callable[..., Any]) -> Any:
        first = paddle.grad(function(x, y).sum(), [x, y], create_graph=True)
        return paddle.grad((first[0] * first[0]).sum() + first[1].sum(), [x, y])

    for a, b in zip(second(fused(f, [])), second(f)):
        np.testing.assert_allclose(a.numpy(), b.numpy(), rtol=1e-4, atol=1e-4)


def test_an_operand_written_to_since_is_an_error() -> None:
    """As in Paddle: its gradient would be another tensor's."""
    x = values(4, 8, name="exp")
    x.stop_gradient = False
    h = x * 1.0
    result = fused(lambda h: h * h * 2.0 + h, [])(h)
    h.add_(x)
    # Paddle makes an OSError of what a PyLayer raises.
    with pytest.raises((RuntimeError, OSError), match="written to in place"):
        result.sum().backward()


def test_an_operand_that_the_graph_writes_to_stays_paddles() -> None:
    def f(x: Any) -> Any:
        h = x * 1.0
        y = F.relu(h + 1.0) * 2.0
        h.add_(x)
        return y + h * 3.0 - 1.0

    check(f, values(4, 8))


def test_a_network_learns_alike() -> None:
    def steps(function_of: Callable[[Any], Any]) -> List[float]:
        paddle.seed(3)
        layer = paddle.nn.TransformerEncoderLayer(32, 4, 64, dropout=0.0, activation="gelu")
        optimizer = paddle.optimizer.AdamW(0.01, parameters=layer.parameters())
        run = function_of(layer)
        x = values(2, 6, 32)
        losses = []
        for _ in range(5):
            error = ((run(x) - 1.0) ** 2).mean()
            error.backward()
            optimizer.step()
            optimizer.clear_grad()
            losses.append(float(error))
        return losses

    plain = steps(lambda layer: layer)
    compiler = LLVMCompiler(smallest=1, allow_fallback=False)
    compiled = steps(lambda layer: paddlefx.optimize(layer, backend=compiler))
    np.testing.assert_allclose(compiled, plain, rtol=1e-3)


def test_gradients_by_some_inputs_and_a_graph_that_is_kept():
    def function(x, y):
        return paddle.tanh(x * y) + paddle.exp(y)

    compiled = paddlefx.optimize(function, backend="llvm")
    x, y = paddle.rand([64, 64]), paddle.rand([64, 64])
    x.stop_gradient = y.stop_gradient = False
    found = []
    for each in (function, compiled):
        result = each(x, y)
        one = paddle.ones_like(result)
        parts = [paddle.grad(result, [side], [one], retain_graph=True)[0] for side in (x, y)]
        for tensor in (x, y):
            tensor.clear_gradient(set_to_zero=False)
        result.backward(one, retain_graph=True)
        result.backward(one)
        assert not x.grad.stop_gradient
        with pytest.raises(SystemError, match="do not exist"):
            result.backward(one)
        found.append([*parts, x.grad.clone(), y.grad.clone()])
    for plain, ours in zip(*found):
        np.testing.assert_allclose(ours.numpy(), plain.numpy(), 1e-5, 1e-5)
