"""The order of a set's elements comes from what happened to it: compiled as in plain Python."""

from __future__ import annotations

import copy
import textwrap
from typing import Any, Callable, Dict, List, Tuple

import paddle
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import paddlefx
from tests.property.amount import amount

#: Hashes that collide in small tables, and negative ones (-1 and -2 hash alike).
NUMBERS = st.one_of(st.integers(-4, 40), st.sampled_from([n * 8 for n in range(-6, 30)]))
TEXTS = st.text("abcd", min_size=0, max_size=3)
TUPLES = st.tuples(st.integers(-2, 3), st.sampled_from(["a", "b", 8]))
FROM_OUTSIDE = st.one_of(NUMBERS, TEXTS)
ELEMENTS = st.one_of(NUMBERS, TEXTS, TUPLES)

SETS = ("a", "b", "c", "f", "g")
CHANGED = ("a", "b", "c")  # a is made inside, b is from outside, c is another inside


@st.composite
def lines(draw: Callable[..., Any]) -> str:
    """One statement on the sets."""
    target = draw(st.sampled_from(CHANGED))
    other = draw(st.sampled_from(SETS))
    element = repr(draw(ELEMENTS))
    some = draw(st.lists(ELEMENTS, max_size=12))
    many = draw(
        st.sampled_from(
            [
                repr(some),
                repr(tuple(some)),
                repr(dict.fromkeys(some)),
                f"dict.fromkeys({some!r}).keys()",
                f"set({some!r})",
                f"frozenset({some!r})",
                f"(v for v in {some!r})",
                "range(0, 80, 8)",
                "range(-9, 30)",
                "'abcdef'",
                other,
                f"list({other})",
            ]
        )
    )
    operator = draw(st.sampled_from("|&-^"))
    method = draw(
        st.sampled_from(
            ["update", "intersection_update", "difference_update", "symmetric_difference_update"]
        )
    )
    read = draw(
        st.sampled_from(["union", "intersection", "difference", "symmetric_difference"]),
    )
    return str(
        draw(
            st.sampled_from(
                [
                    f"{target}.add({element})",
                    f"{target}.discard({element})",
                    f"{target}.update({many})",
                    f"{target}.{method}({many})",
                    f"{target} {operator}= {other}",
                    f"{target} {operator}= dict.fromkeys({some!r}).keys()",
                    f"c = {target} {operator} {other}",
                    f"c = {target}.{read}({many})",
                    f"g = f {operator} {other}",
                    f"if {target}: log.append({target}.pop())",
                    f"{target}.clear()",
                    f"c = {target}.copy()",
                    f"c = copy.copy({target})",
                    f"c = copy.deepcopy({target})",
                    f"c = set({many})",
                    f"g = frozenset({many})",
                    f"c = {{*{many}, {element}}}",
                    f"c = {{v for v in {many}}}",
                    f"for v in {some!r}: {target}.discard(v)",
                    f"for v in list({other})[:3]: {target}.discard(v)",
                    f"log.append(list({other}))",
                    f"log.extend(v for v in {other})",
                    f"for i, v in zip(range(5), {other}): {target}.discard(v); {target}.add(i * 8)",
                ]
            )
        )
    )


@st.composite
def histories(draw: Callable[..., Any]) -> Tuple[List[Any], ...]:
    """What happened to a set before it is handed in: put into it, and taken out again."""
    return draw(st.lists(FROM_OUTSIDE, max_size=14)), draw(st.lists(FROM_OUTSIDE, max_size=6))


def written(body: List[str], shown: bool) -> Callable[..., Any]:
    text = "def function(x, b, f):\n    log = []\n    a = {8, 0, 16}\n    c = set()\n    g = f\n"
    text += "    try:\n"
    for line in body:
        text += f"        {line}\n"
        if shown:
            text += "        print(end='')\n"
    text += "    except RuntimeError as error:\n        log.append(str(error))\n"
    text += "    return x + len(a), log, a, b, c, f, g, f is g\n"
    names: Dict[str, Any] = {"copy": copy}
    exec(text, names)
    return names["function"]  # type: ignore[no-any-return]


def outcome(function: Callable[..., Any], outside: Any, frozen: Any) -> Any:
    """What it gives, with orders, also after more was done to what it gave."""
    put, taken = outside
    held = set()
    for item in put:
        held.add(item)
    for item in taken:
        held.discard(item)
    y, log, *found, same = function(paddle.ones([1]), held, frozenset(frozen[0]))
    orders = [list(one) for one in found]
    found.append(held)
    same = same, found[1] is held
    for one in found:
        if type(one) is set:
            one.update([24, "z", -1, 1, 9])
            one.discard(8)
            one.add(40)
    after = [list(one) for one in found]
    popped = [one.pop() for one in found if type(one) is set]
    return float(y.item()), log, orders, after, popped, same, [type(one) for one in found]


@settings(max_examples=amount(40), deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.lists(lines(), min_size=1, max_size=9),
    st.lists(histories(), min_size=2, max_size=2),
    histories(),
    st.booleans(),
)
def test_orders_are_the_plain_ones(body: Any, outsides: Any, frozen: Any, shown: bool) -> None:
    function = written(body, shown)
    paddlefx.reset()
    compiled = paddlefx.optimize(function)
    for outside in (*outsides, outsides[0], (sorted(outsides[0][0], key=repr), [])):
        assert outcome(compiled, outside, frozen) == outcome(function, outside, frozen)
    if not shown:
        assert paddlefx.stats()["fallbacks"] == 0


