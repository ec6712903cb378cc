"""Resume functions: the rest of a frame, entered in the middle.

A resume function is the frame's own program behind a prologue: its parameters
are the values that were on the stack and the locals that are still needed; the
prologue puts the former back on the stack, opens again the scopes that were
open, and jumps to where the frame stopped. Since every instruction names its own
handler, jumping into a ``try`` or ``with`` needs nothing more.
"""

from __future__ import annotations

import inspect
import types
from dataclasses import dataclass
from typing import Any, List, NamedTuple, Optional, Tuple

from ... import _C
from ...ir.instr import Handler, Instr, Label, Op, Position
from ...ir.program import Program
from ..breaks import BreakReason

__all__ = ["OpenScope", "ResumePoint", "ResumeProgram", "resume_program"]

_VARIADIC = inspect.CO_VARARGS | inspect.CO_VARKEYWORDS


class OpenScope(NamedTuple):
    """A scope that is open where a frame goes on.

    Args:
        name: the local whose binding is kept aside; ``None`` for a handled exception.
        depth: how many values are on the stack below it.
        kept: of a handled exception, whether it is still on the stack; of a local, whether
            there is a binding.
        cell: of a local, whether what is kept aside is its cell.
        position: where the exception was raised.
        outer: where an exception goes that is raised as the handler begins.
    """

    name: Optional[str]
    depth: int
    kept: bool
    position: Position = Position()
    outer: Optional[Handler] = None
    cell: bool = False


@dataclass(frozen=True)
class ResumePoint:
    """Where and how a frame goes on. Two equal ones share a resume function.

    Args:
        at: the item of the frame's program that broke the graph.
        index: the item to go on at; the same as ``at`` when it is still to be run.
        stack: how many values are on the stack there.
        names: the locals to take over; the others are unbound.
        receiver: the name of a parameter that comes before all others: ``super()``
            without arguments takes the first one (``Objects/typeobject.c``).
        callee: ``at`` is a call whose callee broke: a resume function of the callee is
            called in its place, with this many arguments.
        raised: ``at`` raised an exception: it is raised again, for the handler of ``at``.
        scopes: the open ones, outermost first.
        generator: the frame is a generator's, suspended at the ``yield`` that ``at`` is. The
            resume function gives a generator, whose first value means nothing: behind it, it
            stands where that one stood.
        plain: what is left of the frame isn't captured.
    """

    at: int
    index: int
    stack: int
    names: Tuple[str, ...] = ()
    receiver: Tuple[str, ...] = ()
    callee: Optional[int] = None
    raised: bool = False
    scopes: Tuple[OpenScope, ...] = ()
    generator: bool = False
    plain: bool = False

    @property
    def pending(self) -> bool:
        """Whether the instruction that broke the graph is the first to run."""
        return self.index == self.at or self.callee is not None


@dataclass
class ResumeProgram(Program):
    """A frame's program entered in the middle.

    Args:
        origin: the frame's own program; its items are all in here.
        code: what that was decoded from.
        point: where it is entered.
        start: how many items the prologue has.
        entry: the item of ``origin`` before which there is one more, a label.
        reason: why the first instruction behind the prologue breaks the graph, when it
            is known to, or why none of it is captured.
        pending_step: the number of that instruction, counted as it is run.
    """

    origin: Optional[Program] = None
    code: Optional[types.CodeType] = None
    point: Optional[ResumePoint] = None
    start: int = 0
    entry: int = 0
    reason: Optional[BreakReason] = None
    pending_step: int = 0

    def place(self, index: int) -> int:
        """The index in ``origin`` of one of the items; of the prologue, what it stands for."""
        assert self.point is not None
        if index < self.start:
            return self.point.at
        index -= self.start
        return index if index < self.entry else index - 1


