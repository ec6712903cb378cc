"""``"list[int]"``, in quotes (PEP 585)."""

from __future__ import annotations

from typing import List

from ...edits import Edit
from ...rule import Change, Example
from ...syntax import nodes
from ..quoted_types import QuotedType, QuotedTypes
from ..type_positions import BUILTIN_GENERICS
from .generic_builtins import OTHERS, TYPING


class QuotedGenerics(QuotedTypes):
    """``"list[A]"`` -> ``"_downgrade.List[A]"``, for ``get_type_hints``; see quoted-unions."""

    name = "quoted-generics"
    version = (3, 9)
    pep = 585
    title = "Generic types of the standard library in quotes"
    examples = (
        Example(
            "\nclass A:\n    x: 'dict[str, list[A]]'\n    y: \"Sequence[A]\"\n",
            "import _downgrade\nclass A:\n    x: '_downgrade.Dict[str, _downgrade.List[A]]'\n"
            '    y: "Sequence[A]"\n',
        ),
        Example(
            "from collections import abc\n\nimport queue\n"
            "def f(x: 'abc.Sequence[A]', y: 'queue.Queue[A]'): ...\n",
            "import typing as _typing; import _downgrade; from collections import abc\n\n"
            "import queue\ndef f(x: '_typing.Sequence[A]', "
            "y: '_downgrade.subscriptable(queue.Queue)[A]'): ...\n",
        ),
        Example(
            "\nlist = x\ny: 'list[int]'\nz: 'Literal[list[0]]'\n",
            "\nlist = x\ny: 'list[int]'\nz: 'Literal[list[0]]'\n",
        ),
    )

    def is_near(self, text: str) -> bool:
        """Whether something is indexed in it."""
        return "[" in text

    def targets(self, quoted: QuotedType) -> List[nodes.expr]:
        """The classes that are indexed."""
        found: List[nodes.expr] = []
        for node in quoted.types():
            if isinstance(node, nodes.Subscript):
                name = quoted.qualified(node.value)
                if name in BUILTIN_GENERICS or name in TYPING or name in OTHERS:
                    found.append(node.value)
        return found

    def edits(self, node: nodes.expr, quoted: QuotedType, change: Change) -> List[Edit]:
        """Write something that 3.8 can index."""
        start, end = quoted.source.span(node)
        name = quoted.qualified(node)
        if name in BUILTIN_GENERICS:
            return [Edit(start, end, change.runtime(BUILTIN_GENERICS[name]))]
        if name in TYPING:
            return [Edit(start, end, f"{change.module('typing')}.{TYPING[name]}")]
        made = f"{change.runtime('subscriptable')}({quoted.source.text[start:end]})"
        return [Edit(start, end, made)]
