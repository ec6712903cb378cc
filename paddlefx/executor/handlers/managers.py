"""``with``: entering and leaving context managers (``Python/ceval.c``, BEFORE_WITH)."""

from __future__ import annotations

import types
from typing import TYPE_CHECKING, Any, Callable, Dict, NoReturn

from ...ir.instr import Op
from ..breaks import Kind
from ..exceptions import wording
from ..objects.attributes import ABSENT, mro_lookup, special_method
from ..values import (
    ConstantVariable,
    ExceptionVariable,
    ObjectVariable,
    SequenceVariable,
    TracebackVariable,
)
from ..wrapping import from_python

if TYPE_CHECKING:
    from ..frame import Frame
    from ..machine import Machine
    from ..values import Variable

__all__ = ["HANDLERS"]


def with_enter(machine: Machine, frame: Frame, arg: Any) -> None:
    manager = frame.stack[-1]
    if isinstance(manager, (ConstantVariable, SequenceVariable)):
        held = manager.value if isinstance(manager, ConstantVariable) else manager.cls()
        machine.raise_observed(wording.raised_by(_entered, held))
    if not isinstance(manager, ObjectVariable):
        machine.break_graph(Kind.CALL, f"a {manager.python_type().__name__} as context manager")
    if any(mro_lookup(type(manager.value), name) is ABSENT for name in ("__enter__", "__exit__")):
        _refuse(machine, manager)
    enter = special_method(machine, manager, "__enter__")
    leave = special_method(machine, manager, "__exit__")
    if enter is None or leave is None:
        kind = type(manager.value).__name__
        machine.break_graph(
            Kind.CALL,
            f"a {kind} as context manager",
            "its methods are written in C; the code inside the with is compiled",
        )
    value = machine.realise(machine.call(enter, [], {}))
    frame.stack[-1:] = [leave, value]


def _refuse(machine: Machine, manager: ObjectVariable) -> NoReturn:
    cls = type(manager.value)
    for name in ("__enter__", "__exit__"):
        found = mro_lookup(cls, name)
        if found is not ABSENT and not isinstance(found, types.FunctionType):
            machine.break_graph(Kind.CALL, f"a {cls.__name__} as context manager")
        special_method(machine, manager, name)  # guarded
    # Both methods are looked up before one is called.
    machine.raise_observed(wording.raised_by(_entered, manager.value))


def _entered(manager: Any) -> None:
    with manager:
        raise AssertionError("a context manager without its methods")


def with_except_start(machine: Machine, frame: Frame, arg: Any) -> None:
    leave, error = frame.stack[-2:]
    where: Variable
    if isinstance(error, ExceptionVariable):
        if error.traceback is None:
            error.traceback = TracebackVariable(error.step)
        where = error.traceback
    elif isinstance(error, ObjectVariable) and isinstance(error.value, BaseException):
        where = machine.get_attribute(error, "__traceback__")
    else:
        machine.break_graph(Kind.EXCEPTION, "an exception that capture doesn't know")
    kind = from_python(machine, error.python_type())
    frame.stack.append(machine.realise(machine.call(leave, [kind, error, where], {})))


HANDLERS: Dict[Op, Callable[..., Any]] = {
    Op.WITH_ENTER: with_enter,
    Op.WITH_EXCEPT_START: with_except_start,
}
