"""What is known of a text's nodes, taken from the text before it: as if it was new."""

from __future__ import annotations

import gc
import typing

import pytest

from downgrade import engine, grammar, rule, rules
from downgrade.index import Index
from downgrade.rules.library import _may_be_new
from downgrade.syntax import nodes
from downgrade.syntax.node import walk

EXAMPLES = [example.before for rule in rules.all_rules() for example in rule.examples]
CLASSES = [cls for cls in vars(nodes).values() if isinstance(cls, type)]
TWICE = """
from typing import overload
class A:
    def f[T](self, x: T | None) -> list[T]: return zip(x, x, strict=True)

    def g(self, x: int | None): return x.removeprefix("a").removeprefix("b")
    class B:
        def h(self): return f"{'a' f'{"b"}'}"
        x: "int | None" = 1
    z = 3
"""


def ids(found: typing.Iterable[typing.Any]) -> typing.List[int]:
    return sorted(map(id, found))


@pytest.mark.parametrize("text", [*EXAMPLES, TWICE])
def test_passes(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    class Checked(rule.Reading):
        def __init__(self, *rest: typing.Any) -> None:
            super().__init__(*rest)
            new = Index(self.tree)
            for node in walk(self.tree):
                assert self.index.parent(node) is new.parent(node)
            for cls in CLASSES:
                assert ids(self.index.nodes_of(cls)) == ids(new.nodes_of(cls))
            assert ids(self.index.kept(_may_be_new)) == ids(new.kept(_may_be_new))
            assert self.index.inner_names() == new.inner_names()

    monkeypatch.setattr(engine, "Reading", Checked)
    engine.downgrade(text, (3, 8))


@pytest.mark.parametrize("text", [*EXAMPLES, TWICE])
def test_nothing_waits_for_the_collector(text: str) -> None:
    """Trees are gone when nobody has them: no cycle leads back to one."""
    engine.downgrade(text, (3, 8))  # what is made once is there
    was_on = gc.isenabled()
    gc.disable()
    gc.collect()
    try:
        engine.downgrade(text, (3, 8))
        assert gc.collect() == 0
    finally:
        if was_on:
            gc.enable()


def test_all_nodes_but_the_module_have_a_parent() -> None:
    tree = grammar.parse(TWICE)
    index = Index(tree)
    found = [node for cls in CLASSES for node in index.nodes_of(cls)]
    assert ids(found) == ids(node for node in walk(tree) if node is not tree)
    assert all(list(index.above(node))[-1] is tree for node in found)


@pytest.mark.parametrize(
    "text, names",
    [
        ("import a; b = c; d: e = f; g()", ""),
        ("b = [c for d in e]", "b d"),
        ("f(lambda a, *b, c=1, **d: e)", "a b c d"),
        ("def f(a): b = c; global d; import e.f as g, h.i", "a b g h"),
        ("class A[T]:\n  b: c\n  class D: pass\n  def e(self): pass", "T b D e self"),
        ("try: a\nexcept B as c: pass", "c"),
        ("def f(x):\n  match x:\n    case [a, *b, {1: 2, **c}] as d: pass", "x a b c d"),
        ("if a: (b := c)", "b"),
        ("async def f[**P, *Ts](): del a", "P Ts a"),
    ],
)
def test_inner_names(text: str, names: str) -> None:
    assert Index(grammar.parse(text)).inner_names() == set(names.split())
