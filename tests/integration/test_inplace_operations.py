"""In-place operations: on temporaries, views, inputs and leaves; in order, as plain."""

from __future__ import annotations

import paddle
import pytest

import paddlefx
from tests.constructs.checking import difference
from tests.support.versus import outcome, versus


def leaf(*shape):
    x = paddle.ones(list(shape or (3,)))
    x.stop_gradient = False
    return x


def plain(*shape):
    return paddle.ones(list(shape or (3,))) * 2


def on_a_copy(x):
    y = x * 1
    y.add_(paddle.to_tensor(2.0))
    return y, x


def items(x):
    y = x * 2
    y[0] = 5.0
    y[1:] = x[1:] * 3
    y[[0, 2]] = 7.0
    y[paddle.to_tensor(1)] = x.sum()
    return y


def masks(x):
    y = x * 2
    y[y > 1] = 0.5
    y[paddle.to_tensor([True, False, True])] = x.sum()
    return y


def a_view_of_it(x):
    y = x * 2
    view = y.reshape([3, 1])
    view.add_(paddle.ones([3, 1]))
    part = y[0:2]
    part.scale_(2.0)
    y.add_(paddle.ones([3]))
    return y, view, part


def augmented(x):
    y = x * 2
    other = y
    y += 1
    return y, other, y is other


def many(x):
    y = x * 2
    y.zero_()
    y.scale_(2.0)
    y.fill_(3.0)
    y.exp_()
    y.tanh_()
    y.reshape_([3, 1])
    y.unsqueeze_(0)
    y.squeeze_(0)
    y.flatten_()
    return y, y.shape


def detached(x):
    y = x * 2
    d = y.detach()
    d.add_(paddle.ones([3]))
    return y, d


def set_value(x):
    y = x * 2
    y.set_value(x)
    return y, y.stop_gradient


def accumulated(x):
    out = paddle.zeros([3, 3])
    for row in range(3):
        out[row] = x * row
    return out, out.stop_gradient


def transposed(x):
    y = (x * 2).reshape([3, 1]).t()
    y.add_(y)
    return y


@pytest.mark.parametrize("make", [leaf, plain])
@pytest.mark.parametrize(
    "function",
    [on_a_copy, items, masks, a_view_of_it, augmented, many, detached, set_value, accumulated,
     transposed],
)  # fmt: skip
def test_one_graph(function, make):
    stats = versus(function, [lambda: (make(),)] * 2)
    assert (stats["graphs"], stats["graph_breaks"], stats["fallbacks"]) == (1, 0, 0), stats


@pytest.mark.parametrize("make", [leaf, plain])
def test_gradients_flow_through_items(make):
    def step(x, w):
        out = paddle.zeros([2, 3])
        out[0] = x * w
        out[1] = w
        return out

    def trained(call):
        def run(x, w):
            out = call(x, w)
            (out * out).sum().backward()
            return out, w.grad, x.grad

        return run

    versus(trained(step), [lambda: (make(), leaf())] * 2, trained(paddlefx.optimize(step)))
    assert paddlefx.stats()["graphs"] == 1


def test_a_leaf_refuses_and_the_program_catches_it():
    def function(x, log):
        log.append("before")
        try:
            x.add_(x)
        except ValueError as error:
            log.append(type(error).__name__)
            return x * 2
        return x * 3

    versus(function, [lambda: (leaf(), []), lambda: (plain(), []), lambda: (leaf() * 1, [])])


def test_a_leaf_refuses_and_the_error_leaves():
    def function(x, log):
        log.append("before")
        x[0] = 1.0
        return x * 3

    versus(function, [lambda: (leaf(), []), lambda: (plain(), []), lambda: (leaf() * 1, [])])


def test_an_input_that_isnt_a_leaf():
    def function(x):
        x.add_(x)
        return x * 2

    stats = versus(function, [lambda: (leaf() * 1,)] * 2)
    assert (stats["graphs"], stats["graph_breaks"]) == (1, 0)
    versus(function, [lambda: (leaf(),)])


def test_a_changed_version_is_found_by_backward():
    def function(x):
        y = x * 2
        z = y * y
        y.add_(paddle.ones([3]))
        return z

    def trained(call):
        def run(x):
            call(x).sum().backward()
            return x.grad

        return run

    versus(trained(function), [lambda: (leaf(),)] * 2, trained(paddlefx.optimize(function)))


