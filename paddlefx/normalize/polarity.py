"""``IS True``, ``CONTAINS True``, ``UNARY not`` before BRANCH  ->  the plain test, ways exchanged.

Whether ``if a is not b`` tests ``is not`` and goes on where that is true, or ``is`` and where
that is false, is each compiler's own choice.
"""

from __future__ import annotations

from typing import List, Tuple

from ..ir.body import Body, Node
from ..ir.instr import Op
from ..ir.program import Program
from .splice import Splice

__all__ = ["choose_polarity"]


def choose_polarity(program: Program, body: Body) -> None:
    """Exchange the ways of branches behind a negation; a branch that others share is copied."""
    changes: List[Tuple[Node, Node]] = []
    for node in body.walk():
        if not _negates(node):
            continue
        inverted = True
        branch = node.succ[0]
        while _is_not(branch):
            inverted = not inverted
            branch = branch.succ[0]
        if branch.op is not Op.BRANCH:
            continue
        ways = branch.succ[::-1] if inverted else branch.succ
        made = branch.like(Op.BRANCH, None, ways)
        if _is_not(node):
            # the truth of the value may raise, and that is asked here first
            made.handler = node.handler
        changes.append((node, made))
    splice = Splice(body)
    for node, made in changes:
        node.succ = [made]
        if _is_not(node):
            splice.replace(node, [])
        else:
            node.arg, node.spelling = False, None
    splice.apply()


def _is_not(node: Node) -> bool:
    return node.op is Op.UNARY and node.arg == "not"


def _negates(node: Node) -> bool:
    return _is_not(node) or (node.op in (Op.IS, Op.CONTAINS) and node.arg is True)
