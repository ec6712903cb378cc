"""The attribute ``__type_params__`` of functions and classes (PEP 695)."""

from __future__ import annotations

from ...rule import Context, Example, Rule
from ...syntax import nodes, operators


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

    def visit(self, node: nodes.Attribute, context: Context) -> None:
        """Write the call around what the attribute is asked of."""
        if node.attr != "__type_params__" or node.ctx is not operators.LOAD:
            return
        source = context.source
        start, end = source.span(node)
        value = source.end(node.value)
        closing = source.find(".", value).start if source.text[value] != "." else value
        with context.change(node) as change:
            change.insert(start, f"{change.runtime('type_params_of')}(")
            lines = "\n" * source.newlines(closing, end)
            change.replace(closing, end, f"{lines})")
