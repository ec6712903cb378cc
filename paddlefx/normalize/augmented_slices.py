"""``x[i:j] += v`` with a slice made for each access  ->  one slice for both.

3.12 and later keep ``x, i, j`` on the stack and build the slice for reading and again for
writing (BINARY_SLICE, STORE_SLICE); before, it is built once and copied. An ``x`` with methods of
its own gets the same object twice then.
"""

from __future__ import annotations

from typing import List, Optional, Tuple

from ..ir.body import Body, Node
from ..ir.instr import Op
from ..ir.program import Program
from .splice import Splice
from .values import Values

__all__ = ["build_slices_once"]

_READ = ((Op.COPY, 3), (Op.COPY, 3), (Op.COPY, 3), (Op.BUILD_SLICE, 2), (Op.LOAD_SUBSCR, None))
_WRITE = (
    (Op.SWAP, 4),
    (Op.SWAP, 3),
    (Op.SWAP, 2),
    (Op.BUILD_SLICE, 2),
    (Op.STORE_SUBSCR, None),
)


def build_slices_once(program: Program, body: Body) -> None:
    """Build the slice before it is read, and copy it."""
    while True:
        reads = [chain for chain in (_chain(node, _READ) for node in body.nodes()) if chain]
        if not reads:
            return
        values = Values(body)
        if not any(_rewrite(body, values, chain) for chain in reversed(reads)):
            return


def _chain(node: Node, pattern: Tuple[Tuple[Op, Optional[int]], ...]) -> List[Node]:
    """The nodes from one on, if they are what the pattern says."""
    found: List[Node] = []
    for op, arg in pattern:
        if node.op is not op or node.arg != arg:
            return []
        found.append(node)
        if node.succ:
            node = node.succ[0]
    return found


def _rewrite(body: Body, values: Values, read: List[Node]) -> bool:
    loaded = frozenset((read[-1],))
    for node in values.before:
        if node.op is Op.BINARY and node.arg[1] and values.operands(node)[0] == loaded:
            write = _chain(node.succ[0], _WRITE)
            if write:
                break
    else:
        return False
    splice = Splice(body)
    splice.shift(read[-1].succ[0], node, len(values.before[read[0]]) - 3, -1)
    splice.replace(read[0], [read[3].like(Op.BUILD_SLICE, 2)])
    for copy in read[1:3]:
        splice.replace(copy, [copy.like(Op.COPY, 2)])
    for gone in (read[3], write[0], write[3]):
        splice.replace(gone, [])
    return splice.apply()
