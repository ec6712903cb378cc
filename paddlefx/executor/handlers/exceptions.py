"""Raising, handling and context managers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable, Dict

from ...ir.instr import Op
from .. import raising
from ..breaks import Kind, ObservedException
from ..values import ConstantVariable, ExceptionVariable

if TYPE_CHECKING:
    from ..frame import Frame
    from ..machine import Machine

__all__ = ["HANDLERS"]


def raise_(machine: Machine, frame: Frame, count: int) -> None:
    if count == 0:
        handled = machine.handled()
        if handled is None:
            machine.raise_observed(RuntimeError("No active exception to reraise"))
        raise ObservedException(handled)
    values = frame.pop_many(count)
    error = raising.exception(machine, values[0])
    if count == 2:
        cause = values[1]
        if isinstance(cause, ConstantVariable) and cause.value is None:
            error.value.__cause__ = None
        else:
            error.value.__cause__ = raising.exception(machine, cause).value
    raise ObservedException(error)


def reraise(machine: Machine, frame: Frame, arg: Any) -> None:
    error = frame.stack.pop()
    if not isinstance(error, ExceptionVariable):
        machine.break_graph(Kind.EXCEPTION, "an exception that capture doesn't know")
    raise ObservedException(error)


def enter_handler(machine: Machine, frame: Frame, arg: Any) -> None:
    frame.scopes.append(frame.stack[-1])


def pop_except(machine: Machine, frame: Frame, arg: Any) -> None:
    frame.scopes.pop()


def check_exc_match(machine: Machine, frame: Frame, arg: Any) -> None:
    kinds = frame.stack.pop().as_constant()
    error = frame.stack[-1]
    frame.stack.append(ConstantVariable(issubclass(error.python_type(), kinds)))


def except_star(machine: Machine, frame: Frame, arg: Any) -> None:
    machine.break_graph(Kind.LANGUAGE, "except*")


def with_enter(machine: Machine, frame: Frame, arg: Any) -> None:
    machine.break_graph(
        Kind.LANGUAGE,
        "a with statement",
        "the statement runs as plain Python; calls inside it are captured on their own",
    )


HANDLERS: Dict[Op, Callable[..., Any]] = {
    Op.RAISE: raise_,
    Op.RERAISE: reraise,
    Op.ENTER_HANDLER: enter_handler,
    Op.POP_EXCEPT: pop_except,
    Op.CHECK_EXC_MATCH: check_exc_match,
    Op.CHECK_EG_MATCH: except_star,
    Op.PREP_RERAISE_STAR: except_star,
    Op.WITH_ENTER: with_enter,
    Op.WITH_EXCEPT_START: with_enter,
}
