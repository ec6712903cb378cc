"""Globals, closure variables and attributes from outside: assigned and deleted in one graph."""

from __future__ import annotations

import types
from typing import Any, Callable, Dict, Tuple

import numpy as np
import paddle
import pytest

import paddlefx
from tests.support.versus import alike, outcome, versus

TOTAL: Any = 0
OTHER = types.ModuleType("other")


def t(*shape: int) -> Any:
    return paddle.arange(int(np.prod(shape or (1,))), dtype="float32").reshape(list(shape or (1,)))


class Box:
    def __init__(self, **attributes: Any) -> None:
        self.__dict__.update(attributes)


class Slotted:
    __slots__ = ("one", "two")

    def __init__(self, **attributes: Any) -> None:
        for name, value in attributes.items():
            setattr(self, name, value)


class Described:
    """A property, a descriptor and a class attribute."""

    class Doubled:
        def __get__(self, instance: Any, owner: Any) -> Any:
            return instance.hidden * 2

        def __set__(self, instance: Any, value: Any) -> None:
            instance.hidden = value

        def __delete__(self, instance: Any) -> None:
            instance.hidden = -1

    doubled = Doubled()
    shared = 7

    def __init__(self) -> None:
        self.hidden = 3

    @property
    def value(self) -> Any:
        return self.hidden

    @value.setter
    def value(self, new: Any) -> None:
        self.hidden = new + 1

    @value.deleter
    def value(self) -> None:
        del self.hidden


class Logged:
    """Its own ``__setattr__`` and ``__delattr__``."""

    def __init__(self) -> None:
        object.__setattr__(self, "log", [])

    def __setattr__(self, name: str, value: Any) -> None:
        self.log.append(name)
        super().__setattr__(name, value)

    def __delattr__(self, name: str) -> None:
        self.log.append("-" + name)
        object.__delattr__(self, name)


def one_graph(function: Callable[..., Any], *calls: Callable[[], Tuple[Any, ...]]) -> None:
    stats = versus(function, calls)
    assert stats["graph_breaks"] == 0, paddlefx.explain(function)(*calls[0]())
    assert stats["fallbacks"] == 0, paddlefx.explain(function)(*calls[0]())


# -- attributes


def store_and_read(x, box):
    box.new = x + 1
    box.value = box.new * 2
    box.count = box.count + 1
    return box.value, box.count, hasattr(box, "new"), hasattr(box, "newer")


def delete_attribute(x, box):
    del box.value
    found = hasattr(box, "value")
    box.value = x + 1
    return found, box.value


def through_the_dict(x, box):
    box.__dict__["value"] = x + 1
    vars(box)["count"] += 1
    box.new = 5
    return box.value, box.count, box.__dict__["new"], len(box.__dict__), list(vars(box))


def update_the_dict(x, box):
    box.__dict__.update(value=x, extra=[x])
    box.extra.append(box.value + 1)
    return box.__dict__.get("extra")


def set_by_name(x, box):
    for name in ("a", "b"):
        setattr(box, name, x)
        x = x + 1
    delattr(box, "a")
    return x, getattr(box, "b"), getattr(box, "a", None)


def swap(x, box):
    box.value, box.count = box.count, box.value
    return box.value, box.count, x + 1


@pytest.mark.parametrize(
    "function",
    [store_and_read, delete_attribute, through_the_dict, update_the_dict, set_by_name, swap],
    ids=lambda f: f.__name__,
)
def test_attributes(function: Callable[..., Any]) -> None:
    call = lambda: (t(2), Box(value=1.5, count=2))  # noqa: E731
    one_graph(function, call, call)


def slots(x, box):
    box.two = x + 1
    box.one, before = box.two * 2, box.one
    del box.two
    return before, box.one, hasattr(box, "two")


def test_slots() -> None:
    one_graph(slots, lambda: (t(2), Slotted(one=1)), lambda: (t(2), Slotted(one=1, two=t(1))))


def descriptors(x, box):
    box.value = x
    box.doubled = box.value + 1
    box.shared = 1
    first = box.doubled, box.shared
    del box.doubled
    second = box.value
    del box.value
    return first, second, hasattr(box, "hidden"), box.shared


def test_descriptors() -> None:
    one_graph(descriptors, lambda: (t(2), Described()), lambda: (t(2), Described()))


def own_setattr(x, box):
    box.a = x + 1
    box.b = box.a
    del box.a
    return len(box.log), box.b


def test_own_setattr_runs_once() -> None:
    one_graph(own_setattr, lambda: (t(2), Logged()), lambda: (t(2), Logged()))


def test_objects_that_alias() -> None:
    def step(x, one, two):
        one.value = x + 1
        two.value = two.value * 2
        return one.value, two.value, one is two

    def apart() -> Tuple[Any, ...]:
        return t(2), Box(value=1.0), Box(value=t(2))

    def shared() -> Tuple[Any, ...]:
        box = Box(value=2.0)
        return t(2), box, box

    one_graph(step, apart, shared, apart, shared)
    assert paddlefx.stats()["translations"] == 2


