"""``class`` statements inside functions, and ``type()`` of three arguments.

The body runs symbolically and gives the names it binds; ``type()`` makes a shadow class of
them, in which capture looks attributes up. Should the class leave the frame, the residual
program makes it of the same names by ``type()``: the body has run already. As
``builtin___build_class__`` of ``Python/bltinmodule.c`` and ``type_new`` of
``Objects/typeobject.c``.
"""

from __future__ import annotations

import builtins
import types
import typing
from typing import TYPE_CHECKING, Any, Dict, List, NoReturn, Optional, Tuple

from ... import _C
from ..breaks import Kind
from ..frame import Frame
from ..values import (
    CellVariable,
    ClassVariable,
    ConstantVariable,
    DictVariable,
    FreshVariable,
    FunctionVariable,
    MadeVariable,
    NotConstant,
    ObjectVariable,
    SequenceVariable,
    SetVariable,
    Variable,
)
from ..wrapping import builtins_dict, data_of, is_literal
from . import type_parameters
from .attributes import mro_lookup

if TYPE_CHECKING:
    from ..machine import Machine

__all__ = ["build_class", "by_type", "load_name"]

#: ``__init_subclass__`` that do nothing anybody notices.
_GENERIC_INIT: Any = typing.Generic.__dict__["__init_subclass__"]
_HARMLESS = (object.__dict__["__init_subclass__"], _GENERIC_INIT)


def _refuse(machine: Machine, name: str) -> NoReturn:
    machine.break_graph(Kind.LANGUAGE, f"the class statement of {name}")


def build_class(machine: Machine, args: List[Variable], kwargs: Dict[str, Variable]) -> Variable:
    """``__build_class__(body, name, *bases)``.

    Raises:
        GraphBreak: it has keywords, or bases with a metaclass or ``__init_subclass__``; or
            capture can't make sense of what the body binds.
    """
    body, named, *given = args
    name = str(named.as_constant())
    bases = type_parameters.bases_of(machine, given)
    if kwargs or not isinstance(body, FunctionVariable) or body.function is not None:
        _refuse(machine, name)
    _check_bases(machine, name, bases)
    program = machine.services.decode(body.code)
    if "__classdict__" in program.cellvars:
        _refuse(machine, name)  # functions evaluated later look into the class itself
    frame = Frame(
        program,
        body.code,
        body.globals,
        builtins_dict(body.globals.get("__builtins__", builtins)),
    )
    frame.namespace = {}
    for cell in program.cellvars:
        frame.cells[cell] = CellVariable(None)
    frame.cells.update(zip(program.free_operands, body.closure))
    machine.run_inlined(frame)
    namespace = dict(frame.namespace)
    own = namespace.pop("__classcell__", None)
    if own is not None and own is not frame.cells.get("__class__"):
        _refuse(machine, name)
    if any(isinstance(base, MadeVariable) for base in given):
        namespace["__orig_bases__"] = SequenceVariable(given, tuple)
    made = _make(machine, name, bases, namespace)
    if isinstance(own, CellVariable):
        own.contents = made
        own.written = True
    return made


def by_type(machine: Machine, args: List[Variable], kwargs: Dict[str, Variable]) -> Variable:
    """``type(name, bases, namespace)``.

    Raises:
        GraphBreak: as for a class statement.
    """
    if len(args) != 3 or kwargs:
        machine.break_graph(Kind.LANGUAGE, "a class made by type()")
    named, given, held = args
    if (
        not (isinstance(named, ConstantVariable) and type(named.value) is str)
        or not (isinstance(given, SequenceVariable) and given.cls is tuple)
        or not (isinstance(held, DictVariable) and held.python_type() is dict)
        or held.source is not None
        or not all(type(key) is str for key in held.items)
        or "__classcell__" in held.items
    ):
        machine.break_graph(Kind.LANGUAGE, "a class made by type()")
    bases = tuple(machine.realise(base).as_constant() for base in given.items)
    _check_bases(machine, named.value, bases)
    namespace = {str(key): machine.realise(item) for key, item in held.items.items()}
    if "__module__" not in namespace:
        frame = machine.frames[-1]
        if "__name__" not in frame.globals:
            machine.break_graph(Kind.LANGUAGE, "a class made by type()")
        namespace["__module__"] = machine.load_global(frame, "__name__")
    return _make(machine, named.value, bases, namespace)


def _check_bases(machine: Machine, name: str, bases: Tuple[Any, ...]) -> None:
    for base in bases:
        if not isinstance(base, type) or type(base) is not type:
            _refuse(machine, name)
        if not any(mro_lookup(base, "__init_subclass__") is known for known in _HARMLESS):
            _refuse(machine, name)


def _make(
    machine: Machine, name: str, bases: Tuple[Any, ...], namespace: Dict[str, Variable]
) -> ClassVariable:
    held: Dict[str, Any] = {}
    stand_ins: List[Tuple[Any, Variable]] = []
    for key, value in namespace.items():
        try:
            held[key] = _held(machine, value)
        except NotConstant:
            _refuse(machine, name)
        if type(held[key]) in (list, dict, set, types.FunctionType):
            stand_ins.append((held[key], value))
        elif hasattr(type(held[key]), "__set_name__") or hasattr(type(held[key]), "__get__"):
            _refuse(machine, name)
    try:
        shadow = type(name, bases, held)
    except (TypeError, ValueError):
        _refuse(machine, name)
    _C.hide_from_bases(shadow)
    for stand_in, value in stand_ins:
        machine.made_values[id(stand_in)] = value
    known = [machine.made_classes[id(base)] for base in bases if id(base) in machine.made_classes]
    made = ClassVariable(shadow, bases, namespace, list(known))
    machine.made_classes[id(shadow)] = made
    return made


def _held(machine: Machine, value: Variable) -> Any:
    """What stands for ``value`` in a shadow class.

    Raises:
        NotConstant: nothing can.
    """
    if isinstance(value, FunctionVariable) and value.function is None:
        cells = tuple(types.CellType() for _ in value.code.co_freevars)
        return types.FunctionType(value.code, value.globals, value.name, None, cells)
    if isinstance(value, MadeVariable):
        return value.stand_in
    if isinstance(value, DictVariable) and value.python_type() is dict:
        if value.source is None:
            return {key: _held(machine, item) for key, item in value.items.items()}
    elif isinstance(value, SequenceVariable):
        items = [_held(machine, item) for item in value.items]
        if value.cls is list and value.source is None:
            return items
        if value.cls is tuple and all(_fixed(machine, item) for item in value.items):
            return tuple(items)
    elif isinstance(value, (ConstantVariable, ObjectVariable)):
        if not isinstance(value, FreshVariable):
            return data_of(value)
    elif isinstance(value, SetVariable) and value.source is None:
        return data_of(value)
    raise NotConstant


def _fixed(machine: Machine, value: Variable) -> bool:
    """Whether it stays as it is, so that any object of its value will do."""
    if isinstance(value, SequenceVariable):
        return value.cls is tuple and all(_fixed(machine, item) for item in value.items)
    return isinstance(value, MadeVariable) or is_literal(machine, data_of(value))


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
