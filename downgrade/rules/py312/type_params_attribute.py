"""The attribute ``__type_params__`` of functions and classes (PEP 695)."""

from __future__ import annotations

from typing import Iterator

from ...rule import Context, Example, Reading, Rule
from ...syntax import nodes, operators
from ...syntax.node import Node


class TypeParamsAttribute(Rule):
    """``f.__type_params__`` -> ``type_params_of(f)``: ``()`` where there are none.

    On older versions neither functions nor classes have the attribute by themselves, and a class
    would give its base's.
    """

    name = "type-params-attribute"
    version = (3, 12)
    pep = 695
    title = "Reading __type_params__"
    in_stubs = False
    hint = frozenset(("__type_params__",))
    visits = (nodes.Attribute,)
    examples = (
        Example(
            "import a\nx = a.f.__type_params__[0]\n",
            "import _downgrade; import a\nx = _downgrade.type_params_of(a.f)[0]\n",
        ),
        Example("f.__type_params__ = ()\n", "f.__type_params__ = ()\n"),
    )

    def candidates(self, reading: Reading) -> Iterator[Node]:
        """Where the attribute is read."""
        for node in super().candidates(reading):
            assert isinstance(node, nodes.Attribute)
            if node.attr == "__type_params__" and node.ctx is operators.LOAD:
                yield node

    def visit(self, node: nodes.Attribute, context: Context) -> None:
        """Write the call around what the attribute is asked of."""
        source = context.source
        start, end = source.span(node)
        value = source.end(node.value)
        closing = source.find(".", value).start if source.text[value] != "." else value
        with context.change(node) as change:
            change.insert(start, f"{change.runtime('type_params_of')}(")
            lines = "\n" * source.newlines(closing, end)
            change.replace(closing, end, f"{lines})")
