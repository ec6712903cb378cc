"""Calls: signatures, closures, decorators, recursion."""

from __future__ import annotations

import functools
import operator

import paddle

from tests.constructs.construct import construct


def add(a, b=1, *rest, c=2, **named):
    return a * b + c + sum(rest) + sum(named.values())


def positional(a, b, /, c):
    return a * b - c


def factorial(n):
    return 1 if n < 2 else n * factorial(n - 1)


def doubling(function):
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        return function(*args, **kwargs) * 2

    return wrapper


def repeated(times):
    def decorate(function):
        def wrapper(value):
            for _ in range(times):
                value = function(value)
            return value

        return wrapper

    return decorate


@doubling
def decorated(x):
    return x + 1


@repeated(3)
def decorated_with_arguments(x):
    return x * 2


@construct()
def call_positional(x):
    return add(x, 2, 3, 4)


@construct()
def call_keywords(x):
    return add(b=2, a=x, c=5, extra=1)


@construct()
def call_star(x):
    args, named = [x, 3], {"c": 1, "z": 2}
    return add(*args), add(*args, 4, **named), add(x, *(), **{})


@construct()
def call_star_several(x):
    return add(*[x], *(2, 3), **{"c": 1}, **{"k": 4})


@construct()
def call_positional_only(x):
    return positional(x, 2, c=3)


@construct()
def call_defaults_are_kept(x):
    def inner(y, items=[]):  # noqa: B006 - the construct under test
        items.append(1)
        return y * len(items)

    return inner(x), inner(x)


@construct()
def call_wrong_arguments(x):
    found = []
    for call in (lambda: positional(x), lambda: add(), lambda: positional(x, b=1, c=2)):
        try:
            call()
        except TypeError as error:
            found.append(str(error))
    return x + 1, found


@construct()
def call_builtin_keywords(x):
    return x * int("ff", base=16), sorted([1, 3, 2], reverse=True), max([1, -5], key=abs)


@construct()
def lambda_called(x):
    return (lambda a, *b, k=2: a * k + len(b))(x, 1, 2)


@construct()
def function_in_container(x):
    table = {"double": lambda v: v * 2, "inc": lambda v: v + 1}
    for name in ("double", "inc", "double"):
        x = table[name](x)
    return x


@construct()
def function_passed(x):
    def apply(function, value, times):
        for _ in range(times):
            value = function(value)
        return value

    return apply(lambda v: v * 2, x, 3), apply(paddle.tanh, x, 2)


@construct()
def closure_reads(x):
    scale = 3

    def inner(y):
        return y * scale + x

    scale = 4
    return inner(x)


@construct()
def closure_nonlocal(x):
    count = 0

    def step(value):
        nonlocal count
        count += 1
        return value * count

    x = step(x)
    x = step(x)
    return x, count


@construct()
def closure_two_levels(x):
    def outer(a):
        def inner(b):
            nonlocal a
            a = a + b
            return a * x

        return inner

    add_to = outer(1)
    return add_to(2), add_to(3)


@construct()
def closure_counters_apart(x):
    def counter():
        count = 0

        def step():
            nonlocal count
            count += 1
            return count

        return step

    a, b = counter(), counter()
    a(), a(), b()
    return x * a(), x * b()


@construct()
def closure_over_tensor(x):
    y = x + 1

    def inner():
        return y * 2

    y = y * 10
    return inner()


@construct()
def closure_unbound(x):
    def inner():
        return later

    try:
        inner()
    except NameError as error:
        kind = type(error).__name__
    later = 3
    return x * inner(), kind


@construct()
def closure_is_returned(x):
    scale = x * 2

    def inner(y):
        return y + scale

    return inner


@construct()
def recursion_plain(x):
    return x * factorial(5)


@construct()
def recursion_mutual(x):
    def even(n, y):
        return y if n == 0 else odd(n - 1, y * 2)

    def odd(n, y):
        return y if n == 0 else even(n - 1, y + 1)

    return even(4, x)


@construct()
def recursion_of_structure(x):
    def total(item):
        return sum(total(part) for part in item) if isinstance(item, list) else item

    return total([x, [x * 2, [x * 3]], x])


@construct()
def decorator_plain(x):
    return decorated(x)


@construct()
def decorator_with_arguments(x):
    return decorated_with_arguments(x)


@construct(library=True)
def decorator_inside(x):
    @doubling
    def inner(y):
        return y - 1

    return inner(x), inner.__name__


@construct()
def partial_of_function(x):
    scaled = functools.partial(add, b=3, c=0)
    return scaled(x), functools.partial(scaled, x)(k=1)


@construct()
def partial_of_lambda_with_default(x):
    return functools.partial(lambda a, p, q: a * p + q, q=2)(x, 3)


@construct()
def partial_attributes(x):
    made = functools.partial(add, x, c=3)
    return made(), made.keywords, len(made.args), made.func is add


@construct()
def reduce_tensors(x):
    return functools.reduce(operator.add, [x, x * 2, x * 3]), functools.reduce(max, [1, 5, 2], 3)


@construct()
def bound_method_of_builtin(x):
    items = []
    push = items.append
    push(x)
    push(x * 2)
    return items


@construct()
def method_references(x):
    multiply = x.multiply if hasattr(x, "multiply") else None
    add_one = x.__add__
    return add_one(1), multiply(x)


@construct()
def tensor_methods(x):
    return x.reshape([-1]).unsqueeze(0).tanh().sum(axis=1, keepdim=True).astype("float64")


@construct()
def tensor_functions(x):
    y = paddle.concat([x, x], axis=0)
    z = paddle.stack([x, x])
    return paddle.matmul(y, x, transpose_y=True), z.transpose([1, 0, 2]), paddle.where(x > 1, x, -x)


@construct()
def function_attributes(x):
    def inner(y):
        inner.calls += 1
        return y * inner.calls

    inner.calls = 0
    inner(x)
    return inner(x), inner.calls


@construct()
def default_is_a_tensor(x):
    def inner(y, bias=x * 2):
        return y + bias

    return inner(x), inner(x, 1)


@construct()
def callable_checks(x):
    return x + 1, callable(add), callable(3), callable(lambda: 0), callable(int)


@construct()
def evaluation_order(x):
    log = []

    def note(value):
        log.append(value)
        return value

    table = {note("k"): note("v")}
    add(note(1), b=note(2), c=note(3))
    table[note("key")] = note("value")
    return x * len(log), log, table


@construct()
def deep_calls(x):
    def level(depth, y):
        if depth == 0:
            return y
        return level(depth - 1, y + 1)

    return level(40, x)


@construct()
def signature_defaults_none(x, weight=None, bias=None, *, scale=None):
    y = x if weight is None else x * weight
    y = y if bias is None else y + bias
    return y * (scale or 2)
