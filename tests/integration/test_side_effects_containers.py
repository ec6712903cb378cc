"""Changes of containers from outside: captured in one graph, replayed on the plain objects."""

from __future__ import annotations

import collections
from typing import Any, Callable, List, Tuple

import numpy as np
import paddle
import pytest

import paddlefx
from tests.support.versus import versus


def t(*shape: int) -> Any:
    return paddle.arange(int(np.prod(shape or (1,))), dtype="float32").reshape(list(shape or (1,)))


class Box:
    def __init__(self, **attributes: Any) -> None:
        self.__dict__.update(attributes)


def one_graph(function: Callable[..., Any], *calls: Callable[[], Tuple[Any, ...]]) -> None:
    """Plain and compiled agree, and nothing breaks or falls back."""
    stats = versus(function, calls)
    assert stats["graph_breaks"] == 0, paddlefx.explain(function)(*calls[0]())
    assert stats["fallbacks"] == 0, paddlefx.explain(function)(*calls[0]())


LIST_METHODS: List[Callable[[Any, Any], Any]] = [
    lambda x, items: items.append(x + 1),
    lambda x, items: items.extend([x, x + 1, 5]),
    lambda x, items: items.extend(items),
    lambda x, items: items.insert(1, x * 2),
    lambda x, items: items.insert(-1, x * 2),
    lambda x, items: (items.pop(), x + 1),
    lambda x, items: (items.pop(0), x + 1),
    lambda x, items: (items.pop(-2), items.append(x + 1), items.pop()),
    lambda x, items: (items.remove(2), x + 1),
    lambda x, items: (items.clear(), x + 1),
    lambda x, items: (items.reverse(), items.append(x + 1)),
    lambda x, items: (items.sort(reverse=True), items.append(x + 1), items[0]),
    lambda x, items: (items.sort(key=lambda v: -v), x + 1)[1],
    lambda x, items: (items.append(x + 1), items[-1] * 2, len(items)),
    lambda x, items: (items.append(items), x + 1)[1],
    lambda x, items: (items.index(2), items.count(2), x + 1),
]


@pytest.mark.parametrize("number", range(len(LIST_METHODS)))
def test_list_methods(number: int) -> None:
    one_graph(LIST_METHODS[number], lambda: (t(2), [3, 1, 2]), lambda: (t(2), [3, 1, 2]))


def set_item(x, items):
    items[0] = x + 1
    items[-1] = items[0]
    return items[1]


def set_slice(x, items):
    items[1:2] = [x + 1, x + 2]
    items[::2] = (5, 6)
    return items[0]


def delete_items(x, items):
    del items[0]
    del items[1:]
    return x + items[0]


def add_in_place(x, items):
    before = items
    items += [x + 1]
    items += (4, 5)
    return items is before


def multiply_in_place(x, items):
    items *= 2
    return x + items[3]


def swap(x, items):
    items[0], items[1] = items[1], items[0]
    return x + items[0]


def in_a_loop(x, items):
    for i in range(4):
        items.append(x + i)
        x = x * 2
    return x


def while_iterated(x, items):
    seen = []
    for item in items:
        seen.append(item)
        if len(items) < 6:
            items.append(item + 10)
    return seen, x + 1


@pytest.mark.parametrize(
    "function",
    [
        set_item,
        set_slice,
        delete_items,
        add_in_place,
        multiply_in_place,
        swap,
        in_a_loop,
        while_iterated,
    ],
    ids=lambda f: f.__name__,
)
def test_list_statements(function: Callable[..., Any]) -> None:
    one_graph(function, lambda: (t(2), [3, 1, 2]), lambda: (t(2), [7, 8, 9]))


DICT_METHODS: List[Callable[[Any, Any], Any]] = [
    lambda x, table: table.__setitem__("k", x + 1),
    lambda x, table: table.update(k=x + 1, a=2),
    lambda x, table: table.update({"b": x, "z": x + 1}),
    lambda x, table: table.update([("b", x), ("z", x + 1)]),
    lambda x, table: (table.pop("a"), x + 1),
    lambda x, table: (table.pop("missing", x), x + 1),
    lambda x, table: (table.popitem(), x + 1),
    lambda x, table: (table.clear(), x + 1),
    lambda x, table: (table.clear(), table.__setitem__("q", x + 1), len(table)),
    lambda x, table: table.setdefault("new", x + 1),
    lambda x, table: (table.setdefault("a", x + 1), table.setdefault("new", []).append(x)),
    lambda x, table: (table.__setitem__("new", x + 1), list(table), "new" in table),
    lambda x, table: (table.__setitem__("a", x + 1), list(table.values()), len(table)),
    lambda x, table: (table.pop("a"), table.__setitem__("a", 9), list(table), x + 1),
    lambda x, table: (table.pop("a"), "a" in table, table.get("a", 5), bool(table), x + 1),
]


