"""``a[*b]``: a star in an index (PEP 646)."""

from __future__ import annotations

from ...rule import GRAMMAR, Context, Example, Rule
from ...syntax import nodes


class StarSubscript(Rule):
    """``a[x, *b]`` -> ``a[(x, *b)]``; a tuple with a slice in it -> ``slice()``.

    An index with a star is a tuple, so parentheses say the same. The items of a type variable
    tuple are the same object in both spellings: ``typing_extensions.TypeVarTuple`` is iterated.
    A star before ``tuple[...]`` is ``Unpack[tuple[...]]``.
    """

    name = "star-subscript"
    version = (3, 11)
    pep = 646
    title = "A star in an index"
    hint = GRAMMAR
    visits = (nodes.Subscript,)
    examples = (
        Example("a[*b]\n", "a[(*b,)]\n"),
        Example("a[0, *b,  # both\n  c] = d\n", "a[(0, *b,  # both\n  c)] = d\n"),
        Example("a[*b[*c]]\n", "a[(*b[(*c,)],)]\n"),
        Example("a[(*b, c)]\n", "a[(*b, c)]\n"),
        Example(
            "import a\nx: a[int, *tuple[str, ...]]\n",
            "import typing_extensions as _typing_extensions; import a\n"
            "x: a[int, _typing_extensions.Unpack[tuple[str, ...]]]\n",
        ),
        Example("a[1:, *b, ::2]\n", "a[(slice(1, None), *b, slice(None, None, 2))]\n"),
    )

    def visit(self, node: nodes.Subscript, context: Context) -> None:
        """Put parentheses around the index."""
        index, source = node.slice, context.source
        if not isinstance(index, nodes.Tuple):
            return
        stars = [item for item in index.elts if isinstance(item, nodes.Starred)]
        if not stars:
            return
        start, end = source.span(index)
        if source.text[start] == "(" and source.closing(start) == end - 1:
            return
        unpacked = [item for item in stars if _is_tuple(item.value, context)]
        with context.change(node) as change:
            for star in unpacked:
                from_, to = source.span(star)
                inner = source.start(star.value)
                blank = "\n" * source.newlines(from_, inner)
                unpack = f"{change.module('typing_extensions')}.Unpack[{blank}"
                change.replace(from_, inner, unpack)
                change.insert(to, "]")
            if len(unpacked) == len(stars):
                return
            for item in index.elts:
                if isinstance(item, nodes.Slice):
                    parts = (item.lower, item.upper, item.step)
                    text = ", ".join(source.text_of(part) if part else "None" for part in parts)
                    text = text[: -len(", None")] if item.step is None else text
                    from_, to = source.span(item)
                    lines = source.newlines(from_, to) - text.count("\n")
                    change.replace(from_, to, f"slice({text}" + "\n" * lines + ")")
            change.insert(start, "(")
            alone = len(index.elts) == 1 and not source.text[start:end].endswith(",")
            change.insert(end, ",)" if alone else ")")


def _is_tuple(node: nodes.expr, context: Context) -> bool:
    """Whether it is ``tuple[...]``, a type that 3.8-3.10 can't iterate."""
    if not isinstance(node, nodes.Subscript):
        return False
    return context.scopes.qualified(node.value) in ("builtins.tuple", "typing.Tuple")
