"""t-strings (PEP 750)."""

from __future__ import annotations

from typing import List

from ...rule import GRAMMAR, Change, Context, Example, Rule
from ...syntax import nodes
from ..fstring_literals import Field, Literal, end_of_value, literals


class TemplateStrings(Rule):
    """``t"a{x!r:>{w}}"`` -> ``Template("a", Interpolation(x, 'x', 'r', f">{w}"))``.

    The classes are those of ``string.templatelib`` where there is one, and else the emitted
    module's, which act alike.
    """

    name = "t-string"
    version = (3, 14)
    pep = 750
    title = "Template strings"
    hint = GRAMMAR
    visits = (nodes.TemplateStr,)
    examples = (
        Example(
            "\nx = t'a{y}b{{}}'\n",
            "import _downgrade\nx = _downgrade.Template('a', "
            "_downgrade.Interpolation(y, 'y', None, ''), 'b{}')\n",
        ),
        Example(
            "\nx = (t'{y!r:>{w}}'  # one\n  rt'\\d{z = }')\n",
            "import _downgrade\nx = (_downgrade.Template(_downgrade.Interpolation("
            "y, 'y', 'r', f'>{w}'),  # one\n  r'\\d', 'z = ', "
            "_downgrade.Interpolation(z , 'z', 'r', '')))\n",
        ),
        Example(
            "\nt'{x}{y}'\n",
            "import _downgrade\n_downgrade.Template(_downgrade.Interpolation(x, 'x', None, ''), "
            "_downgrade.Interpolation(y, 'y', None, ''))\n",
        ),
        Example(
            "\nt'{x # wow!\r\n=}'\n",
            "import _downgrade\n_downgrade.Template('x \\n=', _downgrade.Interpolation("
            "x , 'x', 'r', ''  # wow!\r\n))\n",
        ),
        Example("\nt''\n", "import _downgrade\n_downgrade.Template('')\n"),
    )

    def visit(self, node: nodes.TemplateStr, context: Context) -> None:
        """Write the call of ``Template``."""
        if any(
            isinstance(one, (nodes.JoinedStr, nodes.TemplateStr)) for one in context.parents(node)
        ):
            return  # when it has come out of the string around it
        source = context.source
        fields: List[Field] = [one for one in node.values if isinstance(one, nodes.Interpolation)]
        parts = literals(source, node, fields)
        with context.change(node) as change:
            for part in parts:
                opening = f"{change.runtime('Template')}(" if part is parts[0] else ""
                self.literal(context, change, part, opening, part is parts[-1])

    @staticmethod
    def literal(
        context: Context, change: Change, part: Literal, opening: str, is_last: bool
    ) -> None:
        """Rewrite one literal as arguments."""
        source = context.source
        prefix = part.prefix.replace("t", "").replace("T", "")
        start = part.start
        begin = part.start + len(part.prefix + part.quote)
        written = opening
        some = False
        for field in part.fields:
            assert isinstance(field, nodes.Interpolation)
            from_, to = source.span(field)
            end = end_of_value(source, field)
            written += ", " if some else ""
            written += _string(prefix, part.quote, source.text[begin:from_], ", ")
            stop = source.find(":", end).start if field.format_spec else to - 1
            gap = source.text[end:stop]
            equals = source.skip(end)
            if source.text[equals] == "=":
                shown = source.without_comments(from_ + 1, source.skip(equals + 1))
                written += f"{shown!r}, "
            change.replace(start, from_ + 1, f"{written}{change.runtime('Interpolation')}(")
            conversion = "None" if field.conversion == -1 else repr(chr(field.conversion))
            spec = "''"
            if field.format_spec is not None:
                spec = f"{prefix}f{part.quote}{source.text[stop + 1 : to - 1]}{part.quote}"
            kept = source.comments(end, stop)
            space = " " if gap.startswith(" ") else ""
            written = f"{space}, {str(field.str)!r}, {conversion}, {spec}{kept})"
            start, begin = end, to
            some = True
        rest = source.text[begin : part.end - len(part.quote)]
        if rest or not some:
            written += (", " if some else "") + _string(prefix, part.quote, rest, "", True)
        change.replace(start, part.end, written + (")" if is_last else ","))


def _string(prefix: str, quote: str, text: str, behind: str, always: bool = False) -> str:
    """The text between two fields as a literal of its own; nothing if there is none."""
    if not text and not always:
        return ""
    return prefix + quote + text.replace("{{", "{").replace("}}", "}") + quote + behind
