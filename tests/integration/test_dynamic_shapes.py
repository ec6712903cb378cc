"""The second size of a dimension makes it vary: two compilations, right results for all sizes."""

from __future__ import annotations

import paddle
import pytest

import paddlefx
from tests.support.versus import alike, outcome


def sized(function, shapes, translations=2, breaks=0, graphs=None):
    """Calls with tensors of these shapes give what the plain function gives."""
    compiled = paddlefx.optimize(function)
    for number, shape in enumerate(shapes):
        shapes_of = shape if isinstance(shape, tuple) else (shape,)
        paddle.seed(number)
        args = tuple(paddle.rand(list(one)) for one in shapes_of)
        plain = outcome(function, tuple(arg.clone() for arg in args))
        ours = outcome(compiled, tuple(arg.clone() for arg in args))
        assert type(ours.error) is type(plain.error), (shape, ours, plain)
        found = alike(ours.value, plain.value)
        assert found is None, (shape, found)
    stats = paddlefx.stats()
    if translations is None:
        return
    assert stats["translations"] == translations
    assert stats["graph_breaks"] == breaks
    assert stats["fallbacks"] == 0


ROWS = [[n, 4] for n in range(2, 12)]


def reads(x):
    b, s = x.shape
    return x * b, b, s, x.shape, len(x), x.ndim, b * s, x.reshape([b * s])


def test_shapes_are_numbers():
    sized(reads, ROWS)


def test_the_number_of_elements():
    sized(lambda x: (x.size, x * 1), ROWS, translations=None)


def test_both_sizes_vary():
    sized(reads, [[2, 3], [4, 5], [7, 2], [9, 30], [30, 9]])


def test_zero_and_one_are_compiled_for():
    sized(lambda x: x + x.sum(0), [[3, 4], [5, 4], [6, 4], [1, 4], [0, 4], [9, 4]], translations=4)


def test_slices_and_indices():
    def function(x):
        return x[1:], x[:-1], x[-1], x[0], x[:2], x[:, 1:3], x[1:-1], x[..., 0], x[None, :, 0]

    sized(function, ROWS)


def test_a_slice_is_clipped_at_the_end():
    sized(lambda x: (x[:5], x[3:], x[-4:], x[5:2]), ROWS, translations=5)


def test_a_slice_up_to_the_size_of_another():
    table = paddle.rand([64, 4])
    sized(lambda x: x + table[: x.shape[0]], ROWS)


def test_new_tensors_of_a_size():
    def function(x):
        n = x.shape[0]
        return (
            paddle.zeros([n, 2]) + x[:, :2], paddle.ones([n]) * 2, paddle.full([2, n], 0.5),
            paddle.arange(n), paddle.zeros_like(x), paddle.arange(0, n * 2, 2),
        )  # fmt: skip

    sized(function, ROWS)


def test_a_range_as_long_as_a_product_of_sizes_is_compiled_for():
    sized(lambda x: paddle.arange(x.shape[0] * x.shape[1]), [[2, 3], [3, 4], [4, 5]],
          translations=3)  # fmt: skip


def test_reshape_and_flatten():
    def function(x):
        n = x.shape[0]
        return (
            x.reshape([n, 2, 2]).transpose([1, 0, 2]).reshape([-1, 2]), x.flatten(),
            x.reshape([-1]), x.unsqueeze(0), x.expand([3, n, 4]), x.tile([2, 1]), x.T,
        )  # fmt: skip

    sized(function, ROWS)


def test_operations_over_a_size_that_varies():
    def function(x):
        return (
            paddle.concat([x, x]), paddle.stack([x, x]), x @ x.T, x.sum(0), x.mean(), x.max(axis=0),
            paddle.nn.functional.softmax(x, axis=0), paddle.split(x, 2, axis=1), x.cumsum(0),
            paddle.where(x > 0.5, x, -x), x.astype("float64"), paddle.roll(x, 1, 0), x.argmax(0),
        )  # fmt: skip

    sized(function, ROWS)


def test_two_tensors_of_one_size():
    sized(lambda x, y: (x + y, x @ y.T), [([n, 3], [n, 3]) for n in range(2, 9)])


