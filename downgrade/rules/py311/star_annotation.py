"""``*args: *Ts``: a star in an annotation (PEP 646)."""

from __future__ import annotations

from ...rule import GRAMMAR, Context, Example, Rule
from ...syntax import nodes


class StarAnnotation(Rule):
    """``*args: *Ts`` -> ``*args: Unpack[Ts]``, what a type variable tuple gives when iterated."""

    name = "star-annotation"
    version = (3, 11)
    pep = 646
    title = "A star in the annotation of *args"
    hint = GRAMMAR
    visits = (nodes.arg,)
    examples = (
        Example(
            "import a\ndef f(*args: *a.Ts): ...\n",
            "import typing_extensions as _typing_extensions; import a\n"
            "def f(*args: _typing_extensions.Unpack[a.Ts]): ...\n",
        ),
    )

    def visit(self, node: nodes.arg, context: Context) -> None:
        """Write ``Unpack[...]`` for the star."""
        if isinstance(node.annotation, nodes.Starred):
            start, end = context.source.span(node.annotation)
            inner = context.source.start(node.annotation.value)
            with context.change(node) as change:
                lines = "\n" * context.source.newlines(start, inner)
                unpack = f"{change.module('typing_extensions')}.Unpack[{lines}"
                change.replace(start, inner, unpack)
                change.insert(end, "]")
