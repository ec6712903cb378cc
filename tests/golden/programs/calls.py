"""Calls in all their forms."""


def positional(f, a, b):
    return f(), f(a), f(a, b)


def keywords(f, a, b):
    return f(x=a), f(a, x=b), f(a, b, x=1, y=None)


def stars(f, a, b):
    return f(*a), f(1, *a), f(*a, *b), f(*a, 1, *b, 2)


def double_stars(f, a, b):
    return f(**a), f(x=1, **a), f(**a, **b), f(**a, x=1, **b)


def everything(f, a, b):
    return f(1, *a, 2, x=3, *b, y=4, **a, z=5)


def methods(x, y):
    x.a(y).b(y, key=1).c(*y, **y)
    return x.a.b.c(x.d)[0](y)


def nested(f, g):
    return f(g(f), f(g(1, f(2)), key=g(x=f())))


def builtin(items):
    print(*items, sep=", ", end="")
    return sorted(items, key=len, reverse=True)


def through_super():
    class Child(dict):
        def __init__(self, *args, **kwargs):
            super().__init__(*args, **kwargs)
            self.base = super().get
            super(Child, self).update(a=1)

    return Child


def immediately(x):
    return (lambda a, b=x: a + b)(1), (yield)(x)
