"""Functions and classes: parameters, closures, decorators, bases."""


def parameters(a, /, b, c=1, *d, e, f=2, **g):
    return a, b, c, d, e, f, g


def defaults(x):
    def inner(a=x, b=[], *, c=x, d=None) -> int:
        return a, b, c, d

    return inner


def annotations(x):
    def inner(a: int, *args: x, b: "text" = 1, **kwargs: dict) -> x:
        local: int = 1
        x.attribute: str = "s"
        return local

    return inner


def closures(x):
    count = 0

    def inner(y):
        nonlocal count
        count += x

        def deepest():
            return count, x, y

        return deepest

    del x
    return inner


def cell_parameter(x):
    x = x + 1
    return lambda: x


def decorated(f, g):
    @f
    @g(1, key=2)
    def inner():
        pass

    @f.attribute
    class Inner:
        pass

    return inner, Inner


def recursion(n):
    def inner(k):
        return inner(k - 1) if k else n

    return inner(n)


class Empty:
    pass


class Full(Empty, metaclass=type, key=1):
    """A docstring."""

    number: int = 3
    text = "x" * number
    __private = None

    def method(self):
        return self.__private, __class__

    @property
    def prop(self):
        return super().prop

    @staticmethod
    def static(x=text):
        return x

    class Inner:
        value = number if False else 1

    for i in range(3):
        locals()[i] = i
    del i


def local_class(x, y):
    class Local(x):
        y = y
        z = x

        def method(self):
            return x, y

    return Local
