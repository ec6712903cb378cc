"""A handler that raises on what it caught  ->  the handler that then catches it, or none.

3.11 and later guard each ``except`` and ``finally`` body by code that closes the handler and
raises on (POP_EXCEPT, RERAISE); up to 3.10 the interpreter unwinds such bodies by itself. From
3.12 on generators guard their whole body by INTRINSIC STOPITERATION_ERROR, which earlier
versions do when the frame is left (PEP 479). A handler that begins by dropping a value that it
was left with is one that keeps a value less.

The normalised program leaves both to the frame: an exception that leaves a scope closes it.
"""

from __future__ import annotations

from typing import Dict, Optional

from ..ir.body import Body, Edge
from ..ir.instr import Op
from ..ir.program import Program

__all__ = ["thread_handlers"]

#: GENERATOR, COROUTINE, ASYNC_GENERATOR.
_RESUMABLE = 0x20 | 0x80 | 0x200


def thread_handlers(program: Program, body: Body) -> None:
    """Let each exception go where it is handled."""
    resumable = bool(program.flags & _RESUMABLE)
    known: Dict[Edge, Optional[Edge]] = {}
    for node in list(body.walk()):
        if node.handler is not None:
            node.handler = _threaded(node.handler, resumable, known)


def _threaded(edge: Edge, resumable: bool, known: Dict[Edge, Optional[Edge]]) -> Optional[Edge]:
    if edge in known:
        return known[edge]
    known[edge] = edge
    found = _step(edge, resumable)
    if found is not None and found is not edge:
        found = _threaded(found, resumable, known)
    known[edge] = found
    return found


def _step(edge: Edge, resumable: bool) -> Optional[Edge]:
    node, depth, scopes = edge
    if node.op is Op.SWAP and node.arg == 2 and node.succ[0].op is Op.POP and depth > 0:
        return Edge(node.succ[0].succ[0], depth - 1, scopes)
    if (
        resumable
        and node.op is Op.INTRINSIC
        and node.arg == "STOPITERATION_ERROR"
        and node.succ[0].op is Op.RERAISE
        and node.handler is None
    ):
        return None
    while node.op is Op.POP_EXCEPT:
        node = node.succ[0]
    if node.op is Op.RERAISE:
        return node.handler
    return edge
