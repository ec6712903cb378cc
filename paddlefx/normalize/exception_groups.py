"""COPY 1, BUILD_LIST 0, SWAP 2  ->  BUILD_LIST 0, COPY 2.

How ``except*`` begins: 3.11 copies the group and makes the list of what is raised below it, later
versions make the list and copy the group over it. Nothing shows.
"""

from __future__ import annotations

from ..ir.body import Body
from ..ir.instr import Op
from ..ir.program import Program

__all__ = ["make_list_first"]


def make_list_first(program: Program, body: Body) -> None:
    """Exchange the two."""
    for node in body.nodes():
        if node.op is not Op.COPY or node.arg != 1:
            continue
        build = node.succ[0]
        if build.op is not Op.BUILD_LIST or build.arg != 0:
            continue
        swap = build.succ[0]
        if swap.op is Op.SWAP and swap.arg == 2:
            copy = node.like(Op.COPY, 2, swap.succ)
            node.op, node.arg, node.spelling, node.succ = Op.BUILD_LIST, 0, None, [copy]
