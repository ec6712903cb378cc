"""Stars in displays, and unpacking in targets."""


def displays(a, b):
    return [*a, 1, *b], (*a, *b), (1, *a, 2), {*a, 3, *b}, {**a, "x": 1, **b}


def nested_displays(a):
    return [*[*a, 1], *(2, *a)], {**{"k": [*a]}, **a}


def computed_keys(f, a):
    return {f(1): f(2), **f(3), "c": f(4)}, [f(1), *f(2), f(3)]


def targets(a):
    x, y = a
    p, (q, *r), [s] = a
    *first, last = a
    head, *_, tail = x
    return y, p, q, r, s, first, last, head, tail


def swaps(a, b, c, d):
    a, b = b, a
    a, b, c = c, a, b
    a, b, c, d = d, c, b, a
    a[b], c.x = c.x, a[b]
    return a, b, c, d


def chained(f):
    x = y = f.a = f[0] = f()
    (a, b) = [c, d] = x
    return x, y, a, b, c, d


def returned(a):
    return 1, *a
