"""``except*`` and exception groups (PEP 654; ``Objects/exceptions.c``, ``Python/ceval.c``)."""

from __future__ import annotations

import types
from typing import TYPE_CHECKING, Any, Callable, Dict, List, Optional, Tuple

from ...ir.instr import Instr, Op
from ..breaks import Kind
from ..iterators import iteration
from ..objects.attributes import type_attribute
from ..values import (
    ConstantVariable,
    ExceptionVariable,
    NotConstant,
    ObjectVariable,
    SequenceVariable,
    Variable,
)
from .raising import GROUP

if TYPE_CHECKING:
    from ..frame import Frame
    from ..machine import Machine

__all__ = ["call_method", "group", "left_over", "match", "prepare_reraise"]

_NONE = ConstantVariable(None)
_Test = Callable[[Variable], bool]


def group(
    machine: Machine, cls: type, args: List[Variable], kwargs: Dict[str, Variable]
) -> ExceptionVariable:
    """``cls(message, exceptions)`` of a class of exception groups."""
    if len(args) != 2 or kwargs or args[0].python_type() is not str:
        machine.break_graph(Kind.EXCEPTION, f"a {cls.__name__} not made of a text and exceptions")
    if not isinstance(args[1], SequenceVariable):
        machine.break_graph(Kind.EXCEPTION, f"a {cls.__name__} of {args[1].python_type().__name__}")
    items = iteration.unpacked(machine, args[1])
    members = [item for item in items if isinstance(item, ExceptionVariable)]
    if len(members) != len(items):
        machine.break_graph(Kind.EXCEPTION, f"a {cls.__name__} of exceptions from outside")
    new: Any = cls.__new__
    try:
        value = new(cls, args[0].as_constant(), [member.value for member in members])
    except (TypeError, ValueError) as error:
        machine.raise_observed(error)
    made = ExceptionVariable(value, SequenceVariable(args, tuple))
    made.members = members
    init = type_attribute(machine, cls, "__init__")
    if isinstance(init, types.FunctionType):
        machine.break_graph(Kind.EXCEPTION, f"a {cls.__name__} with its own __init__")
    return made


def _is_group(error: Variable) -> bool:
    return issubclass(error.python_type(), GROUP)


def _of_kinds(kinds: Any) -> _Test:
    flat = kinds if isinstance(kinds, tuple) else (kinds,)
    return lambda error: any(kind in error.python_type().__mro__ for kind in flat)


def match(machine: Machine, error: Variable, kinds: Any) -> Tuple[Variable, Variable]:
    """What ``except* kinds`` takes of an exception, and what it leaves; either may be None."""
    flat = kinds if isinstance(kinds, tuple) else (kinds,)
    if not all(isinstance(kind, type) and issubclass(kind, BaseException) for kind in flat):
        text = "catching classes that do not inherit from BaseException is not allowed"
        machine.raise_observed(TypeError(text), worded=True)
    if any(issubclass(kind, GROUP) for kind in flat):
        text = "catching ExceptionGroup with except* is not allowed. Use except instead."
        machine.raise_observed(TypeError(text), worded=True)
    if isinstance(error, ConstantVariable) and error.value is None:
        return _NONE, _NONE
    test = _of_kinds(kinds)
    if not isinstance(error, ExceptionVariable):
        if isinstance(error, ObjectVariable) and not _is_group(error) and not test(error):
            return _NONE, error
        machine.break_graph(Kind.EXCEPTION, "an exception that capture doesn't know")
    if not _is_group(error):
        if not test(error):
            return _NONE, error
        wrapped = group(
            machine, GROUP, [ConstantVariable(""), SequenceVariable([error], tuple)], {}
        )
        wrapped.raised, wrapped.step = True, error.step
        return wrapped, _NONE
    taken, left = _split(machine, error, test)
    return taken or _NONE, left or _NONE


_Split = Tuple[Optional[ExceptionVariable], Optional[ExceptionVariable]]


def _split(machine: Machine, error: ExceptionVariable, test: _Test) -> _Split:
    if test(error):
        return error, None
    if not _is_group(error):
        return None, error
    halves = [_split(machine, member, test) for member in error.members]
    return (
        _subset(machine, error, [taken for taken, _ in halves if taken is not None]),
        _subset(machine, error, [left for _, left in halves if left is not None]),
    )


