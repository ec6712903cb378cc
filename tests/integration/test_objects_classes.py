"""Classes made inside: ``class`` statements that define methods and constants are captured."""

from __future__ import annotations

from typing import Any, Callable, Tuple

import numpy as np
import paddle
import pytest

import paddlefx
from tests.support.versus import outcome, versus


def t(*shape: int) -> Any:
    return paddle.arange(int(np.prod(shape or (1,))), dtype="float32").reshape(list(shape or (1,)))


class Base:
    scale = 2

    def __init__(self, v: Any) -> None:
        self.v = v

    def run(self, x: Any) -> Any:
        return x * self.scale


class Registered:
    known: Any = []

    def __init_subclass__(cls, **kwargs: Any) -> None:
        Registered.known.append(cls.__name__)


TABLE: Any = {}


def used_inside(x):
    class Shape:
        """Kept nowhere."""

        rank: int = 2

        def __init__(self, sizes):
            self.sizes = sizes
            self.x = x

        def total(self, factor=2, *, plus=1):
            return sum(self.sizes) * factor + plus + self.rank

    shape = Shape([1, 2])
    return x + shape.total(plus=3), shape.x is x, Shape.rank, Shape.__name__, Shape.__doc__


def derived(x):
    class Derived(Base):
        scale = 3

        def run(self, y):
            return super().run(y) + self.v

    made = Derived(x + 1)
    return made.run(x), isinstance(made, Base), issubclass(Derived, Base), type(made) is Derived


def escapes(x):
    class Kept(Base):
        def run(self, y):
            return super().run(y) + self.v + x.sum()

    first, second = Kept(x), Kept(2)
    return Kept, first, second, first.run(x)


def with_cells(x):
    count = 0

    class Counter:
        def step(self):
            nonlocal count
            count += 1
            return count

    counter = Counter()
    counter.step()
    counter.step()
    return count, x + count


@pytest.mark.parametrize("function", [used_inside, derived, with_cells], ids=lambda f: f.__name__)
def test_captured(function: Callable[..., Any]) -> None:
    stats = versus(function, [lambda: (t(2),)] * 2)
    assert stats["graph_breaks"] == stats["fallbacks"] == 0, paddlefx.explain(function)(t(2))


def test_a_class_that_leaves() -> None:
    compiled = paddlefx.optimize(escapes)
    classes = []
    for i in range(3):
        x = t(2) + i
        expected, found = escapes(x), compiled(x)
        cls, first, second, value = found
        assert type(first) is type(second) is cls and issubclass(cls, Base)
        assert (cls.__name__, cls.__qualname__, cls.__module__) == (
            expected[0].__name__,
            expected[0].__qualname__,
            expected[0].__module__,
        )
        assert list(vars(cls)) == list(vars(expected[0]))
        assert np.array_equal(value.numpy(), expected[3].numpy())
        assert np.array_equal(second.run(x).numpy(), expected[2].run(x).numpy())
        classes.append(cls)
    assert len(set(classes)) == 3
    assert paddlefx.stats()["graph_breaks"] == paddlefx.stats()["fallbacks"] == 0


def over_a_break(x):
    class Local:
        def __init__(self, v):
            self.v = v

    one = Local(x + 1)
    print("break")
    two = Local(x * 2)
    return type(one) is type(two) is Local, one.v + two.v


def reads_the_changed(x):
    value = 1

    class Local:
        kept = value

    value = 2
    return Local.kept, value, x + 1


def body_with_a_loop(x):
    value = [1]

    class Local:
        kept = value
        doubled = [item * 2 for item in range(3)]
        for item in doubled:
            value.append(item)

        def run(self, y):
            return __class__.__name__, y * len(self.kept)

    value.append(7)
    return Local.kept is value, value, Local().run(x), Local.__name__, Local.item


def kept_list_over_a_break(x):
    items = []

    class Local:
        kept = items
        also = [items]

        def run(self):
            return __class__.__name__, len(self.kept)

    items.append(1)
    made = Local()
    made.z = x
    print("break")
    items.append(2)
    return Local.kept is items, Local.also[0] is items, made.run(), made.z + 1


def made_by_type_over_a_break(x):
    class First:
        def f(self, y=x):
            return __class__.__name__, y

    class Second(First):
        def f(self):
            return super().f(), __class__.__name__

    third = type("Third", (Second,), {"m": [1], "g": lambda self: 3})
    print("break")
    made = third()
    told = list(vars(third)), third.__module__, made.f.__qualname__
    return x + 1, made.f(), made.g(), third.m, told, isinstance(made, First)


