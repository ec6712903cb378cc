"""Products of matrices by NumPy's BLAS: values, gradients, and what stays with Paddle."""

from __future__ import annotations

import numpy as np
import paddle
import paddle.nn.functional as F
import pytest

import paddlefx
from paddlefx.compiler.blas import BlasCompiler
from paddlefx.errors import CompileError

BLAS = BlasCompiler(smallest=1)


def products(function, *args, backend=BLAS):
    """How many products NumPy does."""
    (graph,) = paddlefx.explain(function, backend=backend)(*args).graphs
    return sum(int(note.split()[1]) for note in graph.notes if note.startswith("blas: "))


def tensors(*shapes, dtype="float32"):
    rng = np.random.RandomState(5)
    made = [paddle.to_tensor(rng.randn(*shape).astype(dtype)) for shape in shapes]
    for tensor in made:
        tensor.stop_gradient = False
    return made


def gradients(function, args, order=1):
    """Results, and their gradients by all arguments, of an order."""
    result = function(*args)
    weights = paddle.to_tensor(np.random.RandomState(6).randn(*result.shape)).astype(result.dtype)
    found = paddle.grad((result * weights).sum(), args, create_graph=order > 1)
    if order == 1:
        return [result, *found]
    total = sum((each * each).sum() for each in found)
    return [result, *found, *paddle.grad(total, args, allow_unused=True)]


def assert_near(plain, found):
    assert len(plain) == len(found)
    for one, two in zip(plain, found):
        assert (one is None) == (two is None)
        if one is None:
            continue
        assert (one.shape, one.dtype, one.stop_gradient) == (
            two.shape,
            two.dtype,
            two.stop_gradient,
        )
        scale = max(float(one.abs().max()), 1.0)
        np.testing.assert_allclose(two.numpy(), one.numpy(), 1e-5, 1e-5 * scale)


def matmul(first, second):
    return lambda x, y: paddle.matmul(x, y, first, second)


PRODUCTS = {
    "matrices": (matmul(False, False), [5, 3], [3, 4]),
    "left transposed": (matmul(True, False), [3, 5], [3, 4]),
    "right transposed": (matmul(False, True), [5, 3], [4, 3]),
    "both transposed": (matmul(True, True), [3, 5], [4, 3]),
    "by name": (lambda x, y: paddle.matmul(x, y=y, transpose_y=True), [5, 3], [4, 3]),
    "operator": (lambda x, y: x @ y, [5, 3], [3, 4]),
    "mm": (lambda x, y: paddle.mm(x, y), [5, 3], [3, 4]),
    "rows in batches": (matmul(False, False), [2, 6, 5, 3], [3, 4]),
    "rows in batches, transposed": (matmul(False, True), [2, 5, 3], [4, 3]),
    "batches": (matmul(False, False), [2, 6, 5, 3], [2, 6, 3, 4]),
    "batches, left transposed": (matmul(True, False), [2, 3, 5], [2, 3, 4]),
    "batches, right transposed": (matmul(False, True), [2, 5, 3], [2, 4, 3]),
    "batches, both transposed": (matmul(True, True), [2, 3, 5], [2, 4, 3]),
    "linear": (lambda x, y: F.linear(x, y), [2, 5, 3], [3, 4]),
    "linear with a bias": (lambda x, y, b: F.linear(x, y, b), [2, 5, 3], [3, 4], [4]),
    "by itself": (lambda x: x @ x, [4, 4]),
    "of strided": (lambda x, y: x.t() @ y.transpose([1, 0]), [3, 5], [4, 3]),
    "between others": (lambda x, y: paddle.tanh((x * 2) @ F.relu(y) + 1).t(), [5, 3], [3, 4]),
}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", PRODUCTS)
def test_results_and_gradients(name, dtype):
    function, *shapes = PRODUCTS[name]
    args = tensors(*shapes, dtype=dtype)
    assert products(function, *args) == 1
    compiled = paddlefx.optimize(function, backend=BLAS)
    for _ in range(2):
        assert_near(gradients(function, args), gradients(compiled, args))
    plain, found = gradients(function, args, 2), gradients(compiled, args, 2)
    # Those of Paddle 3.0 have further dimensions, of one element.
    plain = [one if one is None else one.reshape(two.shape) for one, two in zip(plain, found)]
    assert_near(plain, found)
    with paddle.no_grad():
        assert_near([function(*args)], [compiled(*args)])


@pytest.mark.parametrize("fixed", [0, 1])
def test_a_side_without_a_gradient(fixed):
    args = tensors([5, 3], [3, 4])
    args[fixed].stop_gradient = True
    compiled = paddlefx.optimize(lambda x, y: x @ y, backend=BLAS)
    for function in (lambda x, y: x @ y, compiled):
        for tensor in args:
            tensor.clear_gradient(set_to_zero=False)
        function(*args).sum().backward()
        assert args[fixed].grad is None
        assert args[1 - fixed].grad.shape == args[1 - fixed].shape
        assert not args[1 - fixed].grad.stop_gradient


