"""More of :mod:`.corpus`: expressions, containers, classes, names, nested loops and lines."""

from tests.support.corpus import CM, boom, log


def stars(*a, **k):
    first, *mid, last = a
    x, (y, *z) = 1, "abc"
    (*q,) = a
    return (
        first,
        mid,
        last,
        x,
        y,
        z,
        q,
        [*a, *mid],
        {*a},
        {**k, "z": 1},
        (*a, 1),
        [*a][1:],
        a[::2],
        a[1:2],
    )


def classes(base):
    x = 1

    class A(base):
        """doc"""

        y = x
        z: int = 3
        w = [y for y in range(3)]

        def __init__(self, v):
            super().__init__()
            self.v = v

        def f(self, *, k=x):
            return self.v, k, __class__.__name__

        @property
        def p(self):
            return self.v * 2

        class B:
            q = 5

    class C(A, metaclass=type):
        def f(self, **kw):
            return ("C", super().f(**kw), super(C, self).f(k=9), super().p)

    c = C(4)
    return (
        c.f(k=2),
        c.f(),
        A.w,
        A.__doc__,
        A.B.q,
        A.__annotations__,
        A.__qualname__,
        C.f.__qualname__,
        A.y,
    )


def kwonly(*, a, b=2):
    return a, b


def fstr(x, w):
    return (
        f"{x}",
        f"{x!r}",
        f"{x:>{w}}",
        f"{x!s:{w}}|",
        f"a{x}b{w!a}c{{}}",
        f"{x=}",
        "%s-%r" % (x, w),
        f"{'a' if x else 'b'}",
    )


def chained(a, b, c):
    r = [
        a < b < c,
        a < b > c,
        a == b != c,
        a in b if isinstance(b, list) else None,
        not a < b <= c,
        a is b is not c,
        a < b < c or c,
        a and b and c,
        a or b or c,
        not (a and b) or c,
    ]
    if a < b < c:
        r.append(1)
    while a < b < c:
        a += 1
        r.append(a)
    assert a < 1000, "big %d" % a
    x = y = a
    x, y = y, x
    x, y, c = c, x, y
    d = {}
    d["a"] = x
    d["a"] += 1
    d["b"], z = 1, 2
    del d["b"]
    l = [1, 2, 3, 4]
    l[1:3] = [9]
    l[0] += 5
    del l[1:2]
    l[0:1] += [7]
    if x is None or y is not None:
        r.append("n")
    if (w := len(l)) > 1:
        r.append(w)
    return r, x, y, d, l


def assertf(x):
    assert x, ("no", x)
    return x


def dels(x):
    y = x
    del y
    try:
        y  # noqa: F821
    except UnboundLocalError as e:
        log(str(e).split()[0])
    try:
        if x:
            z = 1
        del z
        return z
    except NameError as e:
        return type(e).__name__


def unpack38(a, b):
    def g(*a, **k):
        return a, sorted(k.items())

    return (
        [*a, *b],
        (*a, *b),
        {*a, *b},
        {**{"x": 1}, **{"y": 2}},
        g(*a, *b, **{"p": 1}, **{"q": 2}),
        g(*a, 1, *b),
    )


def unpackerr(k):
    def g(*a, **k):
        pass

    if k == 0:
        g(**{"a": 1}, **{"a": 2})
    if k == 1:
        g(*1, *[2])
    if k == 2:
        [*1]
    if k == 3:
        {**1}
    if k == 4:
        a, b = (1,)
    if k == 5:
        a, *b = ()
    if k == 6:
        g(**1)
    if k == 7:
        g(1, a=1, **{"a": 2})


def globs():
    global GG
    GG = 1
    GG += 1
    r = GG
    del GG
    try:
        GG
    except NameError as e:
        log(str(e))
    import collections.abc as p
    import sys as s
    from os import sep as q

    return r, p.__name__, s.__name__, q


def nested_fin(k):
    r = []
    for a in range(2):
        try:
            for b in range(2):
                try:
                    with CM((a, b)):
                        if k == b:
                            continue
                        if k == 2 and a:
                            return r
                        if k == 3:
                            raise IndexError(k)
                        r.append((a, b))
                finally:
                    r.append("f1")
                    for _ in [1, 2]:
                        try:
                            log("deep")
                        finally:
                            r.append("f2")
        except IndexError:
            r.append("ie")
        finally:
            r.append("f3")
    return r


def loops(n):
    r = []
    i = 0
    while i < n:
        i += 1
        if i == 3:
            continue
        if i == 7:
            break
        for j in range(i):
            if j == 2:
                break
            r.append((i, j))
        else:
            r.append("e")
    else:
        r.append("w")
    for (a, b), c in [((1, 2), 3)]:
        r.append(a + b + c)
    return r


def deepexpr(a, b):
    return (
        a
        if b
        else (b if a else [x if x else (y and x or y) for x in range(a) for y in (0, 1) if x or y]),
        max(a if b else b, min(b or a, a), *([a] if a else [b]), key=lambda v: -v),
        (a if a else len)([1]) if not a else 0,
    )


def lam():
    return (lambda *a, **k: (a, k))(1, b=2), (lambda x, y=(lambda: 3): x + y())(1)


def exc_line(k):
    x = 1
    if k == 0:
        return x + boom(1) + 2
    if k == 1:
        for i in range(2):
            x = [boom(j) for j in range(2)]
    if k == 2:
        with CM("l"):
            boom(2)
    if k == 3:
        try:
            boom(3)
        finally:
            log("x")
    if k == 4:
        try:
            boom(4)
        except ValueError:
            {}["k"]
    if k == 5:
        try:
            boom(5)
        except KeyError:
            pass
    return log(x, boom(k))


def annotations():
    x: int = 1

    def f(a: int, b: "str" = 2, *, c: float = 3) -> list:
        pass

    return f.__annotations__, f.__defaults__, f.__kwdefaults__


def swaps(a, b, c, d):
    a, b = b, a
    a, b, c = c, b, a
    a, b, c, d = d, a, b, c
    (a, b), [c, *d] = (b, a), [c, d]
    l = [1, 2, 3]
    l[0], l[1] = l[1], l[0]
    x = l[l[0] - 1] = 5
    a = b = c
    return a, b, c, d, l, x
