"""``logging.StreamHandler[str]``: classes that 3.11 lets index."""

from __future__ import annotations

import re

from ...rule import Context, Example, Rule
from ...syntax import nodes, operators
from ...syntax.code import Code
from ..type_positions import is_local_annotation

_CLASSES = frozenset(["logging.LoggerAdapter", "logging.StreamHandler"])
_WORDS = frozenset(["LoggerAdapter", "StreamHandler"])
_PLACE = re.compile(r"\b(?:LoggerAdapter|StreamHandler)\b")


class GenericClasses(Rule):
    """They are wrapped where they are indexed; their subclasses are as they were."""

    name = "generic-classes"
    version = (3, 11)
    title = "Generic classes of logging"
    in_stubs = False
    visits = (nodes.Subscript,)
    examples = (
        Example(
            "\nfrom logging import StreamHandler\nclass H(StreamHandler[str]): pass\n"
            "print(H.__bases__)\n",
            "import _downgrade\nfrom logging import StreamHandler\n"
            "class H(_downgrade.subscriptable(StreamHandler)[str]): pass\nprint(H.__bases__)\n",
            output="(<class 'logging.StreamHandler'>,)\n",
        ),
    )

    def may_apply(self, code: Code, grammar: bool) -> bool:
        """Whether the code has one of the names."""
        return "logging" in code.words and _PLACE.search(code.everything) is not None

    def visit(self, node: nodes.Subscript, context: Context) -> None:
        """Write something that can be indexed."""
        if not context.scopes.may_mean(node.value, _WORDS):
            return
        written = node.ctx is not operators.LOAD or is_local_annotation(node, context)
        if written or context.scopes.qualified(node.value) not in _CLASSES:
            return
        start, end = context.source.span(node.value)
        with context.change(node) as change:
            change.insert(start, f"{change.runtime('subscriptable')}(")
            change.insert(end, ")")
