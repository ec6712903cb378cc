"""Aliases and changes in every order: the plain function and the compiled one end in one state."""

from __future__ import annotations

import collections
from typing import Any

import paddle
import pytest

from tests.support.versus import versus


def t(*shape: int) -> Any:
    return paddle.ones(list(shape) or [1])


def ordered(*pairs: Any) -> Any:
    return collections.OrderedDict(pairs)


class Box:
    def __init__(self, **attributes: Any) -> None:
        self.__dict__.update(attributes)


def dict_of_an_object(x, box, d):
    box.v = x + 1
    d["w"] = 2
    return d.get("v"), getattr(box, "w", None), len(d)


def shared_1():
    b = Box(v=1)
    return t(2), b, b.__dict__


def clear_and_set(x, d):
    d.clear()
    d["k"] = x + 1
    return x


def pop_and_set(x, d):
    d.pop("a", None)
    d["k"] = x + 1
    d.pop("k")
    d["a"] = 1
    return list(d)


def reorder(x, d):
    d.move_to_end("a")
    k, v = d.popitem(last=False)
    d[k] = x
    return k, v, list(d)


def effects_before_a_caught_error(x, items):
    try:
        items.append(x + 1)
        items.index(99)
        items.append(2)
    except ValueError:
        items.append(3)
    return len(items)


def grow_while_iterated(x, items):
    n = 0
    for i in items:
        n += 1
        if n < 3:
            items.append(i)
        if n > 4:
            break
    return n, x + 1


def generator_appends(x, items):
    def gen():
        for i in range(3):
            items.append(i)
            yield x * i

    out = [g for g in gen()]
    return out, len(items)


def two_objects(x, one, two):
    one.a = x
    two.a = x + 1
    del one.a
    return getattr(two, "a", None), one is two


def shared_8():
    b = Box(a=0)
    return t(2), b, b


def rows_of_a_list(x, rows):
    rows[0].append(x)
    rows[1].append(x + 1)
    return [len(r) for r in rows]


def shared_9():
    r = [1]
    return t(2), [r, r]


def list_in_itself(x, items):
    items.append(items)
    items[0] = items
    return items[-1] is items, x + 1


def set_operators(x, s):
    s.add(5)
    s.discard(1)
    s |= {7}
    s -= {2}
    return sorted(s), x + 1


def two_sets(x, s, r):
    s.add(5)
    r.discard(5)
    return 5 in s, s is r, x + 1


def shared_12():
    s = {1}
    return t(2), s, s


def in_place_operators(x, items):
    a = items
    a += [x]
    b = items[:]
    b += [1]
    items *= 2
    return a is items, len(b), len(items)


class Counted:
    def __init__(self):
        self.n = 0

    @property
    def v(self):
        self.n += 1
        return self.n


def counting_property(x, p):
    return p.v, p.v, hasattr(p, "v"), getattr(p, "q", 3), p.n, x + 1


def object_in_itself(x, box):
    box.items = [x]
    box.items.append(box)
    box.me = box
    return box.me is box, len(box.items)


class Failed(Exception):
    def __init__(self, v):
        super().__init__("m")
        self.v = v


def error_with_attributes(x, log):
    try:
        log.append(1)
        raise Failed(x + 1)
    except Failed as e:
        log.append(e.v)
        return e.v, e.args


def tensor_changed_in_place(x, box):
    y = box.t
    y.add_(x)
    box.t = y * 2
    box.t.add_(x)
    return box.t, y


def tensor_popped_and_changed(x, items):
    items.append(x)
    y = items.pop()
    y.add_(t(2))
    items.append(y)
    items.append(y + 0)
    return y is x, items[-2] is x


def live_views(x, d):
    keys = d.keys()
    d["new"] = x
    vals = [v for v in d.values()]
    return list(keys), len(vals), "new" in keys


def insert_under_an_iterator(x, items):
    it = iter(items)
    first = next(it)
    items.insert(0, x + 1)
    second = next(it)
    return first, second


CASES = [
    (
        dict_of_an_object,
        [
            lambda: (t(2), Box(v=1), {"v": 5}),
            shared_1,
            lambda: (t(2), Box(v=1), {"v": 5}),
            shared_1,
        ],
    ),
    (
        clear_and_set,
        [lambda: (t(2), {"a": 1}), lambda: (t(2), {}), lambda: (t(2), {"k": 3, "b": 2})],
    ),
    (
        pop_and_set,
        [
            lambda: (t(2), {"a": 1, "k": 2}),
            lambda: (t(2), {}),
            lambda: (t(2), {"k": 3, "b": 2}),
            lambda: (t(2), {"b": 3, "a": 2}),
        ],
    ),
    (
        reorder,
        [
            lambda: (t(2), ordered(("a", 1), ("b", 2))),
            lambda: (t(2), ordered(("b", 1), ("a", 2))),
            lambda: (t(2), ordered(("a", 1), ("c", 2))),
        ],
    ),
    (
        effects_before_a_caught_error,
        [lambda: (t(2), [1]), lambda: (t(2), [99]), lambda: (t(2), [1, 2])],
    ),
    (
        grow_while_iterated,
        [lambda: (t(2), [1, 2]), lambda: (t(2), []), lambda: (t(2), [1, 2, 3, 4, 5, 6])],
    ),
    (generator_appends, [lambda: (t(2), [1, 2]), lambda: (t(2), [])]),
    (
        two_objects,
        [lambda: (t(2), Box(), Box()), shared_8, lambda: (t(2), Box(a=1), Box()), shared_8],
    ),
    (rows_of_a_list, [lambda: (t(2), [[1], [2]]), shared_9, lambda: (t(2), [[], [2]]), shared_9]),
    (list_in_itself, [lambda: (t(2), [1]), lambda: (t(2), [1, 2])]),
    (set_operators, [lambda: (t(2), {1, 2}), lambda: (t(2), {2, 9}), lambda: (t(2), set())]),
    (two_sets, [lambda: (t(2), {1}, {5}), shared_12, lambda: (t(2), {5}, {1}), shared_12]),
    (in_place_operators, [lambda: (t(2), [1]), lambda: (t(2), [1, 2])]),
    (counting_property, [lambda: (t(2), Counted()), lambda: (t(2), Counted())]),
    (object_in_itself, [lambda: (t(2), Box()), lambda: (t(2), Box(items=3))]),
    (error_with_attributes, [lambda: (t(2), []), lambda: (t(2), [1])]),
    (tensor_changed_in_place, [lambda: (t(2), Box(t=t(2))), lambda: (t(2), Box(t=t(2) * 3))]),
    (tensor_popped_and_changed, [lambda: (t(2), []), lambda: (t(2), [1])]),
    (live_views, [lambda: (t(2), {"a": 1}), lambda: (t(2), {"new": 1, "b": 3})]),
    (insert_under_an_iterator, [lambda: (t(2), [1, 2]), lambda: (t(2), [5])]),
]


@pytest.mark.parametrize(("function", "calls"), CASES, ids=lambda v: getattr(v, "__name__", ""))
def test_states_agree(function: Any, calls: Any) -> None:
    versus(function, calls)
