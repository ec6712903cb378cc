"""Iterators that a resume function takes over: no break a value, no compilation a value.

PYTEST_DONT_REWRITE: an ``assert`` in what is compiled is the user's.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Any, Callable, Dict, List

import paddle
import pytest

import paddlefx
from tests.integration.test_breaks_loops import as_data, note

TENSORS = [paddle.to_tensor([float(i)]) for i in range(100)]
TABLE = {str(number): value for number, value in enumerate(TENSORS)}

#: What is iterated, 100 values each; no value is a constant of the loop.
MAKERS: Dict[str, Callable[[], Any]] = {
    "range": lambda: range(100),
    "list": lambda: TENSORS,
    "floats": lambda: [float(i) for i in range(100)],
    "tuple": lambda: tuple(TENSORS),
    "reversed": lambda: reversed(TENSORS),
    "enumerate": lambda: enumerate(TENSORS),
    "enumerate from": lambda: enumerate(TENSORS, 1000),
    "zip": lambda: zip(TENSORS, range(100)),
    "items": lambda: TABLE.items(),
    "values": lambda: TABLE.values(),
    "ordered items": lambda: OrderedDict(TABLE).items(),
    "ordered values": lambda: OrderedDict(TABLE).values(),
    "nested": lambda: enumerate(zip(TENSORS, reversed(TENSORS))),
}


def with_break(x, make, log):
    for value in make():
        x = x + 1
        note(log, "at")
        x = x * 0.5
    return x


@pytest.mark.parametrize("kind", MAKERS)
def test_a_break_in_the_body(kind: str) -> None:
    """100 iterations with a break each: the frame, the body, the end, and a number that varies."""
    made = MAKERS[kind]
    compiled = paddlefx.optimize(with_break)
    for call in range(2):
        log: List[Any] = []
        plain = with_break(paddle.ones([1]), made, [])
        assert as_data(compiled(paddle.ones([1]), made, log)) == as_data(plain)
        assert len(log) == 100
        if call == 0:
            first = paddlefx.stats()
    assert first["fallbacks"] == 0
    assert first["translations"] <= 4 and first["graph_breaks"] <= 3
    assert paddlefx.stats()["translations"] == first["translations"]


def first_only(x, items, log):
    for number, item in enumerate(items):
        x = x * item
        if number == 0:
            note(log, x)
        x = x + number
    return x


def held_by_name(x, items, log):
    values = iter(items)
    for item in values:
        x = x + item
        note(log, x)
        x = x - next(values, 7.0)
    return x, list(values)


def in_two_iterators(x, items, log):
    values = iter(items)
    pairs = zip(values, values)
    note(log, "before")
    for one, two in pairs:
        x = x * one + two
        note(log, x, next(values, None))
    return x, next(values, "end")


def beside_its_enumerate(x, items, log):
    values = iter(items)
    numbered = enumerate(values, 3)
    note(log, "before")
    first = next(values)
    number, second = next(numbered)
    third = next(values)
    return x * first + second, number, third, list(numbered)


def appended_to(x, items, log):
    items = list(items)
    for item in items:
        note(log, item)
        if len(items) < 9:
            items.append(item * 2)
            items[1] = 5.0
        x = x + item
    return x, items


def cleared(x, items, log):
    items = list(items)
    for item in items:
        note(log, item)
        x = x + item
        items.clear()
        x = x * 2
    return x, items


def changed_then_iterated(x, items, log):
    items = list(items)
    values = iter(items)
    note(log, "before")
    x = x + next(values)
    items[1] = 50.0
    items.append(7.0)
    for item in values:
        x = x + item
    return x


def a_dict_that_grows(x, items, log):
    table = {"a": 1.0}
    try:
        for key, value in table.items():
            note(log, key)
            x = x + value
            table[key + "b"] = value
    except RuntimeError as error:
        return x, str(error), list(table)


def an_ordered_dict_that_grows(x, items, log):
    table = OrderedDict(a=1.0, b=2.0)
    try:
        for key in table:
            note(log, key)
            x = x + table[key]
            table.move_to_end("a")
            table["c"] = 1.0
    except RuntimeError as error:
        return x, str(error), list(table)


def stays_ended(x, items, log):
    items = list(items)
    values = iter(items)
    note(log, "before")
    for item in values:
        x = x + item
    items.append(4.0)
    return x, list(values), next(values, None)


def uneven(x, items, log):
    longer, shorter = iter(items), iter([10.0, 20.0])
    pairs = zip(longer, shorter)
    note(log, "before")
    found = [x + one * two for one, two in pairs]
    return found, next(longer, None), next(shorter, "none")


def reversed_and_shortened(x, items, log):
    items = list(items)
    backwards = reversed(items)
    note(log, "before")
    x = x + next(backwards)
    del items[1:]
    note(log, "shorter")
    return x, list(backwards)


class Holder:
    """Its attributes are iterated while they change."""


def attributes_of(holder, x, log):
    found = []
    for name, value in holder.__dict__.items():
        if name == "first":
            note(log, name)
        holder.second = 7.0
        holder.third = x
        found.append((name, value))
    return found


def its_attributes(x, items, log):
    holder = Holder()
    holder.first, holder.second, holder.third = 1.0, 2.0, 3.0
    return attributes_of(holder, x, log)


def its_dict(x, items, log):
    holder = Holder()
    holder.first = x
    held = holder.__dict__
    note(log, "between")
    holder.second = 1.0
    return sorted(held), holder.__dict__ is held, list(held.items())


def strict(x, items, log):
    """Refused up to 3.9, and where one ends before the other."""
    try:
        for one, two in zip(items, [1.0, 2.0, 3.0], strict=True):
            note(log, one)
            x = x + one * two
    except (TypeError, ValueError) as error:
        return x, str(error)
    return x


def unpacked(x, items, log):
    values = iter(items)
    note(log, "before")
    first, *rest = values
    return x * first, rest, list(values)


def stored_elsewhere(x, items, log):
    kept = {"values": iter(items)}
    note(log, "before")
    x = x + next(kept["values"])
    return x, kept["values"] is kept["values"], next(kept["values"])


def nested_loops(x, items, log):
    for one in items:
        for number, two in enumerate(items):
            x = x + one * two
            note(log, number)
        x = x * 0.5
    return x


def same_and_other(x, items, log):
    one = iter(items)
    two = one
    three = iter(items)
    note(log, "before")
    return next(one) + x, next(two), next(three), one is two, one is three


PROGRAMS = [
    first_only,
    held_by_name,
    in_two_iterators,
    beside_its_enumerate,
    appended_to,
    cleared,
    changed_then_iterated,
    a_dict_that_grows,
    an_ordered_dict_that_grows,
    stays_ended,
    uneven,
    reversed_and_shortened,
    its_attributes,
    its_dict,
    strict,
    unpacked,
    stored_elsewhere,
    nested_loops,
    same_and_other,
]


@pytest.mark.parametrize("program", PROGRAMS)
def test_as_plain(program: Any) -> None:
    compiled = paddlefx.optimize(program)
    for items in ([1.0, 2.0, 3.0], [1.0, 2.0, 3.0], [4.0, 5.0, 6.0, 7.0, 8.0], [2.0, 3.0, 4.0]):
        plain_log: List[Any] = []
        log: List[Any] = []
        plain = program(paddle.ones([2]), items, plain_log)
        assert as_data(compiled(paddle.ones([2]), items, log)) == as_data(plain)
        assert log == plain_log
    assert paddlefx.stats()["fallbacks"] == 0


def from_the_caller(x, values):
    for number, value in values:
        x = x + number * value
    return x


@pytest.mark.parametrize("make", [enumerate, lambda items: zip(items, items)])
def test_an_iterator_that_the_caller_gives(make: Any) -> None:
    """Captured whole, and the caller's iterator is at its end."""
    compiled = paddlefx.optimize(from_the_caller)
    for size in (2, 2, 3, 4):
        items = [float(i) for i in range(size)]
        values = make(items)
        plain = from_the_caller(paddle.ones([2]), make(items))
        assert as_data(compiled(paddle.ones([2]), values)) == as_data(plain)
        assert list(values) == []
    assert paddlefx.stats()["graph_breaks"] == 0


