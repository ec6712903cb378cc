"""Defaults of type parameters (PEP 696)."""

from __future__ import annotations

from ...rule import GRAMMAR, Context, Example, Rule
from ...scopes import Generic
from ...syntax import nodes
from ...syntax.node import walk
from ..type_parameters import lower


class TypeParameterDefaults(Rule):
    """``class C[T = int]`` -> ``_T_1 = TypeVar("_T_1", default=int)`` above, ``Generic[_T_1]``.

    Brackets of 3.12 have no place for a default, so the definition is lowered as PEP 695 is for
    3.11, with those around it. The default stays lazy, but on 3.12 itself and for a ``ParamSpec``
    before 3.10.
    """

    name = "type-parameter-defaults"
    version = (3, 13)
    pep = 696
    title = "Defaults of type parameters"
    hint = GRAMMAR
    visits = (nodes.FunctionDef, nodes.AsyncFunctionDef, nodes.ClassDef, nodes.TypeAlias)
    examples = (
        Example(
            "import a\n\nclass C[T = int]:\n    x: T\n",
            "import _downgrade; import typing as _typing; import a\n"
            '_T_1 = _downgrade.TypeVar("_T_1", default=int); '
            "_type_params_1 = _downgrade.type_params(_T_1)\n"
            "class C(_typing.Generic[_T_1]):\n"
            "    __type_params__ = _type_params_1; x: _T_1\n",
        ),
        Example("def f[T](x: T): ...\n", "def f[T](x: T): ...\n"),
    )

    def visit(self, node: Generic, context: Context) -> None:
        """Lower a generic definition with a default in it or in one inside."""
        if node.type_params and any(getattr(below, "default_value", None) for below in walk(node)):
            lower(node, context)
