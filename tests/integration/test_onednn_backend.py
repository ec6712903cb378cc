"""Convolutions and products by oneDNN: values, gradients, and what stays with Paddle."""

from __future__ import annotations

import gc
import threading

import numpy as np
import paddle
import paddle.nn.functional as F
import pytest

import paddlefx
from paddlefx.compiler.auto import AutoCompiler
from paddlefx.compiler.onednn import OneDNNCompiler, library, steps
from paddlefx.errors import CompileError
from tests.integration.test_blas_backend import PRODUCTS, assert_near, gradients, tensors

ONEDNN = OneDNNCompiler(smallest=1, smallest_convolution=1)


def computed(function, *args, backend=ONEDNN):
    """How many operations oneDNN computes."""
    (graph,) = paddlefx.explain(function, backend=backend)(*args).graphs
    return sum(int(note.split()[1]) for note in graph.notes if note.startswith("onednn: "))


def conv(**options):
    return lambda x, w: F.conv2d(x, w, **options)


CONVOLUTIONS = {
    "plain": (conv(), [2, 3, 9, 7], [4, 3, 3, 3]),
    "one by one": (conv(), [2, 16, 5, 5], [32, 16, 1, 1]),
    "strides and paddings": (conv(stride=2, padding=1), [2, 3, 9, 8], [4, 3, 3, 3]),
    "other strides": (conv(stride=[1, 3], padding=[2, 0]), [1, 2, 9, 11], [3, 2, 3, 5]),
    "four paddings": (conv(padding=[1, 0, 2, 1]), [1, 2, 6, 7], [3, 2, 3, 3]),
    "dilated": (conv(dilation=2, padding=2), [1, 4, 9, 9], [6, 4, 3, 3]),
    "groups": (conv(groups=2, padding=1), [2, 4, 9, 9], [8, 2, 3, 3]),
    "no padding by name": (conv(padding="VALID"), [2, 3, 9, 7], [4, 3, 3, 3]),
    "many channels": (conv(padding=1), [2, 33, 7, 7], [17, 33, 3, 3]),
    "between others": (lambda x, w: F.relu(F.conv2d(x * 2, w) + 1), [2, 3, 9, 7], [4, 3, 3, 3]),
    "strided memory": (
        lambda x, w: F.conv2d(x.transpose([0, 1, 3, 2]), w.transpose([1, 0, 2, 3])),
        [2, 3, 9, 7],
        [3, 4, 3, 3],
    ),
    "by itself": (lambda x: F.conv2d(x, x), [2, 2, 3, 3]),
    "twice": (lambda x, w: F.conv2d(F.conv2d(x, w), w), [1, 3, 8, 8], [3, 3, 3, 3]),
}


@pytest.mark.parametrize("name", CONVOLUTIONS)
def test_convolutions_and_their_gradients(name):
    function, *shapes = CONVOLUTIONS[name]
    args = tensors(*shapes)
    assert computed(function, *args) == (2 if name == "twice" else 1)
    compiled = paddlefx.optimize(function, backend=ONEDNN)
    for _ in range(2):
        assert_near(gradients(function, args), gradients(compiled, args))
    assert_near(gradients(function, args, 2), gradients(compiled, args, 2))
    with paddle.no_grad():
        assert_near([function(*args)], [compiled(*args)])


def test_each_channel_by_itself():
    function = conv(groups=4, padding=1)
    args = tensors([2, 4, 7, 7], [4, 1, 3, 3])
    assert computed(function, *args) == 1
    compiled = paddlefx.optimize(function, backend=ONEDNN)
    assert_near(gradients(function, args), gradients(compiled, args))
    # Paddle has no second gradients of it on a CPU: here they are the same error.
    for each in (function, compiled):
        with pytest.raises(RuntimeError, match="depthwise_conv2d_double_grad"):
            gradients(each, args, 2)


@pytest.mark.parametrize("name", ["plain", "groups", "twice"])
def test_gradients_by_some_of_the_inputs(name):
    function, *shapes = CONVOLUTIONS[name]
    args = tensors(*shapes)
    compiled = paddlefx.optimize(function, backend=ONEDNN)
    for one in args:
        for made in (lambda: args, lambda: [each * 2 for each in args]):
            wanted = paddle.grad(function(*made()).sum(), [one])
            assert_near(wanted, paddle.grad(compiled(*made()).sum(), [one]))


@pytest.mark.parametrize("fixed", [0, 1])
def test_a_side_without_a_gradient(fixed):
    args = tensors([2, 3, 9, 7], [4, 3, 3, 3])
    args[fixed].stop_gradient = True
    compiled = paddlefx.optimize(conv(), backend=ONEDNN)
    found = []
    for function in (conv(), compiled):
        for tensor in args:
            tensor.clear_gradient(set_to_zero=False)
        function(*args).sum().backward()
        assert args[fixed].grad is None
        found.append(args[1 - fixed].grad.clone())
    assert_near(found[:1], found[1:])


