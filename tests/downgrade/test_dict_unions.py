"""``|`` of mappings: the function that stands for it, and where it is written."""

from __future__ import annotations

import collections
import os
import pathlib
import sys
import types
import weakref
from typing import Any, List

import pytest

from downgrade import downgrade, runtime
from downgrade.cli import main


class Plain(dict):  # type: ignore[type-arg]
    """A subclass that changes nothing."""


class Ordered(collections.OrderedDict):  # type: ignore[type-arg]
    """The same of an ordered one."""


class Left(dict):  # type: ignore[type-arg]
    """One that answers itself, from the left."""

    def __or__(self, other: Any) -> Any:
        return ("left", dict(self), other)


class Right(dict):  # type: ignore[type-arg]
    """One that answers itself, from the right: asked first, as a subclass is."""

    def __ror__(self, other: Any) -> Any:
        return ("right", other)


class InPlace(dict):  # type: ignore[type-arg]
    """One that answers ``|=``."""

    def __ior__(self, other: Any) -> Any:
        return ("in place", other)


class Key:
    """What a weak reference can be of."""


KEY = Key()
SCOPE = {
    **{name: globals()[name] for name in ("Plain", "Ordered", "Left", "Right", "InPlace", "KEY")},
    "OD": collections.OrderedDict,
    "DD": collections.defaultdict,
    "Counter": collections.Counter,
    "Chain": collections.ChainMap,
    "User": collections.UserDict,
    "Proxy": types.MappingProxyType,
    "WK": weakref.WeakKeyDictionary,
    "WV": weakref.WeakValueDictionary,
}
ERROR = "TypeError: unsupported operand type(s) for |"
#: Two operands -> what CPython 3.9 and newer give: the type, and the items or the error.
CASES = [
    ("{1: 2, 3: 4}, {3: 5, 0: 6}", "dict {1: 2, 3: 5, 0: 6}"),
    ("{}, [(1, 2)]", f"{ERROR}: 'dict' and 'list'"),
    ("[1], {}", f"{ERROR}: 'list' and 'dict'"),
    ("{1}, {}", f"{ERROR}: 'set' and 'dict'"),
    ("5, 3", "int 7"),
    ("{5}, {6}", "set {5, 6}"),
    ("Plain({1: 2}), {3: 4}", "dict {1: 2, 3: 4}"),
    ("{1: 2}, Plain({3: 4})", "dict {1: 2, 3: 4}"),
    ("OD({1: 2}), {1: 3}", "OrderedDict {1: 3}"),
    ("{1: 2, 5: 6}, Ordered({1: 3})", "Ordered {1: 3, 5: 6}"),
    ("Ordered({1: 2}), OD({1: 3})", "Ordered {1: 3}"),
    ("DD(list, {1: 2}), {1: 3}", "defaultdict {1: 3} list"),
    ("{1: 2, 4: 5}, DD(list, {1: 3})", "defaultdict {1: 3, 4: 5} list"),
    ("DD(list, {1: 2}), DD(dict, {1: 3})", "defaultdict {1: 3} list"),
    ("Counter({1: 2}), Counter({1: 3})", "Counter {1: 3}"),
    ("{1: 2}, Counter({1: 3})", "dict {1: 3}"),
    ("Chain({1: 2}, {3: 4}), {3: 5}", "ChainMap {1: 2, 3: 5}"),
    ("{3: 5, 6: 7}, Chain({1: 2}, {3: 4})", "ChainMap {1: 2, 3: 4, 6: 7}"),
    ("Chain({1: 2}), [(1, 2)]", f"{ERROR}: 'ChainMap' and 'list'"),
    ("User({1: 2}), {1: 3}", "UserDict {1: 3}"),
    ("{1: 2}, User({4: 3})", "UserDict {1: 2, 4: 3}"),
    ("User({1: 2}), User({1: 4})", "UserDict {1: 4}"),
    ("Proxy({1: 2}), {1: 3}", "dict {1: 3}"),
    ("{1: 2}, Proxy({1: 3})", "dict {1: 3}"),
    ("Proxy(OD({1: 2})), Proxy({1: 3})", "OrderedDict {1: 3}"),
    ("WK({KEY: 2}), {KEY: 3}", "WeakKeyDictionary {KEY: 3}"),
    ("{1: KEY}, WV({2: KEY})", "WeakValueDictionary {1: KEY, 2: KEY}"),
    ("Left({1: 2}), {3: 4}", "tuple ('left', {1: 2}, {3: 4})"),
    ("{3: 4}, Right({1: 2})", "tuple ('right', {3: 4})"),
    ("Right({3: 4}), Right({1: 2})", "dict {1: 2, 3: 4}"),
    ("OD({3: 4}), Right({1: 2})", "OrderedDict {1: 2, 3: 4}"),
]
IN_PLACE = [
    ("{1: 2}, [(3, 4)]", "dict {1: 2, 3: 4} same"),
    ("{1: 2}, 5", "TypeError: 'int' object is not iterable"),
    ("OD({1: 2}), {1: 3}", "OrderedDict {1: 3} same"),
    ("DD(list, {1: 2}), {1: 3}", "defaultdict {1: 3} list same"),
    ("Chain({1: 2}), [(1, 3)]", "ChainMap {1: 3} same"),
    ("User({1: 2}), User({1: 3})", "UserDict {1: 3} same"),
    ("Proxy({}), {}", "TypeError: '|=' is not supported by mappingproxy; use '|' instead"),
    ("InPlace({1: 2}), {1: 3}", "tuple ('in place', {1: 3})"),
    ("Plain({1: 2}), {1: 3}", "Plain {1: 3} same"),
    ("{5}, {6}", "set {5, 6} same"),
    ("1, 2", "int 3"),
]


