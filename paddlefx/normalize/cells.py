"""A cell that no inner function takes  ->  a local.

With comprehensions inlined (:mod:`.comprehensions`), what only they shared with the function
around them is no longer shared. Runs of SAVE_LOCAL and of RESTORE_LOCAL are put in the order of
their names.
"""

from __future__ import annotations

from typing import List, Set

from ..ir.body import Body, Node
from ..ir.instr import Op
from ..ir.program import Program

__all__ = ["CELL_OPERATIONS", "release_cells"]

_OPTIMIZED = 0x1
_AS_LOCAL = {
    Op.LOAD_DEREF: Op.LOAD_LOCAL,
    Op.STORE_DEREF: Op.STORE_LOCAL,
    Op.DELETE_DEREF: Op.DELETE_LOCAL,
}


#: Operations whose operand is a cell or a free variable.
CELL_OPERATIONS = frozenset({*_AS_LOCAL, Op.LOAD_CELL, Op.LOAD_CLASSDEREF})


def release_cells(program: Program, body: Body) -> None:
    """Turn the cells of a function that nothing captures into locals."""
    _sort_scopes(body)
    if not program.flags & _OPTIMIZED or not program.cellvars:
        return
    nodes = list(body.walk())
    free = set(program.cellvars)
    for node in nodes:
        if node.op is Op.LOAD_CELL or node.op is Op.LOAD_CLASSDEREF:
            free.discard(node.arg)
    if not free:
        return
    # a free variable of that name is not called after the cell any more (cell_operands)
    renamed = {f"{name} (free)": name for name in free}
    for node in nodes:
        if node.op in _AS_LOCAL and node.arg in free:
            node.op, node.spelling = _AS_LOCAL[node.op], None
        elif node.op in CELL_OPERATIONS:
            node.arg = renamed.get(node.arg, node.arg)
    program.cellvars = tuple(name for name in program.cellvars if name not in free)
    program.varnames = tuple(dict.fromkeys((*program.varnames, *sorted(free))))


def _sort_scopes(body: Body) -> None:
    for op in (Op.SAVE_LOCAL, Op.RESTORE_LOCAL):
        sorted_: Set[Node] = set()
        preceding = None
        for node in body.nodes():
            if node.op is not op or node in sorted_:
                continue
            if preceding is None:
                preceding = body.predecessors()
            if any(before.op is op for before in preceding[node]):
                continue
            run: List[Node] = [node]
            while run[-1].succ[0].op is op and len(preceding[run[-1].succ[0]]) == 1:
                run.append(run[-1].succ[0])
            sorted_.update(run)
            for one, name in zip(run, sorted(one.arg for one in run)):
                one.arg = name
