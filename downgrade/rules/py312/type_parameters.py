"""Functions and classes with type parameters (PEP 695)."""

from __future__ import annotations

from ...rule import GRAMMAR, Context, Example, Rule
from ...scopes import Generic
from ...syntax import nodes
from ..type_parameters import lower


class TypeParameters(Rule):
    """``def f[T](x: T)`` -> ``_T_1 = TypeVar("_T_1")`` above, ``def f(x: _T_1)``.

    Each parameter is a variable of its own, so that the same name can stand for several. Bounds
    and constraints stay lazy; what is in quotes is for checkers. A class gets ``Generic[...]`` as its last base.
    """

    name = "type-parameters"
    version = (3, 12)
    pep = 695
    title = "Generic functions and classes"
    hint = GRAMMAR
    visits = (nodes.FunctionDef, nodes.AsyncFunctionDef, nodes.ClassDef)
    examples = (
        Example(
            "import a\n\ndef f[T: Late](x: T) -> T:\n    return x\n\nclass Late: ...\n",
            "import _downgrade; import a\n"
            '_T_1 = _downgrade.TypeVar("_T_1", bound="Late"); '
            "_downgrade.lazily(_T_1, bound=lambda: Late)\n"
            "def f(x: _T_1) -> _T_1:\n    return x\n"
            "_downgrade.set_type_params(f, (_T_1,))\nclass Late: ...\n",
        ),
        Example(
            '"""Doc."""\n\nclass C[K, *V](B, metaclass=M):\n    """Doc."""\n\n'
            '    def m[_K](self, x: "K | _K"): ...\n',
            '"""Doc."""\nimport _downgrade; import typing as _typing; '
            "import typing_extensions as _typing_extensions; "
            '_K_1 = _downgrade.TypeVar("_K_1"); _V_1 = _downgrade.TypeVarTuple("_V_1"); '
            "_type_params_1 = _downgrade.type_params(_K_1, _V_1); "
            'dg_K_1 = _downgrade.TypeVar("dg_K_1")\n'
            "class C(B, _typing.Generic[_K_1, _typing_extensions.Unpack[_V_1]], metaclass=M):\n"
            '    """Doc."""\n    __type_params__ = _downgrade.class_type_params(locals(), _type_params_1)\n'
            '    def m(self, x: "_K_1 | dg_K_1"): ...\n'
            "    _downgrade.set_type_params(m, (dg_K_1,))\n",
        ),
        Example(
            "import a\ndef g():\n    class B: ...\n    def f[T: B](x: T): return T\n    return f\n",
            "import _downgrade; import a\ndef g():\n    class B: ...\n"
            '    def f(x: (_T_1 := _downgrade.TypeVar("_T_1", bound=lambda: B))): return _T_1\n'
            "    _downgrade.set_type_params(f, (_T_1,)); return f\n",
        ),
        Example(
            "def g():\n    class B: ...\n    class C:\n        def f[T: B](x: T): ...\n",
            error="leave one blank",
        ),
        Example(
            "import a\n\nif a:\n\n    def f[T](x: T): ...\n\nelse:\n    f = None\n",
            'import _downgrade; import a\n\nif a:\n    _T_1 = _downgrade.TypeVar("_T_1")\n'
            "    def f(x: _T_1): ...\n    _downgrade.set_type_params(f, (_T_1,))\n"
            "else:\n    f = None\n",
        ),
    )

    def visit(self, node: Generic, context: Context) -> None:
        """Lower a definition that has brackets."""
        if node.type_params:
            lower(node, context)
