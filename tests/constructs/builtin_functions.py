"""Builtin functions of known values, and of tensors where Paddle gives them a meaning."""

from __future__ import annotations

import paddle

from tests.constructs.construct import construct


@construct()
def map_filter(x):
    doubled = list(map(lambda value: value * 2, [x, x + 1]))
    odd = list(filter(lambda value: value % 2, range(6)))
    some = list(filter(None, [0, 1, "", "a"]))
    return doubled, odd, some, list(map(max, [1, 5], [3, 2]))


@construct()
def map_is_lazy(x):
    log = []
    values = map(lambda value: log.append(value) or value, [1, 2, 3])
    first = next(values)
    return x * first, log, list(values), log


@construct()
def zip_enumerate(x):
    return x + 1, list(zip([1, 2], "ab", (x, x))), list(enumerate("ab", 5)), dict(zip("ab", [x, 2]))


@construct()
def zip_shortest(x):
    left = iter([1, 2, 3])
    pairs = list(zip(left, [10]))
    return x * len(pairs), next(left)


@construct()
def sorted_with_key(x):
    words = sorted(["bb", "a", "ccc"], key=len, reverse=True)
    return x * len(words[0]), words, sorted({"b": 1, "a": 2}), sorted([3, 1, 2], key=lambda n: -n)


@construct()
def reversed_of(x):
    return x + 1, list(reversed((1, 2))), list(reversed(range(3))), "".join(reversed("abc"))


@construct()
def sum_of(x):
    return sum([x, x, x]), sum([1, 2], 10), sum([[1], [2]], []), sum(value for value in (x, 1))


@construct()
def min_max(x):
    return (
        x * max(1, 5, 2),
        min([3, 1]),
        max("ab", "c"),
        min([], default=7),
        max([[1, 2], [3]], key=len),
    )


@construct()
def any_all(x):
    return x + 1, any([0, "", 2]), all([]), any(n > 3 for n in range(5)), all(map(bool, [1, 0]))


@construct()
def len_of(x):
    return (
        x * len([1, 2]),
        len(x),
        len("abc"),
        len({1: 2}),
        len({1, 2}),
        len(range(0, 10, 3)),
        len(()),
    )


@construct()
def round_divmod_pow(x):
    values = (
        round(2.567, 1),
        round(2.5),
        divmod(7, 3),
        divmod(-7, 3),
        pow(2, 5),
        pow(3, 4, 5),
        abs(-2),
    )
    return x * values[0], values


@construct(breaks=1)
def round_pow_of_tensors(x):
    """Paddle's tensors can't be rounded: a TypeError leaves, and is raised for real."""
    return round(x / 3), pow(x, 2), abs(-x), divmod(7, 2)


@construct()
def conversions(x):
    values = int(3.9), float("2.5"), str(12), bool([]), complex(1, 2), int("0x1f", 16), int(True)
    return x * values[0], values, list("ab"), tuple([1]), set("a"), dict(a=1), bytes([65])


@construct()
def character_functions(x):
    return (
        x * ord("a"),
        chr(98),
        hex(255),
        oct(8),
        bin(5),
        ascii("ä"),
        repr("q'"),
        format(3.14159, ".2f"),
    )


@construct()
def isinstance_issubclass(x):
    return (
        x + 1, isinstance(3, int), isinstance(True, int), isinstance(x, paddle.Tensor),
        issubclass(bool, int), isinstance([], (list, tuple)), type(3) is int, type(x) is paddle.Tensor,
    )  # fmt: skip


@construct()
def getattr_hasattr(x):
    return getattr(x, "ndim") * x, getattr(x, "nothing", 5), hasattr(x, "shape"), hasattr(3, "real")


@construct()
def iter_next(x):
    values = iter([1, 2])
    return x * next(values), next(values), next(values, "end"), list(values)


@construct()
def iter_of_callable(x):
    state = [0]

    def step():
        state[0] += 1
        return state[0]

    return x + 1, list(iter(step, 4)), state


@construct()
def type_of(x):
    return x + 1, type(3), type("s"), type([]).__name__, type(x).__name__, type(None)


@construct()
def type_makes_class(x):
    made = type("Made", (), {"value": 3, "scaled": lambda self, y: y * self.value})
    return made().scaled(x), made.__name__


@construct()
def type_makes_derived_class(x):
    class Base:
        def run(self, y):
            return y + len(self.parts)

    parts = [1]
    made = type("Made", (Base,), {"parts": parts, "__doc__": "d"})
    parts.append(2)
    return (
        made().run(x),
        made.parts is parts,
        made.__doc__,
        made.__module__,
        made.__mro__[1] is Base,
    )


@construct()
def hash_of(x):
    return x + 1, hash((1, "a")) == hash((1, "a")), hash(1) == hash(1.0), hash(True)


@construct()
def id_of(x):
    y = x
    z = x + 1
    return z * 2, id(x) == id(y), id(x) == id(z)


@construct()
def vars_dir(x):
    class Thing:
        pass

    thing = Thing()
    thing.a = 1
    return x + 1, vars(thing), "a" in dir(thing), thing.__dict__["a"]


@construct()
def locals_inside(x):
    y = x + 1
    scale = 3
    return y * scale, sorted(locals())


@construct()
def globals_inside(x):
    return x * globals()["CONSTANT"], "paddle" in globals()


@construct()
def slices_of_strings(x):
    word = "tensor"
    return x * len(word[1:3]), word[::-1], word[-1], word[:100], word * 2, "t" + word


@construct()
def object_instances(x):
    marker = object()
    other = object()
    return x + 1, marker is marker, marker == other, marker in [other, marker]


@construct()
def numbers_methods(x):
    values = (
        (5).bit_length(),
        (2.5).is_integer(),
        (0.5).as_integer_ratio(),
        (3).real,
        float.fromhex("0x1p2"),
    )
    return x * values[0], values, int.from_bytes(b"\x01\x00", "big"), (7).to_bytes(2, "little")


@construct()
def super_call_explicit(x):
    class Base:
        def m(self, y):
            return y + 1

    class Child(Base):
        def m(self, y):
            return super(Child, self).m(y) * 2

    return Child().m(x)


@construct()
def callable_builtin_as_key(x):
    table = {len: "len", abs: "abs", int: "int"}
    return x + 1, table[len], table[int], len in table


@construct(graphs=2, breaks=1)
def print_breaks(x):
    y = x + 1
    print("shape", y.shape)
    return y * 2


@construct(graphs=2, breaks=1)
def exec_with_dicts_breaks(x):
    y = x + 1
    names = {"n": 3}
    exec("m = n * 2", names)
    return y * names["m"]


@construct(graphs=2, breaks=1)
def eval_with_dicts_breaks(x):
    y = x + 1
    return y * eval("2 + n", {"n": 3})


CONSTANT = 4
