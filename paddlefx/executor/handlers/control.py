"""Calls, jumps, loops, functions and generators."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable, Dict, Optional, Tuple

from ...ir.instr import Instr, Label, Op
from ..breaking import offers
from ..breaks import GraphBreak, Kind
from ..containers import container_methods
from ..exceptions import raising
from ..iterators import generators, iteration
from ..objects import type_parameters
from ..operators import arithmetic
from ..values import (
    CellVariable,
    DictVariable,
    ExceptionVariable,
    FunctionVariable,
    SequenceVariable,
    TensorVariable,
    Variable,
)

if TYPE_CHECKING:
    from ..frame import Frame
    from ..machine import Machine

__all__ = ["HANDLERS", "asynchronous"]


def call(machine: Machine, frame: Frame, arg: Tuple[int, Tuple[str, ...]]) -> None:
    count, names = arg
    values = frame.pop_many(count)
    function = frame.stack.pop()
    kwargs: Dict[str, Variable] = {}
    if names:
        split = count - len(names)
        kwargs = dict(zip(names, values[split:]))
        del values[split:]
    result = machine.call(function, values, kwargs, direct=True)
    frame.stack.append(machine.realise(result))


def call_ex(machine: Machine, frame: Frame, has_kwargs: bool) -> None:
    kwargs: Dict[str, Variable] = {}
    if has_kwargs:
        given = container_methods.mapping(machine, frame.stack.pop())
        if not isinstance(given, DictVariable):
            machine.break_graph(Kind.CALL, "a call with ** of something not a known dict")
        iteration.all_keys(machine, given)
        if not all(isinstance(key, str) for key in given.items):
            machine.raise_observed(TypeError("keywords must be strings"))
        kwargs = {key: machine.realise(item) for key, item in given.items.items()}
    args = iteration.unpacked(machine, frame.stack.pop())
    function = frame.stack.pop()
    frame.stack.append(machine.realise(machine.call(function, args, kwargs, direct=True)))


def make_function(machine: Machine, frame: Frame, flags: int) -> None:
    code = frame.stack.pop().as_constant()
    closure: Tuple[CellVariable, ...] = ()
    annotations: Optional[Variable] = None
    kwdefaults: Dict[str, Variable] = {}
    defaults: Tuple[Variable, ...] = ()
    if flags & 8:
        cells = frame.stack.pop()
        assert isinstance(cells, SequenceVariable)
        closure = tuple(cell for cell in cells.items if isinstance(cell, CellVariable))
    if flags & 4:
        annotations = frame.stack.pop()
    if flags & 2:
        given = frame.stack.pop()
        assert isinstance(given, DictVariable)
        kwdefaults = dict(given.items)
    if flags & 1:
        values = frame.stack.pop()
        assert isinstance(values, SequenceVariable)
        defaults = tuple(values.items)
    made = FunctionVariable(code, frame.globals, defaults, kwdefaults, closure)
    made.annotations = annotations
    made.spelling = None if frame.instr is None else frame.instr.spelling
    frame.stack.append(made)


def jump(machine: Machine, frame: Frame, label: Label) -> None:
    frame.jump(label)


def branch(machine: Machine, frame: Frame, labels: Tuple[Label, Label]) -> None:
    value = frame.stack.pop()
    try:
        taken = arithmetic.truth(machine, value)
    except GraphBreak as signal:
        if isinstance(value, TensorVariable) and signal.kind is Kind.DATA:
            if offers.only_compute(frame.program, frame.pc - 1, labels):
                signal.hint = offers.HINT
        raise
    frame.jump(labels[0] if taken else labels[1])


def get_iter(machine: Machine, frame: Frame, arg: Any) -> None:
    frame.stack.append(iteration.iterate(machine, frame.stack.pop()))


def for_iter(machine: Machine, frame: Frame, end: Label) -> None:
    following = frame.program.items[frame.pc]
    stored = isinstance(following, Instr) and following.op is Op.STORE_LOCAL
    value = iteration.advance(machine, frame.stack[-1], looked_at=not stored)
    if value is None:
        frame.stack.pop()
        frame.jump(end)
    else:
        frame.stack.append(value)


def return_(machine: Machine, frame: Frame, arg: Any) -> Variable:
    value = frame.stack.pop()
    if machine.generators:
        generators.drop_locals(machine, frame)
    return value


def yield_(machine: Machine, frame: Frame, arg: Any) -> Variable:
    # The value sent in is pushed by whoever resumes the frame.
    return frame.stack.pop()


def yield_from(machine: Machine, frame: Frame, arg: Any) -> Optional[Variable]:
    """Pauses with each value of the inner iterator; stays on this instruction until it ends."""
    sent = frame.stack.pop()
    inner = frame.stack[-1]
    value, result = generators.delegate(machine, inner, sent)
    if value is None:
        frame.stack[-1] = result
        return None
    frame.pc -= 1
    return value


def asynchronous(machine: Machine, frame: Frame, arg: Any) -> None:
    machine.break_graph(Kind.LANGUAGE, "async code runs as plain Python")


def template(machine: Machine, frame: Frame, arg: Any) -> None:
    machine.break_graph(Kind.LANGUAGE, "a template string")


def intrinsic(machine: Machine, frame: Frame, name: str) -> None:
    error = frame.stack[-1]
    if name != "STOPITERATION_ERROR":
        type_parameters.intrinsic(machine, frame, name)
    elif not isinstance(error, ExceptionVariable):
        machine.break_graph(Kind.EXCEPTION, "an exception that isn't known")
    elif isinstance(error.value, StopIteration):  # PEP 479
        frame.stack[-1] = raising.converted(machine, error)


HANDLERS: Dict[Op, Callable[..., Any]] = {
    Op.CALL: call,
    Op.CALL_EX: call_ex,
    Op.MAKE_FUNCTION: make_function,
    Op.JUMP: jump,
    Op.BRANCH: branch,
    Op.GET_ITER: get_iter,
    Op.GET_YIELD_FROM_ITER: get_iter,
    Op.FOR_ITER: for_iter,
    Op.RETURN: return_,
    Op.YIELD: yield_,
    Op.YIELD_FROM: yield_from,
    Op.GET_AWAITABLE: asynchronous,
    Op.GET_AITER: asynchronous,
    Op.GET_ANEXT: asynchronous,
    Op.END_ASYNC_FOR: asynchronous,
    Op.ASYNC_WITH_ENTER: asynchronous,
    Op.CLEANUP_THROW: asynchronous,
    Op.INTRINSIC: intrinsic,
    Op.BUILD_INTERPOLATION: template,
    Op.BUILD_TEMPLATE: template,
}
