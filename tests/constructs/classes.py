"""Classes of the user: made outside, used and instantiated inside."""

from __future__ import annotations

import collections
import dataclasses
import enum
import functools
import types
from typing import Any, List, NamedTuple, Optional

import paddle

from tests.constructs.construct import construct


class Plain:
    kind = "plain"

    def __init__(self, v=2):
        self.v = v

    def m(self, x):
        return x * self.v

    @property
    def twice(self):
        return self.v * 2

    @twice.setter
    def twice(self, value):
        self.v = value // 2

    @classmethod
    def made(cls, v):
        return cls(v + 1)

    @staticmethod
    def shifted(x):
        return x + 1


class Derived(Plain):
    kind = "derived"

    def m(self, x):
        return super().m(x) + self.v


class Mixin:
    def m(self, x):
        return super().m(x) * 10


class Both(Mixin, Derived):
    pass


class Slotted:
    __slots__ = ("a", "b")

    def __init__(self, a):
        self.a = a


class Fallback:
    known = 1

    def __getattr__(self, name):
        if name.startswith("v"):
            return len(name)
        raise AttributeError(name)


class Intercepting:
    def __init__(self):
        object.__setattr__(self, "log", [])

    def __setattr__(self, name, value):
        self.log.append(name)
        object.__setattr__(self, name, value)


class Everywhere:
    def __init__(self):
        self.v = 3

    def __getattribute__(self, name):
        if name == "special":
            return 42
        return object.__getattribute__(self, name)


class Typed:
    """A data descriptor."""

    def __set_name__(self, owner, name):
        self.name = "_" + name

    def __get__(self, instance, owner=None):
        return self if instance is None else getattr(instance, self.name)

    def __set__(self, instance, value):
        setattr(instance, self.name, value * 2)


class Described:
    size = Typed()


class Vector:
    def __init__(self, *parts):
        self.parts = parts

    def __add__(self, other):
        return Vector(*[a + b for a, b in zip(self.parts, other.parts)])

    def __mul__(self, scale):
        return Vector(*[part * scale for part in self.parts])

    __rmul__ = __mul__

    def __neg__(self):
        return self * -1

    def __eq__(self, other):
        return isinstance(other, Vector) and len(self.parts) == len(other.parts)

    __hash__ = None

    def __lt__(self, other):
        return len(self.parts) < len(other.parts)

    def __len__(self):
        return len(self.parts)

    def __getitem__(self, index):
        return self.parts[index]

    def __contains__(self, value):
        return value == len(self.parts)

    def __iter__(self):
        return iter(self.parts)

    def __bool__(self):
        return bool(self.parts)

    def __call__(self, x):
        return x * len(self.parts)

    def __repr__(self):
        return f"Vector{len(self.parts)}"

    def __format__(self, spec):
        return f"<{spec}>"

    def __iadd__(self, other):
        self.parts = (*self.parts, other)
        return self

    def __radd__(self, other):
        return other + len(self.parts)

    def __index__(self):
        return len(self.parts)


class AlwaysEqual:
    def __eq__(self, other):
        return True

    def __hash__(self):
        return 1


@dataclasses.dataclass
class Config:
    width: int = 3
    scale: float = 0.5
    names: List[str] = dataclasses.field(default_factory=list)
    made: Any = dataclasses.field(init=False, default=None)

    def __post_init__(self):
        self.made = self.width * 2

    def apply(self, x):
        return x * self.scale + self.width


@dataclasses.dataclass(frozen=True)
class Frozen:
    a: int
    b: Any = None


@dataclasses.dataclass
class Output:
    hidden: Any
    states: Optional[tuple] = None


class Pair(NamedTuple):
    left: Any
    right: Any = 2

    def swapped(self):
        return Pair(self.right, self.left)


Point = collections.namedtuple("Point", "x y")


class Color(enum.Enum):
    RED = 1
    GREEN = 2

    @property
    def doubled(self):
        return self.value * 2


class Level(enum.IntEnum):
    LOW = 1
    HIGH = 5


class Cached:
    def __init__(self, v):
        self.v = v

    @functools.cached_property
    def squared(self):
        return self.v * self.v


class Items(list):
    def total(self):
        return sum(self)


class Table(dict):
    def __missing__(self, key):
        return len(key)


class Meta(type):
    def __call__(cls, *args):
        made = super().__call__(*args)
        made.tag = cls.__name__
        return made


class WithMeta(metaclass=Meta):
    def __init__(self, v):
        self.v = v


class New:
    def __new__(cls, v):
        made = super().__new__(cls)
        made.early = v
        return made

    def __init__(self, v):
        self.v = v + self.early


def with_object(sign):
    return (paddle.ones([2, 3]) * sign, Plain(3))


@construct(make=with_object)
def object_method(x, thing):
    return thing.m(x), thing.v, thing.kind


@construct(make=with_object)
def object_property(x, thing):
    return x * thing.twice


@construct(make=lambda sign: (paddle.ones([2]) * sign, Both(3)))
def super_chain(x, thing):
    return thing.m(x)


@construct()
def instance_made(x):
    thing = Plain(3)
    return thing.m(x), thing.v, thing.kind


@construct()
def instance_returned(x):
    thing = Derived(x * 2)
    return thing, thing.m(x)


@construct()
def instance_of_mixins(x):
    return Both(2).m(x)


@construct()
def instance_attributes_change(x):
    thing = Plain()
    thing.v += 1
    thing.new = x
    thing.twice = 20
    del thing.new
    return x * thing.v, hasattr(thing, "new"), vars(thing)


@construct()
def classmethod_and_static(x):
    return Derived.made(2).m(x), Plain.shifted(x), Plain(1).shifted(x)


