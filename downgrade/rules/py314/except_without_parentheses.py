"""``except A, B:`` (PEP 758)."""

from __future__ import annotations

from ...rule import GRAMMAR, Context, Example, Rule
from ...syntax import nodes


class ExceptWithoutParentheses(Rule):
    """``except A, B:`` -> ``except (A, B):``, and so for ``except*``."""

    name = "except-without-parentheses"
    version = (3, 14)
    pep = 758
    title = "Several exceptions in except without parentheses"
    hint = GRAMMAR
    visits = (nodes.ExceptHandler,)
    examples = (
        Example("try: f()\nexcept A, B: g()\n", "try: f()\nexcept (A, B): g()\n"),
        Example("try: f()\nexcept* A, B.c(d): g()\n", "try: f()\nexcept* (A, B.c(d)): g()\n"),
        Example("try: f()\nexcept (A, B): g()\n", "try: f()\nexcept (A, B): g()\n"),
    )

    def visit(self, node: nodes.ExceptHandler, context: Context) -> None:
        """Put parentheses around the exceptions."""
        types = node.type
        if isinstance(types, nodes.Tuple) and not context.source.has_parentheses(types):
            with context.change(node) as change:
                change.insert(context.source.start(types), "(")
                change.insert(context.source.end(types), ")")