def attributes_stored(x):
    class Local:
        number = 1
        items = [1]
        names = {1}
        table = {"a": [2]}
        pair = ([3], 4)

    Local.number = 5
    Local.items = [2]
    Local.names.add(4)
    Local.table["b"] = x
    Local.table["a"].append(1)
    return Local.number, Local().number, Local.items, Local.names, Local.table, Local.pair


def classes_in_a_loop(x):
    made = []
    for i in range(3):

        class Local:
            k = i

            class Inner:
                q = [i]

            def f(self):
                return self.k, self.Inner.q

            g = f

        made.append(Local)
    return [one().f() for one in made], made[0].g is made[0].f, made[0] is made[1], x + 1


def namespace_changed_later(x):
    namespace = {"f": lambda self: 1}
    made = type("Made", (), namespace)
    namespace["f"] = 4
    namespace["g"] = 5
    return made().f(), hasattr(made, "g"), namespace["f"], x + 1


def refused_by_type(x):
    try:
        type("Made", (1,), {})
    except TypeError as error:
        first = str(error)
    try:
        type("Made", (object,), {"__slots__": "a", "a": 1})
    except ValueError as error:
        return x + 1, first, str(error)


def body_that_raises(x):
    try:

        class Local:
            item = [1, 2][5]

    except IndexError as error:
        return x + 1, str(error)


def decorated(x):
    class Local:
        @property
        def v(self):
            return x + 1

        @staticmethod
        def w():
            return 2

    return Local().v, Local.w()


def writes_elsewhere(x):
    class Local:
        TABLE["key"] = TABLE.get("key", 0) + 1

    return Local.__name__, x + 1, TABLE["key"]


def registered(x):
    class Local(Registered):
        pass

    return x + 1, len(Registered.known)


@pytest.mark.parametrize(
    "function",
    [
        over_a_break,
        reads_the_changed,
        body_with_a_loop,
        kept_list_over_a_break,
        made_by_type_over_a_break,
        attributes_stored,
        classes_in_a_loop,
        namespace_changed_later,
        refused_by_type,
        body_that_raises,
        decorated,
    ],
    ids=lambda f: f.__name__,
)
def test_right_with_breaks(function: Callable[..., Any]) -> None:
    versus(function, [lambda: (t(2),)] * 3)


@pytest.mark.parametrize("function", [writes_elsewhere, registered], ids=lambda f: f.__name__)
def test_a_body_with_effects_runs_once(function: Callable[..., Any]) -> None:
    def run(called: Callable[..., Any]) -> Tuple[Any, ...]:
        TABLE.clear()
        Registered.known.clear()
        found = [outcome(called, (t(2),)).value for _ in range(3)]
        return [item[0] if isinstance(item[0], str) else None for item in found], [
            item[-1] for item in found
        ]

    assert run(paddlefx.optimize(function)) == run(function)


def classes_that_leave(x):
    class First:
        "What it is."

        a: int = 3

        def f(self):
            return __class__

    class Second(First):
        def f(self):
            return super().f()

    return x + 1, First, Second


def test_classes_that_leave_are_whole() -> None:
    compiled = paddlefx.optimize(classes_that_leave)
    seen = set()
    for _ in range(3):
        _, first, second = compiled(t(2))
        _, *plain = classes_that_leave(t(2))
        assert second().f() is first
        assert second.__mro__ == (second, first, object)
        for made, expected in zip((first, second), plain):
            assert list(vars(made)) == list(vars(expected))
            for name in ("__doc__", "__module__", "__qualname__"):
                assert getattr(made, name) == getattr(expected, name)
            assert made.f.__qualname__ == expected.f.__qualname__
            assert first.__annotations__ == {"a": "int"}
        seen.add(first)
    assert len(seen) == 3


@pytest.mark.parametrize("function", [reads_the_changed, classes_in_a_loop, body_that_raises])
def test_one_graph(function: Callable[..., Any]) -> None:
    paddlefx.reset()
    compiled = paddlefx.optimize(function)
    for _ in range(2):
        compiled(t(2))
    assert paddlefx.stats()["graph_breaks"] == paddlefx.stats()["fallbacks"] == 0
