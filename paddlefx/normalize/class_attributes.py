"""A class body of 3.13 or 3.14  ->  one that stores what the source says.

3.13 stores ``__firstlineno__`` and ``__static_attributes__`` in every class, 3.14 also its
namespace in a cell ``__classdict__``, and that in ``__classdictcell__``, though nothing inside
uses it (``compiler_class_body`` in ``Python/compile.c``). The attributes and the cell are lost.
"""

from __future__ import annotations

from typing import List

from ..ir.body import Body, Node
from ..ir.instr import Op
from ..ir.program import Program
from .splice import Splice

__all__ = ["drop_class_attributes"]

_OPTIMIZED = 0x1
_CELL = "__classdict__"
_STORED_CELL = "__classdictcell__"


def drop_class_attributes(program: Program, body: Body) -> None:
    """Take out these stores; in a module or a function they are the user's."""
    if program.flags & _OPTIMIZED or "__qualname__" not in _stored(body):
        return
    splice = Splice(body)
    if _CELL in program.cellvars and not _used_inside(body):
        _drop_cell(program, body, splice)
    for node in body.walk():
        if node.op is not Op.LOAD_CONST:
            continue
        store = node.succ[0]
        if store.op is not Op.STORE_NAME:
            continue
        if (store.arg == "__firstlineno__" and type(node.arg) is int) or (
            store.arg == "__static_attributes__" and type(node.arg) is tuple
        ):
            splice.replace(node, [])
            splice.replace(store, [])
    splice.apply()


def _stored(body: Body) -> List[str]:
    """What the first instructions store: ``__module__`` and ``__qualname__`` in a class."""
    found: List[str] = []
    node: Node = body.entry
    for _ in range(16):
        if node.op is Op.STORE_NAME:
            found.append(node.arg)
        if len(node.succ) != 1:
            break
        node = node.succ[0]
    return found


def _used_inside(body: Body) -> bool:
    return any(isinstance(n.arg, Program) and _CELL in n.arg.freevars for n in body.walk())


def _drop_cell(program: Program, body: Body, splice: Splice) -> None:
    """Take out LOAD_LOCALS; STORE_DEREF, and LOAD_CELL; STORE_NAME __classdictcell__."""
    stores = {Op.LOAD_LOCALS: (Op.STORE_DEREF, _CELL), Op.LOAD_CELL: (Op.STORE_NAME, _STORED_CELL)}
    for node in body.walk():
        if node.op in stores and node.arg in (None, _CELL):
            store = node.succ[0]
            if (store.op, store.arg) == stores[node.op]:
                splice.replace(node, [])
                splice.replace(store, [])
    program.cellvars = tuple(name for name in program.cellvars if name != _CELL)