class _Prologue:
    """Writes the items that restore a frame.

    Args:
        program: the frame's.
        point: where it goes on.
    """

    def __init__(self, program: Program, point: ResumePoint) -> None:
        self.program = program
        self.point = point
        at = next(item for item in program.items[point.at :] if isinstance(item, Instr))
        self.instr = at
        self.items: List[Any] = []
        self.steps = 0
        self.pushed = 0
        self.outer: Optional[Handler] = None
        self.temporaries: Tuple[str, ...] = ()
        self.stack = tuple(f".stack{depth}" for depth in range(point.stack))
        self.parameters = point.receiver + self.stack
        if point.callee is not None:
            self.parameters += (".callee", *(f".given{i}" for i in range(point.callee)))
        if point.raised:
            self.parameters += (".raised",)

    def add(
        self,
        op: Op,
        arg: Any = None,
        handler: Optional[Handler] = None,
        position: Optional[Position] = None,
    ) -> None:
        """Append an instruction that is run."""
        at = self.instr.position if position is None else position
        self.items.append(Instr(op, arg, self.outer if handler is None else handler, at))
        self.steps += 1

    def push_to(self, depth: int) -> None:
        """Push the values of the stack up to a depth."""
        while self.pushed < depth:
            if self.point.generator:  # where it is suspended, its parameters are read
                self.add(Op.LOAD_LOCAL, self.stack[self.pushed])
            else:
                self.move(self.stack[self.pushed])
            self.pushed += 1

    def move(self, name: str) -> None:
        """Push a local, which doesn't keep the value."""
        self.add(Op.LOAD_LOCAL, name)
        self.add(Op.DELETE_LOCAL, name)

    def call_of_ours(self, function: Any, name: str) -> None:
        """Call a function of the extension with one local."""
        self.add(Op.LOAD_CONST, function)
        self.add(Op.LOAD_LOCAL, name)
        self.add(Op.CALL, (1, ()))

    def raise_(self, function: Any, name: str, handler: Handler, position: Position) -> None:
        """Raise the exception in a box, at the place where it was raised."""
        self.add(Op.LOAD_CONST, function)
        self.add(Op.LOAD_LOCAL, name)
        self.add(Op.CALL, (1, ()), handler, position)
        self.items.append(Instr(Op.RAISE, 1, handler, position))  # not reached

    def pause(self, entry: Label) -> None:
        """Suspend a generator that has put its stack back, as at the user's ``yield``."""
        handler = self.instr.handler
        self.add(Op.LOAD_CONST, None, handler)
        self.add(Op.YIELD, None, handler)
        # UNBOUND is sent where capture has run the generator to its end.
        end = Label("finish")
        self.add(Op.COPY, 1, handler)
        self.add(Op.LOAD_CONST, _C.UNBOUND, handler)
        self.add(Op.IS, False, handler)
        on = Label("go on")
        self.add(Op.BRANCH, (end, on), handler)
        self.items.append(on)
        for name in self.stack:
            self.add(Op.DELETE_LOCAL, name, handler)
        self.add(Op.JUMP, entry, handler)
        self.items.append(end)
        for _ in range(self.point.stack + 1):
            self.add(Op.POP)
        self.add(Op.LOAD_CONST, None)
        self.add(Op.RETURN)

    def open_scopes(self) -> None:
        """Open the scopes again, with the values below each on the stack."""
        for number, scope in enumerate(self.point.scopes):
            if scope.name is None:
                self.push_to(scope.depth)
                self.handle(number, scope)
            else:
                # CPython keeps the binding below the value on top, and so does emit.
                self.push_to(min(scope.depth + 1, self.point.stack))
                self.set_aside(number, scope, scope.name)

    def handle(self, number: int, scope: OpenScope) -> None:
        """Raise an exception again to be in its handler."""
        box = f".error{number}"
        self.parameters += (box,)
        label = Label(f"handler{number}")
        handler = Handler(label, scope.depth, number)
        self.raise_(_C.raise_to_reenter, box, handler, scope.position)
        self.items.append(label)
        # 3.8-3.10 keep the blocks of a frame on a stack: the outer ones stay open.
        self.outer = scope.outer
        self.add(Op.ENTER_HANDLER)
        if scope.kept:
            self.pushed += 1
        else:
            self.add(Op.POP)
        self.call_of_ours(_C.reentered, box)
        self.add(Op.POP)

    def set_aside(self, number: int, scope: OpenScope, name: str) -> None:
        """Keep the binding of a local aside once more, or its cell."""
        if scope.cell:
            # The resume function's closure has the cell of the comprehension.
            saved = f".saved{number}"
            self.parameters += (saved,)
            self.move(saved)
            self.add(Op.SAVE_CELL, name)
            return
        inner = name in self.point.names
        if inner:
            self.add(Op.LOAD_LOCAL, name)
            self.add(Op.STORE_LOCAL, f".inner{number}")
            self.temporaries += (f".inner{number}",)
        if scope.kept:
            saved = f".saved{number}"
            self.parameters += (saved,)
            self.move(saved)
            self.add(Op.STORE_LOCAL, name)
        elif inner:
            self.add(Op.DELETE_LOCAL, name)
        self.add(Op.SAVE_LOCAL, name)
        if inner:
            self.move(f".inner{number}")
            self.add(Op.STORE_LOCAL, name)


def resume_program(
    program: Program,
    code: types.CodeType,
    point: ResumePoint,
    reason: Optional[BreakReason] = None,
) -> ResumeProgram:
    """A program that goes on in the middle of another.

    Args:
        program: the frame's own.
        code: what it was decoded from.
        point: where it goes on.
        reason: of a point that is pending, why its instruction breaks the graph.

    Returns:
        A program with the parameters: receiver, stack, callee and its arguments, a box with
        the exception that was raised, then for each scope a box with the handled exception
        or the value set aside, then the locals.
    """
    made = _Prologue(program, point)
    if not point.generator:
        made.add(Op.LOAD_CONST, _C.entered)
        made.add(Op.CALL, (0, ()))
        made.add(Op.POP)
    made.open_scopes()
    made.push_to(point.stack)
    entry = Label("resume")
    step = 0
    handler = made.instr.handler
    if point.raised:
        assert handler is not None
        made.raise_(_C.raise_again, ".raised", handler, made.instr.position)
    elif point.generator:
        made.pause(entry)
    else:
        if point.callee is not None:
            for name in (".callee", *(f".given{i}" for i in range(point.callee))):
                made.move(name)
            made.add(Op.CALL, (point.callee, ()), handler)
            step = made.steps
        made.add(Op.JUMP, entry)
        if point.index == point.at:
            step = made.steps + 1
    parameters = made.parameters + point.names
    rest = tuple(name for name in program.varnames if name not in parameters)
    return ResumeProgram(
        items=[*made.items, *program.items[: point.index], entry, *program.items[point.index :]],
        name=program.name,
        qualname=program.qualname,
        argcount=len(parameters),
        flags=program.flags & ~_VARIADIC,
        varnames=parameters + rest + made.temporaries,
        cellvars=(),
        freevars=program.free_operands + program.cellvars,
        renewed=program.cellvars,
        firstlineno=program.firstlineno,
        origin=program,
        code=code,
        point=point,
        start=len(made.items),
        entry=point.index,
        reason=reason,
        pending_step=step,
    )