def taken_by_both(x, one, two):
    x = x + next(one)
    y = x * next(two)
    return y, next(one, None), next(two, None)


def test_two_that_may_be_one() -> None:
    """A form for two iterators isn't used for one that is given twice."""
    compiled = paddlefx.optimize(taken_by_both)
    for same in (False, True, False, True):
        results = []
        for function in (taken_by_both, compiled):
            one = iter([1.0, 2.0, 3.0, 4.0])
            two = one if same else iter([5.0, 6.0, 7.0, 8.0])
            results.append((as_data(function(paddle.ones([1]), one, two)), list(one), list(two)))
        assert results[0] == results[1]


def overlapping(x, values, items):
    x = x + next(values)
    items[1] = 9.0
    return x + next(values)


def test_a_list_that_is_changed_may_be_the_iterated_one() -> None:
    compiled = paddlefx.optimize(overlapping)
    for same in (False, True, False, True):
        results = []
        for function in (overlapping, compiled):
            items = [1.0, 2.0, 3.0]
            values = iter(items if same else [1.0, 2.0, 3.0])
            results.append((as_data(function(paddle.ones([1]), values, items)), list(values)))
        assert results[0] == results[1]


def comprehension_of_a_plain_frame(x, log):
    def printed(value):
        eval("value")  # a frame that isn't divided
        note(log, "printed")
        return value + 1

    made = [1.0]
    eval("made")
    note(log, "before")
    made += [printed(value) for value in (x, x * 2)]
    return made


