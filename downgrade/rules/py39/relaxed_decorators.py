"""Any expression as a decorator (PEP 614)."""

from __future__ import annotations

from typing import Union

from ...rule import GRAMMAR, Context, Example, Rule
from ...syntax import nodes

Decorated = Union[nodes.FunctionDef, nodes.AsyncFunctionDef, nodes.ClassDef]


class RelaxedDecorators(Rule):
    """``@a[0].b`` -> ``@_downgrade.decorator(a[0].b)``, which gives its argument back.

    A dotted name, called or not, stays as it is.
    """

    name = "relaxed-decorator"
    version = (3, 9)
    pep = 614
    title = "Any expression as a decorator"
    hint = GRAMMAR
    visits = (nodes.FunctionDef, nodes.AsyncFunctionDef, nodes.ClassDef)
    examples = (
        Example(
            "\n@buttons[0].clicked.connect\ndef f(): pass\n",
            "import _downgrade\n@_downgrade.decorator(buttons[0].clicked.connect)\ndef f(): pass\n",
        ),
        Example(
            "\n@(lambda f: f)  # as it is\n@a.b(c)(d)\n@(x)\nclass C: pass\n",
            "import _downgrade\n@_downgrade.decorator((lambda f: f))  # as it is\n"
            "@_downgrade.decorator(a.b(c)(d))\n@_downgrade.decorator((x))\nclass C: pass\n",
        ),
        Example("@a\n@a.b\n@a.b.c(d)\ndef f(): pass\n", "@a\n@a.b\n@a.b.c(d)\ndef f(): pass\n"),
    )

    def visit(self, node: Decorated, context: Context) -> None:
        """Wrap each decorator that 3.8's grammar doesn't know."""
        for one in node.decorator_list:
            pairs = context.source.parenthesised(one)
            name = one.func if isinstance(one, nodes.Call) else one
            while isinstance(name, nodes.Attribute):
                if context.source.parenthesised(name):
                    break
                name = name.value
            simple = isinstance(name, nodes.Name) and not context.source.parenthesised(name)
            if not simple or pairs:
                start, end = pairs[-1] if pairs else context.source.span(one)
                with context.change(one) as change:
                    change.insert(start, f"{change.runtime('decorator', inline=False)}(")
                    change.insert(end, ")")
