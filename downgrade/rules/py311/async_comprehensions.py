"""Asynchronous comprehensions inside of synchronous ones (bpo-33346)."""

from __future__ import annotations

import re
from typing import Iterator, List, Union

from ...rule import Context, Example, Rule
from ...syntax import nodes
from ...syntax.code import Code
from ...syntax.node import Node, children

Comprehension = Union[nodes.ListComp, nodes.SetComp, nodes.DictComp, nodes.GeneratorExp]
_COLLECTIONS = (nodes.ListComp, nodes.SetComp, nodes.DictComp)
_TOKENS = re.compile(r"[()\[\]{}]|\b(?:for|async|await)\b")
_SCOPES = (nodes.Lambda, nodes.GeneratorExp, *_COLLECTIONS)


class AsyncComprehensions(Rule):
    """``[[x async for x in f(y)] for y in z]``: the outer one becomes asynchronous too.

    ``for y in z`` -> ``async for y in _downgrade.aiter_of(z)``, an asynchronous iterator over
    ``z`` that never waits.
    """

    name = "async-comprehension"
    version = (3, 11)
    title = "Asynchronous comprehensions inside of synchronous ones"
    visits = (*_COLLECTIONS, nodes.GeneratorExp)
    examples = (
        Example(
            "\nasync def f(z):\n    return [[x async for x in g(y)] for y in z if y]\n",
            "import _downgrade\nasync def f(z):\n"
            "    return [[x async for x in g(y)] async for y in _downgrade.aiter_of(z) if y]\n",
        ),
        Example(
            "\nasync def f(z):\n    return [{await x for x in y} for y in z]\n",
            "import _downgrade\nasync def f(z):\n"
            "    return [{await x for x in y} async for y in _downgrade.aiter_of(z)]\n",
        ),
        Example(
            "async def f(z):\n    return [x for x in [y async for y in z]]\n",
            "async def f(z):\n    return [x for x in [y async for y in z]]\n",
        ),
    )

    def may_apply(self, code: Code, grammar: bool) -> bool:
        """Whether a collection with ``async`` or ``await`` may be inside of a comprehension."""
        if code.words.isdisjoint(("async", "await")):
            return False
        return _nested(code.text) or bool(re.search("async|await", code.fstrings))

    def visit(self, node: Comprehension, context: Context) -> None:
        """Make the comprehension asynchronous if it isn't and one directly inside of it is."""
        if _is_async(node) or not any(
            isinstance(one, _COLLECTIONS) and _is_async(one, deep=True) for one in _inside(node)
        ):
            return
        source = context.source
        first = node.generators[0]
        element = node.value if isinstance(node, nodes.DictComp) else node.elt
        pairs = source.parenthesised(element)
        keyword = source.find("for", pairs[-1].end if pairs else source.end(element))
        around = source.parenthesised(first.iter)
        inner = [one for one in around if one.start > source.start(node)]
        start, end = inner[-1] if inner else source.span(first.iter)
        with context.change(node) as change:
            change.insert(keyword.start, "async ")
            change.insert(start, f"{change.runtime('aiter_of')}(")
            change.insert(end, ")")


def _nested(text: str) -> bool:
    """Whether brackets with ``for`` have ``[]`` or ``{}`` inside with ``for`` and ``async``."""
    loops: List[bool] = [False]
    waits: List[bool] = [False]
    inner: List[bool] = [False]
    for mark in _TOKENS.findall(text):
        if mark in "([{":
            loops.append(False)
            waits.append(False)
            inner.append(False)
        elif len(loops) == 1:
            continue
        elif mark == "for":
            loops[-1] = True
        elif mark not in ")]}":
            waits[-1] = True
        else:
            loop, wait, has_inner = loops.pop(), waits.pop(), inner.pop()
            if loop and has_inner:
                return True
            waits[-1] = waits[-1] or wait
            inner[-1] = inner[-1] or has_inner or (loop and wait and mark != ")")
    return False


def _inside(node: Comprehension) -> Iterator[Node]:
    """The nodes that run in the comprehension's own scope: all but its first iterable."""
    stack = [child for child in children(node) if child is not node.generators[0]]
    stack += [one for one in children(node.generators[0]) if one is not node.generators[0].iter]
    while stack:
        one = stack.pop()
        yield one
        if isinstance(one, (nodes.ListComp, nodes.SetComp, nodes.DictComp, nodes.GeneratorExp)):
            stack.append(one.generators[0].iter)
        elif not isinstance(one, nodes.Lambda):
            stack.extend(children(one))


def _is_async(node: Comprehension, deep: bool = False) -> bool:
    """Whether it has ``async for`` or ``await``; with ``deep``, or one inside of it has."""
    if any(one.is_async for one in node.generators):
        return True
    return any(
        isinstance(one, nodes.Await)
        or (deep and isinstance(one, _COLLECTIONS) and _is_async(one, deep))
        for one in _inside(node)
    )
