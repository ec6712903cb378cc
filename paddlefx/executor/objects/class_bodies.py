"""``class`` statements inside functions, where they only define methods and constants.

The body runs symbolically and gives the names it binds; ``type()`` makes a shadow class of
them, in which capture looks attributes up. Should the class leave the frame, the residual
program runs the statement for real, which comes to the same since the body does nothing else.
As ``builtin___build_class__`` of ``Python/bltinmodule.c``.
"""

from __future__ import annotations

import builtins
import types
from typing import TYPE_CHECKING, Any, Dict, List, NoReturn, Optional

from ...ir.instr import Instr, Label, Op
from ..breaks import Kind
from ..frame import Frame
from ..values import (
    CellVariable,
    ClassVariable,
    ConstantVariable,
    DictVariable,
    FunctionVariable,
    NotConstant,
    ObjectVariable,
    SequenceVariable,
    Variable,
)
from ..wrapping import builtins_dict, data_of
from .attributes import mro_lookup

if TYPE_CHECKING:
    from ..machine import Machine

__all__ = ["build_class"]

#: What a body may consist of: it can be run again without anybody noticing.
_HARMLESS = frozenset(
    [
        Op.BUILD_CONST_KEY_MAP,
        Op.BUILD_MAP,
        Op.BUILD_TUPLE,
        Op.COPY,
        Op.LOAD_CELL,
        Op.LOAD_CONST,
        Op.LOAD_NAME,
        Op.MAKE_FUNCTION,
        Op.POP,
        Op.RETURN,
        Op.SETUP_ANNOTATIONS,
        Op.STORE_NAME,
        Op.STORE_SUBSCR,
        Op.SWAP,
    ]
)


def _refuse(machine: Machine, name: str) -> NoReturn:
    machine.break_graph(Kind.LANGUAGE, f"the class statement of {name}")


def build_class(machine: Machine, args: List[Variable], kwargs: Dict[str, Variable]) -> Variable:
    """``__build_class__(body, name, *bases)``.

    Raises:
        GraphBreak: the statement does more than define methods and constants.
    """
    body, named, *given = args
    name = str(named.as_constant())
    bases = tuple(base.as_constant() for base in given)
    if (
        kwargs
        or not isinstance(body, FunctionVariable)
        or body.function is not None
        or not all(isinstance(base, type) and type(base) is type for base in bases)
    ):
        _refuse(machine, name)
    init: Any = object.__dict__["__init_subclass__"]
    if any(mro_lookup(base, "__init_subclass__") is not init for base in bases):
        _refuse(machine, name)
    program = machine.services.decode(body.code)
    for item in program.items:
        if isinstance(item, Instr) and item.op not in _HARMLESS:
            _refuse(machine, name)
        if isinstance(item, Label):
            _refuse(machine, name)
    frame = Frame(
        program,
        body.code,
        body.globals,
        builtins_dict(body.globals.get("__builtins__", builtins)),
    )
    frame.namespace = {}
    for cell in program.cellvars:
        frame.cells[cell] = CellVariable(None)
    frame.cells.update(zip(program.freevars, body.closure))
    before = len(machine.side_effects.log)
    machine.run_inlined(frame)
    if len(machine.side_effects.log) != before:
        _refuse(machine, name)
    own = frame.namespace.pop("__classcell__", None)
    shadow = _shadow(machine, name, bases, frame.namespace)
    made = ClassVariable(shadow, body, bases)
    machine.made_classes[id(shadow)] = made
    for attribute, value in frame.namespace.items():
        if isinstance(value, FunctionVariable) and value.function is None:
            value.member_of = (made, attribute)
    if isinstance(own, CellVariable):
        own.contents = made
        own.written = True
    return made


def _shadow(machine: Machine, name: str, bases: Any, namespace: Dict[str, Variable]) -> type:
    held: Dict[str, Any] = {}
    functions: Dict[int, FunctionVariable] = {}
    for key, value in namespace.items():
        if isinstance(value, FunctionVariable) and value.function is None:
            cells = tuple(types.CellType() for _ in value.code.co_freevars)
            stand_in = types.FunctionType(value.code, value.globals, value.name, None, cells)
            functions[id(stand_in)] = value
            held[key] = stand_in
        elif isinstance(value, (ConstantVariable, DictVariable, ObjectVariable, SequenceVariable)):
            try:
                held[key] = data_of(value)
            except NotConstant:
                _refuse(machine, name)
            if hasattr(type(held[key]), "__set_name__") or hasattr(type(held[key]), "__get__"):
                _refuse(machine, name)
        else:
            _refuse(machine, name)
    try:
        made = type(name, bases, held)
    except TypeError:
        _refuse(machine, name)
    machine.made_functions.update(functions)
    return made


def load_name(machine: Machine, frame: Frame, name: str) -> Optional[Variable]:
    """A name in a class body: what the body bound it to, a global or a builtin."""
    if frame.namespace is None:
        machine.break_graph(Kind.LANGUAGE, "a class or module body")
    found = frame.namespace.get(name)
    if found is None:
        if machine.side_effects.pending_global(frame.globals, name) is not None:
            machine.break_graph(Kind.LANGUAGE, f"a class body that reads the changed {name!r}")
        found = machine.load_global(frame, name)
    return found
