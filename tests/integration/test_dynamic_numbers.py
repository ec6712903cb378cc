"""Ints and floats that change from call to call become inputs: a few compilations, right results."""

from __future__ import annotations

import math

import paddle
import pytest

import paddlefx
from paddlefx import _C
from paddlefx.compiler.base import CallableCompiler
from tests.constructs.checking import difference
from tests.support.versus import alike, outcome

X = [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]


def changing(function, calls, translations=2, graphs=None, breaks=0):
    """Each call gives what the plain function gives, and so many frames are captured."""
    compiled = paddlefx.optimize(function)
    for args in calls:
        plain = outcome(function, (paddle.to_tensor(X), *args))
        ours = outcome(compiled, (paddle.to_tensor(X), *args))
        assert type(ours.error) is type(plain.error), (ours, plain)
        found = alike((ours.value, ours.args), (plain.value, plain.args))
        assert found is None, (args, found)
    stats = paddlefx.stats()
    assert stats["translations"] == translations
    assert stats["graph_breaks"] == breaks
    assert stats["fallbacks"] == 0


class Box:
    def __init__(self, **values):
        self.__dict__.update(values)


def numbers(*values):
    return [(value,) for value in values]


def test_an_int_argument_is_compiled_twice():
    changing(lambda x, n: x * n + 1, numbers(*range(-3, 20)))


def test_a_float_argument_is_compiled_twice():
    def function(x, rate):
        return x - rate * x.sum(), rate * 2, -rate, abs(rate), rate + 1, 1 - rate

    changing(function, numbers(0.1, 0.2, 0.05, -1.5, 1e308, -0.0, float("inf")))


def test_not_a_number_and_signed_zero_stay_apart():
    def function(x, value):
        return x * value, value == value, value if value else x

    changing(function, numbers(1.0, 2.0, 0.0, -0.0, float("nan"), 3.0), translations=4)


def test_containers_find_a_number_that_is_not_equal_to_itself_by_its_identity():
    def function(x, values, value):
        place = values.index(value) if value in values else None
        return x + 1, place, list(values), [pair[1] for pair in [(0, item) for item in values]]

    compiled = paddlefx.optimize(function)
    one, two, three = (float("nan") for _ in range(3))
    cases = [([one, one], one), ([one, two], one), ([one, two], two), ([two, one], three)]
    for values, value in [*cases, ([1.0, complex(one)], complex(one)), ([2.0, two], two)]:
        plain = function(paddle.to_tensor(X), values, value)
        ours = compiled(paddle.to_tensor(X), values, value)
        assert ours[1] == plain[1]
        for copied in ours[2:]:
            assert [item is real for item, real in zip(copied, values)] == [True] * len(values)
    assert paddlefx.stats()["fallbacks"] == 0


def test_many_numbers_that_are_needed_one_after_the_other():
    def function(x, numbers, scale):
        return x * sorted(numbers)[0] * scale

    lists = [[float((place * 7 + shift) % 41) for place in range(40)] for shift in range(3)]
    changing(function, [(values, 2.0 + place) for place, values in enumerate(lists)], 3)


def test_arithmetic_is_pythons():
    def function(x, n):
        return (
            x * n, n // 3, n % 3, n / 4, -n // 3, -n % 3, n * n, n - 7, n**2, +n, 2 * n + n // 2,
            float(n), int(n), abs(n), round(n), math.floor(n / 2), math.ceil(n / 2),
        )  # fmt: skip

    changing(function, numbers(5, 6, 7, 8, 1000, 12345), translations=2)


def test_attribute_global_and_item():
    def function(x, box, items, table):
        box.step += 1
        return x / box.step + items[1] * table["rate"], box.step

    calls = [(Box(step=n), [0, n], {"rate": n * 0.5}) for n in range(1, 9)]
    compiled = paddlefx.optimize(function)
    for box, items, table in calls:
        plain = function(paddle.to_tensor(X), Box(step=box.step), items, table)
        ours = compiled(paddle.to_tensor(X), box, items, table)
        assert paddle.equal_all(plain[0], ours[0]) and plain[1] == ours[1] == box.step
    assert paddlefx.stats()["translations"] == 2


STEP = 0


def count(x):
    global STEP
    STEP += 1
    return x * STEP


def test_a_global_counter():
    global STEP
    STEP = 0
    compiled = paddlefx.optimize(count)
    x = paddle.to_tensor(X)
    for step in range(1, 9):
        assert paddle.equal_all(compiled(x), x * step)
    assert STEP == 8 and paddlefx.stats()["translations"] == 2


def test_a_closure_counter():
    def make():
        step = 0

        def function(x):
            nonlocal step
            step += 1
            return x + step

        return function

    plain, compiled = make(), paddlefx.optimize(make())
    x = paddle.to_tensor(X)
    for _ in range(8):
        assert paddle.equal_all(plain(x), compiled(x))
    assert paddlefx.stats()["translations"] == 2


def test_comparisons_are_guards_on_how_they_come_out():
    def function(x, n):
        if n % 3 == 0:
            return x * n
        return x - n if 5 < n <= 12 else x + n

    changing(function, numbers(*range(1, 20)), translations=5)


def test_the_value_itself_is_compiled_for():
    def function(x, n):
        total = x
        for _ in range(n):
            total = total + n
        return total

    changing(function, [*numbers(1, 2, 3), *numbers(1, 2, 3)], translations=3)


