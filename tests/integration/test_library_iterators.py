"""Iterators: what they take, when, and what is left of them when a captured function returns one."""

from __future__ import annotations

import collections
import functools
import itertools
import operator
import sys

import paddle
import pytest

from tests.support.expressions_compiled import captured
from tests.support.versus import versus

NAMES = {
    "itertools": itertools,
    "functools": functools,
    "operator": operator,
    "OrderedDict": collections.OrderedDict,
    "ROWS": [1, 2, 3, 4],
    "TABLE": {"a": 1, "b": 2, "c": 3},
}

#: Each makes an iterator of several values; all of them are tested at each position.
MAKERS = [
    "itertools.accumulate([None, None, None], operator.is_)",
    "iter([y, 2, y])",
    "iter((y, 2, y))",
    "iter(ROWS)",
    "iter(TABLE)",
    "iter(TABLE.values())",
    "iter(TABLE.items())",
    "iter({'a': y, 'b': 2}.items())",
    "iter(OrderedDict(a=y, b=2))",
    "iter(range(2, 9, 3))",
    "iter(range(10**30, 10**30 + 3))",
    "iter('abc')",
    "iter('äöü')",
    "iter(b'abc')",
    "iter(y)",
    "iter({3})",
    "reversed([1, y, 3])",
    "reversed((1, y, 3))",
    "reversed(range(5))",
    "reversed('abc')",
    "reversed({'a': 1, 'b': y}.items())",
    "reversed({'a': 1, 'b': y})",
    "iter([1, 2, 3, 4].pop, 2)",
    "zip([1, 2, 3], [y, y, 5])",
    "zip([1, 2, 3], 'ab')",
    "zip()",
    "enumerate([y, 5], 3)",
    "enumerate('abc', start=2)",
    "map(operator.add, [1, 2, 3], [4, 5, 6])",
    "map(lambda v: v * y, [1, 2])",
    "filter(None, [0, 1, '', 'a'])",
    "filter(lambda v: v > 1, ROWS)",
    "itertools.filterfalse(lambda v: v > 2, ROWS)",
    "itertools.filterfalse(None, [0, 1, ''])",
    "itertools.chain([1, y], 'ab', ())",
    "itertools.chain()",
    "itertools.chain.from_iterable([[1, 2], [y], 'z'])",
    "itertools.islice(range(20), 5)",
    "itertools.islice(itertools.count(), 3, 12, 4)",
    "itertools.islice([1, 2, 3], None)",
    "itertools.islice('abcdef', 1, None, 2)",
    "itertools.islice(itertools.count(5), 4)",
    "itertools.islice(itertools.count(0.5, 0.25), 4)",
    "itertools.islice(itertools.count(start=2, step=3), 4)",
    "itertools.islice(itertools.cycle([1, y, 3]), 7)",
    "itertools.islice(itertools.cycle([]), 7)",
    "itertools.repeat(y, 3)",
    "itertools.repeat(object=1, times=2)",
    "itertools.islice(itertools.repeat(7), 3)",
    "itertools.accumulate([1, 2, 3])",
    "itertools.accumulate([1, y, 3])",
    "itertools.accumulate([1, 2, 3], operator.mul)",
    "itertools.accumulate([1, 2, 3], lambda a, b: a * b + y, initial=y)",
    "itertools.accumulate([], initial=10)",
    "itertools.product('ab', [1, y])",
    "itertools.product(range(2), repeat=3)",
    "itertools.product()",
    "itertools.permutations([1, y, 3])",
    "itertools.permutations('abc', 2)",
    "itertools.combinations('abcd', 2)",
    "itertools.combinations([1, y], 3)",
    "itertools.combinations_with_replacement('abc', 2)",
    "itertools.starmap(pow, [(2, 3), (3, 2)])",
    "itertools.starmap(lambda a, b: a * b, zip([1, 2], [y, y]))",
    "itertools.takewhile(lambda v: v < 3, ROWS)",
    "itertools.dropwhile(lambda v: v < 3, ROWS)",
    "itertools.zip_longest([1, 2, 3], 'a', fillvalue=y)",
    "itertools.zip_longest([1], 'abc', [])",
    "itertools.zip_longest()",
    "itertools.tee([1, y, 3])[1]",
    "itertools.compress('abcdef', [1, 0, 1, 0, 1])",
    "itertools.compress('ab', [True, True, True])",
]
if sys.version_info >= (3, 10):
    MAKERS += [
        "itertools.pairwise([1, y, 3, 4])",
        "itertools.pairwise('a')",
        "zip([1, 2], [3, y], strict=True)",
    ]
if sys.version_info >= (3, 12):
    MAKERS += ["itertools.batched([1, 2, y, 4, 5], 2)"]
if sys.version_info >= (3, 13):
    MAKERS += ["itertools.batched([1, 2, y, 4], 2, strict=True)"]


def rest(outcome):
    """The rest of the iterators in a result, with the types that give it."""
    (kept, got), y = outcome
    return type(kept), list(kept), got, y


@pytest.mark.parametrize("maker", MAKERS)
@pytest.mark.parametrize("taken", [0, 1, 2, 20])
def test_an_iterator_is_left_where_it_was(maker, taken):
    text = f"""
    made = {maker}
    got = []
    for number in range({taken}):
        got.append(next(made, 'end'))
    result = made, got
    """
    captured(text, NAMES, finish=rest)


