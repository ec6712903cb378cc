"""``isinstance``, ``issubclass`` and ``super``: what asks for the classes of its arguments."""

from __future__ import annotations

import abc
import builtins
import types
from typing import TYPE_CHECKING, Any, Dict, Iterator, List, NoReturn

from ...source import ConstantSource
from ..breaking.suspended import own_program
from ..breaks import GiveUp, Kind
from ..objects.attributes import mro_lookup
from ..operators import arithmetic
from ..values import (
    CellVariable,
    ConstantVariable,
    NullVariable,
    ObjectVariable,
    SuperVariable,
    Variable,
)
from ..wrapping import from_python
from .rule import Rule

if TYPE_CHECKING:
    from ..machine import Machine

__all__ = ["FUNCTIONS", "super_"]

#: How deep a tuple of classes may be: deeper, Python's own recursion is what the call tells.
_NESTED = 20


def _isinstance(machine: Machine, args: List[Variable], kwargs: Dict[str, Variable]) -> Variable:
    value, kinds = args
    cls = value.python_type()
    for kind in _flattened(machine, kinds.as_constant()):
        check = mro_lookup(type(kind), "__instancecheck__")
        plain = getattr(check, "__func__", check)
        if isinstance(plain, types.FunctionType) and plain is not abc.ABCMeta.__instancecheck__:
            # A metaclass decides, as Paddle's for its static variables does.
            hook = machine.function(plain, ConstantSource(plain, plain.__qualname__))
            owner = type(kind) if isinstance(check, classmethod) else kind
            asked = machine.call(hook, [from_python(machine, owner), value], {})
            if arithmetic.truth(machine, asked):
                return ConstantVariable(True)
        elif _is_instance(machine, value, cls, kind):
            return ConstantVariable(True)
    return ConstantVariable(False)


def _flattened(machine: Machine, kinds: Any) -> Iterator[Any]:
    """What ``isinstance`` compares with, in its order: of a tuple each item (``abstract.c``)."""
    if not isinstance(kinds, tuple):
        yield kinds
        return
    work = [iter(kinds)]
    while work:
        kind = next(work[-1], work)
        if kind is work:
            work.pop()
        elif not isinstance(kind, tuple):
            yield kind
        elif len(work) == _NESTED:
            machine.break_graph(Kind.LIMIT, f"more than {_NESTED} tuples in each other")
        else:
            work.append(iter(kind))


def _shows_its_class(cls: type) -> bool:
    """Whether ``__class__`` of its objects is their class, and reading it runs no user code."""
    if mro_lookup(cls, "__class__") is not object.__dict__["__class__"]:
        return False
    return not isinstance(mro_lookup(cls, "__getattribute__"), types.FunctionType)


def _is_instance(machine: Machine, value: Variable, cls: type, kind: Any) -> bool:
    try:
        if issubclass(cls, kind):
            return True
        if not isinstance(value, ObjectVariable):
            return False
        if not _shows_its_class(cls):
            machine.break_graph(Kind.CALL, f"isinstance() of a {cls.__name__}, asked for its class")
        return isinstance(value.value, kind)
    except TypeError as error:
        machine.raise_observed(error)


def _issubclass(machine: Machine, args: List[Variable], kwargs: Dict[str, Variable]) -> Variable:
    cls, kinds = (item.as_constant() for item in args)
    for _ in _flattened(machine, kinds):
        pass  # not too deep
    try:
        return ConstantVariable(issubclass(cls, kinds))
    except TypeError as error:
        machine.raise_observed(error)


def super_(machine: Machine, args: List[Variable], kwargs: Dict[str, Variable]) -> Variable:
    """``super(cls, receiver)``; without arguments, of the frame (``typeobject.c``)."""
    if args:
        if len(args) != 2:
            return machine.break_graph(Kind.CALL, "an unbound super object")
        return _super_of(machine, args[0], args[1])
    frame = machine.frames[-1]
    cell = frame.cells.get("__class__")
    names = frame.program.varnames
    first = frame.locals.get(names[0]) if names else None
    if first is None and names and names[0] in frame.cells:
        first = frame.cells[names[0]].contents
    if not own_program(frame)[0].argcount:
        _refuse(machine, "no arguments")
    if first is None or isinstance(first, NullVariable):
        # RuntimeError of ``super()``, or UnboundLocalError of the attribute behind it (3.12+).
        raise GiveUp(machine.describe(Kind.LANGUAGE, "super() after its argument was deleted"))
    if not isinstance(cell, CellVariable):
        _refuse(machine, "__class__ cell not found")
    cell.contents = machine.realise(cell.contents)
    if isinstance(cell.contents, NullVariable):
        _refuse(machine, "empty __class__ cell")
    return _super_of(machine, cell.contents, machine.realise(first))


def _refuse(machine: Machine, what: str) -> NoReturn:
    machine.raise_observed(RuntimeError(f"super(): {what}"), worded=True)


def _super_of(machine: Machine, cls: Variable, receiver: Variable) -> Variable:
    """``super(cls, receiver)``, whose arguments are checked (``typeobject.c``, supercheck)."""
    known = cls.as_constant()
    fits = isinstance(known, type) and issubclass(receiver.python_type(), known)
    if not fits and isinstance(receiver, ObjectVariable) and isinstance(known, type):
        fits = issubclass(type(receiver.value), type) and issubclass(receiver.value, known)
    if not fits:
        return machine.break_graph(Kind.EXCEPTION, "super() of arguments that don't fit")
    return SuperVariable(known, receiver)


FUNCTIONS: Dict[Any, Rule] = {
    builtins.isinstance: _isinstance,
    builtins.issubclass: _issubclass,
}
