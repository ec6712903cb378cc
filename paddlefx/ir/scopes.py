"""What a scope of an inlined comprehension keeps aside: a local, or a cell (PEP 709)."""

from __future__ import annotations

from typing import Collection, Sequence

from .instr import Instr, Item, Op
from .program import Program, cell_operands

__all__ = ["binds", "cell_inside", "shares_free"]


def cell_inside(items: Sequence[Item], index: int, name: str, cells: Collection[str]) -> str:
    """The cell that the scope opened by a SAVE_LOCAL uses under its name, or ``""``.

    Args:
        items: of the program.
        index: where the SAVE_LOCAL stands.
        name: its operand.
        cells: what instructions call the cells and free variables of the program.
    """
    names = (name, f"{name} (free)")
    if names[0] in cells or names[1] in cells:
        for later in items[index + 1 :]:
            if not isinstance(later, Instr) or type(later.arg) is not str:
                continue
            if later.op in _CELL_OPS and later.arg in names:
                return later.arg
            if later.op in _LOCAL_OPS and later.arg == name:
                break
    return ""


_CELL_OPS = frozenset({Op.LOAD_CELL, Op.LOAD_DEREF, Op.STORE_DEREF, Op.DELETE_DEREF})
_LOCAL_OPS = frozenset({Op.RESTORE_LOCAL, Op.LOAD_LOCAL, Op.STORE_LOCAL})


def binds(items: Sequence[Item], index: int, name: str, cell: str) -> bool:
    """Whether the scope opened by a SAVE_LOCAL binds ``cell``, so that it is its own variable.

    One in the body of a class keeps locals aside that have the names of free variables which it
    only reads. Arguments as for :func:`cell_inside`.
    """
    for later in items[index + 1 :]:
        if isinstance(later, Instr):
            if later.op is Op.STORE_DEREF and later.arg == cell:
                return True
            if later.op is Op.RESTORE_LOCAL and later.arg == name:
                break
    return False


def shares_free(program: Program) -> bool:
    """Whether an inlined comprehension uses a free variable of the program as its own.

    CPython 3.12 and 3.13 make a new cell in its place and leave it there.
    """
    cells = cell_operands(program.cellvars, program.freevars)
    free = set(program.free_operands).difference(program.renewed)
    return any(
        isinstance(item, Instr)
        and item.op is Op.SAVE_LOCAL
        and (cell := cell_inside(program.items, index, item.arg, cells)) in free
        and binds(program.items, index, item.arg, cell)
        for index, item in enumerate(program.items)
    )
