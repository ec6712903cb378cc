"""SAVE_LOCAL and RESTORE_LOCAL of a name that nothing else uses  ->  nothing.

For a comprehension in a class body 3.13 saves every name of the comprehension's symbol table, its
globals and ``.0`` too (``inline_comprehension`` in ``Python/symtable.c``, ``push_inlined_
comprehension_state`` in ``Python/compile.c``). Handlers that keep such scopes keep fewer then.
Nothing shows.
"""

from __future__ import annotations

from typing import Set

from ..ir.body import Body
from ..ir.instr import Op
from ..ir.program import Program
from .scopes import open_scopes
from .splice import Splice

__all__ = ["drop_unused_saves"]

_SAVES = (Op.SAVE_LOCAL, Op.RESTORE_LOCAL)
_USES = frozenset({Op.LOAD_LOCAL, Op.STORE_LOCAL, Op.DELETE_LOCAL})


def drop_unused_saves(program: Program, body: Body) -> None:
    """Take out the saves, and recount what handlers keep."""
    saved: Set[str] = set()
    used = {*program.cellvars, *program.freevars}
    for node in body.walk():
        if node.op is Op.SAVE_LOCAL:
            saved.add(node.arg)
        elif node.op in _USES:
            used.add(node.arg)
    unused = saved - used
    if not unused:
        return
    splice = Splice(body)
    for node, scopes in open_scopes(body).items():
        handler = node.handler
        if handler is not None:
            gone = sum(name in unused for name in scopes[: handler.scopes])
            node.handler = handler._replace(scopes=handler.scopes - gone)
        if node.op in _SAVES and node.arg in unused:
            splice.replace(node, [])
    splice.apply()
