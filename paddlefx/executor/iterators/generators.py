"""Generators run in capture: resumed, sent to, thrown into, closed, dropped.

Follows CPython's ``Objects/genobject.c`` (``gen_send_ex``, ``_gen_throw``, ``gen_close``)
and PEP 380 for ``yield from``. A generator's frame stands at its ``YIELD`` or
``YIELD_FROM`` while it is suspended.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Callable, Dict, NoReturn, Optional, Tuple

from ...ir.instr import Op
from ..breaks import GraphBreak, Kind, ObservedException, Restart
from ..exceptions import raising
from ..values import (
    ConstantVariable,
    ExceptionVariable,
    GeneratorVariable,
    IteratorVariable,
    ObjectVariable,
    Variable,
)
from ..wrapping import from_python
from . import iteration

if TYPE_CHECKING:
    from ..frame import Frame
    from ..machine import Machine

__all__ = [
    "ITERATOR_METHODS",
    "METHODS",
    "Step",
    "close_dropped",
    "delegate",
    "resume",
    "stop_iteration",
]

#: The value that a generator gives and ``None``; at its end ``None`` and what it returns.
Step = Tuple[Optional[Variable], Variable]

_NONE = ConstantVariable(None)


def _returns_when_closed() -> bool:
    def suspended() -> Any:
        try:
            yield 0
        except GeneratorExit:
            return 1

    made = suspended()
    next(made)
    result: Any = made.close()  # type: ignore[func-returns-value,unused-ignore]
    return bool(result == 1)


#: Since 3.13 ``close()`` gives what the generator returns.
CLOSE_GIVES_RESULT = _returns_when_closed()


def _chains() -> bool:
    def handling() -> Any:
        try:
            raise KeyError
        except KeyError:
            yield 0

    made = handling()
    next(made)
    try:
        made.throw(ValueError())
    except ValueError as error:
        return error.__context__ is not None
    return False


#: Since 3.9 what is thrown into a generator gets what the generator handles as its context.
THROW_CHAINS = _chains()


def resume(machine: Machine, value: GeneratorVariable, sent: Variable = _NONE) -> Step:
    """Run a generator to its next value.

    Args:
        machine: the capture.
        value: the generator.
        sent: what its ``yield`` gives.

    Raises:
        ObservedException: it raises, or can't be resumed.
    """
    if value.running:
        machine.raise_observed(ValueError("generator already executing"), worded=True)
    if value.done:
        return None, _NONE
    frame = value.frame
    if _suspended(value):
        frame.stack.append(sent)
    elif not _is_none(sent):
        machine.raise_observed(
            TypeError("can't send non-None value to a just-started generator"), worded=True
        )
    return _run(machine, value)


def _suspended(value: GeneratorVariable) -> bool:
    frame = value.frame
    return (
        bool(frame.pc)
        and frame.instr is not None
        and frame.instr.op
        in (
            Op.YIELD,
            Op.YIELD_FROM,
        )
    )


def _is_none(value: Variable) -> bool:
    return isinstance(value, ConstantVariable) and value.value is None


def _run(
    machine: Machine, value: GeneratorVariable, thrown: Optional[ObservedException] = None
) -> Step:
    frame = value.frame
    if thrown is not None and THROW_CHAINS:
        raising.chain(thrown.variable, frame.handled())
    value.running = True
    machine.inlined += 1
    if value.source is not None and value.moved_at is None:
        value.moved_at = machine.direct_step()
        machine.identities.change(machine, value)
    try:
        if thrown is not None:
            assert frame.instr is not None
            machine.frames.append(frame)
            try:
                machine.unwind(frame, frame.instr, thrown)
            finally:
                machine.frames.pop()
        result = machine.run_inlined(frame)
    except GraphBreak:
        value.done = True
        raise
    except ObservedException as signal:
        value.done = True
        if isinstance(signal.variable.value, StopIteration):  # PEP 479
            raising.raise_again(machine, raising.converted(machine, signal.variable))
        raise
    finally:
        value.running = False
    assert frame.instr is not None
    if frame.instr.op is Op.RETURN:
        value.done = True
        return None, result
    return machine.realise(result), _NONE


def stop_iteration(machine: Machine, result: Variable) -> NoReturn:
    """Raise the StopIteration that carries what a generator returned.

    Raises:
        ObservedException: always.
    """
    raising.raise_variable(machine, raising.stopped(machine, result))


# -- yield from


def delegate(machine: Machine, inner: Variable, sent: Variable) -> Step:
    """One round of ``yield from``: hand what was sent to the inner iterator.

    Raises:
        ObservedException: the inner iterator raises something other than StopIteration.
    """
    if isinstance(inner, GeneratorVariable):
        return resume(machine, inner, sent)
    if _is_none(sent):
        return iteration.advance_or_result(machine, inner)
    return _ending(machine, lambda: machine.call(_method(machine, inner, "send"), [sent], {}))


def _method(machine: Machine, inner: Variable, name: str) -> Variable:
    return machine.get_attribute(inner, name)


def _ending(machine: Machine, call: Callable[[], Variable]) -> Step:
    """What a call gives, or the value of the StopIteration it raises."""
    try:
        return machine.realise(call()), _NONE
    except ObservedException as signal:
        if not isinstance(signal.variable.value, StopIteration):
            raise
        signal.forget_frames()
        return None, machine.get_attribute(signal.variable, "value")


def _inner_of(value: GeneratorVariable) -> Optional[Variable]:
    """What a generator delegates to at the moment."""
    frame = value.frame
    if frame.instr is None or frame.instr.op is not Op.YIELD_FROM or not frame.pc:
        return None
    return frame.stack[-1]


# -- throw and close


def throw(machine: Machine, value: GeneratorVariable, error: ExceptionVariable) -> Step:
    """Raise ``error`` where a generator is suspended.

    Raises:
        ObservedException: it leaves the generator.
    """
    if value.running:
        machine.raise_observed(ValueError("generator already executing"), worded=True)
    if error.step is None:
        error.step = machine.direct_step()
    signal = ObservedException(error)
    if value.done:
        raise signal
    if not _suspended(value):
        value.done = True
        raise signal
    inner = _inner_of(value)
    if inner is not None:
        value.running = True
        try:
            thrown = _throw_inside(machine, inner, error)
        except ObservedException as raised:
            raised.forget_frames()
            signal = raised
        else:
            if thrown is not None:
                given, result = thrown
                if given is not None:
                    return given, _NONE
                # The inner one has returned: the outer one goes on behind its yield from.
                value.frame.stack[-1] = result
                value.frame.pc += 1
                return _run(machine, value)
        finally:
            value.running = False
    return _run(machine, value, signal)


def _throw_inside(machine: Machine, inner: Variable, error: ExceptionVariable) -> Optional[Step]:
    """Throw into what is delegated to; ``None`` when it can't be thrown into."""
    if issubclass(error.python_type(), GeneratorExit):
        if isinstance(inner, GeneratorVariable):
            close(machine, inner)
        elif isinstance(inner, ObjectVariable) and hasattr(type(inner.value), "close"):
            machine.call(_method(machine, inner, "close"), [], {})
        return None
    if isinstance(inner, GeneratorVariable):
        return throw(machine, inner, error)
    if isinstance(inner, ObjectVariable) and hasattr(type(inner.value), "throw"):
        return _ending(machine, lambda: machine.call(_method(machine, inner, "throw"), [error], {}))
    return None


