"""Layers and resume functions that every call makes anew, alive over a break: compiled once or twice."""

from __future__ import annotations

import paddle
import pytest

import paddlefx


@pytest.fixture(autouse=True)
def fresh():
    paddlefx.reset()
    yield
    paddlefx.reset()


def translations(optimized, calls):
    """How many translations each call made."""
    made = []
    for call in calls:
        before = paddlefx.stats()["translations"]
        call(optimized)
        made.append(paddlefx.stats()["translations"] - before)
    return made


def test_a_slice_of_a_layer_list_over_a_break():
    layers = paddle.nn.LayerList([paddle.nn.Linear(4, 4) for _ in range(3)])

    def f(x):
        part = paddlefx.disable(lambda: layers[:2])()
        x = x * 2
        print(end="")
        for layer in part:
            x = layer(x)
        return x

    x = paddle.ones([2, 4])
    optimized = paddlefx.optimize(f)
    expected = f(x).numpy()

    def call(function):
        assert (function(x).numpy() == expected).all()

    assert sum(translations(optimized, [call] * 8)[3:]) == 0
    with paddle.no_grad():
        layers[1].weight.set_value(layers[1].weight * 2)
    assert (optimized(x).numpy() == f(x).numpy()).all()
    layers[0] = paddle.nn.Linear(4, 4)
    assert (optimized(x).numpy() == f(x).numpy()).all()


def test_a_new_layer_with_new_parameters_over_a_break():
    value = 0.0

    def make():
        layer = paddle.nn.Linear(2, 2)
        layer.weight.set_value(paddle.full([2, 2], value))
        return layer

    made = paddlefx.disable(make)

    def f(x):
        layer = made()
        x = x * 2
        print(end="")
        return layer(x)

    x = paddle.ones([1, 2])
    optimized = paddlefx.optimize(f)

    def call(function):
        nonlocal value
        value += 1
        assert function(x).tolist() == [[4 * value, 4 * value]]

    assert sum(translations(optimized, [call] * 8)[3:]) == 0
    assert paddlefx.stats()["fallbacks"] == 0


def test_gradients_of_a_layer_made_anew():
    kept = []

    def made():
        layer = paddle.nn.Linear(2, 2)
        kept.append(layer)
        return layer

    hidden = paddlefx.disable(made)

    def f(x):
        layer = hidden()
        x = x * 2
        print(end="")
        return layer(x)

    optimized = paddlefx.optimize(f)
    x = paddle.ones([1, 2])
    for _ in range(5):
        optimized(x).sum().backward()
        assert kept[-1].weight.grad.tolist() == [[2.0, 2.0], [2.0, 2.0]]
        kept.clear()


def test_a_break_two_calls_deep_under_frames_with_cells():
    def innermost(x):
        shift = x.mean()

        def shifted(y):
            return y + shift

        y = x * 2
        print(end="")
        return shifted(y)

    def middle(x):
        factor = x + 1

        def scaled(y):
            return y * factor

        y = innermost(x)
        return scaled(y)

    def f(x):
        kept = x - 1

        def added(y):
            return y + kept

        return added(middle(x) + middle(x * 2))

    x = paddle.ones([2])
    optimized = paddlefx.optimize(f)
    expected = f(x).numpy()

    def call(function):
        assert (function(x).numpy() == expected).all()

    assert sum(translations(optimized, [call] * 8)[3:]) == 0
    assert paddlefx.stats()["fallbacks"] == 0


def test_a_bound_method_of_a_list_over_a_break():
    def shown(value):
        print(end="")
        return value

    def f(x):
        found = []
        print(end="")
        for value in (1.0, 2.0):
            found.append(shown(x * value))
        return found

    x = paddle.ones([2])
    optimized = paddlefx.optimize(f)

    def call(function):
        assert [item.tolist() for item in function(x)] == [[1.0, 1.0], [2.0, 2.0]]

    assert sum(translations(optimized, [call] * 8)[3:]) == 0
    assert paddlefx.stats()["fallbacks"] == 0


def test_a_function_of_the_framework_made_over_a_break():
    # As the comprehension of a Paddle function, of which a break is in the iterable.
    table = {"__name__": "paddle.of_a_test", "paddle": paddle}
    exec("def f(x):\n    g = lambda: x + 1\n    print(end='')\n    return g() * x\n", table)
    f = table["f"]
    optimized = paddlefx.optimize(f)

    def call(function):
        x = paddle.ones([2])
        assert (function(x).numpy() == f(x).numpy()).all()

    assert sum(translations(optimized, [call] * 6)[1:]) == 0
    assert paddlefx.stats()["fallbacks"] == 0


class Kept:
    def __init__(self):
        self.names = []


def named(kept, x):
    y = x * 2
    parts = [y.name for _ in range(2)]
    kept.names.extend(parts)
    return y + 1


def named_one_by_one(kept, x):
    y = x * 2
    kept.names.append(y.name)
    return y + 1


@pytest.mark.parametrize("function", [named, named_one_by_one])
def test_texts_that_a_break_gives_and_that_are_only_kept(function):
    kept = Kept()
    optimized = paddlefx.optimize(function)

    def call(function):
        before = len(kept.names)
        assert function(kept, paddle.ones([2])).tolist() == [3, 3]
        assert len(kept.names) > before

    assert sum(translations(optimized, [call] * 8)[2:]) == 0
    assert all(type(name) is str for name in kept.names)
    assert len(set(kept.names)) == 8


def test_a_text_that_a_break_gives_and_that_is_looked_at():
    told = iter(["one", "two", "one"])

    def f(x):
        text = input_(x)
        kept = [text]
        return (x + 1 if text == "one" else x - 1), kept, f"{text}!"

    input_ = paddlefx.disable(lambda x: next(told))
    optimized = paddlefx.optimize(f)
    x = paddle.ones([1])
    for expected, text in [(2, "one"), (0, "two"), (2, "one")]:
        y, kept, said = optimized(x)
        assert (y.item(), kept, said) == (expected, [text], f"{text}!")
