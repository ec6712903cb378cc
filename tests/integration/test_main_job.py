"""A function of tensors: captured once, found again, and never wrong."""

from __future__ import annotations

import paddle
import pytest

import paddlefx
from tests.support.same import assert_same


def func(x, y):
    out = (x + y) * x
    return out


def inputs(shape=(8, 16), dtype="float32", stop_gradient=True):
    tensors = [paddle.randn(shape).astype(dtype) for _ in range(2)]
    for tensor in tensors:
        tensor.stop_gradient = stop_gradient
    return tensors


def check(function, *args, calls=2, **kwargs):
    """Optimised and plain give the same on each of some calls; gives the stats."""
    optimized = paddlefx.optimize(function)
    for _ in range(calls):
        assert_same(optimized(*args, **kwargs), function(*args, **kwargs))
    return paddlefx.stats()


def test_one_graph_of_two_nodes_then_a_hit():
    x, y = inputs()
    optimized = paddlefx.optimize(func)
    assert_same(optimized(x, y), func(x, y))
    stats = paddlefx.stats()
    assert (stats["translations"], stats["graphs"], stats["nodes"]) == (1, 1, 2)
    assert (stats["cache_hits"], stats["cache_misses"], stats["recompiles"]) == (0, 1, 0)
    assert_same(optimized(x, y), func(x, y))
    stats = paddlefx.stats()
    assert (stats["translations"], stats["graphs"], stats["nodes"]) == (1, 1, 2)
    assert (stats["cache_hits"], stats["cache_misses"], stats["recompiles"]) == (1, 1, 0)
    assert (stats["graph_breaks"], stats["fallbacks"]) == (0, 0)


def test_another_dtype_recompiles():
    optimized = paddlefx.optimize(func)
    for dtype in ("float32", "float64"):
        args = inputs(dtype=dtype)
        assert_same(optimized(*args), func(*args))
    assert paddlefx.stats()["recompiles"] == 1
    for dtype in ("float32", "float64"):  # both are remembered
        args = inputs(dtype=dtype)
        assert_same(optimized(*args), func(*args))
    stats = paddlefx.stats()
    assert (stats["translations"], stats["recompiles"], stats["cache_hits"]) == (2, 1, 2)


def test_another_rank_recompiles():
    optimized = paddlefx.optimize(func)
    for shape in ((8, 16), (2, 8, 16), (8, 16), (2, 8, 16)):
        args = inputs(shape)
        assert_same(optimized(*args), func(*args))
    stats = paddlefx.stats()
    assert (stats["translations"], stats["recompiles"], stats["cache_hits"]) == (2, 1, 2)


def test_sizes_that_change_stay_right():
    optimized = paddlefx.optimize(func)
    for rows in (1, 2, 3, 8, 1):
        args = inputs((rows, 16))
        assert_same(optimized(*args), func(*args))


def test_broadcast_then_equal_shapes():
    optimized = paddlefx.optimize(func)
    for shape in ((8, 16), (16,), (1, 16), (8, 16)):
        x, _ = inputs()
        y, _ = inputs(shape)
        assert_same(optimized(x, y), func(x, y))


@pytest.mark.parametrize("warm", [False, True])
def test_gradients_of_both_inputs(warm):
    optimized = paddlefx.optimize(func)
    if warm:
        optimized(*inputs(stop_gradient=False))
    x, y = inputs(stop_gradient=False)
    gradients = []
    for function in (optimized, func):
        out = function(x, y)
        assert not out.stop_gradient
        out.sum().backward()
        gradients.append([x.grad.clone(), y.grad.clone()])
        x.clear_grad()
        y.clear_grad()
    assert_same(*gradients)


def test_stop_gradient_and_no_grad_are_seen():
    optimized = paddlefx.optimize(func)
    plain = inputs()
    trained = [tensor.clone() for tensor in plain]
    for tensor in trained:
        tensor.stop_gradient = False
    for _ in range(2):
        assert_same(optimized(*plain), func(*plain))
        assert_same(optimized(*trained), func(*trained))
        with paddle.no_grad():
            assert_same(optimized(*trained), func(*trained))


def test_keywords_defaults_and_stars():
    def spread(x, *rest, scale=2.0, **named):
        for item in rest:
            x = x + item
        return x * scale, {name: value + 1 for name, value in named.items()}

    x, y = inputs()
    optimized = paddlefx.optimize(spread)
    for args, kwargs in [
        ((x,), {}),
        ((x, y), {"scale": 3.0}),
        ((x, y, y), {"a": x, "b": y}),
        ((x, y), {"scale": 3.0}),
        ((x, y), {"scale": 4.0}),
    ]:
        assert_same(optimized(*args, **kwargs), spread(*args, **kwargs))
    assert paddlefx.stats()["fallbacks"] == 0