@pytest.mark.parametrize("maker", MAKERS)
def test_all_of_an_iterator_is_captured(maker):
    captured(f"[(list, tuple)[number % 2](made) for number, made in enumerate([{maker}])]", NAMES)


SHARED = {
    "two over one list": """
        made = iter([1, 2, 3, 4])
        result = list(zip(made, made)), list(made)
        """,
    "a tee's iterators go on alone": """
        source = iter([1, y, 3, 4])
        one, two = itertools.tee(source)
        first = next(one), next(one), next(two)
        three, four = itertools.tee(two)
        result = first, three is two, list(four), list(one), list(two)
        """,
    "an iterator sees what is appended": """
        items = [1, 2]
        made = iter(items)
        next(made), next(made)
        items.append(y)
        first = list(made)
        items.append(4)
        result = first, list(made)
        """,
    "groups": """
        result = []
        for key, group in itertools.groupby([1, 1, 2, 3, 3], key=lambda v: v > 1):
            result.append((key, list(group)))
        """,
    "a group ends with the next": """
        groups = list(itertools.groupby('aabbb'))
        result = [(key, list(group)) for key, group in groups]
        """,
    "groups of tensors by number": """
        pairs = [(0, y), (0, y + 1), (1, y + 2)]
        result = {k: [v for _, v in g] for k, g in itertools.groupby(pairs, lambda p: p[0])}
        """,
    "zip takes from the first before it ends": """
        one, two = iter([1, 2, 3]), iter([1])
        pairs = list(zip(one, two))
        result = pairs, list(one)
        """,
    "map is lazy": """
        seen = []
        made = map(seen.append, [1, 2, 3])
        next(made)
        result = seen
        """,
    "iter of an iterator is itself": """
        made = iter([1])
        result = iter(made) is made, iter(zip()) is not made
        """,
    "next with a default": "next(iter([]), y)",
    "a for over a zip of an enumerate": """
        result = []
        for index, (one, two) in enumerate(zip([y, y * 2], [3, 4]), 1):
            result.append(one * two * index)
        """,
    "functools.reduce": "functools.reduce(lambda a, b: a * b, [y, y, 2], 3)",
    "star arguments from an iterator": "(lambda *rows: rows)(*map(abs, [1, -2]), *iter([y]))",
}


@pytest.mark.parametrize("name", SHARED)
def test_iterators_that_share(name):
    captured(SHARED[name], NAMES)


RAISES = [
    "next(iter([]))",
    "iter(3)",
    "list(5)",
    "enumerate()",
    "enumerate([], 1, 2)",
    "zip(3)",
    "itertools.islice([1], -1)",
    "itertools.islice([1], 1, 2, 0)",
    "itertools.combinations([1], -1)",
    "itertools.count('a')",
    "itertools.tee([], -1)",
    "itertools.repeat()",
    "reversed({1})",
    "list(itertools.chain([1], 2))",
    "itertools.dropwhile(function=None, iterable=[1])",
    "itertools.starmap(function=max, iterable=[(1, 2)])",
    "itertools.filterfalse(None, iterable=[1])",
    "itertools.cycle(iterable=[1])",
    "itertools.pairwise(iterable='ab')",
    "dict(a=1).fromkeys(3)",
    "[v for v, in [(1, 2)]]",
]
if sys.version_info >= (3, 10):
    RAISES += [
        "list(zip([1], [1, 2], strict=True))",
        "list(zip([1, 2], [1], strict=True))",
        "list(zip([1, 2], [1, 2], [1], strict=True))",
        "list(zip([1], [1], [1, 2], strict=True))",
    ]


@pytest.mark.parametrize("text", RAISES)
def test_what_raises_raises_in_capture(text):
    captured(
        f"""
        try:
            result = {text}
        except Exception as error:
            result = type(error), str(error)
        """,
        NAMES,
    )


def test_a_dict_changes_while_it_is_iterated():
    captured(
        """
        table = {'a': 1, 'b': 2}
        try:
            for key in table:
                table[key + key] = y
        except RuntimeError as error:
            result = str(error), list(table)
        """,
        NAMES,
    )


REENTRANT = {
    "zip": lambda source: zip(source, source),
    "map": lambda source: map(list, source),
    "chain": lambda source: itertools.chain(source, [1]),
    "tee": lambda source: itertools.tee(source)[0],
    "accumulate": lambda source: itertools.accumulate(source, lambda one, two: (one, two)),
    "islice": lambda source: itertools.islice(source, 4),
}
if hasattr(itertools, "pairwise"):
    REENTRANT["pairwise"] = vars(itertools)["pairwise"]


@pytest.mark.parametrize("name", REENTRANT)
@pytest.mark.parametrize("at", [{1}, {2}, {3}, {1, 2}, {2, 3}, {1, 3}])
def test_an_iterator_that_what_it_takes_from_asks_in_turn(name, at):
    make = REENTRANT[name]

    def function(x):
        class Source:
            count = 0

            def __iter__(self):
                return self

            def __next__(self):
                self.count += 1
                if self.count in at:
                    return next(made, None)
                if self.count > 6:
                    raise StopIteration
                return [self.count]

        made = make(Source())
        found = []
        try:
            for _ in range(5):
                found.append(next(made, "end"))
        except RuntimeError as error:
            found.append(str(error))
        return x + 1, found

    versus(function, [lambda: (paddle.ones([2]),)] * 2)
