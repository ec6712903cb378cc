"""Which scopes (ENTER_HANDLER, SAVE_LOCAL) are open before each node of a body."""

from __future__ import annotations

from typing import Dict, List, Optional, Tuple

from ..ir.body import Body, Node
from ..ir.instr import Op

__all__ = ["Scopes", "open_scopes"]

#: The outermost first: a local's name for SAVE_LOCAL, ``None`` for ENTER_HANDLER.
Scopes = Tuple[Optional[str], ...]


def open_scopes(body: Body) -> Dict[Node, Scopes]:
    """The open scopes, as :class:`paddlefx.ir.flow.State` has them."""
    found: Dict[Node, Scopes] = {}
    work: List[Tuple[Node, Scopes]] = [(body.entry, ())]
    while work:
        node, scopes = work.pop()
        if node in found:
            continue
        found[node] = scopes
        if node.handler is not None:
            work.append((node.handler.node, scopes[: node.handler.scopes]))
        op = node.op
        if op is Op.ENTER_HANDLER:
            scopes = (*scopes, None)
        elif op is Op.SAVE_LOCAL:
            scopes = (*scopes, node.arg)
        elif op is Op.POP_EXCEPT or op is Op.RESTORE_LOCAL:
            last = len(scopes) - 1 - scopes[::-1].index(node.arg)
            scopes = scopes[:last] + scopes[last + 1 :]
        work.extend((following, scopes) for following in node.succ)
    return found