WHOLE = [
    "for v in range(70): a.add(v * 8)\nfor v in range(60): a.discard(v * 8)",
    "a.update(range(40))\na -= set(range(3, 40))\na.add(-2)",
    "b.update([64, 0, 56, -1, -2])\nc = {*b}\nlog = list(c)",
    "b |= {64, 0, 56}\nlog = list(b | a)",
    "c = a | b\nlog = list(c)",
    "log = [b.pop(), list(b)]",
    "g = f | {0, 8, 64}\nlog = list(g)",
    "g = f | {0, 8, 64}",
    "c = set({16: 1, 8: 2, 0: 3, 24: 4, 32: 5})",
    "g = frozenset('abcdef')\nc = set('abcdef')",
    "b.symmetric_difference_update(a)\nb &= {0, 8, 1, 24}",
]


@pytest.mark.parametrize("body", WHOLE)
def test_one_graph_and_no_fallback(body: str) -> None:
    function = written(body.split("\n"), shown=False)
    compiled = paddlefx.optimize(function)
    paddlefx.reset()
    for _ in range(2):
        sets: Any = ([24, 8, 0, 16, 3], [8]), ([8, 0, 16], [])
        assert outcome(compiled, *sets) == outcome(function, *sets)
    stats = paddlefx.stats()
    counts = (stats["graph_breaks"], stats["fallbacks"], stats["translations"])
    assert counts == (0, 0, 1)


def test_an_equal_set_with_another_table() -> None:
    """The order of what is made from it is another."""

    def function(x: Any, b: Any) -> Any:
        return x + 1, b | {16}, [v for v in b | {24}]

    compiled = paddlefx.optimize(function)
    grown = set(range(100))
    grown -= set(range(1, 8)) | set(range(9, 100))
    for given_one in ({0, 8}, {8, 0}, grown, {0, 8}):
        plain, found = function(0, given_one), compiled(paddle.ones([1]), given_one)
        assert list(found[1]) == list(plain[1]) and found[2] == plain[2]


def test_what_is_added_again_is_added_to_another_set() -> None:
    def function(x: Any, b: Any) -> Any:
        b.add(1)
        return x + 1

    compiled = paddlefx.optimize(function)
    for held in ({1}, set(), {2}):
        compiled(paddle.ones([1]), held)
        assert 1 in held


def test_keys_in_the_place_of_a_set() -> None:
    """``set |= keys`` makes a new set; ``set.__ior__`` gives the very one."""

    def function(x: Any, b: Any) -> Any:
        a = {1}
        d = a
        a |= {2: 0}.keys()
        e = b
        e |= {2: 0}.keys()
        return x + 1, a, d, a is d, b.__ior__({5}) is b, e is b, frozenset(f for f in b)

    compiled = paddlefx.optimize(function)
    assert compiled(paddle.ones([1]), {7})[1:] == function(0, {7})[1:]


def test_a_set_that_changes_under_its_iterator() -> None:
    source = textwrap.dedent(
        """
        def function(x, b):
            a, log = {0, 1, 2, 3}, []
            try:
                for one in a, b:
                    for v in one:
                        log.append(v)
                        one.discard(v)
                        one.add(v + 5 if v < 40 else v)
            except RuntimeError as error:
                log.append(str(error))
            return x + 1, log, a
        """
    )
    names: Dict[str, Any] = {}
    exec(source, names)
    function = names["function"]
    compiled = paddlefx.optimize(function)
    for held in ([3, 1, 8], [1, 3], [3, 1, 8]):
        plain, found = function(0, set(held)), compiled(paddle.ones([1]), set(held))
        assert found[1] == plain[1] and list(found[2]) == list(plain[2])


def test_which_empty_frozenset_it_is() -> None:
    """Up to 3.9 a call gives the one there is, operators and methods give others."""

    def function(x: Any, b: Any, f: Any, shown: bool) -> Any:
        empties = [f, frozenset(), frozenset(b), frozenset({}), frozenset(v for v in b)]
        empties += [f & {1}, f - {1}, f.copy(), f.union(), f | f, frozenset(f & {1}), set(b) & f]
        if shown:
            print(end="")
        return x + 1, [[one is two for two in empties] for one in empties]

    compiled = paddlefx.optimize(function)
    for b in ([], (), {}, [1]):
        for f in (frozenset(), frozenset([1]), frozenset([3])):
            for shown in (False, True):
                found = compiled(paddle.ones([1]), b, f, shown)
                assert found[1] == function(0, b, f, shown)[1]


def test_there_is_one_empty_tuple() -> None:
    def function(x: Any, b: Any, t: Any) -> Any:
        none: Any = ()
        empties = [none, tuple([]), tuple(b), t, t[:0], none + t]
        return x + 1, [[one is two for two in empties] for one in empties]

    compiled = paddlefx.optimize(function)
    for b, t in (([], ()), ([1], ()), ((), (1,)), ([], ())):
        assert compiled(paddle.ones([1]), b, t)[1:] == function(0, b, t)[1:]
