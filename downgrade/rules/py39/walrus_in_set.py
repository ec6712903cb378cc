"""``{x := 1}`` without parentheses."""

from __future__ import annotations

from typing import Union

from ...rule import GRAMMAR, Context, Example, Rule
from ...syntax import nodes


class WalrusInSet(Rule):
    """``{x := f()}`` -> ``{(x := f())}``, in a comprehension too."""

    name = "walrus-in-set"
    version = (3, 9)
    title = "An assignment expression in a set without parentheses"
    hint = GRAMMAR
    visits = (nodes.Set, nodes.SetComp)
    examples = (
        Example("{x := 1, (y := 2), 3}\n", "{(x := 1), (y := 2), 3}\n"),
        Example("{y := f(x) for x in z}\n", "{(y := f(x)) for x in z}\n"),
    )

    def visit(self, node: Union[nodes.Set, nodes.SetComp], context: Context) -> None:
        """Put parentheses around each assignment."""
        for one in node.elts if isinstance(node, nodes.Set) else [node.elt]:
            if isinstance(one, nodes.NamedExpr) and not context.source.parenthesised(one):
                with context.change(one) as change:
                    change.insert(context.source.start(one), "(")
                    change.insert(context.source.end(one), ")")
