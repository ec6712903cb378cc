"""Builtins that look into the frame that calls them."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Dict, List

from ...source import ConstantSource
from ..breaking.resume import ResumeProgram
from ..breaks import Kind
from ..frame import SavedLocal
from ..values import DictVariable, NullVariable, Variable

if TYPE_CHECKING:
    from ..machine import Machine

__all__ = ["globals_", "locals_"]


def globals_(machine: Machine, args: List[Variable], kwargs: Dict[str, Variable]) -> Variable:
    """``globals()``: the module's dict, an object from outside that is only read.

    Raises:
        GraphBreak: the frame has bound global names: what the dict holds is still to come.
    """
    table = machine.frames[-1].globals
    if args or kwargs or machine.side_effects.stores_globals(table):
        return machine.break_graph(Kind.LANGUAGE, "a call of globals()")
    return machine.wrap(table, ConstantSource(table, str(table.get("__name__", "?"))))


def locals_(machine: Machine, args: List[Variable], kwargs: Dict[str, Variable]) -> Variable:
    """``locals()`` in a function: a dict of what is bound, in CPython's order.

    Follows ``PyFrame_FastToLocalsWithError`` of ``Objects/frameobject.c``. Up to 3.12 a second
    call gives the same dict again, from 3.13 (PEP 667) another: such a frame breaks.
    """
    frame = machine.frames[-1]
    program = frame.program
    parameters = set(program.varnames[: program.argcount + program.kwonlyargcount + 2])
    if (
        args
        or kwargs
        or frame.asked_locals
        or isinstance(program, ResumeProgram)
        or frame.namespace is not None
        or not program.flags & inspect.CO_OPTIMIZED
        or program.name.startswith("<")
        or any(isinstance(scope, SavedLocal) for scope in frame.scopes)
        or parameters.intersection(program.cellvars)
        or program.free_operands != program.freevars
    ):
        return machine.break_graph(Kind.LANGUAGE, "a call of locals()")
    frame.asked_locals = True
    found: Dict[str, Variable] = {}
    for name in (*program.varnames, *program.cellvars, *program.freevars):
        value = frame.locals.get(name)
        if name in frame.cells:
            value = frame.cells[name].contents
        if value is not None and not isinstance(value, NullVariable):
            found[name] = value
    return DictVariable(dict(found))
