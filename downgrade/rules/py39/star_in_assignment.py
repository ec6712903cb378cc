"""``x += *a, b``: a star in an augmented assignment."""

from __future__ import annotations

from ...rule import GRAMMAR, Context, Example, Rule
from ...syntax import nodes


class StarInAssignment(Rule):
    """``x += *a, b`` -> ``x += (*a, b)``."""

    name = "star-in-augmented-assignment"
    version = (3, 9)
    title = "A star in the value of an augmented assignment"
    hint = GRAMMAR
    visits = (nodes.AugAssign,)
    examples = (
        Example("x += *a, b\n", "x += (*a, b)\n"),
        Example("x += (*a, b)\nx += a, b\n", "x += (*a, b)\nx += a, b\n"),
    )

    def visit(self, node: nodes.AugAssign, context: Context) -> None:
        """Put parentheses around the value."""
        value = node.value
        if isinstance(value, nodes.Tuple):
            starred = any(isinstance(one, nodes.Starred) for one in value.elts)
            if starred and not context.source.has_parentheses(value):
                with context.change(node) as change:
                    change.insert(context.source.start(value), "(")
                    change.insert(context.source.end(value), ")")
