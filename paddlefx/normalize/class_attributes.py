"""A class body of 3.13  ->  one that stores what the source says.

3.13 stores ``__firstlineno__`` and ``__static_attributes__`` in every class
(``compiler_class_body`` in ``Python/compile.c``), the others don't. The attributes are lost.
"""

from __future__ import annotations

from typing import List

from ..ir.body import Body, Node
from ..ir.instr import Op
from ..ir.program import Program
from .splice import Splice

__all__ = ["drop_class_attributes"]

_OPTIMIZED = 0x1


def drop_class_attributes(program: Program, body: Body) -> None:
    """Take out the two stores; in a module or a function they are the user's."""
    if program.flags & _OPTIMIZED or "__qualname__" not in _stored(body):
        return
    splice = Splice(body)
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
