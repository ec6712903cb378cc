"""f-strings without limits (PEP 701)."""

from __future__ import annotations

import re
from typing import List, Optional, Tuple

from ...rule import GRAMMAR, Change, Context, Example, Rule
from ...source import Source
from ...syntax import nodes
from ...syntax.node import walk
from ..fstring_literals import OPENING, Literal, end_of_value, literals


class UnlimitedFStrings(Rule):
    """Quotes, backslashes, comments and line ends inside the braces of an f-string.

    Where other quotes are enough, these are written. Else the expression leaves the literal:
    ``f"a{E!r:>{w}}b"`` -> ``(f"a" + '{!r:{}}'.format(E, f">{w}") + f"b")``, which evaluates,
    converts and formats in the same order.
    """

    name = "unlimited-f-string"
    version = (3, 12)
    pep = 701
    title = "Any expression in an f-string"
    hint = GRAMMAR
    visits = (nodes.JoinedStr,)
    examples = (
        Example('f"{d["a"]} and {d["b"]!r}"\n', "f\"{d['a']} and {d['b']!r}\"\n"),
        Example("f'{'\\n'.join(x)}'\n", "'{}'.format('\\n'.join(x))\n"),
        Example(
            "f'a{'\\n'.join(x)!r:>{w}}b{y}'\n",
            "(f'a' + '{!r:{}}'.format('\\n'.join(x), f'>{w}') + f'b{y}')\n",
        ),
        Example(
            'f"{x  # why\n}, {y}"\n', "('{}'.format(x  # why\n) + f\", {y}\")\n"
        ),
        Example("f'''{\n2  # two\n}'''\n", "'{}'.format(\n2  # two\n)\n"),
        Example(
            "f'''{x  # why\n = }'''\n",
            "('x  \\n = ' + '{!r}'.format(x  # why\n))\n",
        ),
        Example("f'''{x = # why\n}'''\n", "('x = \\n' + '{!r}'.format(x  # why\n))\n"),
        Example("f'{x\r\n= }'\r\n", "('x\\n= ' + '{!r}'.format(x\r\n))\r\n"),
        Example("f'{x!r }'\n", "'{!r}'.format(x)\n"),
        Example('f"{d["a"] = }"\n', "('d[\"a\"] = ' + '{!r}'.format(d[\"a\"]))\n"),
        Example('f"{f"{f"{1}"}"}"\n', "'{}'.format(f\"{f'{1}'}\")\n"),
        Example(
            '"a" f"b{x["c"]}{\'d"\'}"\n',
            '("a" f"b{x[\'c\']}" + \'{}\'.format(\'d"\') + f"")\n',
        ),
        Example("f'{x:{y:{z}}}'\n", "'{:{}}'.format(x, f'{y:{z}}')\n"),
        Example("f\"{x['a']:>{w}} {{\"\n", "f\"{x['a']:>{w}} {{\"\n"),
    )  # fmt: skip

    def visit(self, node: nodes.JoinedStr, context: Context) -> None:
        """Rewrite the fields that the older grammar can't read."""
        if isinstance(context.parent(node), (nodes.FormattedValue, nodes.Interpolation)):
            return
        if any(
            isinstance(one, (nodes.JoinedStr, nodes.TemplateStr)) for one in context.parents(node)
        ):
            return
        source = context.source
        fields = [one for one in node.values if isinstance(one, nodes.FormattedValue)]
        parts: Optional[List[Literal]] = None
        bad: List[Tuple[Literal, nodes.FormattedValue]] = []
        if fields and _may_be_new(source, node):
            parts = literals(source, node, fields)
            bad = [
                (part, field)
                for part in parts
                for field in part.fields
                if _trouble(source, field, part.quote)
            ]
        if not bad or parts is None:
            return
        with context.change(node) as change:
            hoisted = [item for item in bad if not _swap(source, change, *item)]
            for part in parts:
                mine = [field for other, field in hoisted if other is part]
                for field in mine:
                    _hoist(source, change, part, field, alone=len(parts) == 1)
            if hoisted:
                start, end = source.span(node)
                first = hoisted[0][1]
                whole = (source.start(first), source.end(first))
                part = hoisted[0][0]
                inner = (part.start + len(part.prefix + part.quote), part.end - len(part.quote))
                if len(parts) > 1 or whole != inner or _is_debug(source, first):
                    if not source.parenthesised(node):
                        change.insert(start, "(")
                        change.insert(end, ")")


def _may_be_new(source: Source, node: nodes.JoinedStr) -> bool:
    """Whether there is anything but one quote and plain fields in it: quick, never wrong."""
    text = source.text_of(node)
    return (
        bool(re.search(r"[\\#\n\r]|!\w\s", text))
        or len(re.findall(r"['\"]", text)) != 2
        or (text.count("{") > 2)
    )


