"""Containers take from an iterator one value after the other: what came before an error stays."""

from __future__ import annotations

import itertools
from collections import ChainMap, Counter, OrderedDict, defaultdict, deque
from typing import Any, Callable, Dict, Iterator, List, Tuple

import paddle
import pytest

import paddlefx


class Fails:
    """An iterator in Python."""

    def __init__(self, good: int) -> None:
        self.good = good
        self.given = 0

    def __iter__(self) -> Fails:
        return self

    def __next__(self) -> int:
        self.given += 1
        if self.given > self.good:
            raise ValueError("no more")
        return self.given


def values() -> Iterator[Any]:
    yield 1
    yield 8
    raise ValueError("values")


def unhashable() -> Iterator[Any]:
    yield 1
    yield []
    yield 2


def pairs() -> Iterator[Any]:
    yield "a", 1
    yield "b", 2
    raise ValueError("pairs")


def no_pairs() -> Iterator[Any]:
    yield "a", 1
    yield "b", 2, 3


NAMES: Dict[str, Any] = {
    "Counter": Counter,
    "Fails": Fails,
    "OrderedDict": OrderedDict,
    "defaultdict": defaultdict,
    "deque": deque,
    "itertools": itertools,
    "no_pairs": no_pairs,
    "pairs": pairs,
    "unhashable": unhashable,
    "values": values,
}
#: What stands in the place of ``{g}``, and of ``{p}``.
GIVEN = [
    "values()",
    "Fails(2)",
    "map(lambda v: 1 // (3 - v), [1, 2, 3])",
    "unhashable()",
    "itertools.chain([1], values())",
    "5",
]
PAIRS = ["pairs()", "no_pairs()", "zip('ab', Fails(1))", "5"]
MADE = {
    "list": "[7, 8]",
    "deque": "deque([7, 8], 9)",
    "set": "{7, 8}",
    "dict": "{'k': 0}",
    "OrderedDict": "OrderedDict(k=0)",
    "defaultdict": "defaultdict(int, k=0)",
    "Counter": "Counter('kk')",
}
LINES = [
    ("list", "c.extend($g)"),
    ("list", "c += $g"),
    ("list", "c[1:1] = $g"),
    ("list", "c[:] = $g"),
    ("list", "c = [*c, *$g]"),
    ("list", "c[::2] = $g"),
    ("list", "c = c + list($g)"),
    ("list", "c.__init__($g)"),
    ("list", "c.__iadd__($g)"),
    ("deque", "c.extend($g)"),
    ("deque", "c.extendleft($g)"),
    ("deque", "c += $g"),
    ("deque", "c.__init__($g)"),
    ("deque", "c.__iadd__($g)"),
    ("deque", "c.__init__($g, 3)"),
    ("set", "c.update($g)"),
    ("set", "c.update($g, $g)"),
    ("set", "c.update([9], $g)"),
    ("set", "c.difference_update($g)"),
    ("set", "c.intersection_update($g)"),
    ("set", "c.symmetric_difference_update($g)"),
    ("set", "c.difference_update([5], $g)"),
    ("set", "c.__init__($g)"),
    ("set", "c = c.union($g)"),
    ("set", "c |= set($g)"),
    ("set", "r = c.issubset($g)"),
    ("set", "r = c.issuperset($g)"),
    ("set", "r = c.isdisjoint($g)"),
    ("set", "r = c.isdisjoint(itertools.chain([8], $g))"),
    ("set", "r = c.issuperset(itertools.chain([8], $g))"),
    ("set", "r = [min($g), c]"),
    ("set", "r = max($g, key=lambda v: c.add(v) or -v)"),
    ("set", "r = min($g, key=lambda v: c.discard(v) or v, default=None)"),
    ("set", "r = sum($g)"),
    ("set", "a, b = $g"),
    ("set", "a, *b = $g"),
    ("set", "r = [tuple($g)]"),
    ("set", "r = any($g)"),
    ("set", "r = sorted($g, key=c.add)"),
    ("set", "r = sum($g, 1.5)"),
    ("set", "c = {*c, *$g}"),
    ("set", "c = c.difference($g)"),
    ("set", "c = c.intersection($g)"),
    ("dict", "c.update($p)"),
    ("dict", "c.update($p, z=1)"),
    ("dict", "c |= $p"),
    ("dict", "c.__init__($p)"),
    ("dict", "c = dict($p)"),
    ("dict", "c = {**c, **dict($p)}"),
    ("dict", "c = dict.fromkeys($g, c)"),
    ("dict", "c.update([('q', 1), ('r',)])"),
    ("dict", "c.update([('q', 1), 5])"),
    ("dict", "c.update([('q', 1), 'xy', ('r', 2, 3)])"),
    ("dict", "c.update([('q', 1), ([], 2)])"),
    ("dict", "c.update(5)"),
    ("dict", "c.update(q=1, **dict($p))"),
    ("OrderedDict", "c.update($p)"),
    ("OrderedDict", "c |= $p"),
    ("OrderedDict", "c.__init__($p)"),
    ("defaultdict", "c.update($p)"),
    ("defaultdict", "c |= $p"),
    ("Counter", "c.update($g)"),
    ("Counter", "c.subtract($g)"),
    ("Counter", "c.update(x for x in 'ab')"),
    ("Counter", "c += Counter($g)"),
]


