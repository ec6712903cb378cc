"""Breaks in loops: what is compiled once is run again, and nothing grows.

PYTEST_DONT_REWRITE: an ``assert`` in what is compiled is the user's.
"""

from __future__ import annotations

import gc
import resource
import sys
import threading
import weakref
from typing import Any, List

import paddle
import pytest

import paddlefx


@paddlefx.disable
def note(log: List[Any], *items: Any) -> None:
    log.append(tuple(item.tolist() if hasattr(item, "tolist") else item for item in items))


@paddlefx.disable
def depth(log: List[Any]) -> None:
    """How many frames there are below this one."""
    count = 0
    frame: Any = sys._getframe()
    while frame is not None:
        count, frame = count + 1, frame.f_back
    log.append(count)


def over_list(x, log):
    for scale in [1.0, 2.0, 3.0]:
        x = x * scale
        note(log, x)
        x = x + 1
    return x


def over_enumerate(x, log):
    for number, scale in enumerate([1.0, 2.0, 3.0], 5):
        x = x * scale
        note(log, number)
    else:
        x = x - 1
    return x


def over_zip(x, log):
    for one, (two, three) in zip([1.0, 2.0], {"a": 3.0, "b": 4.0}.items()):
        x = x * one + three
        note(log, two)
    return x


def over_dict(x, log):
    table = {"a": 1.0, "b": 2.0, "c": 3.0}
    for key in table:
        note(log, key)
        x = x * table[key]
    for value in table.values():
        note(log, value)
        x = x + value
    return x


def over_a_list_that_grows(x, log):
    items = [1.0]
    for item in items:
        x = x + item
        note(log, item)
        if len(items) < 4:
            items.append(item + 1)
    return x, items


def nested(x, log):
    for one in [1.0, 2.0]:
        for two in (3.0, 4.0):
            x = x * one
            note(log, two)
            x = x + two
        note(log, one)
    return x


def jumps(x, log):
    for one in [1.0, 2.0, 3.0, 4.0]:
        note(log, one)
        if one == 1.0:
            continue
        if one == 3.0:
            break
        x = x * one
    else:
        x = x * 100
    return x


def condition_on_data(x, log):
    while x.sum() < 100:
        x = x * 2
        if x.max() > 8:
            x = x + 1
            note(log, 1)
    return x


def over_an_outside_iterator(x, log):
    iterator = iter(log[0])
    x = x * next(iterator)
    note(log, 0)
    for item in iterator:
        x = x + item
    return x


def half_consumed(x, log):
    pairs = zip([1.0, 2.0, 3.0], iter([4.0, 5.0, 6.0]))
    first, second = next(pairs)
    note(log, first, second)
    return x * first + sum(one * two for one, two in pairs)


def over_a_generator(x, log):
    def numbers():
        for number in [1.0, 2.0]:
            note(log, "made", number)
            yield number

    for number in numbers():
        x = x * number
        note(log, "used", number)
    return x


FUNCTIONS = [
    over_list, over_enumerate, over_zip, over_dict, over_a_list_that_grows, nested, jumps,
    condition_on_data, half_consumed, over_a_generator,
]  # fmt: skip


def as_data(value: Any) -> Any:
    if hasattr(value, "tolist"):
        return value.tolist()
    return [as_data(item) for item in value] if isinstance(value, (list, tuple)) else value


@pytest.mark.parametrize("function", FUNCTIONS)
def test_as_plain(function: Any) -> None:
    compiled = paddlefx.optimize(function)
    for number in range(3):
        plain_log: List[Any] = []
        log: List[Any] = []
        plain = function(paddle.ones([2, 2]), plain_log)
        assert as_data(compiled(paddle.ones([2, 2]), log)) == as_data(plain)
        assert log == plain_log
        if number == 0:
            first = paddlefx.stats()
    assert first["fallbacks"] == 0
    assert paddlefx.stats()["translations"] == first["translations"], "a steady state"


