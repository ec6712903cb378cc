"""A docstring as it stands in the source  ->  the docstring without its indentation.

3.13's compiler strips the indentation that the lines of a docstring share; the others keep it
(``_PyCompile_CleanDoc`` in ``Python/compile.c``). What changes is ``__doc__``.
"""

from __future__ import annotations

from ..ir.body import Body
from ..ir.instr import Op
from ..ir.program import Program

__all__ = ["clean_docstring", "strip_docstrings"]

_OPTIMIZED = 0x1
#: Code that is a function to CPython alone; its first constant says nothing.
_NO_DOCSTRING = frozenset({"<genexpr>", "<listcomp>", "<setcomp>", "<dictcomp>"})


def strip_docstrings(program: Program, body: Body) -> None:
    """Clean the docstring of a function, or what a class or module body stores as ``__doc__``."""
    if program.flags & _OPTIMIZED:
        if program.name in _NO_DOCSTRING:
            program.docstring = None
        elif program.docstring is not None:
            program.docstring = clean_docstring(program.docstring)
        return
    for node in body.walk():
        if node.op is Op.LOAD_CONST and type(node.arg) is str:
            following = node.succ[0]
            if following.op is Op.STORE_NAME and following.arg == "__doc__":
                node.arg = clean_docstring(node.arg)


def clean_docstring(text: str) -> str:
    """What 3.13 makes of a docstring: ``inspect.cleandoc`` that keeps blank lines at the ends."""
    first, *rest = text.expandtabs(8).split("\n")
    indents = [len(line) - len(line.lstrip(" ")) for line in rest]
    margin = min((indent for indent, line in zip(indents, rest) if line.strip(" ")), default=0)
    stripped = [line[min(indent, margin) :] for indent, line in zip(indents, rest)]
    return "\n".join([first.lstrip(" "), *stripped])