def written(line: str, made: str) -> Callable[..., Any]:
    """A function that does it, to a container of its own or one from outside."""
    text = f"""
def function(x, c=None):
    c = {made} if c is None else c
    r = e = None
    d = c
    y = x + 1
    try:
        {line}
    except Exception as error:
        e = type(error), str(error)
    return y, len(c), c, d, r, e, c is d
"""
    names = dict(NAMES)
    exec(text, names)
    function: Callable[..., Any] = names["function"]
    return function


def outcome(function: Callable[..., Any], operands: List[Any]) -> Tuple[Any, ...]:
    try:
        _, size, one, two, *rest = function(paddle.ones([2]), *operands)
    except Exception as error:
        return type(error), str(error), list(operands)
    held = [list(c.items()) if isinstance(c, dict) else list(c) for c in (one, two, *operands)]
    return size, type(one), held, rest


@pytest.mark.parametrize(("kind", "line"), LINES)
def test_what_came_before_an_error_stays(kind: str, line: str) -> None:
    place, given = ("$p", PAIRS) if "$p" in line else ("$g", GIVEN)
    for operand in given if place in line else [""]:
        function = written(line.replace(place, operand), MADE[kind])
        compiled = paddlefx.optimize(function)
        for outside in (False, True, True):
            made = [[eval(MADE[kind], dict(NAMES))] if outside else [] for _ in range(2)]
            assert outcome(compiled, made[0]) == outcome(function, made[1])


def test_a_generator_that_changes_what_it_fills() -> None:
    def function(x: Any, held: List[int], keys: Dict[int, int], elements: Any) -> Any:
        def values() -> Iterator[int]:
            for number in range(3):
                held.append(10 * len(held))
                keys[number] = len(keys)
                elements.add(-len(elements))
                yield len(held)

        held.extend(values())
        keys.update((v, len(keys)) for v in values())
        elements.update(values())
        mine: List[int] = []
        mine.extend(len(mine) for _ in range(4))
        return x + 1, mine, sum(v * len(held) for v in values())

    compiled = paddlefx.optimize(function)
    results = []
    for target in (function, compiled, compiled):
        operands: List[Any] = [[1], {5: 5}, {9}]
        results.append((target(paddle.ones([1]), *operands)[1:], operands))
    assert results[1] == results[0] and results[2] == results[0]


def test_unpacking_takes_one_more_value_than_there_are_names() -> None:
    def function(x: Any) -> Any:
        numbers = itertools.count()
        said = ""
        try:
            a, b = numbers  # noqa: F841
        except ValueError as error:
            said = str(error)
        return x + 1, said, next(numbers)

    compiled = paddlefx.optimize(function)
    assert compiled(paddle.ones([1]))[1:] == function(0)[1:]


def test_min_and_max_ask_for_keys_in_between() -> None:
    def function(x: Any) -> Any:
        log: List[Any] = []

        def values() -> Iterator[int]:
            for number in (3, 5, 1):
                log.append(("gives", number))
                yield number

        def key(number: int) -> int:
            log.append(("key", number))
            return -number

        return x + 1, min(values(), key=key), max(values(), key=key), log

    compiled = paddlefx.optimize(function)
    assert compiled(paddle.ones([1]))[1:] == function(0)[1:]


