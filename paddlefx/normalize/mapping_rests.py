"""A mapping copied, its keys deleted one after the other  ->  COPY_DICT_WITHOUT_KEYS.

How ``case {"a": x, **rest}`` makes ``rest``: 3.10 has an opcode for it, which leaves the mapping
below; later versions write it out (``compiler_pattern_mapping`` in ``Python/compile.c``).
Nothing shows.
"""

from __future__ import annotations

from typing import Optional

from ..ir.body import Body, Node
from ..ir.instr import Op
from ..ir.program import Program

__all__ = ["copy_without_keys"]


def copy_without_keys(program: Program, body: Body) -> None:
    """Replace each such row of instructions."""
    for node in body.nodes():
        last = _last_deletion(node)
        if last is not None:
            pop = node.like(Op.POP, None, last.succ)
            swap = node.like(Op.SWAP, 2, [pop])
            node.op, node.arg, node.spelling = Op.COPY_DICT_WITHOUT_KEYS, None, None
            node.succ = [swap]


def _last_deletion(node: Node) -> Optional[Node]:
    """The end of the row that begins at a node, if one does."""
    for operation in ((Op.BUILD_MAP, 0), (Op.SWAP, 3), (Op.DICT_UPDATE, 2)):
        if (node.op, node.arg) != operation:
            return None
        node = node.succ[0]
    if node.op is not Op.UNPACK_SEQUENCE:
        return None
    for left in range(node.arg, 0, -1):
        for wanted in ((Op.COPY, left + 1), (Op.SWAP, 2), (Op.DELETE_SUBSCR, None)):
            node = node.succ[0]
            if (node.op, node.arg) != wanted:
                return None
    return node
