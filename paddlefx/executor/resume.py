"""Resume functions: the rest of a frame, entered in the middle.

A resume function is the frame's own program behind a prologue: its parameters
are the values that were on the stack and the locals that are still needed; the
prologue puts the former back on the stack and jumps to where the frame stopped.
Since every instruction names its own handler, jumping into a ``try`` or ``with``
needs nothing more.
"""

from __future__ import annotations

import inspect
from typing import Any, List, Tuple

from ..ir.instr import Instr, Label, Op, Position
from ..ir.program import Program

__all__ = ["resume_program"]

_VARIADIC = inspect.CO_VARARGS | inspect.CO_VARKEYWORDS


def resume_program(
    program: Program,
    index: int,
    stack: int,
    live: Tuple[str, ...],
    position: Position,
    receiver: Tuple[str, ...] = (),
) -> Program:
    """A program that goes on at ``items[index]`` of ``program``.

    Args:
        program: the frame's.
        index: the item to go on at.
        stack: how many values are on the stack there.
        live: the locals to take over; the others are unbound.
        position: the source range of the prologue.
        receiver: the name of a parameter that comes before all others: ``super()``
            without arguments takes the first one (``Objects/typeobject.c``).
    """
    on_stack = tuple(f".stack{depth}" for depth in range(stack))
    parameters = receiver + on_stack + live
    entry = Label("resume")
    items: List[Any] = [Instr(Op.LOAD_LOCAL, name, None, position) for name in on_stack]
    items.append(Instr(Op.JUMP, entry, None, position))
    items += program.items[:index]
    items.append(entry)
    items += program.items[index:]
    rest = tuple(name for name in program.varnames if name not in parameters)
    return Program(
        items=items,
        name=program.name,
        qualname=program.qualname,
        argcount=len(parameters),
        flags=program.flags & ~_VARIADIC,
        varnames=parameters + rest,
        cellvars=(),
        freevars=program.freevars + tuple(n for n in program.cellvars if n not in program.freevars),
        firstlineno=program.firstlineno,
    )
