"""``a[x := 1]`` without parentheses."""

from __future__ import annotations

from ...rule import GRAMMAR, Context, Example, Rule
from ...syntax import nodes


class WalrusInIndex(Rule):
    """``a[x := f()]`` -> ``a[(x := f())]``."""

    name = "walrus-in-index"
    version = (3, 10)
    title = "An assignment expression in an index without parentheses"
    hint = GRAMMAR
    visits = (nodes.Subscript,)
    examples = (
        Example("a[x := 1]\n", "a[(x := 1)]\n"),
        Example("a[x := 1, 2, y := 3,]\n", "a[(x := 1), 2, (y := 3),]\n"),
        Example("a[(x := 1)]\n", "a[(x := 1)]\n"),
    )

    def visit(self, node: nodes.Subscript, context: Context) -> None:
        """Put parentheses around each assignment."""
        index = node.slice
        for one in index.elts if isinstance(index, nodes.Tuple) else [index]:
            if isinstance(one, nodes.NamedExpr) and not context.source.parenthesised(one):
                with context.change(one) as change:
                    change.insert(context.source.start(one), "(")
                    change.insert(context.source.end(one), ")")
