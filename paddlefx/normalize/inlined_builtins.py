"""``any(... for ...)`` with a loop for the builtin  ->  the call alone.

3.14 asks whether ``any``, ``all`` or ``tuple`` is the builtin and runs the generator in a loop of
its own then (``maybe_optimize_function_call`` in ``Python/codegen.c``). The call does the same;
a traceback through C shows no more frames.
"""

from __future__ import annotations

from typing import Optional

from ..ir.body import Body, Node
from ..ir.instr import Op
from ..ir.program import Program
from .splice import Splice

__all__ = ["call_builtins"]

_NAMES = frozenset({"all", "any", "tuple"})


def call_builtins(program: Program, body: Body) -> None:
    """Go where the function is called, whatever it is."""
    splice = Splice(body)
    for node in list(body.walk()):
        call = _call(node)
        if call is not None:
            node.succ = [call]
            splice.replace(node, [])
    splice.apply()


def _call(copied: Node) -> Optional[Node]:
    """Where a function that is copied to be compared with a builtin is called."""
    chain = [copied]
    for _ in range(3):
        if len(chain[-1].succ) != 1:
            return None
        chain.append(chain[-1].succ[0])
    ops = [node.op for node in chain]
    if ops != [Op.COPY, Op.LOAD_COMMON_CONSTANT, Op.IS, Op.BRANCH]:
        return None
    if copied.arg != 1 or chain[1].arg not in _NAMES or chain[2].arg is not False:
        return None
    return chain[3].succ[1]