def close(machine: Machine, value: GeneratorVariable) -> Variable:
    """``generator.close()``.

    Raises:
        ObservedException: it raises something else, or gives another value.
    """
    if value.done:
        return _NONE
    if not _suspended(value):
        value.done = True
        return _NONE
    made = machine.call(from_python(machine, GeneratorExit), [], {})
    assert isinstance(made, ExceptionVariable)
    try:
        given, result = throw(machine, value, made)
    except ObservedException as signal:
        if isinstance(signal.variable.value, (StopIteration, GeneratorExit)):
            signal.forget_frames()
            return _NONE
        raise
    if given is not None:
        machine.raise_observed(RuntimeError("generator ignored GeneratorExit"), worded=True)
    return result if CLOSE_GIVES_RESULT else _NONE


def close_dropped(machine: Machine, returning: bool = False) -> None:
    """Close the generators in a ``try`` or ``with`` that the program no longer refers to.

    CPython does so as the last reference goes. Symbolic values are referred to as the
    program's objects are, so their reference counts tell.

    Args:
        machine: the capture.
        returning: the instruction at hand returns from a frame.
    """
    generators, machine.generators = machine.generators[::-1], []
    while generators:
        value = generators.pop()
        if value.done or value.source is not None:
            continue
        # Referred to from here, and as the argument of getrefcount.
        if value.running or sys.getrefcount(value) > 2:
            machine.generators.append(value)
        elif value.holds_cleanup:
            _close_unseen(machine, value, returning)


