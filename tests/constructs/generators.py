"""Generators, generator expressions and comprehensions."""

from __future__ import annotations

from tests.constructs.construct import construct


def count_up(x, limit):
    for index in range(limit):
        yield x + index


def echo(log):
    received = None
    while True:
        received = yield received
        log.append(received)


def delegating(x):
    first = yield from count_up(x, 2)
    second = yield from count_up(x * 10, 2)
    return first, second


def tree(depth):
    if depth:
        yield from tree(depth - 1)
        yield depth
        yield from tree(depth - 1)


@construct()
def generator_in_for(x):
    total = x * 0
    for value in count_up(x, 3):
        total = total + value
    return total


@construct()
def generator_to_list(x):
    return list(count_up(x, 3)), tuple(count_up(x, 2))


@construct()
def generator_to_builtins(x):
    total = sum(count_up(x, 3))
    best = max(value for value in (3, 1, 2))
    every = all(value > 0 for value in (1, 2))
    return total * best, every, sorted(-value for value in (1, 3, 2))


@construct()
def generator_next(x):
    values = count_up(x, 2)
    return next(values), next(values), next(values, None)


@construct()
def generator_unpacked(x):
    first, *rest = count_up(x, 3)
    return first, rest, [*count_up(x, 2)]


@construct()
def generator_send(x):
    log = []
    running = echo(log)
    next(running)
    running.send(1)
    got = running.send(x * 2)
    return got, log


@construct()
def generator_throw(x):
    def guarded():
        try:
            yield 1
        except ValueError:
            yield "handled"

    running = guarded()
    next(running)
    return x + 1, running.throw(ValueError("in"))


@construct()
def generator_throw_out(x):
    running = count_up(x, 3)
    next(running)
    try:
        running.throw(KeyError("k"))
    except KeyError:
        return x + 1, list(running)


@construct()
def generator_close(x):
    log = []

    def guarded():
        try:
            yield 1
        finally:
            log.append("closed")

    running = guarded()
    next(running)
    running.close()
    return x * 2, log


@construct()
def generator_return_value(x):
    def outer():
        result = yield from inner()
        yield result * 2

    def inner():
        yield 1
        return x + 1

    return list(outer())


@construct()
def generator_two_yield_from(x):
    return list(delegating(x))


@construct()
def generator_recursive(x):
    for value in tree(3):
        x = x + value
    return x


@construct()
def generators_interleaved(x):
    left, right = count_up(x, 3), count_up(x * 2, 3)
    return [next(left), next(right), next(left), next(right)]


@construct()
def generator_zipped(x):
    return [a * b for a, b in zip(count_up(x, 3), count_up(x, 2))]


@construct()
def generator_infinite(x):
    def naturals():
        value = 0
        while True:
            yield value
            value += 1

    for value in naturals():
        if value > 3:
            break
        x = x + value
    return x


@construct()
def generator_method(x):
    class Walk:
        def __iter__(self):
            yield x
            yield x * 2

    return [value + 1 for value in Walk()]


@construct()
def generator_stop_iteration_inside(x):
    def broken():
        yield next(iter([]))

    try:
        list(broken())
    except RuntimeError as error:
        return x + 1, type(error.__cause__).__name__


@construct()
def generator_closure_changes(x):
    scale = 1

    def scaled():
        while scale < 4:
            yield x * scale

    results = []
    for value in scaled():
        results.append(value)
        scale += 1
    return results


@construct()
def generator_expression(x):
    return tuple(x * scale for scale in (1, 2) if scale > 1), sum(n * n for n in range(4))


@construct()
def generator_expression_nested(x):
    return list(x * a + b for a in (1, 2) for b in range(a))


@construct()
def generator_expression_is_lazy(x):
    log = []

    def note(value):
        log.append(value)
        return value

    values = (note(value) for value in (1, 2, 3))
    log.append("made")
    return x * next(values), log


@construct()
def list_comprehension(x):
    return [x * scale for scale in range(3)]


@construct()
def list_comprehension_nested(x):
    return [[x + a * b for a in range(2)] for b in range(2) if b]


@construct()
def dict_comprehension(x):
    return {name: x * size for name, size in [("a", 1), ("b", 2)] if size}


@construct()
def set_comprehension(x):
    found = {value % 3 for value in range(7)}
    return x * len(found), found


@construct()
def comprehension_closure(x):
    scale = 3
    return [value * scale for value in (x, x + 1)], [lambda: scale for _ in range(1)][0]()


@construct()
def comprehension_name_is_its_own(x):
    scale = 5
    made = [scale for scale in range(3)]
    return x * scale, made


@construct()
def comprehension_with_method(x):
    parts = [part.strip().upper() for part in " a, b ,c".split(",")]
    return x + len(parts), parts


@construct()
def comprehension_conditions(x):
    return [x * n if n % 2 else x - n for n in range(5) if n if n != 3]


# The second break moves the generator: something else might hold it when the frame has ended.
@construct(graphs=2, breaks=2)
def generator_alive_at_break(x):
    values = count_up(x, 3)
    first = next(values) * 2
    print("between")
    return first, next(values) + 1


@construct(graphs=2, breaks=1)
def comprehension_after_break(x):
    x = x + 1
    print("before")
    return [x * scale for scale in range(3)]


@construct(graphs=0, breaks=0)
def generator_returned_unstarted(x):
    made = (value for value in (1, 2))
    return list(made)
