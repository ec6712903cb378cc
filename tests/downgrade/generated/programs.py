"""Whole programs: constructs of every kind in each other, behind imports or in scopes."""

from __future__ import annotations

from typing import Any, Callable, Dict, List, NamedTuple, Tuple

from hypothesis import strategies as st

from .asynchronous import write_comprehensions
from .groups import write_except, write_group
from .library import write_dataclass, write_library
from .parameters import write_alias, write_generic_class, write_generic_function
from .patterns import write_match
from .pen import Pen
from .statements import (
    write_class,
    write_decorators,
    write_function,
    write_loop,
    write_stars,
    write_with,
)
from .strings import write_fstring, write_template
from .types_at_runtime import write_types

Writer = Callable[[Pen, Callable[[Pen], None]], None]
CONSTRUCTS: Dict[str, Writer] = {
    "match": write_match,
    "except*": write_group,
    "except without parentheses": write_except,
    "f-string": write_fstring,
    "t-string": write_template,
    "generic function": write_generic_function,
    "generic class": write_generic_class,
    "alias": write_alias,
    "with": write_with,
    "stars": write_stars,
    "decorators": write_decorators,
    "types at run time": write_types,
    "asynchronous comprehensions": write_comprehensions,
    "library": write_library,
    "data classes": write_dataclass,
    "function": write_function,
    "class": write_class,
    "loop": write_loop,
}
_MORE = ("match", "match", "except*", "generic class", "generic function", "f-string", "alias")
_AT_TOP = (*CONSTRUCTS, *_MORE)
#: What can stand in a class body too, and in the middle of another construct.
_INSIDE = ("match", "except*", "with", "stars", "f-string", "loop", "generic function", "alias",
           "match", "generic class", "library", "decorators", "except without parentheses",
           "function", "asynchronous comprehensions")  # fmt: skip
_DEPTH = 3
#: Indentation, line ends, and a name.
_LAYOUTS: Tuple[Tuple[str, ...], ...] = (
    *((("    ", "\n"),) * 7),
    ("\t", "\n", "tabs"),
    (" ", "\n", "one space"),
    ("    ", "\r\n", "CR LF"),
)


class Program(NamedTuple):
    """A program as it is written, and in the grammar of 3.13."""

    text: str
    plain: str
    used: Tuple[str, ...]


def _inside(pen: Pen) -> None:
    """A construct inside of another one, or a plain line."""
    if pen.depth >= _DEPTH or pen.chance(30):
        pen.write(f"log({pen.atom()})")
        return
    _write(pen, pen.pick(_INSIDE))


def _write(pen: Pen, name: str) -> None:
    pen.used.add(name)
    pen.depth += 1
    try:
        CONSTRUCTS[name](pen, _inside)
    finally:
        pen.depth -= 1


@st.composite
def programs(draw: Any, only: Tuple[str, ...] = ()) -> Program:
    """Programs of some constructs each; of those ``only``, if any are named."""
    pen = Pen(draw)
    if pen.chance(10):
        pen.write('"""A docstring."""')
    if pen.chance(8):
        pen.write("from __future__ import annotations")
        pen.used.add("future annotations")
    pen.write("from collections.abc import Callable")
    pen.write("")
    late = pen.chance(10)
    if not late:
        pen.write("class Late: pass")
    for _ in range(1 + pen.below(4)):
        _write(pen, pen.pick(only or _AT_TOP))
        if pen.chance(70):
            pen.write("")
    pen.write("")
    if late:
        pen.write("class Late: pass")
    pen.write("log('end')")
    layout = _LAYOUTS[pen.below(10)]
    text, plain = (_laid_out(lines, layout) for lines in (pen.lines, pen.plain))
    return Program(text, plain, tuple(sorted({*pen.used, *layout[2:]})))


def _laid_out(lines: List[str], layout: Tuple[str, ...]) -> str:
    """The lines with the indentation and the line ends of a layout."""
    found = []
    # a line of a string may begin with spaces as well: both programs get the same there
    for line in "\n".join(lines).split("\n"):
        rest = line.lstrip(" ")
        found.append(layout[0] * ((len(line) - len(rest)) // 4) + rest + layout[1])
    return "".join(found)
