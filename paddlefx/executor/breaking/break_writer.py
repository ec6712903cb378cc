"""The end of a residual program that breaks: the instruction itself, and the way on.

The instruction runs for real, with its operands and at the user's position, under a
handler of ours when the user has one around it or is handling an exception. Then the
program returns a continuation (``csrc/continuation.c``): the call of a resume function,
made when this frame has gone. Where the instruction is in an inlined callee, the call
in the root frame calls a resume function of the callee in its place.
"""

from __future__ import annotations

import types
from dataclasses import replace
from typing import Any, Dict, List, NamedTuple, Optional

from ... import _C
from ...ir.effects import effect
from ...ir.instr import Handler, Instr, Label, Op, Position
from ...ir.program import Program
from ...source import LocalSource
from ..breaks import BreakReason, Restart
from ..services import Services
from ..values import (
    CaughtVariable,
    ExceptionVariable,
    LazyVariable,
    NullVariable,
    ObjectVariable,
    Variable,
)
from .residual import ResidualWriter, Slot
from .resume import ResumePoint, ResumeProgram, resume_program
from .suspended import Suspended, pushes_nothing_more

__all__ = ["BreakWriter", "Resume"]


class Resume(NamedTuple):
    """A resume function to be made, or found among those made before.

    Args:
        program: the user's own program of the frame.
        code: its code object.
        globals: its global names.
        point: where the frame goes on.
        slot: the constant of the residual program that it fills: the function itself,
            or with free variables, a factory that takes the tuple of their cells.
        reason: why its first instruction breaks the graph, when the point is pending, or why
            none of it is captured.
    """

    program: Program
    code: types.CodeType
    globals: Dict[str, Any]
    point: ResumePoint
    slot: Slot
    reason: Optional[BreakReason] = None

    def made(self) -> ResumeProgram:
        """What the resume function runs."""
        return resume_program(self.program, self.code, self.point, self.reason)


#: Run for real they need the frame's own locals.
_OF_LOCALS = frozenset([Op.LOAD_LOCAL, Op.DELETE_LOCAL])
#: The same of a variable that the frame keeps in a cell of its own.
_OF_CELLS = {Op.LOAD_DEREF: Op.LOAD_LOCAL, Op.DELETE_DEREF: Op.DELETE_LOCAL}