@construct()
def slots(x):
    thing = Slotted(3)
    thing.b = x * thing.a
    try:
        thing.c = 1
    except AttributeError:
        thing.a = 5
    return thing.b, thing.a, thing


@construct()
def getattr_fallback(x):
    thing = Fallback()
    return x * thing.known, thing.vvv, getattr(thing, "other", None), hasattr(thing, "other")


@construct()
def setattr_override(x):
    thing = Intercepting()
    thing.a = x
    thing.b = 2
    return thing.a * thing.b, thing.log


@construct()
def getattribute_override(x):
    thing = Everywhere()
    return x * thing.special + thing.v


@construct()
def data_descriptor(x):
    thing = Described()
    thing.size = 3
    return x * thing.size, thing._size


@construct()
def operators(x):
    a, b = Vector(x, x * 2), Vector(1, 2)
    made = 2 * -(a + b * 3)
    return list(made), made == a, a < Vector(1, 2, 3)


@construct()
def container_protocol(x):
    made = Vector(x, x + 1)
    first, second = made
    return first * len(made), made[1], 2 in made, 5 in made, bool(Vector()), made(x)


@construct()
def inplace_and_reflected(x):
    made = Vector(1)
    same = made
    made += x
    return len(made), same is made, 5 + made, made[1] * 2, [1, 2, 3][made]


@construct()
def text_protocol(x):
    made = Vector(1, 2)
    return x + 1, repr(made), str(made), f"{made} {made:spec} {made!r}"


@construct()
def always_equal_object(x):
    thing = AlwaysEqual()
    found = thing == 5, thing in [1], [1].count(thing), thing != 3
    return x + 1, found


@construct(make=lambda sign: (paddle.ones([2]) * sign, AlwaysEqual()))
def always_equal_argument(x, thing):
    if thing == None:  # noqa: E711 - the construct under test
        return x * 2
    return x


@construct()
def dataclass_made(x):
    config = Config(scale=2.0)
    config.names.append("a")
    return config.apply(x), config.made, config.names


@construct()
def dataclass_returned(x):
    return Config(width=7), Output(x * 2, (x,))


@construct()
def dataclass_protocol(x):
    a, b = Config(), Config()
    return x + 1, a == b, repr(a), dataclasses.replace(a, width=9), dataclasses.asdict(b)


@construct()
def dataclass_fields(x):
    output = Output(x * 2)
    found = [(field.name, getattr(output, field.name)) for field in dataclasses.fields(output)]
    return found, dataclasses.is_dataclass(output)


@construct()
def dataclass_frozen(x):
    made = Frozen(2, b=x)
    try:
        made.a = 3
    except dataclasses.FrozenInstanceError:
        return made.b * made.a, made


@construct()
def namedtuple_made(x):
    pair = Pair(x * 2)
    left, right = pair
    return left * right, pair.swapped(), pair.right, pair[0], pair


@construct(graphs=0)  # no operation of a tensor is in it
def namedtuple_methods(x):
    point = Point(x, y=3)
    return point._replace(y=4), point._asdict(), Point._fields, Point._make([1, 2]), len(point)


@construct()
def enum_members(x):
    found = [member.name for member in Color]
    return x * Color.GREEN.value + Color.RED.doubled, found, Color(2) is Color["GREEN"], Color.RED


@construct()
def enum_compared(x, level=Level.HIGH):
    if level == Level.HIGH and level > 3 and level is not Level.LOW:
        return x * level
    return x


@construct()
def cached_property(x):
    thing = Cached(x * 2)
    return thing.squared, thing.squared is thing.squared


@construct()
def list_subclass(x):
    items = Items([1, 2])
    items.append(3)
    return x * items.total(), items


@construct()
def dict_subclass_missing(x):
    table = Table(a=1)
    return x * table["abcd"] + table["a"], table


@construct()
def metaclass_call(x):
    thing = WithMeta(3)
    return x * thing.v, thing.tag


@construct()
def new_and_init(x):
    thing = New(2)
    return x * thing.v, thing.early


@construct()
def class_attributes(x):
    return (
        x * len(Derived.kind),
        Derived.__name__,
        Derived.__mro__[1] is Plain,
        type(Plain()) is Plain,
    )


@construct()
def instance_checks(x):
    thing = Both(1)
    return x + 1, isinstance(thing, Mixin), issubclass(Both, Plain), isinstance(3, (str, int))


@construct()
def getattr_setattr_builtins(x):
    thing = Plain(1)
    setattr(thing, "w", x * 2)
    name = "m"
    result = getattr(thing, name)(x)
    delattr(thing, "v")
    return result, thing.w, getattr(thing, "v", "gone")


@construct()
def simple_namespace(x):
    made = types.SimpleNamespace(a=1, b=x)
    made.c = made.a + 1
    return made.b * made.c, made


@construct()
def methods_as_values(x):
    thing = Plain(4)
    call = thing.m
    unbound = Plain.m
    return call(x), unbound(thing, x), call.__self__ is thing, call.__name__


@construct()
def iterator_class(x):
    class Down:
        def __init__(self, n):
            self.n = n

        def __iter__(self):
            return self

        def __next__(self):
            if self.n == 0:
                raise StopIteration
            self.n -= 1
            return self.n

    for value in Down(3):
        x = x + value
    return x, list(Down(2)), next(Down(9))


@construct()
def class_inside(x):
    class Local(Plain):
        factor = 3

        def m(self, y):
            return super().m(y) * self.factor

    return Local(2).m(x)


@construct()
def class_inside_with_closure(x):
    scale = 5

    class Local:
        def m(self, y):
            return y * scale

    return Local().m(x), Local.__qualname__


@construct()
def object_hashed(x):
    thing, other = Plain(1), Plain(1)
    table = {thing: 1, other: 2}
    return x * table[thing] + table[other], thing in table, len({thing, other, thing})
