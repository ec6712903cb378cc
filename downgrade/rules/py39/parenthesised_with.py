"""Parentheses around the items of ``with`` (PEP 617)."""

from __future__ import annotations

from typing import Union

from ...rule import GRAMMAR, Change, Context, Example, Rule
from ...source import Span
from ...syntax import nodes

With = Union[nodes.With, nodes.AsyncWith]


class ParenthesisedWith(Rule):
    """``with (a as b, c as d):`` -> ``with a as b, c as d:``.

    Where the items stand on several lines, the line ends and comments go into parentheses around
    the expressions and the targets.
    """

    name = "parenthesised-with"
    version = (3, 9)
    pep = 617
    title = "Parentheses around the items of a with statement"
    hint = GRAMMAR
    visits = (nodes.With, nodes.AsyncWith)
    examples = (
        Example("with (a as b, c):\n    pass\n", "with a as b, c:\n    pass\n"),
        Example("with(a(), b(),): pass\n", "with a(), b(): pass\n"),
        Example(
            "with (\n    open(a) as b,  # in\n    open(c) as d,\n):\n    pass\n",
            "with (\n    open(a)) as b, (  # in\n    open(c)) as (d\n):\n    pass\n",
        ),
        Example(
            "with (a\n      as  # of\n      b, c\n  ): pass\n",
            "with (a\n      ) as (  # of\n      b), (c\n  ): pass\n",
        ),
        Example("with (a,): pass\n", "with a: pass\n"),
        Example("with (a), (b): pass\n", "with (a), (b): pass\n"),
        Example("with (a, b) as c: pass\n", "with (a, b) as c: pass\n"),
        Example("with (yield): pass\n", "with (yield): pass\n"),
    )

    def visit(self, node: With, context: Context) -> None:
        """Take the parentheses away where they are the statement's."""
        source = context.source
        keyword = source.find("with", source.start(node))
        opening = source.skip(keyword.end)
        if source.text[opening] != "(":
            return
        closing = source.closing(opening)
        colon = source.skip(closing + 1)
        if source.text[colon] != ":" or closing < source.end(node.items[0].context_expr):
            return
        last = node.items[-1].optional_vars or node.items[-1].context_expr
        end = self.around(context, last, opening).end
        comma = source.skip(end)
        if len(node.items) == 1 and not node.items[0].optional_vars and comma == closing:
            return
        with context.change(node) as change:
            change.replace(opening, opening + 1, "" if opening > keyword.end else " ")
            change.replace(closing, closing + 1, "")
            start = opening + 1
            for item in node.items:
                start = self.item(context, change, item, Span(start, closing), opening)

    @staticmethod
    def around(context: Context, node: nodes.expr, opening: int) -> Span:
        """The span of an expression with its own parentheses, inside the statement's."""
        pairs = [one for one in context.source.parenthesised(node) if one.start > opening]
        return pairs[-1] if pairs else context.source.span(node)

    def item(
        self, context: Context, change: Change, item: nodes.withitem, room: Span, opening: int
    ) -> int:
        """Wrap what has line ends beside it; give where the next item's room begins."""
        source = context.source
        value = self.around(context, item.context_expr, opening)
        end, target, name = value.end, None, None
        if item.optional_vars is not None:
            name = source.expect("as", value.end)
            target = self.around(context, item.optional_vars, opening)
            end = target.end
        comma = source.skip(end)
        stop = comma
        if source.text[comma] == ",":
            following = source.skip(comma + 1)
            if following == room.end:  # a comma behind the last item
                change.replace(comma, comma + 1, "")
                stop = following
        lines_before = source.newlines(room.start, value.start)
        lines_behind = source.newlines(end, stop)
        value_stop = name.start if name else stop
        lines_after_value = source.newlines(value.end, value_stop)
        if lines_before or lines_after_value:
            space = " " if lines_before and room.start > opening + 1 else ""
            change.insert(room.start if lines_before else value.start, f"{space}(")
            space = " " if lines_after_value and name else ""
            change.insert(value_stop if lines_after_value else value.end, f"){space}")
        if name and target and (source.newlines(name.end, target.start) or lines_behind):
            change.insert(name.end, " (")
            change.insert(stop if lines_behind else target.end, ")")
            if not source.newlines(name.end, target.start):
                change.delete(name.end, target.start)
        return comma + 1
