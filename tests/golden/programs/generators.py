"""Generators and generator expressions."""


def plain(n):
    for i in range(n):
        yield i


def sent():
    got = yield
    while got is not None:
        got = yield got, (yield)
    return got


def delegates(items):
    result = yield from items
    yield from result
    return (yield from [1, 2])


def cleans_up(f):
    try:
        yield f()
    except GeneratorExit:
        f(None)
        raise
    finally:
        f(1)


def expressions(items, n):
    a = (item * n for item in items if item if n)
    b = ((x, y) for x in a for y in items if x != y)
    return sum(a), any(not x for x, _ in b)


def never():
    return
    yield
