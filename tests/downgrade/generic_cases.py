"""Cases of PEP 695, 696 and 646 written by hand: scopes, inheritance, typing's own classes.

Each is a module that prints; cases are separated by a line ``# case: name``.
"""

from __future__ import annotations

import re
from typing import Iterator, Tuple

TEXT = '''\
# case: shadowing
T = "global"

def f[T](x: T): return T.__name__

def g(x): return T
class C[T]:
    a = T.__name__
    def m(self): return T.__name__
    def n[T](self, T): return T

print(f(1), g(1), C.a, C().m(), C().n(5))
# case: local names
T = 1

def f[T](x: T):
    def g():
        return T.__name__
    def h(T):
        return T
    def k():
        global T
        return T
    return g(), h(2), k(), [T.__name__ for _ in "a"], [T for T in "b"], (lambda: T.__name__)()

print(f(0))
# case: class body names

class C[T]:
    T = 5
    x = T
    def m(self): return T.__name__

print(C.x, C().m())
# case: defaults and decorators do not see
T = 3

def deco(value):
    print("deco", value)
    return lambda f: f

@deco(T)
def f[T](x=T, *, y=T): return x, y
print(f(), f.__type_params__)
# case: order of evaluation

def show_(x):
    print("eval", getattr(x, "__name__", x))
    return x
def wrap(f):
    print("wrap", f.__name__, [p.__name__ for p in f.__type_params__])
    return f

@show_(wrap)
@wrap
def f[T: show_(int)](x: show_(str) = show_(1)) -> show_(bool): ...

print("made")
print(f.__type_params__[0].__bound__)
# case: recursive bound

class Tree[T: "Tree"]:
    def add[U: Tree](self, x: T, y: U) -> "Tree": return None

print(show(Tree.__type_params__[0].__bound__), Tree.add.__type_params__[0].__bound__ is Tree)
hints(Tree.add)
# case: string annotations
import typing

def f[T](x: "T", y: "typing.List[T]", *args: "T") -> "typing.Dict[str, T]": ...

for name, hint in typing.get_type_hints(f).items():
    print(name, show(hint), show(typing.get_args(hint)))
print(f.__type_params__[0] is typing.get_type_hints(f)["x"])
# case: future annotations
from __future__ import annotations
import typing

def f[T](x: T) -> list[T]: ...

class C[K]:
    x: K
    y: dict[str, K]
    def m[V: int](self, v: V) -> tuple[V]: ...

hints(f)
hints(C)
hints(C.m)
print(typing.get_type_hints(f)["x"] is f.__type_params__[0])
# case: future annotations in a function
from __future__ import annotations

def around():

    def f[T](x: T) -> list[T]: ...
    return f

hints(around())
# case: inheritance
import typing

class A[T]:
    x: T

class B[T, U](A[U]):
    y: T

class D(B[int, str]): pass
class E[V](D, A[V] if False else D.__mro__[-2] if False else typing.Sized):
    def __len__(self): return 3

for c in (A, B, D, E):
    print(c.__name__, show(c.__orig_bases__), show(c.__parameters__), len(c.__type_params__))
print(len(E()), [c.__name__ for c in B.__mro__])
# case: instances know their arguments

class Box[T]:
    def __init__(self, x: T) -> None: self.x = x

b = Box[int](3)
print(b.x, show(b.__orig_class__), isinstance(b, Box), type(b) is Box)
class Sub[T](Box[list[T]]): pass
print(show(Sub[str]([]).__orig_class__), show(Sub.__orig_bases__))
# case: protocols
from typing import Protocol, runtime_checkable

@runtime_checkable
class Has[T](Protocol):
    def get(self) -> T: ...

class Yes:
    def get(self): return 1

class No: ...

print(isinstance(Yes(), Has), isinstance(No(), Has), show(Has.__parameters__))
print(show(Has.__type_params__), Has._is_protocol)
class Impl[T](Has[T]):
    pass

print(Impl().get(), isinstance(Impl(), Has))
# case: named tuples
from typing import NamedTuple

class Pair[A, B = A](NamedTuple):
    """Doc."""
    first: A
    second: B = 5

p = Pair(1)
print(p, p._fields, show(Pair.__type_params__), show(Pair[int, str].__origin__), Pair.__doc__)
print(show(Pair.__orig_bases__[1]), p == (1, 5))
# case: typed dicts
import typing

class Movie[T](typing.TypedDict, total=False):
    name: str
    extra: T

print(Movie(name="x"), show(Movie.__parameters__), sorted(Movie.__annotations__), Movie.__total__)
# case: dataclasses
from dataclasses import dataclass, field, fields

@dataclass(order=True)
class Node[T]:
    value: T
    children: list["Node[T]"] = field(default_factory=list)

n = Node[int](1, [Node(2)])
print(n.value, n.children[0].value, n < Node(2), [f.name for f in fields(Node)])
params(Node)
# case: dataclass from strings
from __future__ import annotations
from dataclasses import dataclass, fields
from typing import ClassVar

@dataclass
class P[T]:
    x: T
    y: ClassVar[int] = 3

print([f.name for f in fields(P)], P(1).x, P.y)
# case: abstract classes
import abc

class Base[T](abc.ABC):
    @abc.abstractmethod
    def get[U](self, x: U) -> T: ...

    @property
    @abc.abstractmethod
    def prop[V](self) -> T: ...

print(sorted(Base.__abstractmethods__), show(Base.__type_params__), show(Base.get.__type_params__))
try:
    Base()
except TypeError:
    print("abstract")
# case: metaclass and keywords
class M(type):
    def __new__(m, name, bases, ns, **kw):
        print(name, len(bases), kw)
        return super().__new__(m, name, bases, ns)
    def __init__(c, name, bases, ns, **kw): pass

class A[T](metaclass=M, x=1): ...

options = {"y": 2}
class B[T](A[T], **options): ...

print(show(B.__orig_bases__))
# case: star bases
bases = (dict,)

class C[T](*bases): ...

print([c.__name__ for c in C.__mro__], show(C.__parameters__))
# case: init subclass
class Base:
    def __init_subclass__(cls, **kw):
        print(cls.__name__, sorted(kw), len(cls.__dict__.get("__type_params__", ())))
class A[T](Base, key=1): pass
# case: slots and super

class A[T]:
    __slots__ = ("x",)
    def __init__(self, x: T): self.x = x
    def get(self) -> T: return self.x

class B[T](A[T]):
    __slots__ = ()
    def get(self): return super().get(), __class__.__name__

print(B(4).get(), hasattr(B(1), "__dict__"))
# case: closures

def outer[T](x: T):
    class C[U](list):
        first = (T.__name__, U.__name__)
        def m(self, t: T, u: U): return T.__name__, U.__name__

    def inner[V](t: T, v: V): return T.__name__, V.__name__
    return C, inner

C, inner = outer(1)
print(C.first, C().m(1, 2), inner(1, 2), show(C.m.__annotations__), show(inner.__type_params__))
a, b = outer(1)[1], outer(1)[1]
print(a.__type_params__[0] is b.__type_params__[0], a.__annotations__["t"] is b.__annotations__["t"])
# case: methods see the class's parameters

class C[T]:
    def m[U](self, x: T, y: U) -> "C[U]": return self
    @classmethod
    def make(cls, x: T) -> "C[T]": return cls()
    @staticmethod
    def twice[T](x: T) -> tuple[T, T]: return x, x

print(C.make.__func__.__annotations__["x"] is C.__type_params__[0])
print(C.twice.__annotations__["x"] is C.__type_params__[0], C.twice(1))
print(C.m.__annotations__["x"] is C.__type_params__[0])
# case: private names

class Cls:
    def f[__T](self, x: __T) -> __T: return __T.__name__
    class Inner[__U]:
        x: __U
        def g[__V](self, v: __V): return __U.__name__, __V.__name__

print(Cls().f(1), Cls.Inner().g(1), show(Cls.Inner.__type_params__), show(Cls.f.__type_params__))
# case: names with underscores and digits

def f[_T, T_1, _, T1, t](a: _T, b: T_1, c: _, d: T1, e: t): return _T, T_1, _, T1, t

print([p.__name__ for p in f(1, 2, 3, 4, 5)], [p.__name__ for p in f.__type_params__])
# case: the same name many times

def f[T](x: T): return T
def g[T](x: T): return T
def h[T: int](x: T): return T

print(len({f(1), g(1), h(1)}), [p.__bound__ for p in (f(1), g(1), h(1))])
# case: aliases in use
from typing import get_origin, get_args

type Pair[T] = tuple[T, T]
type Json = dict[str, Json] | list[Json] | str | None
type Handler[**P] = Callable[P, None]

from collections.abc import Callable
def f(x: Pair[int], y: Json) -> Handler[int]: ...
print(Pair, show(Pair[int]), get_origin(Pair[int]) is Pair, show(get_args(Pair[int])))
print(show(Json.__value__), show(Handler.__value__), show(Pair.__type_params__))
# case: lazy aliases

type A = missing
type B[T: also_missing] = list[T]
try:
    A.__value__
except NameError as error:
    print(error)
missing = int
print(A.__value__, B.__name__)
try:
    B.__type_params__[0].__bound__
except NameError as error:
    print(error)
# case: aliases are read-only

type A = int
for name in ("__name__", "__value__", "__type_params__"):
    try:
        setattr(A, name, 1)
    except AttributeError as error:
        print(type(error).__name__)
try:
    A[int]
except TypeError as error:
    print(error)
try:
    A()
except TypeError:
    print("not callable")
print(A == A, hash(A) == hash(A), repr(A), str(A))
# case: aliases in a class

class C:
    X = int
    type A = list[X]
    type B[T] = dict[X, T]
    def f(self) -> A: ...

print(show(C.A.__value__), show(C.B.__value__), C.f.__annotations__["return"] is C.A, C.A.__name__)
# case: aliases in a function

def f(kind):
    type A = list[kind]
    return A

print(show(f(int).__value__), show(f(str).__value__), f(int) is f(int))
# case: an alias over lines

type Long[
    K,  # the key
    V: (int, str),
] = (
    dict[K, V]  # the map
    | None
)
print(show(Long.__value__), show(Long.__type_params__[1].__constraints__))
# case: isinstance with unions
X = int | str

print(isinstance(1, X), isinstance(1.5, X), isinstance(None, int | None), issubclass(bool, X))
print(isinstance(1, (X, list)) if False else isinstance([], list | tuple))
# case: unions at run time
import typing
X = int | None
Y = list[int] | dict[str, X]
def f(x: X = None, *, y: "int" = 1, z: X | str = 2) -> typing.Any: ...
print(show(X), show(Y), show(list(f.__annotations__.values())))
print(X == (None | int), hash(X) == hash(None | int), {1} | {2}, 1 | 2)
# case: callables and parameter specifications
from collections.abc import Callable

def deco[**P, R](f: Callable[P, R]) -> Callable[P, list[R]]:
    def inner(*args: P.args, **kwargs: P.kwargs) -> list[R]:
        return [f(*args, **kwargs)]
    return inner

print(deco(max)(1, 2), [show(h) for h in deco.__annotations__.values()])
# case: concatenate
from collections.abc import Callable
from typing_extensions import Concatenate

def with_int[**P, R](f: Callable[Concatenate[int, P], R]) -> Callable[P, R]:
    return lambda *a, **k: f(1, *a, **k)

print(with_int(lambda *a: a)(2, 3), show(with_int.__type_params__))
# case: type variable tuples

def f[T, *Ts](x: T, *args: *Ts) -> tuple[T, *Ts]: return (x, *args)

class Array[D, *Shape]:
    def __getitem__(self, key): return key

print(f(1, 2, 3), show(f.__annotations__["args"]), show(f.__annotations__["return"]))
print(show(Array[int, str, bytes].__args__), Array()[1, *[2, 3]], show(Array.__parameters__))
class Sub[*Ts](Array[int, *Ts]): ...

print(show(Sub.__orig_bases__), show(Sub.__parameters__))
# case: old-style beside new
from typing import Generic, TypeVar
S = TypeVar("S")
class Old(Generic[S]): pass
class New[T](Old[T]): pass
class Mixed(New[S]): pass
print(show(New.__orig_bases__), show(Mixed.__parameters__), show(Old.__parameters__))
print(Old.__type_params__, Mixed.__type_params__, [describe(p) for p in New.__type_params__])
# case: overloads
from typing import overload

@overload
def f[T](x: T) -> T: ...
@overload
def f[T](x: T, y: int) -> list[T]: ...
def f(x, y=0): return x, y

print(f(1), f(1, 2))
# case: generators and async
import asyncio

def gen[T](x: T): yield x; yield T.__name__
async def agen[T](x: T):
    yield x
    yield T.__name__
async def main[T](x: T):
    return [y async for y in agen(x)] + [T.__name__]

print(list(gen(1)), asyncio.run(main(2)))
# case: functions in branches

for kind in (int, str):
    if kind:
        def f[T: kind](x: T): return T

        print(f(1).__bound__)
    else:
        pass
try:
    class C[T]: 1 / 0
except ZeroDivisionError:
    print("raised")
else:
    print("not raised")
finally:
    def last[T](x: T): return T.__name__
    print(last(1))
# case: comments and layout

def f[  # the brackets
    T,
    U : int,  # bound
](
    x: T,  # first
    y: U = 1,
) -> T | None:  # result
    """Doc."""
    # a comment
    return x, y

print(f(5), f.__doc__, show(f.__type_params__), f.__code__.co_firstlineno)

class C[
    T
](
    list,  # base
):
    # a comment

    x = 1

print(C.x, C.__mro__[1], show(C.__parameters__))
# case: lines of tracebacks
import traceback

def f[T](x: T):
    raise ValueError(T.__name__)


class C[T]:
    def m[U](self, x: U):
        return f(x)
try:
    C().m(1)
except ValueError as error:
    print([(frame.name, frame.lineno) for frame in traceback.extract_tb(error.__traceback__)])
# case: constant defaults
from typing_extensions import TypeVar

class A[T = int, U: str = str, *Ts = *tuple[int, str]]: ...
class B[**P = [int, str]]: ...
def f[T = list["A"]](x: T): return T

print([show(p.__default__) for p in (*A.__type_params__[:2], f(1))])
print(A.__type_params__[0].has_default(), TypeVar("Z").has_default())
# case: default refers to earlier

class A[T, U = list[T], V = dict[T, U]]: ...

print([show(p.__default__) for p in A.__type_params__[1:]])
# case: cast and runtime use
from typing import cast

def f[T](x: T) -> T:
    y = cast(T, x)
    z: T = y
    table = {T: 1}
    return z, table[T], isinstance(x, T.__bound__ or object)

print(f(3))
# case: names in f-strings

def f[T](x: T): return f"{T.__name__} {T!r:>5} {x} {'{T}'} {[T][0]}"

print(f(3))
# case: generic method of a generic class in a function

def around(base):
    class Near: ...

    class C[T: base](base):
        def m[U: (Near, base)](self, x: U) -> T: return U.__constraints__

    return C, Near

C, Near = around(list)
print(C().m(1) == (Near, list), C.__type_params__[0].__bound__, show(C.__orig_bases__))
# case: named expressions and lambdas

def f[T](x: T, key=lambda v: v): return (y := T.__name__), (lambda T: T)(1), y

print(f(1))
# case: pickling and copying
import copy

def f[T](x: T): return T

T_ = f(1)
print(copy.copy(T_) is T_, copy.deepcopy(T_) is T_, T_ == T_, T_ != f, len({T_, T_}))
# case: annotations stay where they are

class C[T]:
    a: T
    b: "T" = 1
    c: list[T]

print(sorted(C.__annotations__), show(C.__annotations__["c"]), C.b)
hints(C)
# case: exceptions cannot be generic

try:
    class E[T](Exception): ...
    raise E("x")
except Exception as error:
    print(type(error).__name__, error.args, show(E.__parameters__))
# case: empty parentheses and trailing commas

class A[T](): pass
class B[T,](A[T],): pass
class D[T](A[T], metaclass=type,): pass
print([show(c.__orig_bases__) for c in (A, B, D)])
# case: enumerations stay clean
import enum

class Color(enum.Enum):
    RED = 1
    def paint[T](self, x: T) -> T: return x, T.__name__
    BLUE = 2

print(list(Color), Color.RED.paint(3))
# case: conditional functions

if True:
    def f[T](x: T): return T.__name__
else:
    def f[T](x: T): return None
print(f(1))
# case: no free lines in functions
from typing import List
def around():
    def deco(f):
        print([p.__name__ for p in f.__type_params__])
        return f
    class Near: pass
    @deco
    def f[T: Near, U](x: List[T]) -> U: return T, U
    class C[T: Near](List[T]): x: T
    type A[T: Near] = List[T]
    return f, C, A, Near

f, C, A, Near = around()
print(show(f(1)), f(1)[0].__bound__ is Near, C.__type_params__[0].__bound__ is Near)
print(A.__type_params__[0].__bound__ is Near, show(A.__value__), show(C.__parameters__))
# case: no free lines
def f[T](x: T): return T.__name__
def g[T](x: T): return T.__name__
class C[T]: x: T
class D[T](C[T]): y: T
print(f(1), g(2), show(C.__parameters__), show(D.__orig_bases__))
'''


def written() -> Iterator[Tuple[str, str]]:
    """Each case's name and text."""
    parts = re.split(r"^# case: (.+)\n", TEXT, flags=re.MULTILINE)
    return zip(parts[1::2], parts[2::2])
