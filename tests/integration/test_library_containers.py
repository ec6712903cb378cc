"""deque, defaultdict, OrderedDict, sets, dicts and their views: every method, one graph."""

from __future__ import annotations

import collections
import sys

import paddle
import pytest

from tests.support.expressions_compiled import captured
from tests.support.versus import versus

NAMES = {
    "collections": collections,
    "deque": collections.deque,
    "defaultdict": collections.defaultdict,
    "OrderedDict": collections.OrderedDict,
    "TABLE": {"a": 1, "b": 2},
    "ROWS": [1, 2, 3],
}

CASES = [
    # deque
    """
    q = deque([1, y], maxlen=3)
    q.append(3); q.append(4); q.appendleft(0); q.extend([5]); q.extendleft([6, 7])
    result = q, list(q), q.maxlen, len(q), q[0], q[-1], bool(q)
    """,
    """
    q = deque('abcd')
    q.rotate(1); a = list(q); q.rotate(-2); b = list(q); q.reverse()
    q.insert(1, 'z'); q.remove('a'); q[0] = 'first'; del q[1]
    result = a, b, q, q.index(q[1]), q.count('z'), 'd' in q, 'q' in q, q.copy()
    """,
    """
    q = deque([y, 2])
    left, right = q.popleft(), q.pop()
    errors = []
    for action in (q.pop, q.popleft):
        try:
            action()
        except IndexError as error:
            errors.append(str(error))
    q.append(1)
    for key in (5, -3):
        try:
            q[key]
        except IndexError as error:
            errors.append(str(error))
    result = left, right, errors, q
    """,
    """
    q = deque([1, 2])
    try:
        for item in q:
            q.append(item)
    except RuntimeError as error:
        result = str(error), q
    """,
    "deque([1]) + deque([y]), deque([1, 2]) * 2, list(reversed(deque([1, 2])))",
    """
    q = deque(maxlen=2)
    q += [1, 2, 3]
    other = q
    q.clear()
    result = other is q, q, deque(iterable=[1], maxlen=None).maxlen
    """,
    "iter(deque()).__class__ is type(iter(deque())), sum(deque([1, 2])), max(deque([y.ndim, 5]))",
    # defaultdict
    """
    groups = defaultdict(list)
    for number, name in enumerate('abca'):
        groups[name].append(y * number)
    result = groups, dict(groups), groups.default_factory is list, 'z' in groups, groups.get('z')
    """,
    """
    counts = defaultdict(int, a=3)
    counts['k'] += 2
    counts['z']
    nested = defaultdict(lambda: defaultdict(list))
    nested['a']['b'].append(y)
    result = counts, nested['a']['b'], len(nested), list(counts.items()), counts.copy()
    """,
    """
    plain = defaultdict(None, {'a': 1})
    try:
        plain['b']
    except KeyError as error:
        result = str(error), plain
    """,
    # OrderedDict
    """
    table = OrderedDict([('a', 1), ('b', y), ('c', 3)])
    table.move_to_end('a')
    table.move_to_end('c', last=False)
    first = table.popitem(last=False)
    last = table.popitem()
    table['d'] = 4
    result = table, first, last, list(reversed(table)), OrderedDict(a=1) == {'a': 1}
    """,
    """
    table = OrderedDict(a=1)
    errors = []
    for action in (lambda: table.move_to_end('z'), lambda: OrderedDict().popitem()):
        try:
            action()
        except KeyError as error:
            errors.append(str(error))
    result = errors
    """,
    # dict
    """
    table = {'a': y, 'b': 2}
    got = table.get('a'), table.get('z'), table.get('z', 5), table.setdefault('c', 3)
    gone = table.pop('b'), table.pop('b', None), table.popitem()
    table.update({'d': 4}, e=5)
    table.update([('f', 6)])
    del table['d']
    copied = table.copy()
    table.clear()
    result = got, gone, copied, table, 'e' in copied, list(copied)
    """,
    "dict.fromkeys('ab', y), dict(zip('ab', [1, 2])), {**{'a': 1}, 'b': y}",
    "{'a': 1, 'b': 2} == {'b': 2, 'a': 1}, {} != {1: 1}, len({'a': 1}.items())",
    "list({'a': y}.items()), list({'a': 1}.keys()), list({'a': 1}.values()), ('a', 1) in {'a': 1}.items()",
    "{'a': 1, 'b': 2}.keys() & {'a', 'z'}, {'a': 1}.keys() | {'b'}, {'a': 1}.keys() - {'a'}",
    "{'a': 1}.keys() == {'a'}, {'a': 1}.items() & {('a', 1)}, {'a': 1}.keys() >= set()",
    "2 in {'a': 1, 'b': 2}.values(), 9 in {'a': 1}.values()",
    "TABLE.keys() & {'a'}, sorted(TABLE), max(TABLE, key=TABLE.get)",
    "{1: 'int', '1': 'str', (1, 2): 'tuple', None: 'none', 2.5: y}[(1, 2)]",
    "{int: 1, str: 2, len: 3}[type('')]",
    # sets
    """
    found = {1, 2}
    found.add(3); found.update([4, 5], {6}); found.discard(9); found.remove(1)
    popped = {7}.pop()
    result = sorted(found), found.copy(), popped, 3 in found, len(found)
    """,
    """
    a, b = {1, 2, 3}, {2, 3, 4}
    result = (a & b, a | b, a - b, a ^ b, a <= b, {2} < a, a >= {1}, a == {3, 2, 1}, a != b,
              a.isdisjoint({9}), a.issubset(range(9)), a.issuperset([1]), a.union([8], [9]),
              a.intersection([1, 2]), a.difference([1]), a.symmetric_difference([1, 7]))
    """,
    """
    a = {1, 2, 3}
    same = a
    a |= {4}; a &= {1, 3, 4}; a -= {1}; a ^= {5}
    result = a, a is same
    """,
    """
    a = {1, 2, 3}
    a.intersection_update([1, 2]); a.difference_update([1]); a.symmetric_difference_update([5])
    result = a
    """,
    "frozenset([1, 2]) | {3}, {frozenset([1]): y}[frozenset([1])], frozenset('ab') & frozenset('b')",
    """
    try:
        {1}.remove(2)
    except KeyError as error:
        result = str(error)
    """,
    """
    try:
        result = {1} | [2]
    except TypeError as error:
        result = str(error)
    """,
    # lists and tuples
    """
    items = [3, 1, 2]
    items.append(y); items.insert(0, 5); items.extend((6, 7)); items.remove(1)
    last = items.pop(), items.pop(0)
    items[1:3] = [8, 9, 10]
    del items[0]
    items += 'z'
    items *= 2
    items[::2] = [0] * len(items[::2])
    copied = items.copy()
    items.clear()
    result = last, copied, items
    """,
    "[1, 2] * 2, (1, y) + (2,), [1, 2, 3].index(3), (1, 2).count(1), [1, [2]] == [1, [2]], [2] > [1, 5]",
    "[y, 1, 2][1:], (y, 1)[::-1], [1, 2, 3][-1], len([y, y]), y is [y][0], [1, 2] <= [1, 2]",
    "[*ROWS, 4], (*ROWS,), {*ROWS}, [*'ab', *range(2)]",
]
if sys.version_info >= (3, 9):
    CASES += [
        "{'a': 1} | {'b': y}, OrderedDict(a=1) | {'b': 2}, defaultdict(list, a=1) | {'b': 2}",
        """
        table = {'a': 1}
        same = table
        table |= {'b': y}
        table |= [('c', 3)]
        result = table, same is table
        """,
    ]