def _is_debug(source: Source, field: nodes.FormattedValue) -> bool:
    """Whether it is ``{x=}``."""
    return source.text[source.skip(end_of_value(source, field))] == "="


def _nested(field: nodes.FormattedValue) -> List[nodes.FormattedValue]:
    """The fields in the format of a field."""
    values = field.format_spec.values if field.format_spec else []
    return [one for one in values if isinstance(one, nodes.FormattedValue)]


def _trouble(source: Source, field: nodes.FormattedValue, quote: str) -> bool:
    """Whether Python before 3.12 can't read a field in a literal with this quote."""
    start, end = source.span(field)
    value_end = end_of_value(source, field)
    text = source.text[start:end]
    if quote in text or (len(quote) == 1 and source.newlines(start, end)):
        return True
    stop = source.find(":", value_end).start if field.format_spec else end
    if "\\" in source.text[start:value_end] or "#" in source.comments(start, stop):
        return True
    gap = source.text[value_end : stop if field.format_spec else end - 1]
    if "!" in gap and gap != gap.rstrip():  # space behind the conversion
        return True
    for inner in _nested(field):
        if _nested(inner) or _trouble(source, inner, quote):
            return True
    return any(
        _trouble(source, one, part.quote)
        for string in walk(field.value)
        if isinstance(string, nodes.JoinedStr)
        for inside in [[one for one in string.values if isinstance(one, nodes.FormattedValue)]]
        if not isinstance(string, nodes.FormattedValue)
        for part in _literals_of(source, string, inside)
        for one in part.fields
    )


def _literals_of(
    source: Source, string: nodes.JoinedStr, fields: List[nodes.FormattedValue]
) -> List[Literal]:
    """The literals of a nested f-string; none for the format of a field, which has no quotes."""
    if not OPENING.match(source.text, source.start(string)):
        return []
    return literals(source, string, fields)


def _swap(source: Source, change: Change, part: Literal, field: nodes.FormattedValue) -> bool:
    """Write the other quotes inside of a field, if that is enough."""
    start, end = source.span(field)
    text = source.text[start:end]
    if len(part.quote) != 1 or "\\" in text or source.newlines(start, end):
        return False
    if part.quote not in text or re.search(r"!\w\s", text):
        return False
    other = "'" if part.quote == '"' else '"'
    if other in text or "#" in text or _is_debug(source, field):
        return False
    if any(_nested(inner) for inner in _nested(field)):
        return False
    for string in walk(field.value):
        if isinstance(string, (nodes.FormattedValue, nodes.Interpolation)):
            if part.quote in source.text_of(string):
                return False
    for index, character in enumerate(text, start):
        if character == part.quote:
            change.replace(index, index + 1, other)
    return True


def _hoist(
    source: Source, change: Change, part: Literal, field: nodes.FormattedValue, alone: bool
) -> None:
    """Take a field out of its literal: a call of ``str.format`` beside what remains of it."""
    start, end = source.span(field)
    value_end = end_of_value(source, field)
    conversion = "" if field.conversion == -1 else f"!{chr(field.conversion)}"
    inner_start = part.start + len(part.prefix + part.quote)
    inner_end = part.end - len(part.quote)
    at_start = alone and start == inner_start
    before = "" if at_start else f"{part.quote} + "
    from_ = part.start if at_start else start
    if _is_debug(source, field):
        equals = source.skip(value_end)
        text = source.without_comments(start + 1, source.skip(equals + 1))
        before += f"{text!r} + "
    loose = isinstance(field.value, (nodes.Yield, nodes.YieldFrom)) or (
        isinstance(field.value, nodes.Tuple) and not source.has_parentheses(field.value)
    )
    opening, closing = ("(", ")") if loose and not source.parenthesised(field.value) else ("", "")
    after = "" if alone and end == inner_end else f" + {part.prefix}{part.quote}"
    to = part.end if alone and end == inner_end else end
    spec = field.format_spec
    replacement = "{}" if spec is None else "{:{}}"
    replacement = replacement[0] + conversion + replacement[1:]
    change.replace(from_, start + 1, f"{before}'{replacement}'.format({opening}")
    tail, stop = closing, end - 1
    if spec is not None:
        stop = source.find(":", value_end).start
        text = source.text[stop + 1 : end - 1]
        tail += f", {part.prefix}{part.quote}{text}{part.quote}"
    change.replace(value_end, to, f"{tail}{source.comments(value_end, stop)}){after}")
