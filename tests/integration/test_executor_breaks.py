"""Breaks anywhere in a function: both ways on, with what is alive kept as it is.

PYTEST_DONT_REWRITE: an ``assert`` in what is compiled is the user's.
"""

from __future__ import annotations

import functools

import numpy as np
import paddle
import pytest

import paddlefx
from tests.support.versus import versus


def t(*shape):
    return paddle.arange(int(np.prod(shape or (1,))), dtype="float32").reshape(list(shape or (1,)))


def if_else(x):
    y = x * 2
    if x.sum() > 0:
        y = y + 1
    else:
        y = y - 1
    return y * x


def conditional_operand(x):
    return x * 3 + (x if x.sum() > 0 else x * 2)


def conditional_arguments(x):
    return paddle.concat([x * 2, x + 1 if x.max() > 1 else x - 1], axis=0), (
        x if x.min() > 0 else 3
    )


def boolean_operators(x):
    a = (x.sum() > 0) and x + 1
    b = (x.sum() > 100) or x - 1
    return a, b, not (x.max() > 1), (x.sum() > 0 and 3) or 4


def chained(x):
    if 0 < x.max() < 10:
        return x + 1
    return 0 < x.min() < 10


def while_tensor(x):
    n = 0
    while x.sum() < 50:
        x = x * 2 + 1
        n += 1
    return x, n


def early_returns(x):
    if x.sum() > 100:
        return x, "big"
    y = x + 1
    if y.sum() > 0:
        return y, "middle"
    return y * 2, "small"


def nested_branches(x):
    y = x
    if x.sum() > 0:
        if x.max() > 1:
            y = y * 2
        else:
            y = y * 3
    elif x.min() < -5:
        y = y * 4
    return y + (1 if y.sum() > 0 else 2)


def loop_with_print(x):
    for i in range(3):
        x = x + i
        print("step", i)
    return x


def nested_loops(x):
    out = []
    for i in range(2):
        for j in (1, 2):
            if j == 2 and i:
                print("skip", i, j)
                continue
            out.append(x * i + j)
        else:
            print("else", i)
    return out


def loop_over_iterators(x):
    rows = iter([1.0, 2.0, 3.0])
    first = next(rows)
    y = x * first
    print("first", first)
    return y, list(rows), next(rows, None)


def generator_alive(x):
    values = (x * i for i in range(3))
    first = next(values)
    print("alive")
    return first, list(values)


def enumerate_alive(x):
    pairs = enumerate([x, x + 1], 5)
    zipped = zip(pairs, "ab")
    one = next(zipped)
    print("alive")
    return one, list(zipped), list(pairs)


def half_consumed(x):
    source = iter([1, 2, 3, 4])
    pairs = list(zip(source, [x]))
    rest = list(source)
    mapped = map(lambda v: rest.append(v) or v * x, [7, 8])
    size = len(rest)
    return pairs, rest, size, next(mapped), rest, list(filter(None, [0, 1, 2]))


def endless(x):
    def count():
        n = 0
        while True:
            yield n
            n += 1

    total = x
    for value, n in zip([1.0, 2.0], count()):
        total = total * value + n
    for n, m in enumerate(count()):
        if n == 3:
            break
        total = total + m
    for n in range(10**12):
        if n > 2:
            return total + n


def cells(x):
    k = x * 2

    def scaled(v):
        return v * k

    before = scaled(x)
    print("break")
    return before + scaled(x), scaled, (lambda: k + 1)()


def nonlocal_cells(x):
    total = x
    count = 0

    def add(v, times=2):
        nonlocal total, count
        total = total + v * times
        count += 1
        return total

    add(1.0)
    print("one", count)
    add(2.0, times=3)
    print("two", count)
    count = count + 10
    add(3)
    return total, count


def made_before_called_after(x, shift=1.0):
    scale = lambda v, k=x, *, m=shift: v * k + m  # noqa: E731

    y = x + 1
    print("made")
    return scale(y), scale(y, k=2.0), scale(y, m=0)


def stars(x, *args, key=2.0, **kwargs):
    y = x * key
    print(len(args), sorted(kwargs))
    a, *b = args or (1, 2)
    return y, args, kwargs, a, b, key


def call_stars(x):
    def inner(a, *rest, k=1, **more):
        print("inner", k)
        return a * k, rest, more

    return inner(*[x + 1, 2], **{"k": 3, "z": x}), inner(x, *(), **{})


def comprehensions(x):
    def noisy(v):
        print("noisy", v)
        return v

    return [x * noisy(i) for i in range(3)], {i: noisy(i) for i in "ab"}, {noisy(1), noisy(2)}


def strings(x):
    y = x + 1
    return f"{y.shape[0]!r:>5}|{y.sum().item():.2f}|{y.dtype}", f"{3:{4}}", str(y.shape)


def walrus(x):
    if (n := len(x.shape)) > 0 and (y := x + n).sum() > 0:
        return y, n
    return n


def deleted(x):
    a, b = x + 1, x + 2
    del a
    print("deleted")
    try:
        return a
    except NameError:
        return b


def unbound_on_one_way(x):
    if x.sum() > 0:
        late = x * 2
    print("way")
    try:
        return late
    except UnboundLocalError:
        return x


def imports_inside(x):
    import math
    from collections import OrderedDict as Table

    print("imported")
    return x * math.floor(2.5), Table(a=x)


def class_inside(x):
    class Local:
        factor = 3.0

        def scaled(self, v):
            return v * self.factor

    y = x + 1
    return Local().scaled(y), Local.factor