def test_attributes_over_a_break_and_an_exception() -> None:
    def step(x, box):
        box.value = x + 1
        print(box.count)
        box.count = box.count + 1
        del box.value
        return box.value

    versus(step, [lambda: (t(2), Box(value=1.0, count=2))] * 2)


# -- globals


def store_global(x):
    global TOTAL
    TOTAL = x + 1
    TOTAL = TOTAL * 2
    return TOTAL


def create_and_delete_global(x):
    global MADE
    MADE = [x]
    MADE.append(MADE[0] + 1)
    found = MADE
    del MADE
    try:
        MADE  # noqa: B018
    except NameError:
        return found
    return None


def other_module(x):
    OTHER.value = x + 1
    OTHER.items.append(OTHER.value)
    return OTHER.value


def test_globals() -> None:
    for function in (store_global, create_and_delete_global):
        one_graph(function, lambda: (t(2),), lambda: (t(2),))
    compiled = paddlefx.optimize(store_global)
    result = compiled(t(2) + 3)
    assert TOTAL is result and float(result[0]) == 8
    assert "MADE" not in globals()


def test_attributes_of_a_module() -> None:
    OTHER.items = []
    compiled = paddlefx.optimize(other_module)
    for i in range(3):
        result = compiled(t(2) + i)
        assert OTHER.value is result
    assert [float(item[0]) for item in OTHER.items] == [1, 2, 3]
    assert paddlefx.stats()["graph_breaks"] == 0


def test_a_global_in_an_inlined_function_of_another_module() -> None:
    names: Dict[str, Any] = {"COUNT": 0, "LAST": None}
    exec(
        "def note(x):\n    global COUNT, LAST\n    COUNT = COUNT + 1\n    LAST = x * 2\n"
        "    return COUNT\n",
        names,
    )
    note = names["note"]

    def step(x):
        first = note(x)
        return first + note(x + 1), x * 3

    compiled = paddlefx.optimize(step)
    for i in range(2):
        names["COUNT"] = i * 10
        expected = outcome(step, (t(2),))
        state = (names["COUNT"], names["LAST"])
        names["COUNT"] = i * 10
        ours = outcome(compiled, (t(2),))
        assert alike(ours.value, expected.value) is None
        assert alike((names["COUNT"], names["LAST"]), state) is None
    assert paddlefx.stats()["graph_breaks"] == 0


# -- cells


def counters() -> Tuple[Callable[..., Any], Callable[..., Any], Callable[..., Any]]:
    count, last = 0, None

    def step(x: Any) -> Any:
        nonlocal count, last
        count += 1
        last = x + count
        return last * 2

    def read() -> Any:
        return count, last

    def both(x: Any) -> Any:
        nonlocal count
        count = 10
        step(x)
        return count, read()[0], last

    return step, read, both


@pytest.mark.parametrize("which", [0, 2])
def test_nonlocal(which: int) -> None:
    plain, ours = counters(), counters()
    compiled = paddlefx.optimize(ours[which])
    for i in range(3):
        assert alike(compiled(t(2) + i), plain[which](t(2) + i)) is None
        assert alike(ours[1](), plain[1]()) is None
    assert paddlefx.stats()["graph_breaks"] == paddlefx.stats()["fallbacks"] == 0


def test_a_deleted_closure_variable() -> None:
    def make() -> Tuple[Callable[..., Any], Callable[..., Any]]:
        kept: Any = [1]

        def step(x: Any) -> Any:
            nonlocal kept
            before = kept
            del kept
            try:
                kept  # noqa: B018
            except NameError:
                return before, x + 1

        def again() -> None:
            nonlocal kept
            kept = [2]

        return step, again

    step, again = make()
    compiled = paddlefx.optimize(step)
    for _ in range(2):
        before, y = compiled(t(2))
        assert before in ([1], [2]) and float(y[1]) == 2
        assert step.__closure__ is not None
        with pytest.raises(ValueError, match="empty"):
            step.__closure__[0].cell_contents  # noqa: B018
        again()
    assert paddlefx.stats()["graph_breaks"] == paddlefx.stats()["fallbacks"] == 0


def test_a_cell_changed_before_a_break() -> None:
    def make() -> Tuple[Callable[..., Any], Callable[..., Any]]:
        total: Any = 0

        def step(x: Any) -> Any:
            nonlocal total
            total = x + 1
            print("break")
            total = total * 2
            return total + 1

        return step, lambda: total

    plain, ours = make(), make()
    compiled = paddlefx.optimize(ours[0])
    for _ in range(2):
        assert alike(compiled(t(2)), plain[0](t(2))) is None
        assert alike(ours[1](), plain[1]()) is None