OTHERS = {
    "channels last": (lambda x, w: F.conv2d(x, w, data_format="NHWC"), [1, 9, 7, 3], [4, 3, 3, 3]),
    "padding by name": (conv(padding="SAME"), [1, 3, 9, 7], [4, 3, 3, 3]),
    "transposed": (lambda x, w: F.conv2d_transpose(x, w), [1, 3, 5, 5], [3, 4, 3, 3]),
    "in space": (lambda x, w: F.conv3d(x, w), [1, 2, 5, 5, 5], [3, 2, 3, 3, 3]),
    # A result is computed of nothing but the zeros around the image.
    "beside the image": (conv(padding=3), [1, 2, 4, 4], [3, 2, 3, 3]),
}


@pytest.mark.parametrize("name", OTHERS)
def test_what_stays_with_paddle(name):
    function, *shapes = OTHERS[name]
    args = tensors(*shapes)
    assert computed(function, *args) == 0
    compiled = paddlefx.optimize(function, backend=ONEDNN)
    assert_near(gradients(function, args), gradients(compiled, args))


def test_other_dtypes_stay_with_paddle():
    args = tensors([1, 2, 5, 5], [3, 2, 3, 3], dtype="float64")
    assert computed(conv(), *args) == 0


def test_small_convolutions_stay_with_paddle():
    assert computed(conv(), *tensors([1, 2, 5, 5], [3, 2, 3, 3]), backend="onednn") == 0
    assert computed(conv(), *tensors([8, 16, 16, 16], [16, 16, 3, 3]), backend="onednn") == 1


@pytest.mark.parametrize("name", PRODUCTS)
def test_products_and_their_gradients(name):
    function, *shapes = PRODUCTS[name]
    args = tensors(*shapes)
    assert computed(function, *args) == 1
    compiled = paddlefx.optimize(function, backend=ONEDNN)
    for _ in range(2):
        assert_near(gradients(function, args), gradients(compiled, args))
    with paddle.no_grad():
        assert_near([function(*args)], [compiled(*args)])


def test_products_of_doubles_are_numpys():
    args = tensors([5, 3], [3, 4], dtype="float64")
    compiled = paddlefx.optimize(lambda x, y: x @ y, backend=ONEDNN)
    assert_near(gradients(lambda x, y: x @ y, args), gradients(compiled, args))


INFINITE = [(0, (0, 0, 0, 0)), (0, (0, 1, 2, 2)), (1, (0, 0, 0, 0)), (1, (1, 1, 2, 1))]


@pytest.mark.parametrize("number", [float("inf"), float("-inf"), float("nan")])
@pytest.mark.parametrize("size", [1, 4])
def test_what_is_not_finite_is_as_in_paddle(number, size):
    function = conv(padding=1)
    compiled = paddlefx.optimize(function, backend=ONEDNN)
    for side, place in INFINITE:
        arrays = [each.numpy() for each in tensors([1, 2, size, size], [3, 2, 3, 3])]
        place = tuple(min(at, limit - 1) for at, limit in zip(place, arrays[side].shape))
        arrays[side][place] = number
        args = [paddle.to_tensor(each, stop_gradient=False) for each in arrays]
        for one, two in zip(gradients(function, args), gradients(compiled, args)):
            np.testing.assert_allclose(two.numpy(), one.numpy(), 1e-5, 1e-5)


def test_a_gradient_that_is_not_finite():
    function = conv(padding=1)
    x, w = tensors([1, 2, 4, 4], [3, 2, 3, 3])
    compiled = paddlefx.optimize(function, backend=ONEDNN)
    incoming = paddle.ones([1, 3, 4, 4])
    incoming[0, 0, 0, 0] = float("inf")
    found = [paddle.grad(each(x, w), [x, w], [incoming]) for each in (function, compiled)]
    for one, two in zip(*found):
        np.testing.assert_allclose(two.numpy(), one.numpy(), 1e-5, 1e-5)


def test_a_write_before_the_backward_pass_is_an_error():
    x, w = tensors([1, 2, 4, 4], [3, 2, 3, 3])
    for function in (conv(), paddlefx.optimize(conv(), backend=ONEDNN)):
        image = x * 1
        result = function(image, w)
        image.add_(paddle.ones([1]))
        with pytest.raises(Exception, match="version"):
            result.sum().backward()


def test_results_own_their_memory():
    x, w = tensors([2, 8, 16, 16], [8, 8, 3, 3])
    compiled = paddlefx.optimize(conv(), backend=ONEDNN)
    with paddle.no_grad():
        held = [compiled(x * number, w) for number in range(4)]
        for number, each in enumerate(held):
            wanted = F.conv2d(x, w).numpy() * number
            np.testing.assert_allclose(each.numpy(), wanted, 1e-4, 1e-4)