def functions() -> "dict[str, Any]":
    space: "dict[str, Any]" = {"__name__": "_downgrade"}
    exec(compile(runtime.assemble(["union"]), "_downgrade.py", "exec"), space)
    return space


def shown(function: Any, operands: str) -> str:
    """What a function gives for two operands."""
    left, right = eval(operands, dict(SCOPE))
    try:
        result = function(left, right)
    except TypeError as error:
        return f"TypeError: {error}".replace("collections.", "")
    is_mapping = isinstance(result, collections.abc.Mapping)
    items = dict(result.items()) if is_mapping else result
    if is_mapping and not isinstance(result, collections.OrderedDict) and "Chain" in operands:
        items = dict(sorted(items.items()))
    if isinstance(items, dict) and "OrderedDict" in type(result).__name__:
        items = dict(sorted(items.items()))
    if isinstance(result, Ordered):
        items = dict(sorted(items.items()))
    if isinstance(result, dict) and operands.endswith(("DD(list, {1: 3})", "Right({1: 2})")):
        items = dict(sorted(items.items()))
    text = f"{type(result).__name__} {items!r}".replace(repr(KEY), "KEY")
    if isinstance(result, collections.defaultdict):
        text += f" {result.default_factory.__name__}"  # type: ignore[union-attr]
    return text + (" same" if result is left and not isinstance(left, int) else "")


@pytest.mark.parametrize(("operands", "wanted"), CASES)
def test_union(operands: str, wanted: str) -> None:
    assert shown(functions()["union"], operands) == wanted


@pytest.mark.parametrize(("operands", "wanted"), IN_PLACE)
def test_union_in_place(operands: str, wanted: str) -> None:
    assert shown(functions()["union_in_place"], operands) == wanted


def test_the_environment() -> None:
    result = functions()["union"](os.environ, {"A_NAME_OF_THE_TEST": "1"})
    assert type(result) is dict and result["A_NAME_OF_THE_TEST"] == "1"
    assert "A_NAME_OF_THE_TEST" not in os.environ


@pytest.mark.parametrize(
    "text",
    [
        "self.a = {}\n\nself.a | b",
        "a: Mapping[str, int] = f()\n\na | b",
        "def f() -> Dict[str, int]: ...\n\nf() | b",
        "b | (a or {})",
        "vars(x) | {}",
        "import collections as c\n\nc.OrderedDict(a) | b",
        "a = {}; b = a; c = b.copy()\n\nd | c",
        "def f(*, a: 'int', **b: dict): b | c",
        "a.__dict__ | b",
        "(x := {}) | y",
    ],
)
def test_what_looks_like_a_dict(text: str) -> None:
    assert "_downgrade.union(" in downgrade(f"\n{text}\n", (3, 8)).text
    assert downgrade(f"\n{text}\n", (3, 9)).text == f"\n{text}\n"


@pytest.mark.parametrize("text", ["a | b", "f() | g()", "x: a | b", "a |= 1", "set(a) | b"])
def test_what_does_not(text: str) -> None:
    assert "union(" not in downgrade(f"\n{text}\n", (3, 8)).text


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("d: dict; d |= a, b", "d: dict; d = _downgrade.union_in_place(d, (a, b))"),
        ("d[k] |= ({})", "d[k] = _downgrade.union_in_place(d[k], ({}))"),
        (
            "d.a[0] |= {} | e",
            "d.a[0] = _downgrade.union_in_place(d.a[0], _downgrade.union({}, e))",
        ),
        ("({}) | (b)", "_downgrade.union(({}), (b))"),
        ("f().a |= {}", "f().a |= {}"),
    ],
)
def test_how_it_is_written(text: str, after: str) -> None:
    result = downgrade(f"\n{text}\n", (3, 8))
    assert result.text.splitlines()[1] == after
    assert bool(result.messages) == (after == text)


def test_all_of_them_on_request(tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "m.py"
    calls: List[List[str]] = [
        [],
        ["--extend-select", "all-dict-unions"],
        ["--select", "py39", "--extend-select", "all-dict-unions"],
        ["--select", "all-dict-unions"],
        ["--select", "py39"],
    ]
    found = []
    for call in calls:
        path.write_text("\nf(a | b)\n")
        assert main([str(path), "--in-place", "--no-cache", *call]) == 0
        found.append("_downgrade.union(a, b)" in path.read_text())
    assert found == [False, True, True, True, False]
    capsys.readouterr()
    assert sys.modules["downgrade"]