OTHERS = {
    "broadcast batches": (matmul(False, False), [2, 1, 5, 3], [6, 3, 4]),
    "vector": (matmul(False, False), [5, 3], [3]),
    "one matrix at the left": (matmul(False, False), [5, 3], [2, 3, 4]),
    "batches of transposed by one": (matmul(True, False), [2, 3, 5], [3, 4]),
}


@pytest.mark.parametrize("name", OTHERS)
def test_what_stays_with_paddle(name):
    function, *shapes = OTHERS[name]
    args = tensors(*shapes)
    assert products(function, *args) == 0
    compiled = paddlefx.optimize(function, backend=BLAS)
    with paddle.no_grad():
        assert_near([function(*args)], [compiled(*args)])


def test_integers_stay_with_paddle():
    x = paddle.ones([4, 4], "int32")
    assert products(lambda x: x @ x, x) == 0


def test_small_products_stay_with_paddle():
    args = tensors([8, 8], [8, 8])
    assert products(lambda x, y: x @ y, *args, backend="blas") == 0
    args = tensors([128, 128], [128, 128])
    assert products(lambda x, y: x @ y, *args, backend="blas") == 1


def test_results_own_their_memory():
    x, y = tensors([128, 128], [128, 128])
    compiled = paddlefx.optimize(lambda x, y: x @ y, backend=BLAS)
    with paddle.no_grad():
        held = [compiled(x * n, y) for n in range(4)]
        for n, each in enumerate(held):
            np.testing.assert_allclose(each.numpy(), (x @ y).numpy() * n, 1e-4, 1e-4)


def test_a_write_before_the_backward_pass_is_an_error():
    x, y = tensors([4, 4], [4, 4])
    for function in (lambda x, y: x @ y, paddlefx.optimize(lambda x, y: x @ y, backend=BLAS)):
        left = x * 1
        result = function(left, y)
        left.add_(paddle.ones([4, 4]))
        with pytest.raises(Exception, match="version"):
            result.sum().backward()


@pytest.mark.parametrize("name", PRODUCTS)
def test_gradients_by_some_of_the_inputs(name):
    function, *shapes = PRODUCTS[name]
    args = tensors(*shapes)
    compiled = paddlefx.optimize(function, backend=BLAS)
    for one in args:
        # What leads to an input isn't one itself, too.
        for made in (lambda: args, lambda: [each * 2 for each in args]):
            wanted = paddle.grad(function(*made()).sum(), [one])
            assert_near(wanted, paddle.grad(compiled(*made()).sum(), [one]))


def test_zeros_keep_their_signs():
    x = paddle.to_tensor([[-1.0, 0.0]], stop_gradient=False)
    y = paddle.to_tensor([[0.0], [0.0]], stop_gradient=False)
    compiled = paddlefx.optimize(lambda x, y: paddle.matmul(x, y * -0.0), backend=BLAS)
    wanted = paddle.matmul(x, y * -0.0)
    assert np.signbit(compiled(x, y).numpy()) == np.signbit(wanted.numpy())


def test_weights_are_read_in_each_call():
    linear = paddle.nn.Linear(4, 3)
    compiled = paddlefx.optimize(linear, backend=BLAS)
    x = paddle.randn([2, 4])
    optimizer = paddle.optimizer.SGD(0.5, parameters=linear.parameters())
    for _ in range(4):
        assert_near([linear(x)], [compiled(x)])
        compiled(x).sum().backward()
        optimizer.step()
        optimizer.clear_grad()


def test_infinities_and_what_is_no_number_are_as_in_paddle():
    x, y = tensors([8, 8], [8, 8])
    with paddle.no_grad():
        x[0, 0], x[1, 1], x[2, 2] = float("inf"), float("nan"), float("-inf")
        compiled = paddlefx.optimize(lambda x, y: x @ y, backend=BLAS)
        np.testing.assert_allclose(compiled(x, y).numpy(), (x @ y).numpy(), 1e-5, 1e-5)


def test_an_error_of_shapes_is_the_plain_one():
    compiled = paddlefx.optimize(lambda x, y: x @ y, backend=BLAS)
    with pytest.raises(ValueError, match="mul|mat|dimension|width"):
        compiled(paddle.ones([2, 3]), paddle.ones([4, 5]))


def test_a_full_graph_or_an_error():
    strict = BlasCompiler(smallest=1, full_graph=True, allow_fallback=False)
    args = tensors([4, 4], [4, 4])
    assert products(lambda x, y: x @ y, *args, backend=strict) == 1
    with pytest.raises(CompileError, match="not everything"):
        paddlefx.optimize(lambda x, y: x @ y + 1, backend=strict)(*args)


def test_a_second_backward_pass_is_an_error():
    x, y = tensors([4, 4], [4, 4])
    for function in (lambda x, y: x @ y, paddlefx.optimize(lambda x, y: x @ y, backend=BLAS)):
        result = function(x, y)
        result.backward(paddle.ones_like(result), retain_graph=True)
        result.backward(paddle.ones_like(result))
        with pytest.raises(SystemError, match="do not exist"):
            result.backward(paddle.ones_like(result))
