"""A decoded code object."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import List, Optional, Tuple

from .instr import Item

__all__ = ["Program", "cell_operands"]


def cell_operands(cellvars: Tuple[str, ...], freevars: Tuple[str, ...]) -> Tuple[str, ...]:
    """How instructions name the cells and the free variables, in this order.

    By their names; but a class body can have a cell and a free variable of one name
    (``__class__``), and then the free one is called ``name (free)``.
    """
    return cellvars + tuple(f"{n} (free)" if n in cellvars else n for n in freevars)


@dataclass
class Program:
    """The body of one code object in the internal instruction set.

    Names, not slots: ``varnames`` lists the locals with the parameters first, in
    CPython's order (positional, keyword-only, ``*args``, ``**kwargs``). A
    parameter that is also a cell is in both ``varnames`` and ``cellvars``, and
    its cell already holds the argument when the body starts.

    ``renewed`` are free variables that a ``SAVE_LOCAL`` keeps aside with a new cell in their
    place, as it does with cells: those of a resume function that were cells of its origin.
    """

    items: List[Item]
    name: str
    qualname: str
    argcount: int = 0
    posonlyargcount: int = 0
    kwonlyargcount: int = 0
    flags: int = 0
    varnames: Tuple[str, ...] = ()
    cellvars: Tuple[str, ...] = ()
    freevars: Tuple[str, ...] = ()
    firstlineno: int = 1
    docstring: Optional[str] = field(default=None)
    renewed: Tuple[str, ...] = ()

    @property
    def free_operands(self) -> Tuple[str, ...]:
        """How instructions name each of ``freevars``; see :func:`cell_operands`."""
        return cell_operands(self.cellvars, self.freevars)[len(self.cellvars) :]

    def with_items(self, items: List[Item]) -> Program:
        """The same code object with another body."""
        return replace(self, items=items)