@pytest.mark.parametrize("text", CASES)
def test_containers(text):
    captured(text, NAMES)


def fresh_default(x):
    return x, collections.defaultdict(list, a=[1])


def default_changed(x, groups):
    groups["k"].append(x)
    groups["a"].append(x * 2)
    return x + len(groups["k"]), sorted(groups), "z" in groups


OUTSIDE = [
    (default_changed, fresh_default),
]


@pytest.mark.parametrize("function, make", OUTSIDE)
def test_containers_from_outside(function, make):
    stats = versus(function, [lambda: make(paddle.ones([2])), lambda: make(paddle.ones([2]))])
    counts = (stats["graph_breaks"], stats["fallbacks"], stats["recompiles"])
    assert counts == (0, 0, 0)


def test_the_order_of_a_set_is_kept():
    for text in (
        "{0, 8, 2, 16} ^ {1}",
        "{8, 0, 2} | {16, 24}",
        "set(range(6)) - {0}",  # not of strings: their order varies from process to process
        "{n * 8 for n in range(6)} & {40, 8, 0}",
    ):
        captured(f"found = {text}\nresult = found, [n for n in found]", {}, finish=ordered)


def ordered(outcome):
    (found, listed), y = outcome
    assert list(found) == listed
    return list(found), y


class Ordered(collections.OrderedDict):
    pass


class Defaulting(collections.defaultdict):
    pass


def merged(x, left, right):
    try:
        found = left | right
    except TypeError:  # dicts have no ``|`` up to 3.8
        return x + 1
    left |= right
    return x + 1, type(found), list(found.items()), type(left), list(left.items())


@pytest.mark.parametrize(
    "left, right",
    [
        (lambda: Ordered(a=1), lambda: {"b": 2}),
        (lambda: {"b": 2}, lambda: Ordered(a=1)),
        (lambda: Ordered(a=1), lambda: collections.OrderedDict(b=2)),
        (lambda: Defaulting(int, a=1), lambda: {"b": 2}),
        (lambda: {"b": 2}, lambda: Defaulting(int, a=1)),
        (lambda: Defaulting(int, a=1), lambda: collections.defaultdict(list, b=2)),
    ],
)
def test_a_merge_of_a_derived_class(left, right):
    """Only dict's own gives a dict: those of OrderedDict and defaultdict give the class."""
    versus(merged, [lambda: (paddle.ones([2]), left(), right())] * 2)
    versus(lambda x: merged(x, left(), right()), [lambda: (paddle.ones([2]),)] * 2)


class Clears:
    """Comparing it empties a container."""

    def __init__(self, held):
        self.held = held

    def __eq__(self, other):
        self.held.clear()
        return False

    def __hash__(self):
        return 0


@pytest.mark.parametrize("method", ["index", "remove", "count", "__contains__"])
@pytest.mark.parametrize("kind", [list, collections.deque])
def test_a_comparison_that_changes_what_is_searched(kind, method):
    """A list goes on with what is left; a deque raises. Capture failed, or counted on."""

    def function(x):
        held = kind([1, 2, 3])
        held[1] = Clears(held)
        try:
            return x + 1, getattr(held, method)(7), len(held)
        except (ValueError, RuntimeError, IndexError) as error:
            return x + 1, type(error), str(error), len(held)

    versus(function, [lambda: (paddle.ones([2]),)] * 2)


def test_a_comparison_that_changes_the_set_that_is_added():
    def function(x):
        other = set()
        other.update({Clears(other) for _ in range(10)})
        held = {0}
        held.update(other)
        return x + 1, len(held), len(other)

    versus(function, [lambda: (paddle.ones([2]),)] * 2)
