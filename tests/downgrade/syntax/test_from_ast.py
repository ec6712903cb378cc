"""The host's ``ast`` as our nodes, and our own parser beside it."""

from __future__ import annotations

import ast
import inspect

import pytest

from downgrade.host import AST_HAS_SPANS
from downgrade.syntax import nodes, operators, parse
from downgrade.syntax.from_ast import parse_by_host
from downgrade.syntax.node import POSITIONS, Node, children, dump, walk

SOURCE = (
    inspect.getsource(inspect)
    + """
def f(a, b=1, /, c=2, *d, e, g=3, **h) -> int: return lambda: (yield from x)
async def g():
    async with a as b, c: await d
    async for i in x: del y, z[1:2, ::3]
    else: assert x, y
    return [i async for i in x if y if z], {a: b for a in c}, {a for a in b}, (x for x in y)
class C(a, *b, c=d, **e):
    global x, y
    x: int = (y := 2)
    (z): t
    a @= not -b ** ~c // d
    while a < b is not c in d: break
    try: raise a from b
    except (E, F) as e: continue
    finally: nonlocal_ = f"a{b!r:>{c}}" if {**d, e: f} else {1, *g}
from ... import a as b, c
import a.b.c as d
print(..., None, True, 1j, 2.5, b"x", u"y", *a, k=v, **w)
"""
)


def plain(node: object) -> object:
    """A node of either kind as nested tuples, without what only one of them has."""
    if isinstance(node, (ast.AST, Node)):
        names = [name for name in node._fields if getattr(node, name, None) not in ([], None)]
        parts = [(name, plain(getattr(node, name))) for name in names]
        return type(node).__name__, parts, [getattr(node, name, None) for name in POSITIONS]
    if isinstance(node, list):
        return [plain(item) for item in node if getattr(item, "value", 1) != ""]
    return repr(node)


def test_everything_arrives_with_its_span() -> None:
    if not AST_HAS_SPANS:
        with pytest.raises(RuntimeError, match="spans"):
            parse_by_host(SOURCE)
        return
    ours = parse_by_host(SOURCE)
    assert plain(ours) == plain(ast.parse(SOURCE))
    assert dump(parse(SOURCE)) == dump(ours)


def test_children_are_all_nodes_with_spans() -> None:
    below = list(walk(parse(SOURCE)))
    kinds = set(vars(nodes)) - set(vars(operators)) | {"Node"}
    theirs = [type(n).__name__ for n in ast.walk(ast.parse(SOURCE))]
    wrappers = {"Index", "ExtSlice"}  # 3.8 has them around a subscript's index
    expected = sorted(name for name in theirs if name in kinds - wrappers)
    ours = sorted(type(n).__name__ for n in below)
    # 3.8 has no Tuple for several slices, 3.12 an empty constant at the end of a specification
    for name in ("Tuple", "Constant"):
        ours = [n for n in ours if n != name]
        expected = [n for n in expected if n != name]
    assert ours == expected
    assert all(child in below for node in below[:300] for child in children(node))


def test_contexts_arrive() -> None:
    module = parse("a[b] = c.d; del e")
    contexts = [type(n.ctx).__name__ for n in walk(module) if hasattr(n, "ctx")]
    assert sorted(contexts) == ["Del", "Load", "Load", "Load", "Load", "Store"]
