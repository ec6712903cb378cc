"""A value tested twice  ->  tested once.

``a and b or c`` tests a, keeps it where it is false, and then tests what was kept. Up to 3.11
the second test is jumped over (thread_jump in ``Python/compile.c``), from 3.12 on it isn't. As
there, the truth of a value is taken to stay as it was. A value that is kept for a test and
dropped on both ways is not kept.
"""

from __future__ import annotations

from typing import List, Tuple

from ..ir.body import Body, Node
from ..ir.instr import Op
from ..ir.program import Program
from .splice import Splice

__all__ = ["ask_once"]


def ask_once(program: Program, body: Body) -> None:
    """Let the ways of a test go past tests of the same value."""
    changed = True
    while changed:
        changed = False
        for node in list(body.walk()):
            if node.op is Op.COPY and node.arg == 1 and node.succ[0].op is Op.BRANCH:
                changed = _pass(node) or changed
    _drop_copies(body)


def _pass(copy: Node) -> bool:
    """Let the ways of one test go past the next; the test is not shared any more then."""
    branch = copy.succ[0]
    ways: List[Node] = []
    for truth, way in zip((0, 1), branch.succ):
        if way.op is Op.COPY and way.arg == 1 and way.succ[0].op is Op.BRANCH:
            ways.append(way.succ[0].succ[truth])
        elif way.op is Op.BRANCH:
            ways.append(way.like(Op.POP, None, [way.succ[truth]]))
        else:
            ways.append(way)
    if ways == branch.succ:
        return False
    copy.succ = [branch.like(Op.BRANCH, None, ways)]
    return True


def _drop_copies(body: Body) -> None:
    changes: List[Tuple[Node, Node]] = []
    for node in body.walk():
        if node.op is Op.COPY and node.arg == 1:
            branch = node.succ[0]
            if branch.op is Op.BRANCH and all(way.op is Op.POP for way in branch.succ):
                ways = [way.succ[0] for way in branch.succ]
                changes.append((node, branch.like(Op.BRANCH, None, ways)))
    splice = Splice(body)
    for node, branch in changes:
        node.succ = [branch]
        splice.replace(node, [])
    splice.apply()
