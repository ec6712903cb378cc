"""Symbolic containers, iterators and data against the real ones."""

from __future__ import annotations

import linecache
import math
from typing import Any, List

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paddlefx.executor.breaks import GiveUp, Restart
from tests.support.plain_machine import captured

LIST = [
    "l.append(3)", "l.append(l2)", "l.extend([5, 4])", "l.extend(range(2))", "l.insert(0, 'i')",
    "l.insert(-1, 9)", "l.insert(99, 8)", "out.append(l.pop())", "out.append(l.pop(0))",
    "l.reverse()", "l.clear()", "l[0] = 7", "l[-1] = 6", "del l[0]", "l += [1, 1]", "l += (2,)",
    "l = l + [0]", "l *= 2", "l = 2 * l", "out.append(l.count(1))", "out.append(l.index(1))",
    "l.remove(1)", "out.append(l[1:])", "out.append(l[::-1])", "out.append(1 in l)", "l = l.copy()",
    "out.append(len(l))", "out.append(bool(l))", "l2 = l", "out.append(l == l2)", "it = iter(l)",
    "out.append(next(it))", "out.append(next(it, 'end'))", "out.extend(it)",
    "out.append(list(zip(it, [1])))", "out.append(list(enumerate(l, 1)))",
    "out.append(list(reversed(l)))", "r = reversed(l); l.append(1); out.append(next(r))",
    "out.append(list(map(str, l2)))", "out.append(list(filter(None, l)))", "out.append(tuple(l))",
    "a, *b = l; out.append(b)", "l.sort(key=str)", "out.append(sorted(l, key=repr, reverse=True))",
    "m = map(lambda v: out.append(v) or v, l); out.append(len(out)); out.append(list(m))",
    "out.append([v for v in l if v != 1])", "out.append(sum([0.1] * 10))", "out.append(l < l2)",
]  # fmt: skip
DICT = [
    "d['a'] = 1", "d['b'] = d", "d[1] = 2", "d[True] = 3", "d[1.0] = 4", "del d['a']",
    "out.append(d.pop('a'))", "out.append(d.pop('a', None))", "out.append(d.popitem())",
    "out.append(d.get('a'))", "out.append(d.get('q', 5))", "d.setdefault('s', []).append(1)",
    "d.update({'u': 1})", "d.update([('v', 2)], w=3)", "d = {**d, 'z': 0}", "d = d.copy()",
    "out.append(list(d))", "out.append(list(d.items()))", "out.append(list(d.values()))",
    "out.append('a' in d)", "out.append(len(d))", "d.clear()", "d = dict(d, k=1)", "k = d.keys()",
    "out.append(len(k))", "out.append(list(k))", "out.append(d['a'])", "out.append(d['q'])",
    "for key in d: d[key] = 0", "for key in d: d[key, 1] = 0", "it = iter(d.items())",
    "out.append(next(it, 0))", "out.append(d == {'a': 1})", "d = dict.fromkeys('ab', 1)",
    "out.append({v: k2 for k2, v in enumerate('ab')})", "d['a'] = 0",
]  # fmt: skip
SET = [
    "s.add(1)", "s.add(2)", "s.add(True)", "s.discard(1)", "s.remove(1)", "s.update([3, 4], {5})",
    "out.append(s | {9})", "out.append(s & {1, 2})", "out.append(s - {1})", "out.append(s ^ {1})",
    "out.append(sorted(s))", "out.append(len(s))", "out.append(1 in s)", "out.append(s == {1})",
    "s = set(s)", "s = frozenset(s)", "out.append(s.union([7]))", "out.append(list(s))",
    "out.append(s.issubset({1, 2, 3}))", "out.append({v for v in s})", "s.clear()",
]  # fmt: skip


def written(lines: List[str]) -> Any:
    text = "def function():\n    out, l, l2, d, s, it = [], [1, 2], [0], {}, {8, 0}, iter([])\n"
    text += "    try:\n"
    text += "".join(f"        {part}\n" for line in lines for part in line.split("; "))
    text += "        pass\n"
    text += "    except (IndexError, KeyError, ValueError, TypeError, AttributeError) as error:\n"
    text += "        out.append('look up')\n"
    text += "    except (StopIteration, RuntimeError):\n        out.append('stop')\n"
    text += (
        "    return out, l, l2, [(k, v if v is not d else 'me') for k, v in d.items()], len(s)\n"
    )
    linecache.cache["<containers>"] = (len(text), None, text.splitlines(True), "<containers>")
    names: Any = {"__builtins__": __builtins__}
    exec(compile(text, "<containers>", "exec"), names)
    return names["function"]


@pytest.mark.parametrize("operations", [LIST, DICT, SET], ids=["list", "dict", "set"])
def test_operations(operations: List[str]) -> None:
    broken = []

    @given(st.lists(st.sampled_from(operations), max_size=7))
    def check(lines: List[str]) -> None:
        function = written(lines)
        try:
            found = captured(function)
        except (AssertionError, Restart, GiveUp):
            broken.append(lines)  # it breaks the graph, and CPython does it
            return
        except RecursionError:
            return  # a list that holds itself
        assert repr(found) == repr(function())

    check()
    assert len(broken) < 80


VALUES = [0, 1, True, 1.0, -0.0, 2.5, "a", "", b"b", None, (), (1,), [1], {"k": 1}, 1j, ...]


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_data(value: Any) -> None:
    def function(v):
        out = [v, type(v), bool(v), not v, isinstance(v, (int, str)), v is None, [v] == [v]]
        if isinstance(v, (int, float)) and not isinstance(v, bool):
            out += [v + 1, -v, abs(v), v == 1, v < 2, max(v, 1), round(v), f"{v:>5}", divmod(v, 2)]
        return out

    found, expected = captured(function, value), function(value)
    assert repr(found) == repr(expected)
    assert [math.copysign(1, v) for v in found if type(v) is float] == [
        math.copysign(1, v) for v in expected if type(v) is float
    ]
