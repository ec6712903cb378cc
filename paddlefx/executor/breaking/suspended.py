"""A frame where the graph broke: what is alive in it, and how it goes on."""

from __future__ import annotations

import types
from typing import TYPE_CHECKING, Dict, FrozenSet, List, Optional, Set, Tuple

from ...ir.effects import effect
from ...ir.flow import live_locals
from ...ir.instr import Handler, Instr, Label, Op
from ...ir.program import Program
from ...source import LocalSource
from ..frame import Frame, HandlerScope, label_positions
from ..values import (
    CaughtVariable,
    CellVariable,
    GeneratorVariable,
    NullVariable,
    ObjectVariable,
    Variable,
)
from .lifetimes import closes, generators_in, held, reached
from .resume import OpenScope, ResumePoint, ResumeProgram

if TYPE_CHECKING:
    from ..machine import Machine

__all__ = ["Suspended", "own_program", "pushes_nothing_more"]

_LIVE = "_live_locals"


def own_program(frame: Frame) -> Tuple[Program, types.CodeType]:
    """The frame's program and code as the user wrote them, however it was entered."""
    program = frame.program
    if isinstance(program, ResumeProgram):
        assert program.origin is not None and program.code is not None
        return program.origin, program.code
    return program, frame.code


def _live(program: Program) -> Dict[int, FrozenSet[str]]:
    found = program.__dict__.get(_LIVE)
    if found is None:
        found = program.__dict__[_LIVE] = live_locals(program)
    return found


def pushes_nothing_more(program: Program, index: int) -> bool:
    """Whether all that follows is to return the value on the stack."""
    items = program.items
    labels = label_positions(items)
    for _ in range(8):
        item = items[index]
        if not isinstance(item, Instr):
            index += 1
        elif item.op is Op.JUMP:
            index = labels[item.arg]
        else:
            return item.op is Op.RETURN
    return False


