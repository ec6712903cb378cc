"""``'%s and %r' % (a, b)``  ->  what ``f'{a!s} and {b!r}'`` compiles to.

3.11 and later do so where the format is a constant, the right side is a tuple display without
stars, and the format asks for ``%s``, ``%r`` and ``%a`` alone (``optimize_format`` in
``Python/ast_opt.c``, bpo-28307). So a value is formatted before the next is evaluated.
"""

from __future__ import annotations

import re
from typing import List, Optional, Tuple, Union

from ..ir.body import Body, Node
from ..ir.instr import Op
from ..ir.program import Program
from .splice import Splice
from .values import Values

__all__ = ["format_in_place", "parse_format"]

#: MAXDIGITS in ``Python/ast_opt.c``: so many digits and the format stays.
_DIRECTIVE = re.compile(r"%([-+ #0]*)([0-9]{0,2})(?:\.([0-9]{0,2}))?([sra])")

#: A conversion and a format specification.
Field = Tuple[str, str]


def parse_format(text: str) -> Optional[List[Union[str, Field]]]:
    """Literals and fields of a format, or ``None`` where the compilers leave it as it is."""
    parts: List[Union[str, Field]] = []
    literal = ""
    place = 0
    while place < len(text):
        if text[place] != "%":
            literal += text[place]
            place += 1
            continue
        if text.startswith("%%", place):
            literal += "%"
            place += 2
            continue
        found = _DIRECTIVE.match(text, place)
        if found is None:
            return None
        place = found.end()
        flags, width, precision, conversion = found.groups()
        spec = ""
        if "-" not in flags and width and int(width) > 0:
            spec = ">"
        if width:
            spec += str(int(width))
        if precision is not None:
            spec += f".{int(precision or 0)}"
        if literal:
            parts.append(literal)
            literal = ""
        parts.append((conversion, spec))
    if literal:
        parts.append(literal)
    return parts


def format_in_place(program: Program, body: Body) -> None:
    """Rewrite the formats of a program."""
    wanted = [node for node in body.walk() if node.op is Op.BINARY and node.arg == ("%", False)]
    if not wanted:
        return
    values = Values(body)
    splice = Splice(body)
    for node in wanted:
        _rewrite(node, values, splice)
    splice.apply()


def _rewrite(node: Node, values: Values, splice: Splice) -> None:
    left, right = values.operands(node)
    constant = values.only(left, Op.LOAD_CONST)
    display = values.only(right, Op.BUILD_TUPLE)
    if constant is None or display is None or type(constant.arg) is not str:
        return
    parts = parse_format(constant.arg)
    starts = values.starts(display)
    if parts is None or starts is None:
        return
    if sum(type(part) is tuple for part in parts) != len(starts):
        return
    splice.replace(constant, [])
    nodes: List[Node] = []
    count = 0
    for part in parts:
        if isinstance(part, str):
            nodes.append(display.like(Op.LOAD_CONST, part))
            continue
        if count == 0:
            splice.begin(starts[0], node, nodes)
        elif nodes:
            splice.end(starts[count], nodes)
        nodes = _field(display, part)
        count += 1
    if len(parts) != 1:
        nodes.append(node.like(Op.BUILD_STRING, len(parts)))
    splice.replace(display, nodes)
    splice.replace(node, [])


def _field(display: Node, field: Field) -> List[Node]:
    conversion, spec = field
    nodes = [display.like(Op.CONVERT, conversion)]
    if spec:
        nodes.append(display.like(Op.LOAD_CONST, spec))
    nodes.append(display.like(Op.FORMAT, bool(spec)))
    return nodes
