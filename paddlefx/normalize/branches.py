"""A BRANCH on a constant  ->  where it goes; a BRANCH on a bool  ->  one that can't raise.

What the compilers know of a condition differs: 3.10 and later leave ``assert False`` without a
test, earlier ones test the constant. And the truth of what IS, CONTAINS and UNARY not give can be
asked without a handler, so the handler there, which versions have or don't, says nothing.
"""

from __future__ import annotations

from typing import Dict

from ..ir.body import Body, Node
from ..ir.instr import Op
from ..ir.program import Program
from .splice import Splice

__all__ = ["settle_branches"]

_BOOLEAN = frozenset({Op.IS, Op.CONTAINS, Op.CHECK_EXC_MATCH, Op.MATCH_MAPPING, Op.MATCH_SEQUENCE})


def settle_branches(program: Program, body: Body) -> None:
    """Go straight where a constant decides, and drop handlers where a bool does."""
    splice = Splice(body)
    quiet: Dict[Node, Node] = {}
    for node in list(body.walk()):
        if not node.succ or node.succ[0].op is not Op.BRANCH:
            continue
        branch = node.succ[0]
        if node.op is Op.LOAD_CONST:
            node.succ = [branch.succ[0] if _is_true(node.arg) else branch.succ[1]]
            splice.replace(node, [])
        elif branch.handler is not None and (
            node.op in _BOOLEAN or (node.op is Op.UNARY and node.arg == "not")
        ):
            if branch not in quiet:
                quiet[branch] = branch.like(Op.BRANCH, None, branch.succ)
                quiet[branch].handler = None
            node.succ = [quiet[branch]]
    splice.apply()


def _is_true(value: object) -> bool:
    return not isinstance(value, Program) and bool(value)