def test_a_sort_that_fails_leaves_the_order_that_it_had_reached() -> None:
    class Item:
        def __init__(self, value: int) -> None:
            self.value = value

        def __lt__(self, other: Item) -> bool:
            if other.value == 7:
                raise ValueError("seven")
            return self.value < other.value

    def function(x: Any, held: List[Any]) -> Any:
        mine = [Item(value) for value in (3, 9, 7, 1)]
        said = []
        for items in (mine, held, [3, 1, "a", 2]):
            try:
                items.sort()
            except (ValueError, TypeError) as error:
                said.append(str(error))
        return x + 1, said, [item.value for item in mine]

    compiled = paddlefx.optimize(function)
    results = []
    for target in (function, compiled, compiled):
        held = [Item(value) for value in (3, 9, 1, 7, 2)]
        results.append((target(paddle.ones([1]), held)[1:], [item.value for item in held]))
    assert results[1] == results[0] and results[2] == results[0]


class Mapping:
    """Has ``keys`` and ``[]``: no sequence of pairs, though its keys have two letters."""

    def __init__(self, log: List[str]) -> None:
        self.log = log

    def keys(self) -> List[str]:
        self.log.append("keys")
        return ["ab", "cd"]

    def __iter__(self) -> Iterator[str]:
        return iter(self.keys())

    def __getitem__(self, key: str) -> str:
        self.log.append(key)
        return key * 2


def test_a_mapping_is_asked_for_its_keys() -> None:
    def function(x: Any) -> Any:
        log: List[str] = []
        mapping: Any = Mapping(log)
        table: Dict[str, Any] = {"ab": 0}
        table.update(mapping, z=1)
        chained = ChainMap({}, {"a": 1, "xy": x})
        return x + 1, dict(mapping), table, OrderedDict(mapping), list(dict(chained)), log

    compiled = paddlefx.optimize(function)
    assert compiled(paddle.ones([1]))[1:] == function(paddle.ones([1]))[1:]


def test_which_operand_is_the_left_one_of_a_search() -> None:
    class Item:
        def __init__(self, name: str) -> None:
            self.name = name

        def __eq__(self, other: object) -> bool:
            log.append(self.name)
            return False

        __hash__ = None  # type: ignore[assignment]

    log: List[str] = []

    def function(x: Any) -> Any:
        log.clear()
        items = [Item("a"), Item("b")]
        needle = Item("needle")
        places: List[Any] = [items, tuple(items), deque(items), iter(items)]
        places += [dict(enumerate(items)).values(), (v for v in items)]
        return x + 1, [needle in place for place in places], items.count(needle), list(log)

    compiled = paddlefx.optimize(function)
    for _ in range(2):
        assert compiled(paddle.ones([1]))[1:] == function(paddle.ones([1]))[1:]


class Sentinel:
    """Equal to nothing, and says what it was compared with."""

    def __init__(self, name: Any, log: List[Any]) -> None:
        self.name, self.log = name, log

    def __eq__(self, other: Any) -> Any:
        self.log.append((self.name, other.name))
        return NotImplemented


def test_calls_until_a_sentinel() -> None:
    """``Objects/iterobject.c``: a StopIteration ends it for good, the sentinel compares first."""

    def ended_by_stop_iteration(x: Any) -> Any:
        count = 0

        def give() -> int:
            nonlocal count
            count += 1
            if count == 3:
                raise StopIteration
            return count

        calls = iter(give, 10)
        return x + 1, list(calls), list(calls), next(calls, "none"), count

    def left_by_another_error(x: Any) -> Any:
        count = 0

        def give() -> int:
            nonlocal count
            count += 1
            if count == 3:
                raise ValueError(count)
            return count

        calls, seen = iter(give, 5), []
        try:
            for item in calls:
                seen.append(item)
        except ValueError as error:
            seen.append(error.args)
        return x + 1, seen, list(calls)

    def compared(x: Any) -> Any:
        log: List[Any] = []
        items = [Sentinel(1, log), Sentinel(2, log)]
        end = Sentinel("end", log)
        given = iter([*items, end])
        found = list(iter(lambda: next(given), end))
        return x + 1, [item.name for item in found], log

    functions: List[Callable[..., Any]] = [ended_by_stop_iteration, left_by_another_error, compared]
    for function in functions:
        x = paddle.ones([2])
        plain, compiled = function(x), paddlefx.optimize(function)(x)
        assert compiled[1:] == plain[1:]
