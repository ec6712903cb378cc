"""The strategy: modules that define ``f``, as source text."""

from __future__ import annotations

from typing import Any, Callable, NamedTuple

from hypothesis import strategies as st

from .expressions import Scope
from .statements import Statements

__all__ = ["AROUND", "LEVELS", "Example", "examples"]

#: The grammars that programs are written for: 3.8's, and those with ``match``, ``except*``, PEP 695.
LEVELS = (8, 10, 11, 12)

_KINDS = ("function", "function", "function", "generator", "generator", "async", "asyncgen")

#: Functions that every program may call.
AROUND = """\
from keyword import *

def sub():
    x = yield 7
    info()
    yield log(x)
    return V(x if type(x) is int else 3)

async def co():
    info()
    return await aw(1)

async def agen():
    yield await aw(2)
    info()
    yield V(4)

"""


class Example(NamedTuple):
    """A program.

    Args:
        level: the minor version of Python whose grammar it needs.
        source: its text; it defines ``f(x, y=.., *args, k=.., **named)``.
    """

    level: int
    source: str


@st.composite
def examples(draw: Callable[[Any], Any], newest: int = 8, size: int = 22) -> Example:
    """Programs for Pythons up to ``newest``, of about ``size`` statements."""
    levels = [level for level in LEVELS if level <= newest]
    # the grammar of all versions more often than a newer one
    level = draw(st.sampled_from([8] * len(levels) + levels))
    writer = Statements(draw, level, size)
    writer.scope = Scope("module")
    kind = writer.pick(_KINDS)
    default = writer.value()
    names = ["x", "y", "args", "k", "named"]
    parameters = f"x, y={default}, *args, k=2, **named"
    lines = writer.function("f", kind, parameters, names)
    return Example(level, AROUND + "\n".join(lines) + "\n")