class BreakWriter:
    """Writes a break.

    Args:
        writer: of the residual program, behind the graph's call and the side effects.
        frame: the root frame.
        services: the executor's surroundings.
        reason: why the graph breaks.
    """

    def __init__(
        self, writer: ResidualWriter, frame: Suspended, services: Services, reason: BreakReason
    ) -> None:
        self.writer = writer
        self.frame = frame
        self.services = services
        self.reason = reason
        self.handled = frame.handled()
        self.raised: Optional[Handler] = None
        self.previous = ""
        self.known: Dict[int, str] = {}
        #: The instructions run for real, where they are.
        self.ran: List[Instr] = []
        #: The calls that make a continuation.
        self.left: List[Instr] = []
        #: That of them behind which the frame doesn't go on.
        self.last: Optional[Instr] = None
        #: The locals with what goes if the instruction raises, the lowest of the stack first.
        self.held: List[str] = []

    def write(self) -> None:
        """Append the instructions."""
        instr = self.frame.instr
        self._check()
        for value in self.frame.ending():
            self._hold(value)
        if self.frame.handler is not None or self.handled is not None or self.held:
            self.raised = Handler(Label("raised"), 0, 0)
        if instr.op in (Op.RERAISE, Op.RAISE) and self._is_caught():
            self._pass_on()
            return
        if self.handled is not None:
            self.previous = self.writer.temporary()
            self.writer.constant(_C.set_handled)
            self._load_held(self.handled)
            self.writer.add(Op.CALL, (1, ()))
            self.writer.add(Op.STORE_LOCAL, self.previous)
        if instr.op in (Op.JUMP, Op.STORE_LOCAL):
            self._write_of_frame(instr)
        elif instr.op in (Op.BRANCH, Op.FOR_ITER):
            self._write_two_ways(instr)
        elif instr.op in (Op.RAISE, Op.RERAISE):
            stack = self.frame.frame.stack
            for value in stack[len(stack) - effect(instr.op, instr.arg).pops :]:
                self.writer.load(value)
            self._run(instr)
            self.last = self.ran[-1]
        else:
            self._write_one_way(instr)
        self._write_raised()

    def _hold(self, value: Variable) -> None:
        """Keep what is on the stack in a local that :meth:`_let_go` deletes."""
        source = value.source
        if isinstance(source, LocalSource):
            if source.name not in self.frame.program.varnames:  # it is the stack's alone
                self.held.append(source.name)
        elif source is None:
            self.held.append(self.writer.load_kept(value))

    def _check(self) -> None:
        """Exceptions that capture raised can't be handed on: they are to be raised for real."""
        for value in self.frame.wanted():
            if isinstance(value, ExceptionVariable) and value.step is not None:
                raise Restart(value.step, self.reason)

    # -- the instruction

    def _run(self, instr: Instr, arg: Any = None) -> None:
        """The user's instruction itself, at the user's position."""
        if self.raised is not None:
            # 3.8-3.10 begin a block where the stack has the height that it keeps: what makes
            # the operands may raise, loads of locals don't.
            saved = self._set_aside(effect(instr.op, instr.arg).needs)
            for name in saved:
                self.writer.add(Op.LOAD_LOCAL, name)
        self.known = self.writer.remembered()
        made = Instr(instr.op, instr.arg if arg is None else arg, self.raised, instr.position)
        self.writer.items.append(made)
        self.ran.append(made)

    def _set_aside(self, count: int) -> List[str]:
        """Store values from the stack in locals; their names, the lowest first."""
        saved = [self.writer.temporary() for _ in range(count)]
        for name in reversed(saved):
            self.writer.add(Op.STORE_LOCAL, name)
        return saved

    def _write_one_way(self, instr: Instr) -> None:
        frame, stack = self.frame, self.frame.frame.stack
        if frame.inner is not None or instr.op is Op.WITH_EXCEPT_START:
            kept, pushed = len(stack), 1
        else:
            change = effect(instr.op, instr.arg)
            kept = len(stack) - change.needs
            pushed = change.needs - change.pops + change.pushes
        after = frame.at + 1
        if pushed == 1 and self.handled is None and pushes_nothing_more(frame.program, after):
            self._operands(instr, stack[kept:])
            self.last = self.ran[-1]
            self.writer.add(Op.RETURN)
            return
        point = frame.point(after, kept + pushed, kept)
        taken = ""
        if self.raised is None:
            given = self._start(point)
            for value in stack[:kept]:
                self.writer.load(value)
            self._operands(instr, stack[kept:])
        else:
            self._operands(instr, stack[kept:])
            results = self._set_aside(pushed)
            self._no_longer_handled()
            if instr.op is Op.CHECK_EG_MATCH:
                taken = self._boxed_match(results[1])
            given = self._start(point)
            for value in stack[:kept]:
                self.writer.load(value)
            for name in results:
                self.writer.add(Op.LOAD_LOCAL, name)
        self._finish(frame, point, given + kept + pushed, taken=taken)

    def _write_of_frame(self, instr: Instr) -> None:
        """What changes nothing but the frame: the resume function begins behind it.

        What it drops goes here.
        """
        frame, after = self.frame.frame, self.frame.at + 1
        dropped = self.frame.dropped()
        if instr.op is Op.JUMP:
            after = self.frame.frame_labels()[instr.arg]
        else:
            frame.locals[instr.arg] = frame.stack.pop()
        if dropped is None:
            self.writer.constant(None)
        else:
            self.writer.load(dropped)
        self._run(Instr(Op.POP, None, None, instr.position))
        self._way(after, frame.stack, 0)

    def _operands(self, instr: Instr, values: List[Variable]) -> None:
        """Push what the instruction takes, and run it; calls of user code under the hook."""
        writer = self.writer
        inner = self.frame.inner
        if inner is not None:
            # By a continuation: the stack would keep the arguments until the end of the call.
            writer.constant(_C.run_continuation)
            writer.constant(_C.continue_in)
            self._load_pending(inner, inner.pending())
            writer.add(Op.CALL, (inner.pending_count() + 1, ()))
            self._run(Instr(Op.CALL, (1, ()), None, instr.position))
            return
        if instr.op in _OF_LOCALS:
            self._unbound(instr)
            return
        if instr.op in _OF_CELLS and instr.arg in self.frame.program.cellvars:
            self._unbound_cell(instr)
            return
        if instr.op in _OF_CELLS:
            # A free variable; the residual program has no cells that it could be taken for.
            program = self.frame.program
            name = program.freevars[program.free_operands.index(instr.arg)]
            self._run(Instr(instr.op, name, None, instr.position))
            return
        if instr.op is Op.WITH_EXCEPT_START:
            self._call_exit(instr)
            return
        if instr.op is Op.CALL and instr.arg[0] == 0:
            self._first_local(values[0])
        hooked = instr.op in (Op.CALL, Op.CALL_EX) and self._runs_user_code(values[0])
        if hooked and instr.op is Op.CALL:
            writer.constant(self.services.hooked_call)
            for value in values:
                writer.load(value)
            count, names = instr.arg
            self._run(instr, (count + 1, names))
            return
        if hooked:
            writer.constant(self.services.hooked_callable)
            writer.load(values[0])
            writer.add(Op.CALL, (1, ()))
            values = values[1:]
        for value in values:
            writer.load(value)
        self._run(instr)

    def _first_local(self, function: Variable) -> None:
        """``super()`` looks at what the frame's first parameter is bound to now."""
        frame = self.frame
        if not (isinstance(function, ObjectVariable) and function.value is super):
            return
        name = next(iter(frame.program.varnames[: frame.program.argcount]), None)
        if name is None or not self.writer.is_parameter(name):
            return
        value = frame.frame.locals.get(name)
        if value is not None and not isinstance(value, NullVariable):
            self.writer.load(value)
            self.writer.add(Op.STORE_LOCAL, name)
        elif name not in frame.frame.cells:
            self.writer.add(Op.DELETE_LOCAL, name)

    def _unbound(self, instr: Instr) -> None:
        """A local that isn't bound: nor is it in the residual's frame."""
        value = self.frame.frame.locals.get(instr.arg)
        if value is not None and not isinstance(value, NullVariable):
            self.writer.load(value)
            self.writer.add(Op.STORE_LOCAL, instr.arg)
        elif instr.arg in self.frame.program.varnames and self.writer.is_parameter(instr.arg):
            self.writer.add(Op.DELETE_LOCAL, instr.arg)
        self._run(instr)

    def _unbound_cell(self, instr: Instr) -> None:
        """A cell that is probably empty, read where it isn't the frame's own any more.

        The error is that of a local, not that of a variable of an enclosing function.
        """
        writer, cell = self.writer, self.frame.frame.cells[instr.arg]
        unbound = Instr(_OF_CELLS[instr.op], instr.arg, None, instr.position)
        if cell.source is None:
            self._run(unbound)
            return
        empty, bound, done = Label("empty"), Label("bound"), Label("done")
        writer.add(Op.LOAD_CELL, instr.arg)
        writer.constant(types.CellType())
        writer.add(Op.COMPARE, "==")
        writer.add(Op.BRANCH, (empty, bound))
        writer.items.append(empty)
        self._run(unbound)
        writer.add(Op.JUMP, done)
        writer.items.append(bound)
        self._run(instr)
        writer.items.append(done)

    def _call_exit(self, instr: Instr) -> None:
        """``exit(type, exception, traceback)``, the exit function staying where it is."""
        writer = self.writer
        function, error = self.frame.frame.stack[-2:]
        writer.constant(_C.call_exit)
        writer.constant(self.services.hooked_call)
        writer.load(function)
        writer.load(error)
        self._run(Instr(Op.CALL, (3, ()), None, instr.position))

    def _runs_user_code(self, function: Variable) -> bool:
        if isinstance(function, (ObjectVariable, LazyVariable)):
            return self.services.runs_user_code(function.value)
        return True

    def _write_two_ways(self, instr: Instr) -> None:
        """A jump that depends on what the instruction finds, on one value."""
        writer = self.writer
        kept = self.frame.frame.stack[:-1]
        writer.load(self.frame.frame.stack[-1])
        first, second = Label("first"), Label("second")
        targets = self.frame.targets()
        if instr.op is Op.BRANCH:
            self._run(instr, (first, second))
            writer.items.append(first)
            self._way(targets[0], kept, 0)
            writer.items.append(second)
            self._way(targets[1], kept, 0)
        else:
            self._run(instr, second)
            self._way(targets[0], kept, 2)
            writer.items.append(second)
            self._way(targets[1], kept, 0)

    def _way(self, index: int, kept: List[Variable], pushed: int) -> None:
        writer = self.writer
        results = self._set_aside(pushed)
        # What one way saves for reuse isn't there on the other.
        known = writer.remembered()
        self._no_longer_handled()
        point = self.frame.point(index, len(kept) + pushed, len(kept))
        given = self._start(point)
        for value in kept:
            writer.load(value)
        for name in results:
            writer.add(Op.LOAD_LOCAL, name)
        self._finish(self.frame, point, given + len(kept) + pushed)
        writer.recall(known)

    # -- exceptions

    def _no_longer_handled(self) -> None:
        if self.handled is not None:
            self.writer.constant(_C.set_handled)
            self.writer.add(Op.LOAD_LOCAL, self.previous)
            self.writer.add(Op.CALL, (1, ()))
            self.writer.add(Op.POP)

    def _boxed_match(self, match: str) -> str:
        """A local with the box of what is handled behind ``CHECK_EG_MATCH``.

        That is what the clause takes, in the local ``match``, or what was handled before.
        """
        assert self.handled is not None
        writer, name = self.writer, self.writer.temporary()
        some, nothing, done = Label("some"), Label("nothing"), Label("done")
        writer.add(Op.LOAD_LOCAL, match)
        writer.constant(None)
        writer.add(Op.IS, False)
        writer.add(Op.BRANCH, (nothing, some))
        writer.items.append(some)
        writer.add(Op.LOAD_LOCAL, match)
        writer.add(Op.LOAD_LOCAL, match)
        writer.add(Op.LOAD_ATTR, "__traceback__")
        writer.add(Op.BUILD_LIST, 2)
        writer.add(Op.STORE_LOCAL, name)
        writer.add(Op.JUMP, done)
        writer.items.append(nothing)
        known = writer.remembered()
        self._load_held(self.handled)
        writer.recall(known)
        writer.add(Op.STORE_LOCAL, name)
        writer.items.append(done)
        return name

    def _is_caught(self) -> bool:
        """Whether the instruction raises again what was raised for real before."""
        instr, stack = self.frame.instr, self.frame.frame.stack
        if instr.op is Op.RAISE and instr.arg == 0:
            return isinstance(self.handled, CaughtVariable)
        return instr.op is Op.RERAISE and isinstance(stack[-1], CaughtVariable)

    def _pass_on(self) -> None:
        """An exception goes on through the frame: its traceback keeps the line that it has."""
        instr = self.frame.instr
        error = self.handled if instr.op is Op.RAISE else self.frame.frame.stack[-1]
        assert isinstance(error, CaughtVariable)
        self.raised = None
        if error.position.lineno is None:  # what except* clauses left: with no entry for that
            self.writer.load(error)
            self.writer.items.append(Instr(Op.RERAISE, None, None, instr.position))
            return
        self._raise(error, error.position)

    def _raise(self, error: CaughtVariable, position: Position) -> None:
        writer = self.writer
        writer.constant(_C.raise_again)
        self._load_held(error)
        self._let_go()
        writer.items.append(Instr(Op.CALL, (1, ()), None, position))
        writer.items.append(Instr(Op.RAISE, 1, None, position))  # not reached

    def _let_go(self) -> None:
        """The exception takes what was on the stack with it; the traceback mustn't hold that."""
        for name in reversed(self.held):
            self.writer.add(Op.DELETE_LOCAL, name)

    def _write_raised(self) -> None:
        """The instruction raised: go on in the user's handler, or leave the frame."""
        if self.raised is None:
            return
        writer, frame = self.writer, self.frame
        name = writer.temporary()
        writer.items.append(self.raised.label)
        writer.add(Op.ENTER_HANDLER)
        writer.add(Op.STORE_LOCAL, name)
        writer.add(Op.POP_EXCEPT)
        self._no_longer_handled()
        handler = frame.handler
        if handler is None:
            position = frame.instr.position
            if frame.instr.op is Op.RERAISE and position.lineno is None:
                # what except* clauses left: with no entry for that
                writer.add(Op.LOAD_LOCAL, name)
                writer.add(Op.DELETE_LOCAL, name)
                self._let_go()
                writer.items.append(Instr(Op.RERAISE, None, None, position))
                return
            writer.constant(_C.raise_again)
            self._box(name)
            self._let_go()
            writer.items.append(Instr(Op.CALL, (1, ()), None, position))
            writer.items.append(Instr(Op.RAISE, 1, None, position))  # not reached
            return
        writer.recall(self.known)
        point = frame.raised(handler)
        given = self._start(point)
        for value in frame.frame.stack[: handler.depth]:
            writer.load(value)
        self._box(name)
        self._finish(frame, point, given + handler.depth + 1, handler.scopes, raised=True)

    # -- resume functions

    def _start(self, point: ResumePoint) -> int:
        """Push what makes a continuation, and the arguments before the stack: their number."""
        self.writer.constant(_C.continue_in)
        self._resume(self.frame, point)
        first = self.frame.receiver()
        for value in first.values():
            self.writer.load(value)
        return len(first)

    def _finish(
        self,
        frame: Suspended,
        point: ResumePoint,
        given: int,
        scopes: Optional[int] = None,
        taken: str = "",
        raised: bool = False,
    ) -> None:
        """Push the arguments behind the stack, and return the continuation.

        ``taken`` is the local with the box of the innermost scope, where that isn't its value;
        with ``raised`` what the exception takes with it is let go.
        """
        held = frame.scope_values(scopes)
        for value in held[:-1] if taken else held:
            self._load_held(value)
        if taken:
            self.writer.add(Op.LOAD_LOCAL, taken)
            self.writer.add(Op.DELETE_LOCAL, taken)
        for name in point.names:
            self.writer.load(frame.frame.locals[name])
        if raised:
            self._let_go()
        count = given + len(held) + len(point.names)
        # A traceback may hold this frame, which holds nothing else.
        self.left.append(self.writer.add(Op.CALL, (count + 1, ())))
        self.writer.add(Op.RETURN)

    def _load_held(self, value: Variable) -> None:
        """What a scope holds: an exception goes in a box, out of which it is taken."""
        self.writer.load(value)
        if isinstance(value, CaughtVariable):
            self.writer.load(value.traceback)
            self.writer.add(Op.BUILD_LIST, 2)

    def _box(self, name: str) -> None:
        """The exception in a local, in a box; the local doesn't keep it."""
        self.writer.add(Op.LOAD_LOCAL, name)
        self.writer.add(Op.LOAD_LOCAL, name)
        self.writer.add(Op.LOAD_ATTR, "__traceback__")
        self.writer.add(Op.BUILD_LIST, 2)
        self.writer.add(Op.DELETE_LOCAL, name)

    def _resume(self, frame: Suspended, point: ResumePoint) -> None:
        """Push a resume function."""
        if self.reason.rest:
            point = replace(point, plain=True)
        slot = Slot("resume")
        self.writer.resumes.append(
            Resume(
                frame.program,
                frame.code,
                frame.frame.globals,
                point,
                slot,
                self.reason if point.pending or point.plain else None,
            )
        )
        self.writer.slot(slot)
        cells = frame.cells()
        if cells:
            for cell in cells:
                self.writer.load(cell)
            self.writer.add(Op.BUILD_TUPLE, len(cells))
            self.writer.add(Op.CALL, (1, ()))

    def _load_pending(self, frame: Suspended, point: ResumePoint) -> None:
        """Push a pending resume function and its arguments."""
        self._resume(frame, point)
        for value in [*frame.receiver().values(), *frame.frame.stack]:
            self.writer.load(value)
        if frame.inner is not None:
            self._load_pending(frame.inner, frame.inner.pending())
        for value in frame.scope_values():
            self._load_held(value)
        for name in point.names:
            self.writer.load(frame.frame.locals[name])