def test_an_iterator_from_outside() -> None:
    compiled = paddlefx.optimize(over_an_outside_iterator)
    for _ in range(2):
        plain_log: List[Any] = [[2.0, 3.0, 4.0]]
        log: List[Any] = [[2.0, 3.0, 4.0]]
        plain = over_an_outside_iterator(paddle.ones([2]), plain_log)
        assert as_data(compiled(paddle.ones([2]), log)) == as_data(plain)
        assert log == plain_log


def many(x, log, items):
    for item in items:
        x = x * item
        depth(log)
        x = x + item
    return x


def test_five_thousand_iterations() -> None:
    """No compilation, no deeper stack, no more memory after the first iterations."""
    compiled = paddlefx.optimize(many)
    log: List[Any] = []
    compiled(paddle.ones([2]), log, [0.5] * 4)
    log.clear()
    compiled(paddle.ones([2]), log, [0.5] * 500)
    before = paddlefx.stats()
    gc.collect()
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    objects = len(gc.get_objects())
    compiled(paddle.ones([2]), log, [0.5] * 5000)
    gc.collect()
    assert len(set(log)) == 1
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - used < 20_000  # kB
    assert len(gc.get_objects()) - objects < 1_000
    assert paddlefx.stats()["translations"] - before["translations"] <= 1  # another length


def swaps(x, log):
    one, two = x + 1, x * 2
    note(log, 1)
    for _ in [1, 2, 3]:
        one, two = two, one
        note(log, 2)
    return one, two


def aliases(x, log):
    items = [x]
    table = {"items": items}
    note(log, 1)
    table["items"].append(x + 1)
    note(log, 2)
    items.append(x + 2)
    return items is table["items"], len(items), items


@pytest.mark.parametrize("function", [swaps, aliases])
def test_identity(function: Any) -> None:
    compiled = paddlefx.optimize(function)
    for _ in range(2):
        found = as_data(compiled(paddle.ones([2]), []))
        assert found == as_data(function(paddle.ones([2]), []))


def test_threads() -> None:
    compiled = paddlefx.optimize(over_list)
    plain = as_data(over_list(paddle.ones([2, 2]), []))
    found: List[Any] = []

    def work() -> None:
        for _ in range(5):
            found.append(as_data(compiled(paddle.ones([2, 2]), [])))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [plain] * 20


def test_recursion_through_breaks_is_limited_as_plain() -> None:
    def down(x, log):
        note(log, 1)
        return down(x, log) + 1

    compiled = paddlefx.optimize(down)
    limit = sys.getrecursionlimit()
    with pytest.raises(RecursionError):
        compiled(paddle.ones([1]), [])
    assert sys.getrecursionlimit() == limit


def test_nothing_is_kept() -> None:
    """The compiled forms and their resume functions go with the function."""

    def make() -> Any:
        def inner(x, log):
            for item in [1.0, 2.0]:
                x = x + item
                note(log, item)
            return x

        return inner

    function = make()
    compiled = paddlefx.optimize(function)
    compiled(paddle.ones([1]), [])
    alive = weakref.ref(function)
    del function, compiled
    paddlefx.reset()
    gc.collect()
    assert alive() is None


def test_a_break_in_a_handler_that_the_loop_enters_again(recwarn: pytest.WarningsRecorder) -> None:
    """Up to 3.10 the handler's slots were others behind the break: the frame fell back."""

    def function(x: Any, table: Any) -> Any:
        n = 0
        while n < 3 and x.sum() > 0:
            n += 1
            try:
                del table["k"]
                x = x + 1
            except LookupError as error:
                print(n, error)
                x = x * 2
        return x

    compiled = paddlefx.optimize(function)
    for _ in range(2):
        assert compiled(paddle.ones([2]), {}).tolist() == [8.0, 8.0]
        assert compiled(paddle.ones([2]), {"k": 1}).tolist() == [8.0, 8.0]
    assert paddlefx.stats()["fallbacks"] == 0
    assert not [one for one in recwarn if "fault" in str(one.message)]