def wrapped(x):
    def decorate(function):
        @functools.wraps(function)
        def inner(*args, **kwargs):
            print("call", function.__name__)
            return function(*args, **kwargs) + 1

        return inner

    @decorate
    def body(v, k=2):
        return v * k

    return body(x), body(x, k=3), body.__name__


def partials(x):
    double = functools.partial(paddle.multiply, y=x)
    triple = functools.partial(lambda a, b, c=0: a * b + c, x, c=1)
    y = double(x)
    print("partial")
    return y, triple(2.0), functools.reduce(lambda a, b: a + b, [x, x], x)


def recursion(x, n=3):
    if n == 0:
        return x
    print("n", n)
    return recursion(x + n, n - 1) * 2


class Base:
    factor = 2.0

    def __init__(self, bias):
        self.bias = bias

    def apply(self, x):
        print("base")
        return x * self.factor + self.bias

    @classmethod
    def build(cls, x):
        print("build", cls.__name__)
        return cls(1.0).apply(x)

    @staticmethod
    def shift(x):
        print("static")
        return x + 1


class Derived(Base):
    factor = 3.0

    def apply(self, x):
        y = super().apply(x) - 1
        print("derived")
        return super().apply(y) + super(Derived, self).shift(y)


def methods(x):
    made = Derived(x)
    return made.apply(x), Derived.build(x), Base.build(x), made.shift(x)


def generators(x):
    def inner(n):
        for i in range(n):
            got = yield x * i
            if got:
                print("got", got)
        return n

    def outer():
        done = yield from inner(2)
        yield from inner(done)
        yield done

    return list(outer()), sum(inner(3), x), tuple(v for v in inner(2) if v is not None)


def generator_with_cleanup(x):
    log = []

    def inner():
        try:
            yield x
            yield x + 1
        finally:
            log.append("closed")

    for value in inner():
        break
    return value, log


def generator_raises_stop(x):
    def inner():
        yield x
        raise StopIteration

    try:
        return list(inner())
    except RuntimeError as error:
        return str(error)


def changed_while_iterated(x):
    table = {"a": x}
    try:
        for key in table:
            table[key + "b"] = x + 1
    except RuntimeError:
        return table
    return x


def exhausted_stays(x):
    items = [1]
    source = iter(items)
    list(source)
    items.append(2)
    return x * len(items), next(source, "end")


def floats(x):
    return (
        x + 1,
        sum([0.1] * 10),
        sum([0.1] * 10, x),
        sum([[1], [2]], []),
        sum((1, 2.5, 1e100, -1e100)),
    )


def assertion(x):
    assert len(x.shape) == 1, "rank"
    assert x.sum() > -1000, "sum"
    return x * 2


def item_stores(x):
    y = x * 1
    y[0] = 5.0
    y[1:] = x[1:] * 2
    print(y.shape)
    y[0] += 1
    return y, x


def zero_rank(x):
    s = x.sum()
    return s, s.shape, s + 1, float(s), int(s), bool(s > 0), [s, (s,)], {"k": s}


def finally_returns(x):
    for i in range(3):
        try:
            if i == 1:
                return x * i
        finally:
            print("finally", i)


def with_grad_mode(x):
    x.stop_gradient = False
    with paddle.no_grad():
        y = x * 2
    z = x * 3
    return y, z, y.stop_gradient, z.stop_gradient, z.detach()


def globals_written(x):
    global COUNT
    COUNT = x.shape[0]
    y = x * COUNT
    COUNT += 1
    return y, COUNT


def set_order(x):
    a = {8, 0}
    b = {0, 8}
    c = set([8, 0])
    d = set(a)
    e = {*a, 16}
    f = a | b
    return x + 1, [list(s) for s in (a, b, c, d, e, f, frozenset(a), {"z", "y", "q"})]


FUNCTIONS = [
    if_else, conditional_operand, conditional_arguments, boolean_operators, chained, while_tensor,
    early_returns, nested_branches, loop_with_print, nested_loops, loop_over_iterators,
    generator_alive, enumerate_alive, half_consumed, endless, cells, nonlocal_cells,
    made_before_called_after, stars, call_stars, comprehensions, strings, walrus, deleted,
    unbound_on_one_way, imports_inside, class_inside, wrapped, partials, recursion, methods,
    generators, generator_with_cleanup, generator_raises_stop, changed_while_iterated,
    exhausted_stays, floats, assertion, item_stores, zero_rank, finally_returns, with_grad_mode,
    globals_written, set_order,
]  # fmt: skip


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.__name__)
def test_every_way(function):
    inputs = [t(3), -t(3), t(3) * 100, t(3) - 2, t(3) * 0]
    versus(function, [lambda x=x: (x.clone(),) for x in inputs + inputs])


def test_every_way_of_the_arguments():
    calls = [
        lambda: (t(3), 1, [2]),
        lambda: (t(3),),
        lambda: (t(3), t(2)),
    ]
    versus(stars, calls * 2)
    versus(lambda x, *rest: stars(x, *rest, key=x, z=1), calls * 2)


def test_a_function_made_before_a_break_is_not_compiled_anew():
    compiled = paddlefx.optimize(cells)
    for _ in range(3):
        versus(cells, [lambda: (t(3),)], compiled)
    before = paddlefx.stats()["translations"]
    for _ in range(3):
        versus(cells, [lambda: (t(3),)], compiled)
    assert paddlefx.stats()["translations"] == before
