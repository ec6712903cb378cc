"""Annotations in quotes say the same to who evaluates them, on every version."""

from __future__ import annotations

import sys
import types

import pytest

from downgrade import downgrade, runtime
from tests.downgrade.showing import run

SOURCE = """\
'''A module.'''
from typing import Annotated, ClassVar, Literal, Optional

import collections.abc as abc

class Node:
    children: "list[Node] | None" = None
    names: 'ClassVar[dict[str, Node | int]]' = {}
    kind: "Literal['a | b', 'list[int]'] | None"
    note: Annotated["Node | int", "int | str"]

    def list(self) -> "list[Node]": ...
    def call(self, f: "abc.Callable[[int | None], tuple[Node, ...]]") -> "Optional[set[str]]": ...
    def own[T](self, x: "T | list[T]") -> "type[T] | T": ...

hints(Node)
hints(Node.list)
hints(Node.call)
hints(Node.own)
"""
WANTED = """\
children Union[list[Node], None]
names ClassVar[dict[str, Union[Node, int]]]
kind Union[Literal['a | b', 'list[int]'], None]
note Union[Node, int]
return list[Node]
f Callable[[Union[int, None]], tuple[Node, ...]]
return Union[set[str], None]
x Union[T, list[T]]
return Union[type[T], T]
"""


def shown(text: str) -> str:
    """What a text prints; the names of generics are those of newer versions."""
    out = run("quoted", text)
    for old, new in {
        "List": "list",
        "Dict": "dict",
        "Tuple": "tuple",
        "Set": "set",
        "Type": "type",
    }.items():
        out = out.replace(f"{old}[", f"{new}[")
    return out.replace("Optional[", "Union[")


def test_lowered(monkeypatch: pytest.MonkeyPatch) -> None:
    emitted = types.ModuleType("_downgrade")
    exec(runtime.assemble(runtime.homes()), emitted.__dict__)
    monkeypatch.setitem(sys.modules, "_downgrade", emitted)
    result = downgrade(SOURCE, (3, 8))
    assert result.ok
    assert shown(result.text) == WANTED
    assert not downgrade(result.text, (3, 8)).changed


@pytest.mark.parametrize(
    "text",
    [
        "'''Doc.'''\nx = {'a': 'int | str'}\n",
        "'''Doc.'''\ndef f():\n    x: 'int | str'\n",
        "'''Doc.'''\ncast('int | str', x)\n",
        "'''Doc.'''\ndef f(x='list[int]'): ...\n",
        "'''Doc.'''\nx: \"Literal['list[int] | y']\"\n",
        "'''Doc.'''\nx: 'not a type | list[int'\n",
        "x: 'int | str' = 1\n",
    ],
)
def test_what_is_left(text: str) -> None:
    """Other strings, what nobody evaluates, and a file without a line for the import."""
    if text.startswith("x"):
        text = "def f(x: 'int | str') -> 'list[int]': ...\n"
    assert downgrade(text, (3, 8)).text == text