def test_a_list_index_is_compiled_for():
    changing(lambda x, n: x + [5, 6, 7][n], [*numbers(0, 1, 2), *numbers(0, 1, 2)], translations=3)


def test_division_by_zero_is_raised_for_real():
    def function(x, n):
        return x * (1 / n)

    compiled = paddlefx.optimize(function)
    x = paddle.to_tensor(X)
    for n in (1, 2, 3, -4):
        assert paddle.equal_all(compiled(x, n), function(x, n))
    with pytest.raises(ZeroDivisionError):
        compiled(x, 0)
    assert paddle.equal_all(compiled(x, 5), function(x, 5))


def test_huge_ints_are_exact():
    def function(x, n):
        return x + 1, n * n * n * n, n + 2**100

    changing(function, numbers(1, 2, 3, 10**9, 10**18, 10**30), translations=4)


def test_an_int_that_becomes_a_float_is_compiled_anew():
    changing(lambda x, n: (x * n, n), numbers(1, 2, 3, 4.0, 5.0, 6.0, True, 7), translations=4)


def test_flags_are_constants():
    def function(x, flag, name):
        return x + 1 if flag else x * len(name)

    calls = [(flag, name) for flag in (True, False) for name in ("a", "bb", "ccc")]
    changing(function, calls, translations=4)


def test_numbers_returned_and_stored_are_the_callers():
    box = Box()

    def function(x, n):
        box.last = n + 1
        return {"n": n, "both": [n, (n, x * n)]}, n

    changing(function, numbers(3, 4, 5, 6))
    assert box.last == 7


def test_a_number_lives_through_a_break(capsys):
    def function(x, n):
        y = x * n
        print("n", n)
        return y + n

    compiled = paddlefx.optimize(function)
    x = paddle.to_tensor(X)
    seen = []
    for n in range(8):
        assert paddle.equal_all(compiled(x, n), x * n + n)
        seen.append(paddlefx.stats()["translations"])
    assert capsys.readouterr().out == "".join(f"n {n}\n" for n in range(8))
    assert seen[2:] == seen[2:3] * 6 and paddlefx.stats()["fallbacks"] == 0


def test_a_decaying_rate():
    def function(x, step):
        return x * (0.1 * 0.9**step), step**0.5

    changing(function, numbers(*range(1, 12)), translations=2)


def test_power_and_operands_that_may_raise_are_compiled_for():
    changing(lambda x, v: (x * 1, v**2), numbers(1.5, 2.5, 3.5), translations=3)


def stored(x, n):
    x[n] = 2.0
    y = x + 1
    return y


def stored_to(x, n):
    x[:n] = 2.0
    y = x + 1
    return y


def taken_from(x, n):
    y = x[n:]
    z = y + 1
    return z


@pytest.mark.parametrize("function", [stored, stored_to, taken_from])
def test_what_is_no_index_is_refused_at_its_line(function):
    """Bools and floats, also where ints have been seen to vary before."""
    compiled = paddlefx.optimize(function)
    for n in (0, 1, 2.5, 2, 1.5, True, 0.5, 8.5, False):
        plain = outcome(function, (paddle.to_tensor(X), n))
        ours = outcome(compiled, (paddle.to_tensor(X), n))
        assert difference(plain, ours) is None


def test_operations_take_numbers():
    def function(x, value):
        return (
            paddle.scale(x, value),
            paddle.pow(x, value),
            paddle.full([2], value),
            paddle.nn.functional.leaky_relu(-x, value),
            paddle.to_tensor(value),
        )

    changing(function, numbers(0.5, 1.5, 2.0, 2.5))


def test_dynamic_false_compiles_for_each_value():
    compiled = paddlefx.optimize(lambda x, n: x * n, dynamic=False)
    for n in range(5):
        compiled(paddle.to_tensor(X), n)
    assert paddlefx.stats()["translations"] == 5


def test_dynamic_true_compiles_once():
    compiled = paddlefx.optimize(lambda x, n: x * n, dynamic=True)
    for n in range(5):
        assert paddle.equal_all(compiled(paddle.to_tensor(X), n), paddle.to_tensor(X) * n)
    assert paddlefx.stats()["translations"] == 1


def test_a_backend_says_whether_it_takes_numbers():
    def backend(layer, inputs):
        seen.append(inputs)
        return layer.forward

    for takes, translations in ((False, 4), (True, 2)):
        seen = []
        backend.takes_numbers = takes
        paddlefx.reset()
        compiled = paddlefx.optimize(lambda x, n: x * n, backend=backend)
        for n in range(3, 7):
            assert paddle.equal_all(compiled(paddle.to_tensor(X), n), paddle.to_tensor(X) * n)
        assert paddlefx.stats()["translations"] == translations
        assert all(isinstance(item, (paddle.Tensor, int)) for inputs in seen for item in inputs)
        assert any(4 in inputs[1:] for inputs in seen) is takes
    assert CallableCompiler(backend).takes_numbers


def test_guards_say_the_range():
    function = lambda x, n: x * n  # noqa: E731 - two calls of one object
    compiled = paddlefx.optimize(function)
    for n in (1, 2):
        compiled(paddle.to_tensor(X), n)
    texts = [str(text) for entry in compiled.cache.entries for text in entry.guards.texts]
    assert any(text.startswith("n: an int from -2147483648") for text in texts)
    assert isinstance(compiled, _C.Dispatcher)
