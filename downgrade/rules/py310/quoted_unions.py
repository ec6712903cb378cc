"""``"X | Y"`` for types, in quotes (PEP 604)."""

from __future__ import annotations

from typing import List

from ...edits import Edit
from ...rule import Change, Example
from ...syntax import nodes, operators
from ..quoted_types import QuotedType, QuotedTypes


class QuotedUnions(QuotedTypes):
    """``"X | None"`` -> ``"_typing.Union[X, None]"``, for ``get_type_hints``.

    So in annotations and in the arguments of types there; not in ``cast``, and not for local
    variables, which nothing evaluates. It needs a free line at the head of the file.
    """

    name = "quoted-unions"
    version = (3, 10)
    pep = 604
    title = "Unions of types in quotes"
    examples = (
        Example(
            "\nclass A:\n    def f(self, x: 'list[A | None]' = 'a | b') -> \"A | (int | str)\": ...\n",
            "import typing as _typing\nclass A:\n    def f(self, x: 'list[_typing.Union[A, None]]'"
            " = 'a | b') -> \"_typing.Union[A, (_typing.Union[int, str])]\": ...\n",
        ),
        Example(
            "import typing as t\n\nx: t.Optional['A | B']\ny: t.Literal['a | b']\n"
            "z: t.Annotated['A | B', 'a | b']\nt.cast('A | B', x)\n",
            "import typing as _typing; import typing as t\n\n"
            "x: t.Optional['_typing.Union[A, B]']\ny: t.Literal['a | b']\n"
            "z: t.Annotated['_typing.Union[A, B]', 'a | b']\nt.cast('A | B', x)\n",
        ),
        Example(
            "\nx: \"Literal['|'] | a\\x41\"\ny: 'see | or'\nz: {'A | B': 1}\n",
            "\nx: \"Literal['|'] | a\\x41\"\ny: 'see | or'\nz: {'A | B': 1}\n",
        ),
    )

    def is_near(self, text: str) -> bool:
        """Whether the operator is in it."""
        return "|" in text

    def targets(self, quoted: QuotedType) -> List[nodes.expr]:
        """The unions that are no part of a longer one."""
        found: List[nodes.expr] = []
        inner = set()
        for node in quoted.types():
            if isinstance(node, nodes.BinOp) and node.op is operators.BIT_OR:
                if id(node) not in inner:
                    found.append(node)
                if _goes_on(node, quoted):
                    inner.add(id(node.left))
        return found

    def edits(self, node: nodes.expr, quoted: QuotedType, change: Change) -> List[Edit]:
        """``A | B`` -> ``Union[A, B]``."""
        start, end = quoted.source.span(node)
        found = [
            Edit(start, start, f"{change.module('typing')}.Union["),
            Edit(end, end, "]"),
        ]
        while True:
            assert isinstance(node, nodes.BinOp)
            pairs = quoted.source.parenthesised(node.left)
            behind = pairs[-1].end if pairs else quoted.source.end(node.left)
            found.append(Edit(behind, quoted.source.expect("|", behind).end, ","))
            if not _goes_on(node, quoted):
                return found
            node = node.left


def _goes_on(node: nodes.BinOp, quoted: QuotedType) -> bool:
    """Whether the left side is a union, and part of this one."""
    left = node.left
    is_union = isinstance(left, nodes.BinOp) and left.op is operators.BIT_OR
    return is_union and not quoted.source.parenthesised(left)
