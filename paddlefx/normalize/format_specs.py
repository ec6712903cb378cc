"""``f'{x!r:{width}}'``  ->  CONVERT before the format specification is evaluated.

Up to 3.12 one instruction converts and formats, behind the specification (``FORMAT_VALUE``);
3.13 converts first (``CONVERT_VALUE``). So a conversion that raises does so earlier.
"""

from __future__ import annotations

from ..ir.body import Body
from ..ir.instr import Op
from ..ir.program import Program
from .splice import Splice
from .values import Values

__all__ = ["convert_first"]


def convert_first(program: Program, body: Body) -> None:
    """Move SWAP 2, CONVERT, SWAP 2 to where the specification begins."""
    wanted = [node for node in body.walk() if node.op is Op.FORMAT and node.arg]
    if not wanted:
        return
    preceding = body.predecessors()
    values = Values(body)
    splice = Splice(body)
    for node in wanted:
        three = []
        before = node
        for op in (Op.SWAP, Op.CONVERT, Op.SWAP):
            if len(preceding[before]) != 1 or preceding[before][0].op is not op:
                break
            before = preceding[before][0]
            three.append(before)
        if len(three) != 3:
            continue
        start = values.start(values.before[three[2]][-1])
        if start is None:
            continue
        splice.end(start, [three[1].like(Op.CONVERT, three[1].arg)])
        for one in three:
            splice.replace(one, [])
    splice.apply()
