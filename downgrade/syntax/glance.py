"""One logical line of a text's code, read by the host's own parser: for looks.

Only whether there is something to do may depend on it, so that what is written out is the same
whatever the host: who can't read a line has to ask for a parse of the text.
"""

from __future__ import annotations

import ast
import re
import warnings
from typing import List, Optional

from .code import Code

_FIRST = re.compile(r"\w*")
#: What makes a statement of its own of a line that begins so.
_IN_FRONT = {
    "elif": "if 1: pass\n",
    "else": "if 1: pass\n",
    "except": "try: pass\n",
    "finally": "try: pass\n",
}


def glance(code: Code, at: int) -> Optional[List[ast.AST]]:
    """The nodes of the logical line around ``at``; None if the host can't read it.

    The code has to be ``known``. Positions in the nodes mean nothing, and strings are empty.
    """
    start, end = code.line_around(at)
    line = code.text[start:end].strip(" \t\f\n")
    front = _FIRST.match(line)
    word = front.group() if front else ""
    line = _IN_FRONT.get(word, "") + line
    if line.endswith(":"):
        line += " pass"
    return nodes_of(line + "\nfinally: pass" if word == "try" else line)


def nodes_of(text: str) -> Optional[List[ast.AST]]:
    """The nodes of a few statements, those above first; None if the host can't read them."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = compile(text, "<text>", "exec", ast.PyCF_ONLY_AST, dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    return list(ast.walk(tree))