def test_an_input_changes_shape_and_may_be_another_input():
    def function(x, y):
        x.reshape_([3, 1])
        return y * 2, y.shape, x.shape, x is y

    def same():
        x = plain()
        return x, x

    versus(function, [lambda: (plain(), plain()), same, lambda: (plain(), plain()), same])
    assert paddlefx.stats()["graph_breaks"] == 0


def test_sizes_that_are_tensors():
    def function(x):
        rows = paddle.shape(x)[0]
        return (
            paddle.full(paddle.shape(x), 2.0),
            x.reshape([paddle.numel(x), 1]),
            x.reshape([int(rows), -1]),
            paddle.shape(x).tolist(),
        )

    stats = versus(function, [lambda: (plain(3, 4),)] * 2)
    assert (stats["graphs"], stats["graph_breaks"], stats["fallbacks"]) == (1, 0, 0), stats


def test_a_size_that_was_changed_is_not_known():
    def function(x):
        sizes = paddle.shape(x)
        sizes[0] = 7
        return sizes.tolist(), x * 2

    versus(function, [lambda: (plain(3, 4),)] * 2)


def test_the_size_of_a_tensor():
    def function(x):
        return x * x.size, x.size // 2, x.size == 12

    stats = versus(function, [lambda: (plain(3, 4),)] * 2)
    assert (stats["graphs"], stats["graph_breaks"], stats["fallbacks"]) == (1, 0, 0), stats


def test_what_is_written_need_not_be_the_first_argument():
    def function(x):
        y = x * 1
        z = paddle.where_(y > 1, y, x * 0)
        out = x * 2
        copied = paddle.assign(x, out)
        return y, z, z is y, out, copied, copied is out

    versus(function, [lambda: (plain(),)] * 2)


def test_a_loop_on_data_with_operations_in_place():
    def function(x, y):
        z = x * 1
        return paddle.lcm_(z, y), z

    def numbers():
        return paddle.to_tensor([4, 6, 9]), paddle.to_tensor([6, 4, 3])

    versus(function, [numbers] * 2)


def stores_at_a_bool(x, n):
    y = x * 1
    try:
        y[n > 1] = 0.0
    finally:
        n = n + 1
    return y, n


@pytest.mark.parametrize("n", [1, 2])
def test_an_item_at_a_bool(n):
    """Paddle 3.0 raises at the store, later ones do as numpy does."""
    paddlefx.reset()
    plain = outcome(stores_at_a_bool, (paddle.to_tensor([1.0, 2.0]), n))
    ours = outcome(paddlefx.optimize(stores_at_a_bool), (paddle.to_tensor([1.0, 2.0]), n))
    assert difference(plain, ours) is None


def test_a_result_that_is_written_to_a_tensor_given_for_it():
    """Paddle 3.0 has no ``out=``: it raises."""

    def function(x, y, z):
        w = paddle.add(x, y, out=z)
        return z, w is z, z * 2

    versus(function, [lambda: (plain(), plain(), plain())] * 2)


@pytest.mark.parametrize(
    "name",
    "add_ subtract_ multiply_ divide_ floor_divide_ remainder_ equal_ not_equal_ less_than_ "
    "less_equal_ greater_than_ greater_equal_ logical_and_ logical_or_ logical_xor_ "
    "pow_ scale_ clip_ lerp_".split(),
)
def test_operands_unlike_in_dtype(name):
    """Inference of ``add_`` called itself without an end, and the process died."""

    def function(x, y):
        z = getattr(x, name)(y)
        return z, z is x, x.dtype, y + 1

    def operands(first, second, *shape):
        return lambda: (
            paddle.to_tensor([1.0, 2.0, -3.0]).astype(first),
            paddle.full(list(shape), 2.0).astype(second),
        )

    dtypes = ("float32", "float64"), ("float64", "float32"), ("int64", "float32"), ("bool", "int32")
    for pair in dtypes:
        versus(function, [operands(*pair, 3)] * 2)
        versus(function, [operands(*pair)] * 2)
    versus(function, [operands("float32", "float64", 2, 3)] * 2)
    assert paddlefx.stats()["fallbacks"] == 0
