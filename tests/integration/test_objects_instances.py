"""Objects of the user's classes made inside: one graph, and real where they leave."""

from __future__ import annotations

import abc
import dataclasses
import enum
import re
import types
from functools import cached_property
from typing import Any, Callable, Tuple

import numpy as np
import paddle
import pytest

import paddlefx
from tests.support.versus import versus


def t(*shape: int) -> Any:
    return paddle.arange(int(np.prod(shape or (1,))), dtype="float32").reshape(list(shape or (1,)))


def one_graph(function: Callable[..., Any], *calls: Callable[[], Tuple[Any, ...]]) -> None:
    stats = versus(function, calls)
    assert stats["graph_breaks"] == 0, paddlefx.explain(function)(*calls[0]())
    assert stats["fallbacks"] == 0, paddlefx.explain(function)(*calls[0]())


class Node:
    def __init__(self, value: Any, parent: Any = None) -> None:
        self.value = value
        self.parent = parent
        self.children: Any = []
        if parent is not None:
            parent.children.append(self)


class Slotted:
    __slots__ = ("one", "two", "__dict__")

    def __init__(self, one: Any) -> None:
        self.one = one
        self.extra = [one]


class Guarded:
    """What is set goes through a property and an own ``__setattr__``."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def __setattr__(self, name: str, value: Any) -> None:
        object.__setattr__(self, name, value)
        self.__dict__["writes"] = self.__dict__.get("writes", 0) + 1

    @property
    def value(self) -> Any:
        return self.__dict__["value"]

    @value.setter
    def value(self, new: Any) -> None:
        self.__dict__["value"] = new


@dataclasses.dataclass(frozen=True)
class Frozen:
    one: Any
    two: Any = dataclasses.field(default_factory=list)


@dataclasses.dataclass
class Output:
    logits: Any
    states: Any = None
    extra: Any = dataclasses.field(default_factory=dict)


class Cached:
    def __init__(self, v: Any) -> None:
        self.v = v
        self.reads = 0

    @cached_property
    def double(self) -> Any:
        self.reads += 1
        return self.v * 2


class Finalised:
    log: Any = []

    def __init__(self, v: Any) -> None:
        self.v = v

    def __del__(self) -> None:
        Finalised.log.append("gone")


class Abstract(abc.ABC):
    @abc.abstractmethod
    def run(self) -> None: ...


class Singleton:
    made: Any = None

    def __new__(cls, *args: Any) -> Any:
        if cls.made is not None:
            return cls.made
        return super().__new__(cls)

    def __init__(self, v: Any) -> None:
        self.v = v


class Other:
    def __new__(cls, v: Any) -> Any:
        return v

    def __init__(self, v: Any) -> None:
        raise AssertionError("not for what is no Other")


class Scale:
    """Asked on either side of an operator."""

    def __init__(self, factor: Any) -> None:
        self.factor = factor

    def __radd__(self, other: Any) -> Any:
        return ("radd", other, self.factor)

    def __lt__(self, other: Any) -> Any:
        return NotImplemented

    def __gt__(self, other: Any) -> Any:
        return ("gt", self.factor)

    def __eq__(self, other: Any) -> Any:
        return isinstance(other, Scale) and self.factor == other.factor

    def __hash__(self) -> int:
        return 7


class Finer(Scale):
    def __radd__(self, other: Any) -> Any:
        return ("finer", self.factor)

    def __add__(self, other: Any) -> Any:
        return NotImplemented


def tree(x):
    root = Node(x + 1)
    left, right = Node(x * 2, root), Node(root.value, root)
    left.sibling, right.sibling = right, left
    left.itself = left
    return root, [left, root.children[1]], {"right": right}


def slots(x):
    box = Slotted(x + 1)
    box.two = box.one
    again = Slotted(x)
    del again.one
    return box, again, hasattr(again, "one"), hasattr(again, "two")


def own_setattr(x):
    box = Guarded(x)
    box.value = box.value + 1
    box.other = 3
    return box, box.writes


def frozen(x):
    box = Frozen(x + 1)
    box.two.append(box.one)
    other = dataclasses.replace(box, one=3)
    return box, other, other.two is box.two


def frozen_refuses(x):
    box = Frozen(x + 1)
    try:
        box.one = 2
    except dataclasses.FrozenInstanceError:
        return box.one


def output_fields(x):
    out = Output(logits=x + 1, states=[x])
    names = tuple(field.name for field in dataclasses.fields(out))
    values = [getattr(out, name) for name in names if getattr(out, name) is not None]
    return out, names, len(values), dataclasses.is_dataclass(out), Output(1) == Output(1)


def cached(x):
    box = Cached(x)
    first = box.double
    return first is box.double, box.reads, box


def namespace(x):
    space = types.SimpleNamespace(a=x, b=2)
    space.c = space.a + space.b
    del space.b
    return space, hasattr(space, "b"), space.c


def returns_existing(x):
    first = Singleton(x + 1)
    return first, Other(x), isinstance(Other(3), int)


def both_sides(x):
    a, b = Scale(1), Finer(2)
    return (
        3 + a, [1] + a, a + b, a < b, b < a, a == Scale(1), a != b, 5 == a, a in [b, Scale(1)], x + 1
    )  # fmt: skip


def methods_as_values(x):
    node = Node(x)
    bound = node.children.append
    bound(1)
    make = Node
    return make(2).value, node.children, types.MethodType(lambda self, y: self.value + y, node)(x)


def inside_containers(x):
    nodes = [Node(i) for i in range(4)]
    table = {node.value: node for node in nodes}
    nodes.sort(key=lambda node: -node.value)
    return nodes[0].value, table[2].value + x, nodes[0] is table[3]


def left_in_an_outside_object(x, log):
    node = Node(x + 1)
    log.append(node)
    node.value = node.value * 2
    log.append((node, node.value))
    node.children.append(log)


@pytest.mark.parametrize(
    "function",
    [
        tree,
        slots,
        own_setattr,
        frozen,
        output_fields,
        cached,
        namespace,
        returns_existing,
        both_sides,
        methods_as_values,
        inside_containers,
    ],
    ids=lambda f: f.__name__,
)
def test_made_inside(function: Callable[..., Any]) -> None:
    one_graph(function, lambda: (t(2),), lambda: (t(2) + 1,))


def test_left_outside() -> None:
    call = lambda: (t(2), [1])  # noqa: E731
    one_graph(left_in_an_outside_object, call, call)


def test_frozen_refuses() -> None:
    versus(frozen_refuses, [lambda: (t(2),)] * 2)


def test_over_a_break() -> None:
    def step(x):
        root = Node(x + 1)
        child = Node(x * 2, root)
        print("break", root.children[0] is child)
        child.value = child.value + 1
        again = Node(child.value, child)
        print("again")
        return root, child, again, again.parent is child

    stats = versus(step, [lambda: (t(2),)] * 3)
    assert stats["fallbacks"] == 0 and stats["graph_breaks"] == 2


def test_finalisers_and_abstract_classes() -> None:
    def finalised(x):
        box = Finalised(x + 1)
        return box.v * 2

    def abstract(x):
        y = x + 1
        return Abstract(), y

    Finalised.log.clear()
    compiled = paddlefx.optimize(finalised)
    for count in (1, 2, 3):
        assert float(compiled(t(2))[1]) == 4
        assert len(Finalised.log) == count
    versus(abstract, [lambda: (t(2),)] * 2)


def test_a_singleton_from_outside() -> None:
    Singleton.made = None
    Singleton.made = Singleton(5)

    def step(x, other):
        found = Singleton(x)
        return found is other, found.v + 1

    try:
        compiled = paddlefx.optimize(step)
        for i in range(3):
            x = t(2) + i
            same, y = compiled(x, Singleton.made)
            assert same and Singleton.made.v is x and float(y[0]) == i + 1
        assert paddlefx.stats()["graph_breaks"] == paddlefx.stats()["fallbacks"] == 0
    finally:
        Singleton.made = None


def test_a_class_that_changes_between_calls() -> None:
    class Local:
        factor = 2

        def __init__(self, v: Any) -> None:
            self.v = v

    def step(x):
        return Local(x).v * Local.factor

    compiled = paddlefx.optimize(step)
    assert float(compiled(t(2))[1]) == 2
    Local.factor = 3
    assert float(compiled(t(2))[1]) == 3
    Local.__init__ = lambda self, v: setattr(self, "v", v + 1)  # type: ignore[method-assign]
    assert float(compiled(t(2))[1]) == 6
    Local.__setattr__ = lambda self, name, value: None  # type: ignore[method-assign, assignment]
    Local.v = 10  # type: ignore[assignment]
    assert compiled(t(2)) == 30


def layers_made_inside(x, layers):
    for layer in layers[:-1]:
        x = layer(x)
    chain = paddle.nn.Sequential(layers[0], paddle.nn.ReLU())
    return paddle.nn.PairwiseDistance()(chain(x), x + 1)


def a_layer_that_leaves(x, layers):
    chain = paddle.nn.Sequential(layers[0], paddle.nn.ReLU())
    chain.extra = x + 1
    return chain, chain(x)


def test_layers_made_inside() -> None:
    layers = paddle.nn.LayerList([paddle.nn.Linear(3, 3) for _ in range(3)])
    compiled = paddlefx.optimize(layers_made_inside)
    for i in range(3):
        x = t(2, 3) + i
        expected = layers_made_inside(x, layers)
        assert np.allclose(compiled(x, layers).numpy(), expected.numpy())
    stats = paddlefx.stats()
    assert (stats["translations"], stats["graph_breaks"], stats["fallbacks"]) == (1, 0, 0)


def test_a_layer_that_leaves() -> None:
    layers = [paddle.nn.Linear(3, 3)]
    compiled = paddlefx.optimize(a_layer_that_leaves)
    names = []
    for i in range(3):
        x = t(2, 3) + i
        plain, y = a_layer_that_leaves(x, layers)
        ours, z = compiled(x, layers)
        assert type(ours) is type(plain) and ours[0] is layers[0]
        assert list(ours.state_dict(include_sublayers=True)) == list(plain.state_dict())
        assert list(ours.__dict__) == list(plain.__dict__)
        assert np.array_equal(ours(x).numpy(), z.numpy()) and np.array_equal(z.numpy(), y.numpy())
        assert np.array_equal(ours.extra.numpy(), plain.extra.numpy())
        names += [plain.full_name(), ours.full_name()]
    assert len(set(names)) == 6
    numbers = [int(name.rpartition("_")[2]) for name in names]
    assert numbers == list(range(numbers[0], numbers[0] + 6))


PATTERN = re.compile("(a+)b")


def matched(x):
    found = PATTERN.match("aab")
    return x + len(PATTERN.sub("c", "aabab")), found.group(1), PATTERN.findall("ab aab")


def test_methods_of_patterns() -> None:
    one_graph(matched, lambda: (t(2),), lambda: (t(2),))


class Level(enum.IntEnum):
    LOW = 1
    HIGH = 3


def tensor_and_enum(x):
    return x * Level.HIGH, Level.LOW + x, x - Level.HIGH, Level.HIGH * 2, Level.LOW < Level.HIGH


def test_numbers_of_an_enum() -> None:
    one_graph(tensor_and_enum, lambda: (t(2),), lambda: (t(2),))


class Watched:
    """Its ``__getattribute__`` notes what is read."""

    reads: Any = []

    def __init__(self) -> None:
        self.value, self.count = paddle.ones([2]), 3

    def __getattribute__(self, name: str) -> Any:
        Watched.reads.append(name)
        return object.__getattribute__(self, name)


class WatchedSlots(Watched):
    __slots__ = ("slot",)

    def __init__(self) -> None:
        super().__init__()
        self.slot = 1


@pytest.mark.parametrize("cls", [Watched, WatchedSlots])
def test_a_getter_of_the_users_is_called_as_often_as_in_plain_python(cls: Any) -> None:
    """Stores and compiled reads asked it for ``__dict__``, slots, and each value once more."""

    def function(held: Any, x: Any) -> Any:
        held.count += 1
        before = object.__getattribute__(held, "value")
        print(end="")
        held.value = before + x
        if cls is WatchedSlots:
            held.slot = held.slot + 1
        return held.value * held.count, before, object.__getattribute__(held, "count")

    x = paddle.ones([2])
    plain, ours = cls(), cls()
    compiled = paddlefx.optimize(function)
    for _ in range(3):
        Watched.reads.clear()
        expected = [str(each) for each in function(plain, x)], list(Watched.reads)
        Watched.reads.clear()
        assert ([str(each) for each in compiled(ours, x)], list(Watched.reads)) == expected