def test_weights_are_read_in_each_call():
    paddle.seed(1)
    net = paddle.nn.Sequential(
        paddle.nn.Conv2D(2, 4, 3), paddle.nn.ReLU(), paddle.nn.Flatten(), paddle.nn.Linear(36, 3)
    )
    compiled = paddlefx.optimize(net, backend=ONEDNN)
    x = paddle.randn([2, 2, 5, 5])
    optimizer = paddle.optimizer.SGD(0.1, parameters=net.parameters())
    for _ in range(4):
        assert_near([net(x)], [compiled(x)])
        compiled(x).sum().backward()
        optimizer.step()
        optimizer.clear_grad()


def test_threads():
    function = CONVOLUTIONS["strides and paddings"][0]
    compiled = paddlefx.optimize(function, backend=ONEDNN)
    sides = [tensors([2, 3, 9, 8], [4, 3, 3, 3]) for _ in range(4)]
    scaled = [(x * (number + 1)).detach() for number, (x, _) in enumerate(sides)]
    wrong = []

    # By backward(): plain Paddle's grad() dies in several threads.
    def step(each, number):
        x, w = scaled[number], sides[number][1]
        w.clear_gradient(set_to_zero=False)
        result = each(x, w)
        (result * result).sum().backward()
        return [result.numpy(), w.grad.numpy()]

    expected = [step(function, number) for number in range(4)]

    def work(number):
        for _ in range(50):
            for one, two in zip(expected[number], step(compiled, number)):
                if not np.allclose(one, two, 1e-4, 1e-3):
                    wrong.append(number)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_what_is_called_in_the_middle_is_paddles(monkeypatch):
    # As a signal's handler would: the primitives of this thread are in use.
    x, w = tensors([2, 3, 9, 7], [4, 3, 3, 3])
    compiled = paddlefx.optimize(conv(), backend=ONEDNN)
    wanted = gradients(compiled, [x, w])
    plain, inner = steps._Bound.run, []

    def run(bound, addresses):
        if not inner:
            inner.append(None)
            with paddle.no_grad():
                inner[0] = compiled(x * 2, w)
        return plain(bound, addresses)

    with paddle.no_grad():
        compiled(x, w)
    monkeypatch.setattr(steps._Bound, "run", run)
    assert_near(wanted, gradients(compiled, [x, w]))
    np.testing.assert_allclose(inner[0].numpy(), wanted[0].numpy() * 2, 1e-5, 1e-4)


def test_an_error_of_shapes_is_the_plain_one():
    compiled = paddlefx.optimize(conv(), backend=ONEDNN)
    with pytest.raises(ValueError, match=r"channel|filter|input"):
        compiled(paddle.ones([1, 3, 5, 5]), paddle.ones([4, 2, 3, 3]))


def test_a_full_graph_or_an_error():
    strict = OneDNNCompiler(
        smallest=1, smallest_convolution=1, full_graph=True, allow_fallback=False
    )
    args = tensors([1, 2, 4, 4], [3, 2, 3, 3])
    assert computed(conv(), *args, backend=strict) == 1
    with pytest.raises(CompileError, match="not everything is a large convolution or product"):
        paddlefx.optimize(lambda x, w: F.conv2d(x, w) + 1, backend=strict)(*args)


def test_a_paddle_without_onednn(monkeypatch, tmp_path):
    library.engine.cache_clear()
    monkeypatch.setattr(paddle, "__file__", str(tmp_path / "__init__.py"))
    try:
        with pytest.raises(CompileError, match="comes without oneDNN"):
            library.engine()
    finally:
        library.engine.cache_clear()


def test_primitives_go_with_what_was_compiled():
    gc.collect()
    before = len(steps._this_thread().bound)
    scope = {"F": F}
    exec("def function(x, w):\n    return F.conv2d(x, w)", scope)
    compiled = paddlefx.optimize(scope.pop("function"), backend=ONEDNN)
    gradients(compiled, tensors([2, 3, 9, 7], [4, 3, 3, 3]))
    assert len(steps._this_thread().bound) > before
    del compiled
    gc.collect()
    assert len(steps._this_thread().bound) <= before


def test_auto_trains_convolutions_by_it():
    paddle.seed(0)
    net = paddle.nn.Sequential(
        paddle.nn.Conv2D(16, 32, 3, padding=1), paddle.nn.ReLU(), paddle.nn.Conv2D(32, 16, 3)
    )
    compiled = paddlefx.optimize(net, backend=AutoCompiler(candidates=["onednn"]))
    x = paddle.randn([4, 16, 24, 24])
    for _ in range(60):
        compiled(x).mean().backward()
        net.clear_gradients()
    wanted, found = net(x), compiled(x)
    assert_near([wanted], [found])
    told = paddlefx.explain(net, backend=AutoCompiler(candidates=["onednn"]))(x)
    assert len(told.graphs) == 1
