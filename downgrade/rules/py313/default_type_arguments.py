"""``Generator[int]``: type arguments that may be left out since 3.13."""

from __future__ import annotations

import re

from ...rule import Context, Example, Rule
from ...syntax import nodes
from ...syntax.code import Code
from ..type_positions import is_local_annotation

#: How many arguments each has; None stands for those that are left out.
_COUNTS = {"Generator": 3, "AsyncGenerator": 2}
_WORDS = frozenset(_COUNTS)
_MODULES = ("typing", "collections.abc")
_PLACE = re.compile(r"Generator(?:[\s\\)]*\[|[\s\\]+as\b)")


class DefaultTypeArguments(Rule):
    """``Generator[int]`` -> ``Generator[int, None, None]``, which is the same."""

    name = "default-type-arguments"
    version = (3, 13)
    pep = 696
    title = "Type arguments of generators that have defaults"
    visits = (nodes.Subscript,)
    examples = (
        Example(
            "from collections.abc import Generator as G, AsyncGenerator\n"
            "def f() -> G[int]: ...\ndef g() -> G[int, str]: ...\n"
            "def h() -> AsyncGenerator[int]: ...\n",
            "from collections.abc import Generator as G, AsyncGenerator\n"
            "def f() -> G[int, None, None]: ...\ndef g() -> G[int, str, None]: ...\n"
            "def h() -> AsyncGenerator[int, None]: ...\n",
        ),
        Example(
            "import typing\nx: typing.Generator[int, None, None]\ny: typing.Iterator[int]\n",
            "import typing\nx: typing.Generator[int, None, None]\ny: typing.Iterator[int]\n",
        ),
    )

    def may_apply(self, code: Code, grammar: bool) -> bool:
        """Whether one of them may be indexed, or has another name."""
        if _WORDS.isdisjoint(code.words):
            return False
        return not code.known or _PLACE.search(code.everything) is not None

    def visit(self, node: nodes.Subscript, context: Context) -> None:
        """Add the arguments that are left out."""
        if not context.scopes.may_mean(node.value, _WORDS):
            return
        path = context.scopes.qualified(node.value)
        module, _, name = (path or "").rpartition(".")
        if name not in _COUNTS or module not in _MODULES or is_local_annotation(node, context):
            return
        several = isinstance(node.slice, nodes.Tuple)
        given = len(node.slice.elts) if isinstance(node.slice, nodes.Tuple) else 1
        last = node.slice.elts[-1] if isinstance(node.slice, nodes.Tuple) else node.slice
        missing = _COUNTS[name] - given
        if missing <= 0 or (several and context.source.text_of(node.slice).startswith("(")):
            return
        with context.change(node) as change:
            change.insert(context.source.end(last), ", None" * missing)