class Suspended:
    """One frame of the chain that a break divides.

    Args:
        frame: the frame, its stack without the operands of a call that is under way.
        inner: the one that it called, which broke.
    """

    def __init__(self, frame: Frame, inner: Optional[Suspended] = None) -> None:
        self.frame = frame
        self.inner = inner
        self.program, self.code = own_program(frame)
        index = frame.pc - 1
        if isinstance(frame.program, ResumeProgram):
            point = frame.program.point
            assert point is not None
            if index < frame.program.start and point.callee is None:
                raise AssertionError(f"the prologue of a resume function broke: {frame.instr}")
            index = frame.program.place(index)
        #: the item, of the user's own program, that broke the graph
        self.at = index
        assert frame.instr is not None
        #: Locals that aren't read again, and hold objects whose end can be seen.
        self.kept: FrozenSet[str] = frozenset()
        #: The instruction to run; where a prologue calls a resume function, that call.
        self.instr = frame.instr

    @property
    def handler(self) -> Optional[Handler]:
        """Where an exception of the instruction goes, in the user's program."""
        item = self.program.items[self.at]
        assert isinstance(item, Instr)
        return item.handler

    def handled(self) -> Optional[Variable]:
        """The exception that is being handled."""
        return self.frame.handled()

    def replaced(self) -> Optional[HandlerScope]:
        """The scope in which ``CHECK_EG_MATCH`` handles what the clause takes from here on."""
        if self.instr.op is not Op.CHECK_EG_MATCH:
            return None
        return next(s for s in reversed(self.frame.scopes) if isinstance(s, HandlerScope))

    # -- where it goes on

    def targets(self) -> List[int]:
        """The items where control goes from the instruction, exceptions aside."""
        instr, index, labels = self.instr, self.at, self.frame_labels()
        if instr.op is Op.BRANCH:
            return [labels[label] for label in instr.arg]
        if instr.op is Op.FOR_ITER:
            return [index + 1, labels[instr.arg]]
        if instr.op in (Op.RAISE, Op.RERAISE):
            return []
        return [index + 1]

    def dropped(self) -> Optional[Variable]:
        """The generator or other object that a store takes the place of."""
        if self.instr.op is not Op.STORE_LOCAL:
            return None
        value = self.frame.locals.get(self.instr.arg)
        return value if isinstance(value, (GeneratorVariable, ObjectVariable)) else None

    def frame_labels(self) -> Dict[Label, int]:
        """Where the labels of the user's own program stand."""
        return label_positions(self.program.items)

    def point(self, index: int, stack: int, kept: int) -> ResumePoint:
        """Going on at an item, with so many values on the stack, the ``kept`` lowest as before."""
        return ResumePoint(
            self.at,
            index,
            stack,
            self.names_after(index),
            tuple(self.receiver()),
            scopes=self.scopes(kept),
        )

    def pending(self) -> ResumePoint:
        """Running the instruction again, or calling in its place what the callee left."""
        stack = len(self.frame.stack)
        callee = None
        if self.inner is not None:
            callee = self.inner.pending_count()
        return ResumePoint(
            self.at,
            self.at if callee is None else self.at + 1,
            stack,
            self.names([self.at]),
            tuple(self.receiver()),
            callee,
            scopes=self.scopes(stack),
        )

    def raised(self, handler: Handler) -> ResumePoint:
        """Raising again what the instruction raised, in the frame's own ``try``."""
        target = self.frame_labels()[handler.label]
        return ResumePoint(
            self.at,
            target,
            handler.depth,
            self.names([target]),
            tuple(self.receiver()),
            raised=True,
            scopes=self.scopes(handler.depth, handler.scopes),
        )

    # -- what is alive

    def names(self, targets: List[int]) -> Tuple[str, ...]:
        """Locals that are bound and needed by some way on."""
        live = _live(self.program)
        needed: Set[str] = set()
        for target in targets:
            needed |= live.get(target, frozenset())
        if self.at in targets and self.dropped() is not None:
            needed.add(self.instr.arg)
        bound = self.frame.locals
        first = self.receiver()
        return tuple(
            name
            for name in self.program.varnames
            if (name in needed or name in self.kept)
            and name not in first
            and name in bound
            and not isinstance(bound[name], NullVariable)
        )

    def kept_parameters(self) -> Set[str]:
        """The parameters of the frame entered whose objects it holds to its end."""
        if self.handler is not None:
            return set()
        sources = [self.frame.locals[name].source for name in self.kept]
        return {source.name for source in sources if isinstance(source, LocalSource)}

    def names_after(self, index: int) -> Tuple[str, ...]:
        """Locals that are bound behind the instruction and needed from an item on."""
        names = self.names([index])
        if self.instr.op is Op.DELETE_LOCAL:
            return tuple(name for name in names if name != self.instr.arg)
        return names

    def keep(self, machine: Machine) -> None:
        """Find what the frame and those that it called have to hold on to."""
        made = reached(
            [*self.wanted(), *(value for e in machine.side_effects.log for value in e.values())]
        )
        chain = [self]
        while chain[-1].inner is not None:
            chain.append(chain[-1].inner)
        # A generator that was entered goes on for real, maybe into a ``try``.
        entered = {id(place.frame) for place in chain}
        for place in chain:
            place.kept = frozenset(
                name
                for name, value in place.frame.locals.items()
                if held(machine, value, made)
                or any(id(one.frame) in entered for one in generators_in(value))
            )

    def receiver(self) -> Dict[str, Variable]:
        """What ``super()`` without arguments would look at, by its name in the resume function."""
        program = self.program
        if "__class__" not in program.freevars or not program.argcount:
            return {}
        name = program.varnames[0]
        if name in self.frame.cells:
            return {".receiver": self.frame.cells[name].contents}
        value = self.frame.locals.get(name)
        return {} if value is None or isinstance(value, NullVariable) else {name: value}

    def scopes(self, stack: int, count: Optional[int] = None) -> Tuple[OpenScope, ...]:
        """The open scopes as a resume function restores them.

        Args:
            stack: how many values of the stack stay as they are.
            count: how many scopes stay open; all by default.
        """
        found = []
        replaced = self.replaced()
        open_ = self.frame.scopes[:count]
        for number, scope in enumerate(open_):
            if isinstance(scope, HandlerScope):
                # The same exception, raised again, may be where an inner one keeps it.
                kept = scope is not replaced and not any(
                    isinstance(inner, HandlerScope) and inner.depth <= scope.depth
                    for inner in open_[number + 1 :]
                )
                kept = kept and len(self.frame.stack) > scope.depth < stack
                kept = kept and self.frame.stack[scope.depth] is scope.error
                position = getattr(scope.error, "position", None) or self.instr.position
                found.append(OpenScope(None, scope.depth, kept, position, scope.outer))
            else:
                cell = scope.cell is not None
                kept = cell or scope.value is not None
                found.append(OpenScope(scope.name, scope.depth, kept, cell=cell))
        return tuple(found)

    def cells(self) -> List[CellVariable]:
        """The closure of a resume function."""
        names = (*self.program.free_operands, *self.program.cellvars)
        return [self.frame.cells[name] for name in names]

    def scope_values(self, count: Optional[int] = None) -> List[Variable]:
        """What the open scopes hold."""
        held = []
        for scope in self.frame.scopes[:count]:
            value = scope.error if isinstance(scope, HandlerScope) else scope.cell or scope.value
            if value is not None:
                held.append(value)
        return held

    def all_names(self) -> Tuple[str, ...]:
        """Locals needed by any way on, exceptions included."""
        targets = [self.at, *self.targets()]
        if self.handler is not None:
            targets.append(self.frame_labels()[self.handler.label])
        return self.names(targets)

    def pending_count(self) -> int:
        """How many arguments the resume function of :meth:`pending` takes."""
        inner = 0 if self.inner is None else 1 + self.inner.pending_count()
        return (
            len(self.receiver())
            + len(self.frame.stack)
            + inner
            + len(self.scope_values())
            + len(self.names([self.at]))
        )

    def ending(self) -> List[Variable]:
        """What goes from the stack if the instruction raises, and runs code then.

        That is what is above the depth of the frame's own handler, the lowest first.
        """
        stack, handler = self.frame.stack, self.handler
        if self.inner is None:
            stack = stack[: len(stack) - effect(self.instr.op, self.instr.arg).needs]
        first = 0 if handler is None else handler.depth
        return [value for value in stack[first:] if closes(value)]

    def wanted(self) -> List[Variable]:
        """All symbolic values that some way on needs."""
        inner = [] if self.inner is None else self.inner.wanted()
        errors = [*self.frame.stack, *self.scope_values()]
        return [
            *(error.traceback for error in errors if isinstance(error, CaughtVariable)),
            *self.receiver().values(),
            *self.frame.stack,
            *self.scope_values(),
            *(self.frame.locals[name] for name in self.all_names()),
            *self.cells(),
            *inner,
        ]