def _subset(
    machine: Machine, of: ExceptionVariable, members: List[ExceptionVariable]
) -> Optional[ExceptionVariable]:
    """``of.derive(members)`` with the links, traceback and notes of ``of``."""
    if not members:
        return None
    made = _derive(machine, of, SequenceVariable(members, list))
    made.traceback, made.cause, made.context = of.traceback, of.cause, of.context
    made.suppress = of.suppress and of.cause is not None
    made.raised, made.step = of.raised, of.step
    notes = of.attributes.get("__notes__")
    if notes is not None:
        made.attributes["__notes__"] = SequenceVariable(iteration.unpacked(machine, notes), list)
    return made


def _derive(
    machine: Machine, of: ExceptionVariable, members: SequenceVariable
) -> ExceptionVariable:
    cls = of.python_type()
    method = type_attribute(machine, cls, "derive")
    if isinstance(method, types.FunctionType) or of.args is None:
        machine.break_graph(Kind.EXCEPTION, f"{cls.__name__} defines derive")
    return group(machine, GROUP, [of.args.items[0], members], {})


def prepare_reraise(machine: Machine, original: Variable, raised: Variable) -> Variable:
    """What goes on after all ``except*`` clauses: ``_PyExc_PrepReraiseStar``.

    Args:
        machine: the capture.
        original: the exception that came in.
        raised: the list of what the clauses raised and of what none took.
    """
    if not isinstance(original, ExceptionVariable) or not isinstance(raised, SequenceVariable):
        machine.break_graph(Kind.EXCEPTION, "an exception that capture doesn't know")
    errors: List[ExceptionVariable] = []
    for item in raised.items:
        if isinstance(item, ExceptionVariable):
            errors.append(item)
        elif not (isinstance(item, ConstantVariable) and item.value is None):
            machine.break_graph(Kind.EXCEPTION, "an exception that capture doesn't know")
    if not _is_group(original):
        return errors[0] if errors else _NONE
    new = [error for error in errors if not _same_metadata(error, original)]
    again = [error for error in errors if _same_metadata(error, original)]
    kept = [leaf for error in again for leaf in _leaves(error)]
    taken = _projection(machine, original, kept)
    if not new:
        return taken or _NONE
    if taken is not None:
        new.append(taken)
    if len(new) == 1:
        return new[0]
    made = group(machine, GROUP, [ConstantVariable(""), SequenceVariable(new, list)], {})
    made.raised, made.step = True, original.step
    return made


def _same_metadata(one: ExceptionVariable, two: ExceptionVariable) -> bool:
    """Whether an exception is a part of another that was raised again."""
    return (
        _is_group(one)
        and _is_group(two)
        and one.attributes.get("__notes__") is two.attributes.get("__notes__")
        and one.traceback is two.traceback
        and one.cause is two.cause
        and one.context is two.context
    )


def _leaves(error: ExceptionVariable) -> List[ExceptionVariable]:
    if not _is_group(error):
        return [error]
    return [leaf for member in error.members for leaf in _leaves(member)]


def _projection(
    machine: Machine, of: ExceptionVariable, leaves: List[ExceptionVariable]
) -> Optional[ExceptionVariable]:
    """The part of a group that holds ``leaves``."""
    kept = {id(leaf) for leaf in leaves}
    return _split(machine, of, lambda error: id(error) in kept)[0]


def left_over(frame: Frame, error: Variable) -> bool:
    """Whether an exception made for real is what ``except*`` clauses leave to be raised."""
    return (
        isinstance(error, ObjectVariable)
        and issubclass(type(error.value), BaseException)
        and any(isinstance(i, Instr) and i.op is Op.CHECK_EG_MATCH for i in frame.program.items)
    )


def call_method(
    machine: Machine, error: ExceptionVariable, name: str, args: List[Variable]
) -> Variable:
    """``split``, ``subgroup`` or ``derive`` of a group."""
    if len(args) == 1 and name == "derive" and isinstance(args[0], SequenceVariable):
        return _derive(machine, error, args[0])
    try:
        kinds = args[0].as_constant() if len(args) == 1 else None
    except NotConstant:
        kinds = None
    flat = kinds if isinstance(kinds, tuple) else (kinds,)
    if name == "derive" or not all(isinstance(kind, type) for kind in flat):
        return machine.break_graph(Kind.EXCEPTION, f"{name}() of a group by a function")
    taken, left = _split(machine, error, _of_kinds(kinds))
    if name == "subgroup":
        return taken or _NONE
    return SequenceVariable([taken or _NONE, left or _NONE], tuple)
