"""Raising and handling exceptions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable, Dict

from ...ir.instr import Op, Position
from ..breaks import Kind, ObservedException
from ..exceptions import exception_groups, raising
from ..frame import HandlerScope
from ..values import (
    CaughtVariable,
    ConstantVariable,
    ExceptionVariable,
    NotConstant,
    ObjectVariable,
    SequenceVariable,
    TracebackVariable,
    Variable,
)

if TYPE_CHECKING:
    from ..frame import Frame
    from ..machine import Machine

__all__ = ["HANDLERS"]


def raise_(machine: Machine, frame: Frame, count: int) -> None:
    if count == 0:
        handled = machine.handled()
        if handled is None:
            raising.nothing_handled_outside(machine)
            text = "No active exception to reraise"
            machine.raise_observed(RuntimeError(text), worded=True)
        if isinstance(handled, CaughtVariable):
            if frame.handled() is not handled:
                machine.break_graph(Kind.EXCEPTION, "a caller's exception is raised again")
            raise ObservedException(handled)
        raising.raise_again(machine, _known(machine, handled))
    values = frame.pop_many(count)
    error = raising.exception(machine, values[0])
    if count == 2:
        cause = values[1]
        none = isinstance(cause, ConstantVariable) and cause.value is None
        error.cause = None if none else raising.exception(machine, cause, "exception causes")
        error.suppress = True
    raising.raise_variable(machine, error)


def reraise(machine: Machine, frame: Frame, arg: Any) -> None:
    error = machine.realise(frame.stack[-1])
    if isinstance(error, CaughtVariable):
        raise ObservedException(error)
    assert frame.instr is not None
    if frame.instr.handler is not None and exception_groups.left_over(frame, error):
        # Its traceback is its own (3.11+), and has no entry for this instruction.
        assert isinstance(error, ObjectVariable)
        own = ConstantVariable(None)
        raise ObservedException(CaughtVariable(error.value, error.source, Position(), own))
    raising.raise_again(machine, _known(machine, error))


def _known(machine: Machine, error: Variable) -> ExceptionVariable:
    if not isinstance(error, ExceptionVariable):
        machine.break_graph(Kind.EXCEPTION, "an exception that capture doesn't know")
    return error


def enter_handler(machine: Machine, frame: Frame, arg: Any) -> None:
    error = frame.stack[-1]
    if isinstance(error, ExceptionVariable) and error.traceback is None:
        error.traceback = TracebackVariable(error.step)
    outer = None if frame.instr is None else frame.instr.handler
    if outer is not None and outer.scopes > len(frame.scopes):
        outer = None  # 3.11+: the one that ends the scope
    frame.scopes.append(HandlerScope(error, len(frame.stack) - 1, outer))


def pop_except(machine: Machine, frame: Frame, arg: Any) -> None:
    frame.scopes.pop()


def check_exc_match(machine: Machine, frame: Frame, arg: Any) -> None:
    kinds = _kinds(machine, frame.stack.pop())
    error = frame.stack[-1]
    flat = kinds if isinstance(kinds, tuple) else (kinds,)
    if not all(isinstance(kind, type) and issubclass(kind, BaseException) for kind in flat):
        machine.raise_observed(
            TypeError("catching classes that do not inherit from BaseException is not allowed"),
            worded=True,
        )
    # Not issubclass(): PyErr_GivenExceptionMatches asks no __subclasscheck__.
    caught = any(kind in error.python_type().__mro__ for kind in flat)
    frame.stack.append(ConstantVariable(caught))


def _kinds(machine: Machine, value: Variable) -> Any:
    if isinstance(value, SequenceVariable):
        value = SequenceVariable([machine.realise(item) for item in value.items], value.cls)
    try:
        return value.as_constant()
    except NotConstant:
        return machine.break_graph(Kind.EXCEPTION, "the class to catch isn't known")


def check_eg_match(machine: Machine, frame: Frame, arg: Any) -> None:
    error, kinds = machine.realise(frame.stack[-2]), _kinds(machine, frame.stack[-1])
    match, rest = exception_groups.match(machine, error, kinds)
    frame.stack[-2:] = [rest, match]
    if isinstance(match, ExceptionVariable):
        frame.scopes[-1] = frame.scopes[-1]._replace(error=match)


def prep_reraise_star(machine: Machine, frame: Frame, arg: Any) -> None:
    original, raised = frame.pop_many(2)
    frame.stack.append(exception_groups.prepare_reraise(machine, original, raised))


HANDLERS: Dict[Op, Callable[..., Any]] = {
    Op.RAISE: raise_,
    Op.RERAISE: reraise,
    Op.ENTER_HANDLER: enter_handler,
    Op.POP_EXCEPT: pop_except,
    Op.CHECK_EXC_MATCH: check_exc_match,
    Op.CHECK_EG_MATCH: check_eg_match,
    Op.PREP_RERAISE_STAR: prep_reraise_star,
}
