"""Operators, comparisons, conditions, subscripts."""


def arithmetic(a, b):
    return a + b - a * b / a // b % a ** b @ a, ~a, -b, +a, a << b >> a & b | a ^ b


def in_place(a, x):
    a += 1
    a **= 2
    x.y -= a
    x[a] //= a
    x[a:1] @= x.y[0]
    return a


def comparisons(a, b, c):
    return a < b <= c, a == b != c > a, a is b is not None, a in b not in c


def chained_in_condition(a, b, c):
    if 0 < a < b < c:
        return a
    if not (a < b < c):
        return b
    while a() <= b() < c():
        c = a
    return c


def booleans(a, b, c):
    return a and b or c, not a, not (a and b), (a or b) and (b or c), a or None


def negations(a, b):
    if not a is b:
        return not a in b
    if not not a:
        return not (a != b)
    return not a == b


def conditional(a, b, c):
    x = a if b else c if a else b
    return (b if a and c else None) or (a if not b or c else x)


def none_tests(a, b):
    if a is None:
        return b is not None
    if b is not None and a is not None:
        return a or b
    return None if a is None else b


def subscripts(a, i, j):
    a[i] = a[i:j], a[:], a[i:], a[:j:2], a[::-1], a[i, j], a[i:j, ...], a[1:2]
    del a[i], a[i:j], a[:]
    return a[0][-1]


def assigned(f, items):
    if (n := f(items)) > 1 and (m := n + 1):
        return n, m
    while chunk := f(n):
        items.append(chunk)
    return [n := 1, n]


def constants():
    return (
        1 + 2 * 3, -1, 2 ** 10, "a" "b", "-" * 5, (1, (2, 3)), b"x", 1.5, 2j, ..., None, True,
        not 0, [1, 2, 3], {1, 2}, {"a": 1, "b": 2}, -0.0, 10 ** 20,
    )


def lambdas(a):
    return lambda: a, lambda x, *y, z=a, **w: (x, y, z, w), (lambda: (yield))