def test_user_functions_are_inlined():
    def inner(a, b=3):
        return a * b

    def outer(x, y):
        return inner(x) + inner(y, b=2) + inner(b=x, a=y)

    stats = check(outer, *inputs())
    assert (stats["translations"], stats["graphs"], stats["graph_breaks"]) == (1, 1, 0)
    assert stats["nodes"] == 5


def test_python_values_cost_no_node():
    def known(x, flag, names):
        total = 0
        for index, name in enumerate(names):
            if flag and name.startswith("a"):
                total += index
        label = f"{total:>3}-{names[0]!r}"
        table = {"label": label, "size": len(names)}
        first, *others = names
        return x * total, table, others

    x, _ = inputs()
    stats = check(known, x, True, ["b", "a", "ab"])
    assert (stats["graphs"], stats["nodes"], stats["fallbacks"]) == (1, 1, 0)


def test_paddle_functions_and_methods():
    def api(x, y):
        z = paddle.nn.functional.relu(x) + paddle.exp(y)
        z = paddle.concat([z, x], axis=0).reshape([4, -1]).transpose([1, 0])
        return z.sum(axis=0), paddle.nn.functional.softmax(z, axis=-1), z.shape[0]

    stats = check(api, *inputs())
    assert (stats["translations"], stats["graphs"], stats["graph_breaks"]) == (1, 1, 0)
    assert stats["fallbacks"] == 0


SCALE = 2.0


def test_a_global_that_changes():
    def scaled(x):
        return x * SCALE

    global SCALE
    x, _ = inputs()
    optimized = paddlefx.optimize(scaled)
    try:
        for SCALE in (2.0, 3.0, 2.0, 2, True):
            assert_same(optimized(x), scaled(x))
    finally:
        SCALE = 2.0


def test_closures_attributes_and_containers_that_change():
    class Settings:
        scale = 2.0

    settings = Settings()
    sizes = [1.0, 2.0]
    table = {"bias": 1.0}
    offset = 1.0

    def mixed(x):
        for size in sizes:
            x = x * size
        return x * settings.scale + table["bias"] + offset

    x, _ = inputs()
    optimized = paddlefx.optimize(mixed)

    def both():
        assert_same(optimized(x), mixed(x))

    both()
    settings.scale = 5.0
    both()
    Settings.scale = 7.0
    del settings.scale
    both()
    sizes.append(3.0)
    both()
    table["bias"] = -1.0
    both()
    offset = 10.0
    both()
    translations = paddlefx.stats()["translations"]
    both()
    assert paddlefx.stats()["translations"] == translations
    assert paddlefx.stats()["fallbacks"] == 0


def test_what_comes_in_comes_out_itself():
    def through(x, y, values):
        return x, [y, x], values

    x, y = inputs()
    values = [1]
    optimized = paddlefx.optimize(through)
    for _ in range(2):
        first, (second, third), back = optimized(x, y, values)
        assert first is x and second is y and third is x and back is values


def test_one_result_twice_is_one_object():
    def twice(x, y):
        z = x + y
        return z, [z], z

    x, y = inputs()
    optimized = paddlefx.optimize(twice)
    for _ in range(2):
        first, (second,), third = optimized(x, y)
        assert first is second is third


def test_lists_that_the_user_sees_are_changed():
    def collect(x, seen):
        y = x * 2
        seen.append(y)
        seen[0] = "changed"
        return y

    x, _ = inputs()
    optimized = paddlefx.optimize(collect)
    for _ in range(2):
        seen, expected = ["first"], ["first"]
        result = optimized(x, seen)
        collect(x, expected)
        assert seen[-1] is result
        assert_same(seen, expected)


def test_an_exception_of_the_user():
    def fail(x, limit):
        y = x + 1
        if limit > 3:
            raise ValueError(f"limit is {limit}")
        return y

    x, _ = inputs()
    optimized = paddlefx.optimize(fail)
    assert_same(optimized(x, 1), fail(x, 1))
    for _ in range(2):
        with pytest.raises(ValueError, match="limit is 5") as caught:
            optimized(x, 5)
        line = fail.__code__.co_firstlineno + 3
        frames = [(entry.frame.code.name, entry.lineno + 1) for entry in caught.traceback]
        assert ("fail", line) in frames


def test_an_exception_of_the_framework():
    x, _ = inputs((8, 16))
    y, _ = inputs((3, 5))
    with pytest.raises(Exception) as plain:
        func(x, y)
    optimized = paddlefx.optimize(func)
    with pytest.raises(type(plain.value)):
        optimized(x, y)


@pytest.mark.parametrize("call", [(), (1,), (1, 2, 3)])
def test_wrong_arguments_are_type_errors(call):
    with pytest.raises(TypeError) as plain:
        func(*call)
    with pytest.raises(TypeError) as ours:
        paddlefx.optimize(func)(*call)
    assert str(ours.value) == str(plain.value)
