"""BUILD_STRING of nothing, or of parts that are ''  ->  the string without them.

3.12 makes ``f""`` a constant, where others build it, and puts a '' behind a format specification
that is computed (its tokenizer gives one). Nothing shows.
"""

from __future__ import annotations

from typing import List, Tuple

from ..ir.body import Body, Node
from ..ir.instr import Op
from ..ir.program import Program
from .splice import Splice
from .values import Values

__all__ = ["drop_empty_strings"]


def drop_empty_strings(program: Program, body: Body) -> None:
    """Take the empty parts out; a single part that is left is the string."""
    builds = [node for node in body.walk() if node.op is Op.BUILD_STRING]
    if not builds:
        return
    values = Values(body)
    splice = Splice(body)
    changes: List[Tuple[Node, int]] = []
    for node in builds:
        loads = [values.only(slot, Op.LOAD_CONST) for slot in values.operands(node)]
        empty = [load for load in loads if load is not None and load.arg == ""]
        for load in empty:
            splice.replace(load, [])
        changes.append((node, node.arg - len(empty)))
    for node, count in changes:
        if count == 0:
            splice.replace(node, [node.like(Op.LOAD_CONST, "")])
        elif count == 1 and node.arg != 1:
            splice.replace(node, [])
        elif count != node.arg:
            splice.replace(node, [node.like(Op.BUILD_STRING, count)])
    splice.apply()
