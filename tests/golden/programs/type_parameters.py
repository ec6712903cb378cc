"""python >= 3.12: type parameters and aliases (PEP 695)."""

type Alias = int
type Generic[T, *Ts, **P] = dict[T, tuple[*Ts]]


def function[T](x: T) -> T:
    return x


def bounded[T: int, U: (str, bytes)](x: T, y: U = "a", *, z: "T" = None) -> Alias:
    def inner(a: T):
        return a, T, x

    return inner


class Plain[T]:
    def method[U: Alias](self, x: T, y: U) -> T:
        return x


class Derived[T: int](Plain[T], key=1):
    attribute: T

    @property
    def prop(self) -> T:
        return super().prop


def local():
    type Inner[T] = list[T]

    def generic[T](x: T = Inner):
        return [T for _ in x]

    return generic
