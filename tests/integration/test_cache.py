"""What was compiled is found again for exactly what it was compiled for."""

from __future__ import annotations

import types

import paddle
import pytest

import paddlefx
from tests.support.same import assert_same


@pytest.fixture
def x():
    return paddle.randn([4, 4])


def module_with(name, text):
    module = types.ModuleType(name)
    exec(compile(text, "same.py", "exec"), module.__dict__)
    return module


def test_equal_code_in_two_modules(x):
    text = "def scaled(x):\n    return x * {0}\n{0} = {1}\n"
    first = module_with("first", text.format("A", 2.0))
    second = module_with("second", text.format("A", 3.0))
    assert first.scaled.__code__ == second.scaled.__code__
    one, two = paddlefx.optimize(first.scaled), paddlefx.optimize(second.scaled)
    for _ in range(2):
        assert_same(one(x), x * 2.0)
        assert_same(two(x), x * 3.0)


def test_closures_of_one_code(x):
    def make(scale):
        def scaled(x):
            return x * scale

        return paddlefx.optimize(scaled)

    functions = [make(scale) for scale in (1.0, 2.0, 3.0)]
    for _ in range(2):
        for scale, function in zip((1.0, 2.0, 3.0), functions):
            assert_same(function(x), x * scale)


def test_values_are_told_apart_by_type_and_sign(x):
    def scaled(x, value):
        return x * value, [value], 1.0 / value if value else f"{value}"

    optimized = paddlefx.optimize(scaled)
    for _ in range(2):
        for value in (1, 1.0, True, 0.0, -0.0, 0, False):
            assert_same(optimized(x, value), scaled(x, value))
            assert repr(optimized(x, value)[1]) == repr([value])
            assert repr(optimized(x, value)[2]) == repr(scaled(x, value)[2])


def test_arguments_of_other_types(x):
    def double(value):
        return value + value

    optimized = paddlefx.optimize(double)
    for value in (x, 2, 2.5, "ab", [1], (2,), x, "cd"):
        assert_same(optimized(value), double(value))


def test_optional_arguments(x):
    def masked(x, mask=None):
        if mask is not None:
            x = x * mask
        return x + 1

    optimized = paddlefx.optimize(masked)
    for mask in (None, x, None, x):
        assert_same(optimized(x, mask), masked(x, mask))
    stats = paddlefx.stats()
    assert (stats["translations"], stats["cache_hits"]) == (2, 2)


def test_two_arguments_that_are_one_object(x):
    def changed(a, b):
        a.append(1)
        return len(b), a is b

    optimized = paddlefx.optimize(changed)
    for _ in range(2):
        assert_same(optimized([], []), (0, False))
        shared = []
        assert_same(optimized(shared, shared), (1, True))


def test_one_tensor_twice(x):
    def func(x, y):
        return (x + y) * x, x is y

    y = paddle.randn([4, 4])
    optimized = paddlefx.optimize(func)
    for _ in range(2):
        assert_same(optimized(x, y), func(x, y))
        assert_same(optimized(x, x), func(x, x))


def test_a_function_whose_code_is_replaced(x):
    def func(x):
        return x + 1

    def other(x):
        return x - 1

    optimized = paddlefx.optimize(func)
    optimized(x)
    func.__code__ = other.__code__
    assert_same(optimized(x), x - 1)


def test_defaults_that_are_replaced(x):
    def func(x, scale=2.0, *, offset=1.0):
        return x * scale + offset

    optimized = paddlefx.optimize(func)
    assert_same(optimized(x), x * 2.0 + 1.0)
    func.__defaults__ = (3.0,)
    func.__kwdefaults__["offset"] = 5.0
    assert_same(optimized(x), x * 3.0 + 5.0)


def test_a_called_function_that_is_replaced(x):
    namespace = {}
    exec("def inner(x):\n    return x + 1\ndef outer(x):\n    return inner(x) * 2\n", namespace)
    optimized = paddlefx.optimize(namespace["outer"])
    assert_same(optimized(x), (x + 1) * 2)
    exec("def inner(x):\n    return x - 1\n", namespace)
    assert_same(optimized(x), (x - 1) * 2)
    namespace["inner"].__code__ = (lambda x: x * 3).__code__
    assert_same(optimized(x), (x * 3) * 2)
    namespace["len"] = lambda value: 7  # a global hides a builtin
    exec("def counted(x):\n    return x * len([1])\n", namespace)
    counted = paddlefx.optimize(namespace["counted"])
    assert_same(counted(x), x * 7)
    del namespace["len"]
    assert_same(counted(x), x * 1)


def test_a_method_that_is_replaced_on_its_class(x):
    class Model:
        def run(self, x):
            return x + 1

    model = Model()

    def call(x):
        return model.run(x)

    optimized = paddlefx.optimize(call)
    assert_same(optimized(x), x + 1)
    Model.run = lambda self, x: x + 2
    assert_same(optimized(x), x + 2)
    model.run = lambda x: x + 3
    assert_same(optimized(x), x + 3)


def test_many_entries_are_all_found(x):
    def scaled(x, value):
        return x * value

    optimized = paddlefx.optimize(scaled, dynamic=False)
    for _ in range(2):
        for value in range(8):
            assert_same(optimized(x, value), x * value)
    stats = paddlefx.stats()
    assert stats["cache_hits"] + stats["cache_misses"] == 16
    assert stats["fallbacks"] == 0