def test_two_tensors_that_need_not_be_of_one_size():
    sized(lambda x, y: paddle.concat([x, y]), [([n, 3], [m, 3]) for n, m in
                                                [(2, 3), (3, 4), (5, 5), (9, 2)]])  # fmt: skip


def test_broadcasting_against_one():
    shapes = [([n, 3], [1, 3]) for n in range(2, 6)]
    sized(lambda x, y: x + y, [*shapes, ([4, 3], [4, 3]), ([5, 3], [5, 3])], translations=3)


def test_shapes_that_do_not_fit_raise_what_they_raise():
    sized(lambda x, y: x + y, [([2, 3], [2, 3]), ([3, 3], [3, 3]), ([4, 3], [5, 3])],
          translations=3, breaks=1)  # fmt: skip


def test_convolutions_over_images_of_any_size():
    conv = paddle.nn.Conv2D(3, 4, 3, stride=2, padding=1)
    pool = paddle.nn.MaxPool2D(2)
    linear = paddle.nn.Linear(4, 2)

    def function(x):
        y = pool(paddle.nn.functional.relu(conv(x)))
        return linear(y.mean([2, 3])), y.shape

    sized(function, [[2, 3, 16, 18], [3, 3, 20, 22], [2, 3, 32, 64], [5, 3, 17, 19], [7, 3, 8, 9]])


def test_attention_over_any_length():
    layer = paddle.nn.TransformerEncoderLayer(8, 2, 16, dropout=0.0)
    layer.eval()
    sized(lambda x: layer(x), [[2, n, 8] for n in (3, 4, 5, 9)])


def test_a_limit_inside_is_kept():
    table = paddle.nn.Embedding(16, 4)

    def function(x):
        n = x.shape[0]
        return x + table(paddle.arange(16))[:n] + table.weight[0:n]

    sized(function, [[n, 4] for n in range(2, 16)])


def test_branches_on_a_size():
    def function(x):
        if x.shape[0] > 6:
            return x * 2
        return x.sum() if x.shape[0] % 2 else x + 1

    sized(function, ROWS, translations=4)


def test_loops_over_a_size_are_compiled_for():
    sized(lambda x: sum(row.sum() for row in x), [[2, 4], [3, 4], [4, 4], [3, 4]], translations=3)


def test_assignment_into_a_slice():
    def function(x):
        y = x * 1
        y[1:] = 0.0
        y[0] = x[-1]
        return y

    sized(function, ROWS, translations=None)


def test_gradients_with_a_size_that_varies():
    layer = paddle.nn.Linear(4, 3)
    compiled = paddlefx.optimize(lambda x: (layer(x) ** 2).mean())
    for n in range(2, 8):
        x = paddle.rand([n, 4])
        grads = []
        for function in (lambda x: (layer(x) ** 2).mean(), compiled):
            function(x).backward()
            grads.append(layer.weight.grad.clone())
            layer.clear_gradients()
        assert paddle.allclose(*grads)
    assert paddlefx.stats()["translations"] == 2


def test_dynamic_options():
    for dynamic, translations in ((False, 5), (None, 2), (True, 1)):
        paddlefx.reset()
        compiled = paddlefx.optimize(lambda x: x * x.shape[0], dynamic=dynamic)
        for n in range(2, 7):
            assert compiled(paddle.ones([n])).sum() == n * n
        assert paddlefx.stats()["translations"] == translations


def test_mark_dynamic():
    compiled = paddlefx.optimize(lambda x: x * x.shape[-1])
    x = paddle.ones([2, 3])
    paddlefx.mark_dynamic(x, -1)
    compiled(x)
    for n in range(4, 7):
        assert compiled(paddle.ones([2, n])).sum() == 2 * n * n
    assert paddlefx.stats()["translations"] == 1
    with pytest.raises(IndexError):
        paddlefx.mark_dynamic(x, 2)


def test_a_graph_that_varies_says_minus_one():
    compiled = paddlefx.optimize(lambda x: x.reshape([-1]) * 2, dynamic=True)
    compiled(paddle.ones([3, 4]))
    (entry,) = compiled.cache.entries
    metas = [node.meta.get("tensor_meta") for node in entry.graph_layer.graph.nodes]
    assert [meta.shape for meta in metas if meta is not None] == [(-1, -1), (-1,), (-1,)]
