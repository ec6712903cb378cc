"""``for x in *a, b``: a star in what a loop goes over."""

from __future__ import annotations

from typing import Union

from ...rule import GRAMMAR, Context, Example, Rule
from ...syntax import nodes


class StarInFor(Rule):
    """``for x in *a, b:`` -> ``for x in (*a, b):``."""

    name = "star-in-for"
    version = (3, 9)
    title = "A star in the iterable of a for statement"
    hint = GRAMMAR
    visits = (nodes.For, nodes.AsyncFor)
    examples = (
        Example("for x in *a, b: pass\n", "for x in (*a, b): pass\n"),
        Example("for x in (*a, b): pass\n", "for x in (*a, b): pass\n"),
        Example("for x in *a,: pass\nfor x in a, b: pass\n", "for x in (*a,): pass\nfor x in a, b: pass\n"),
    )  # fmt: skip

    def visit(self, node: Union[nodes.For, nodes.AsyncFor], context: Context) -> None:
        """Put parentheses around the iterable."""
        items = node.iter
        if isinstance(items, nodes.Tuple):
            starred = any(isinstance(one, nodes.Starred) for one in items.elts)
            if starred and not context.source.has_parentheses(items):
                with context.change(node) as change:
                    change.insert(context.source.start(items), "(")
                    change.insert(context.source.end(items), ")")