@pytest.mark.parametrize("cls", [dict, collections.OrderedDict])
@pytest.mark.parametrize("number", range(len(DICT_METHODS)))
def test_dict_methods(number: int, cls: type) -> None:
    call = lambda: (t(2), cls([("a", 1), ("b", t(2)), ("c", [3])]))  # noqa: E731
    one_graph(DICT_METHODS[number], call, call)


def set_keys(x, table):
    table["new"] = x + 1
    table["a"] = table["new"]
    table["list"] = [x]
    table["list"].append(table["list"][0] + 1)
    return table["a"]


def delete_keys(x, table):
    del table["a"]
    table["a"] = x + 1
    del table["b"]
    return len(table)


def accumulate(x, table):
    for name in ("a", "b", "a"):
        table[name] = table.get(name, 0) + 1
    return x + table["a"]


@pytest.mark.parametrize("function", [set_keys, delete_keys, accumulate], ids=lambda f: f.__name__)
def test_dict_statements(function: Callable[..., Any]) -> None:
    one_graph(function, lambda: (t(2), {"a": 1, "b": 2, "c": 3}), lambda: (t(2), {"a": 1, "b": 2}))


SET_METHODS: List[Callable[[Any, Any], Any]] = [
    lambda x, seen: (seen.add(5), x + 1),
    lambda x, seen: (seen.add(1), seen.add("k"), len(seen), x + 1),
    lambda x, seen: (seen.discard(1), seen.discard(7), x + 1),
    lambda x, seen: (seen.remove(1), 1 in seen, x + 1),
    lambda x, seen: (seen.update([5, 6]), x + 1),
    lambda x, seen: (seen.clear(), seen.add(3), x + 1),
]


@pytest.mark.parametrize("number", range(len(SET_METHODS)))
def test_set_methods(number: int) -> None:
    call = lambda: (t(2), {1, 2, 3})  # noqa: E731
    one_graph(SET_METHODS[number], call, call)


def test_what_is_only_added_to_may_grow() -> None:
    """A history list, a cache dict, a set of seen keys: one compilation serves every call."""

    def step(x, history, table, seen):
        history.append(x + 1)
        table["last"] = x
        seen.add("k")
        return x * 2

    compiled = paddlefx.optimize(step)
    history: List[Any] = []
    table: Any = {}
    seen: Any = set()
    for i in range(6):
        table[i] = i
        seen.add(i)
        compiled(t(2) + i, history, table, seen)
    assert [float(item[0]) for item in history] == [1, 2, 3, 4, 5, 6]
    assert list(table) == [0, "last", 1, 2, 3, 4, 5] and float(table["last"][0]) == 5
    assert seen == {0, 1, 2, 3, 4, 5, "k"}
    assert paddlefx.stats()["translations"] == 1
    assert paddlefx.stats()["graph_breaks"] == 0


def test_an_alias_sees_the_change() -> None:
    def step(x, one, two):
        one.append(x + 1)
        two.append(2)
        return len(one), len(two), one is two

    def shared() -> Tuple[Any, ...]:
        items = [1]
        return t(2), items, items

    one_graph(step, lambda: (t(2), [1], [1]), shared, lambda: (t(2), [1], [1]), shared)


def test_an_alias_inside() -> None:
    def step(x, box, table):
        box.items.append(x + 1)
        table["items"].append(x + 2)
        box.other["k"] = table["items"][-1]
        return len(box.items), box.items is table["items"]

    def apart() -> Tuple[Any, ...]:
        return t(2), Box(items=[1], other={}), {"items": [1]}

    def shared() -> Tuple[Any, ...]:
        items = [1]
        table = {"items": items}
        return t(2), Box(items=items, other=table), table

    one_graph(step, apart, shared, apart, shared)


def test_identity_survives() -> None:
    def step(x, items, table):
        made = [x + 1]
        items.append(made)
        table["made"] = made
        made.append(items)
        return made

    stats = versus(step, [lambda: (t(2), [1], {})] * 2)
    assert stats["graph_breaks"] == stats["fallbacks"] == 0


def test_order_over_a_break_and_an_exception() -> None:
    def step(x, items, log):
        items.append(x + 1)
        print("break", len(items), len(log))
        log.append(items.pop())
        items.append(2)
        if len(log) > 1:
            raise ValueError(len(items))
        return x + 2

    versus(step, [lambda: (t(2), [1], []), lambda: (t(2), [1], [1]), lambda: (t(2), [1], [])])


def test_a_change_in_an_inlined_call_that_breaks_later() -> None:
    def inner(items, x):
        items.append(x + 1)
        print("inside", len(items))
        items.append(x + 2)

    def step(x, items):
        items.append(0)
        inner(items, x)
        return len(items), x * 2

    versus(step, [lambda: (t(2), [1])] * 3)
