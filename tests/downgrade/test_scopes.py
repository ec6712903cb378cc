"""Scopes whose functions are looked at when they are asked for say what they say as a whole."""

from __future__ import annotations

import random
import typing

import pytest

from downgrade import grammar, rules
from downgrade.scopes import Scope, Scopes
from downgrade.syntax import nodes, operators
from downgrade.syntax.node import Node, walk

TEXT = """
import a, b.c, d as e
from f import g as h, i
try: import j
except ImportError: j = None
if TYPE_CHECKING: from k import l
x = [y for y in z]; list = 1
def outer(a, __p=h):
    import m
    def inner():
        nonlocal a
        global n, x
        a = n = b.c.d, __p, m.n, x, j, l, int, list, dict
        class In:
            h = h, i, a; __q = __p; __q
            def f(self, i): return h, i, __q, __p, In, self.i, m
        return lambda b: (b.c, e, [h for h in h if (w := h)], w)
    async def other():
        from o import a as n
        return a, n, e, w, inner, outer
    e = 1
class C(h):
    def i(self): return i, h, C, e.f, y, z, self.h.i
    h = i, h; e = e
    def h(self):
        def e[T](x: T, y: 'i'): return T, x, e, h, i
        return e
def generic[T: (h, i)](x: T) -> T:
    def f(y: T) -> T: return (T, x, h)
    class T: T = T
    return f, T
type X[T] = dict[T, h]
"""
EXAMPLES = [example.before for rule in rules.all_rules() for example in rule.examples]


def eager(tree: nodes.Module) -> Scopes:
    """Scopes of which everything was asked."""
    scopes = Scopes(tree)
    list(scopes.uses_of(scopes.module, "x"))
    assert not scopes._waiting
    return scopes


def known(scopes: Scopes, node: nodes.expr) -> typing.Tuple[typing.Any, ...]:
    binder: typing.Optional[Scope] = None
    if isinstance(node, nodes.Name):
        binder = scopes.binder(node)
    return scopes.qualified(node), binder and (binder.kind, id(binder.node), sorted(binder.bound))


def uses_in(scopes: Scopes, node: Node) -> typing.List[typing.Tuple[int, str]]:
    return sorted((id(use.node), use.name) for use in scopes.uses_in(node))


def uses_of(scopes: Scopes, node: nodes.stmt, name: str) -> typing.List[int]:
    return sorted(id(use.node) for use in scopes.uses_of(scopes.around(node), name))


@pytest.mark.parametrize("text", [TEXT, *EXAMPLES])
def test_asked_in_any_order(text: str) -> None:
    tree = grammar.parse(text)
    whole = eager(tree)
    found = [node for node in walk(tree) if isinstance(node, (nodes.Name, nodes.Attribute))]
    for seed in range(5):
        scopes = Scopes(tree)
        random.Random(seed).shuffle(found)
        for node in found:
            assert known(scopes, node) == known(whole, node)
        for node in found:  # and alone
            if seed == 0:
                assert Scopes(tree).qualified(node) == whole.qualified(node)


def test_definitions_asked_alone() -> None:
    tree = grammar.parse(TEXT)
    whole = eager(tree)
    for node in walk(tree):
        if isinstance(node, (nodes.FunctionDef, nodes.AsyncFunctionDef, nodes.ClassDef)):
            assert Scopes(tree).around(node).node is whole.around(node).node
            for name in ("h", "i", "a", "T", "x", "m", "e"):
                assert uses_of(Scopes(tree), node, name) == uses_of(whole, node, name)
            if node.type_params:
                assert Scopes(tree).annotation(node).bound == whole.annotation(node).bound
        if isinstance(node, nodes.expr):
            assert uses_in(Scopes(tree), node) == uses_in(whole, node)


@pytest.mark.parametrize("text", [TEXT, *EXAMPLES])
def test_what_a_name_may_mean(text: str) -> None:
    tree = grammar.parse(text)
    scopes = Scopes(tree)
    for node in walk(tree):
        if isinstance(node, (nodes.Name, nodes.Attribute)):
            path = scopes.qualified(node)
            if path is not None and "__" not in path:
                first, _, rest = path.partition(".")
                builtin = {rest.partition(".")[0]} if first == "builtins" else set()
                assert scopes.may_mean(node, {path.rpartition(".")[2]}), path
                assert scopes.may_begin(node, builtin), path
            assert not scopes.may_mean(node, {"unheard_of"})


def test_functions_are_looked_at_when_they_are_asked_for() -> None:
    tree = grammar.parse("import a\ndef f(): b = a.c, d\ndef g(a): return a.c\n")
    scopes = Scopes(tree)
    paths = {
        (node.id, node.lineno): scopes.qualified(node)
        for node in walk(tree)
        if isinstance(node, nodes.Name) and node.id == "d"
    }
    assert paths == {("d", 2): "builtins.d"}  # nothing binds it
    assert len(scopes._waiting) == 2
    for line, path, waiting in [(2, "a.c", 1), (3, None, 0)]:
        for node in walk(tree):
            if isinstance(node, nodes.Attribute) and node.lineno == line:
                assert scopes.qualified(node) == path
        assert len(scopes._waiting) == waiting


def test_what_a_name_bound_several_times_may_mean() -> None:
    text = (
        "from a import b as c\nimport c\nimport d, e\nd = 1\ndel e\nfrom f import list\ndel list\n"
        "class A:\n    import g\n    del g\n    g.h\nc.x, d.y.z, e.w, list\n"
    )
    scopes = Scopes(grammar.parse(text))
    found = {
        ast_text: (scopes.qualified(node), scopes.maybe(node))
        for node in walk(scopes.module.node)
        if isinstance(node, (nodes.Attribute, nodes.Name)) and node.ctx is operators.LOAD
        for ast_text in [_dotted(node)]
    }
    assert found["c.x"] == ("a.b.x", {"a.b.x", "c.x"})
    assert found["d.y.z"] == (None, {"d.y.z"})
    assert found["e.w"] == ("e.w", set()), "who reads it, reads it before"
    assert found["list"] == (None, {"f.list"}), "behind it, it is the builtin one"
    assert found["g.h"] == (None, {"g.h"}), "behind it, it is that of the module"


def _dotted(node: nodes.expr) -> str:
    if isinstance(node, nodes.Attribute):
        return f"{_dotted(node.value)}.{node.attr}"
    assert isinstance(node, nodes.Name)
    return node.id
