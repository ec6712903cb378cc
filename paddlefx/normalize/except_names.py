"""The end of ``except .. as name``  ->  POP_EXCEPT, then ``name = None; del name``.

3.8 unbinds the name before it closes the handler, the others after; up to 3.10 an exception in
the body opens a handler of its own around the unbinding, from 3.11 on it doesn't. Only a
destructor that runs there and asks for ``sys.exc_info()`` could tell.
"""

from __future__ import annotations

from typing import Dict, List, Optional

from ..ir.body import Body, Edge, Node
from ..ir.instr import Op
from ..ir.program import Program

__all__ = ["unbind_names_outside"]

_UNBIND = {
    Op.STORE_LOCAL: Op.DELETE_LOCAL,
    Op.STORE_NAME: Op.DELETE_NAME,
    Op.STORE_GLOBAL: Op.DELETE_GLOBAL,
    Op.STORE_DEREF: Op.DELETE_DEREF,
}


def unbind_names_outside(program: Program, body: Body) -> None:
    """Close handlers first, and open none for the unbinding.

    Where several follow each other, all handlers are closed before any name is unbound.
    """
    changed = True
    while changed:
        changed = False
        for node in list(body.walk()):
            for place, following in enumerate(node.succ):
                closed = _closed_first(following)
                if closed is not following:
                    node.succ[place] = closed
                    changed = True
    unopened: Dict[Edge, Edge] = {}
    for node in list(body.walk()):
        if node.handler is not None:
            node.handler = _unopened(node.handler, unopened)


def _unbinding(node: Node) -> Optional[List[Node]]:
    """The three nodes, if this is the first of them."""
    if node.op is not Op.LOAD_CONST or node.arg is not None:
        return None
    store = node.succ[0]
    if store.op not in _UNBIND:
        return None
    delete = store.succ[0]
    if delete.op is not _UNBIND[store.op] or delete.arg != store.arg:
        return None
    return [node, store, delete]


def _closed_first(node: Node) -> Node:
    three = _unbinding(node)
    if three is None or three[2].succ[0].op is not Op.POP_EXCEPT:
        return node
    close = three[2].succ[0]
    return _chain([close, *three], close.succ[0], close.handler)


def _unopened(edge: Edge, known: Dict[Edge, Edge]) -> Edge:
    if edge.node.op is not Op.ENTER_HANDLER:
        return edge
    if edge in known:
        return known[edge]
    known[edge] = edge
    three = _unbinding(edge.node.succ[0])
    if three is None or three[2].succ[0].op is not Op.RERAISE:
        return edge
    outer = edge.node.handler
    if outer is not None:
        if outer.scopes > edge.scopes:
            return edge
        outer = _unopened(outer, known)
    known[edge] = edge._replace(node=_chain([*three, three[2].succ[0]], None, outer))
    return known[edge]


def _chain(nodes: List[Node], after: Optional[Node], handler: Optional[Edge]) -> Node:
    """Copies of some nodes, one behind the other."""
    copies = [Node(n.op, n.arg, (), handler, n.position, None, n.place) for n in nodes]
    for one, following in zip(copies, copies[1:]):
        one.succ = [following]
    if after is not None:
        copies[-1].succ = [after]
    return copies[0]
