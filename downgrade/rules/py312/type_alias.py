"""The ``type`` statement (PEP 695)."""

from __future__ import annotations

from ...rule import GRAMMAR, Context, Example, Rule
from ...syntax import nodes
from ..type_parameters import lower


class TypeAlias(Rule):
    """``type X = V`` -> ``X = TypeAliasType("X", "V"); alias_value(X, lambda: V)``.

    The value stays lazy; what is in quotes is for checkers.
    Names of a class around the alias are looked up in the class's namespace, as the newer
    Python does.
    """

    name = "type-alias"
    version = (3, 12)
    pep = 695
    title = "The type statement"
    hint = GRAMMAR
    visits = (nodes.TypeAlias,)
    examples = (
        Example(
            "import a\n\ntype X = a.B | X\n",
            'import _downgrade; import a\n\nX = _downgrade.TypeAliasType("X", "a.B | X"); '
            "_downgrade.alias_value(X, lambda: a.B | X)\n",
        ),
    )

    def visit(self, node: nodes.TypeAlias, context: Context) -> None:
        """Lower the statement."""
        lower(node, context)