def test_a_comprehension_that_the_hook_meets() -> None:
    """Up to 3.11 it is a frame of its own, with the iterator as its local ``.0``."""
    compiled = paddlefx.optimize(comprehension_of_a_plain_frame)
    for _ in range(2):
        plain_log: List[Any] = []
        log: List[Any] = []
        plain = comprehension_of_a_plain_frame(paddle.ones([2]), plain_log)
        assert as_data(compiled(paddle.ones([2]), log)) == as_data(plain)
        assert log == plain_log


def removed_and_put_back(table):
    key = next(iter(table))
    table[key] = table.pop(key)


def another_key(table):
    table.popitem()
    table[len(table) + 100] = 1


def one_more(table):
    table[len(table) + 100] = 1


def one_less(table):
    del table[next(iter(table))]


def another_value(table):
    table[next(iter(table))] = 5


@pytest.mark.parametrize(
    "change", [removed_and_put_back, another_key, one_more, one_less, another_value]
)
@pytest.mark.parametrize("kind", [dict, OrderedDict])
@pytest.mark.parametrize("size", [1, 2, 5, 6])
def test_keys_that_change_under_an_iterator(size: int, kind: Any, change: Any) -> None:
    """``Objects/dictobject.c`` counts what it has given, and finds keys by their place."""

    def walk(x, view):
        table, seen = kind((number, x) for number in range(size)), []
        try:
            for item in view(table):
                seen.append(item)
                if len(seen) > 10:
                    break
                change(table)
        except RuntimeError as error:
            seen.append(str(error))
        return len(seen), seen[-1:], list(table)

    views = (lambda table: table, lambda table: table.values(), lambda table: table.items())
    for view in (*views, reversed):
        x = paddle.ones([1])
        expected = as_data(walk(x, view))
        assert as_data(paddlefx.optimize(walk)(x, view)) == expected


def test_ranges_too_long_for_their_length() -> None:
    def walk(x):
        numbers = range(2**70, 2**71, 2**20)
        iterator = iter(range(-(2**70), 2**70, 2**5))
        next(iterator)
        try:
            found = len(range(2**80))
        except OverflowError:
            found = numbers[1]
        note([], "at")
        return x + 1, found, next(iterator)

    x = paddle.ones([1])
    assert as_data(paddlefx.optimize(walk)(x)) == as_data(walk(x))
