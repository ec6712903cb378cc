"""Annotations that refer forward: which are quoted, and what those get who ask for them."""

from __future__ import annotations

import pathlib
import subprocess
import sys
import typing

import pytest

from downgrade import downgrade, runtime
from downgrade.targets import TARGETS

#: A text, and what becomes of it for 3.13; the same if nothing does.
CASES = [
    ("class A:\n    x: A\n", 'class A:\n    x: "A"\n'),
    ("class A:\n    x: int\n    def f(self, y: x): ...\n", None),
    ("class A: ...\nclass B:\n    a: A\n    def f(self) -> A: ...\n", None),
    ("def f() -> f: ...\n", 'def f() -> "f": ...\n'),
    ("def f():\n    def g(x: A): ...\nclass A: ...\n", None),
    ("def f(A):\n    def g(x: A): ...\n", None),
    ("def f():\n    x: A = 1\n    class A: ...\n", None),
    ("x: A = None\nA = int\n", 'x: "A" = None\nA = int\n'),
    ("A: A = 1\n", 'A: "A" = 1\n'),
    ("A = int\nx: A = None\nA = str\n", None),
    ("if y: A = int\nelse: A = str\nx: A = None\n", None),
    ("try:\n    import A\nexcept ImportError:\n    A = None\nx: A\n", None),
    ("x: list[int]\nlist = 1\n", None),
    ("x: Undefined\n", None),
    ("from a import *\nx: A\n", None),
    ("def f():\n    global A\n    A = 1\nx: A\n", None),
    (
        "if typing.TYPE_CHECKING:\n    import a.b as B\nelse:\n    C = 1\nx: B.c\ny: C\n",
        'if typing.TYPE_CHECKING:\n    import a.b as B\nelse:\n    C = 1\nx: "B.c"\ny: C\n',
    ),
    (
        "if TYPE_CHECKING:\n    from a import B\ndef f():\n    def g(x: B): ...\n",
        'if TYPE_CHECKING:\n    from a import B\ndef f():\n    def g(x: "B"): ...\n',
    ),
    (
        "class A:\n    class B:\n        x: C\n        y: A.B\n    class C: ...\nclass C: ...\n",
        'class A:\n    class B:\n        x: "C"\n        y: "A.B"\n    class C: ...\nclass C: ...\n',
    ),
    (
        "class C: ...\nclass A:\n    x: C\n    class C: ...\n",
        None,
    ),
    ("def f[T](x: T) -> list[T]: ...\n", None),
    ("def f[T](x: T | A): ...\nclass A: ...\n", 'def f[T](x: "T | A"): ...\nclass A: ...\n'),
    ("x: A['b', \"c\"]\nclass A: ...\n", "x: A['b', \"c\"]\nclass A: ...\n"),
    ("x: (A\n  | B)  # a\nclass A: ...\n", 'x: ("""(A\n  | B)""")  # a\nclass A: ...\n'),
    ("x: A[[y for y in A]]\nclass A: ...\n", 'x: "A[[y for y in A]]"\nclass A: ...\n'),
    ("f = lambda x: A\nclass A: ...\n", None),
]


@pytest.mark.parametrize("before, after", CASES)
def test_what_is_quoted(before: str, after: typing.Optional[str]) -> None:
    result = downgrade(before, (3, 13))
    assert result.text == (before if after is None else after)
    assert downgrade(result.text, (3, 13)).text == result.text


def test_what_no_quotes_are_left_for_is_an_error() -> None:
    (message,) = downgrade("x: A['b', \"c\"]\nclass A: ...\n", (3, 13)).messages
    assert message.error and message.line == 1


def test_stubs_stay() -> None:
    assert not downgrade("x: A\nclass A: ...\n", (3, 8), filename="a.pyi").changed


PROGRAM = """\
import dataclasses, typing, typing_extensions
from collections.abc import Callable, Sequence

@dataclasses.dataclass
class Node:
    left: Node | None = None
    kids: list[Node | Later] = ()
    deep: dict[str, list[Later]] = None
    first: typing.Annotated[Later, 1] = None
    second: typing.Annotated[int, Later] = None
    number: typing.ClassVar[Later] = None
    once: dataclasses.InitVar[Later] = None

    def f(self, x: Node, *, y: Sequence[Node | int] = ()) -> (Later
           | None): ...
    def g(self, f: Callable[[Node], Later]) -> typing.Optional[Node]: ...

class Later: ...

for what in (Node, Node.f, Node.g):
    for name, hint in sorted(typing_extensions.get_type_hints(what).items()):
        if name != "once":
            text = str(hint).replace("__main__.", "").replace("typing.", "")
            text = text.replace("collections.abc.", "").replace("List[", "list[")
            text = text.replace("Dict[", "dict[")
            text = text.replace("Optional[Node]", "Union[Node, None]").replace("NoneType", "None")
            text = text.replace("Optional[Later]", "Union[Later, None]")
            for pair in ("Node | None", "Node | Later", "Later | None", "Node | int"):
                text = text.replace(pair, "Union[%s]" % pair.replace(" | ", ", "))
            print(name, text)
print([field.name for field in dataclasses.fields(Node)])
"""
OUTPUT = """\
deep dict[str, list[Later]]
first <class 'Later'>
kids list[Union[Node, Later]]
left Union[Node, None]
number ClassVar[Later]
second <class 'int'>
return Union[Later, None]
x <class 'Node'>
y Sequence[Union[Node, int]]
f Callable[[Node], Later]
return Union[Node, None]
['left', 'kids', 'deep', 'first', 'second']
"""


@pytest.mark.parametrize("target", [one for one in TARGETS if one <= sys.version_info[:2]])
def test_who_asks_gets_the_types(target: typing.Tuple[int, int], tmp_path: pathlib.Path) -> None:
    result = downgrade(PROGRAM, target)
    assert result.ok
    assert result.text.count("\n") == PROGRAM.count("\n")
    assert downgrade(result.text, target).text == result.text
    (tmp_path / "program.py").write_text(result.text, "utf-8")
    (tmp_path / "_downgrade.py").write_text(runtime.assemble(result.shims), "utf-8")
    command = [sys.executable, "-W", "ignore", "program.py"]
    run = subprocess.run(command, cwd=tmp_path, stdout=subprocess.PIPE, text=True)
    assert (run.stdout, run.returncode) == (OUTPUT, 0)