def drop_locals(machine: Machine, frame: Frame) -> None:
    """A frame returns: its locals go, in the order of their slots."""
    for name in frame.program.varnames:
        if name in frame.locals:
            del frame.locals[name]
            close_dropped(machine, returning=True)
    for name in list(frame.cells):
        if frame.cells[name].source is None:
            del frame.cells[name]
            close_dropped(machine, returning=True)


def _close_unseen(machine: Machine, value: GeneratorVariable, returning: bool) -> None:
    try:
        try:
            close(machine, value)
        except ObservedException:
            reason = "a generator that is dropped raises while it is closed"
            machine.break_graph(Kind.LANGUAGE, reason)
    except GraphBreak as signal:
        if not returning:
            raise
        # No break can come at a return: it is made for real, and closed when that happens.
        signal.locate(value.frame.filename, value.frame.lineno, value.frame.program.qualname)
        raise Restart(value.step, signal.described()) from signal


# -- methods


def _next(machine: Machine, self: GeneratorVariable, args: Any, kwargs: Any) -> Variable:
    return _given(machine, resume(machine, self))


def _send(machine: Machine, self: GeneratorVariable, args: Any, kwargs: Any) -> Variable:
    if len(args) != 1 or kwargs:
        return machine.break_graph(Kind.CALL, "a call of send() with these arguments")
    return _given(machine, resume(machine, self, args[0]))


def _given(machine: Machine, step: Step) -> Variable:
    given, result = step
    if given is None:
        stop_iteration(machine, result)
    return given


def _throw(machine: Machine, self: GeneratorVariable, args: Any, kwargs: Any) -> Variable:
    if not 1 <= len(args) <= 3 or kwargs:
        return machine.break_graph(Kind.CALL, "a call of throw() with these arguments")
    thrown = args[0]
    if len(args) > 1 and not _is_none(args[1]):
        # As contextlib did up to 3.11: the type, the value and the traceback.
        thrown = args[1]
        if not isinstance(thrown, ExceptionVariable):
            return machine.break_graph(Kind.CALL, "throw() of a type and a value")
    if len(args) > 2 and not _is_none(args[2]) and isinstance(thrown, ExceptionVariable):
        thrown.traceback = args[2]
    return _given(machine, throw(machine, self, raising.exception(machine, thrown)))


def _close(machine: Machine, self: GeneratorVariable, args: Any, kwargs: Any) -> Variable:
    return close(machine, self)


def _iter(machine: Machine, self: GeneratorVariable, args: Any, kwargs: Any) -> Variable:
    return self


def _next_of(machine: Machine, self: IteratorVariable, args: Any, kwargs: Any) -> Variable:
    return _given(machine, iteration.advance_or_result(machine, self))


#: Of generators.
METHODS: Dict[str, Callable[..., Variable]] = {
    "__iter__": _iter,
    "__next__": _next,
    "send": _send,
    "throw": _throw,
    "close": _close,
}
#: Of the other iterators.
ITERATOR_METHODS: Dict[str, Callable[..., Variable]] = {"__iter__": _iter, "__next__": _next_of}
