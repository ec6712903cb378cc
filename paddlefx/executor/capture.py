"""``execute``: from a program and a frame about to run it to a capture."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Dict, List, Optional, Set, Tuple

from ..graph import Graph
from ..guards import Guard
from ..ir.effects import effect
from ..ir.flow import label_index, live_locals, successors
from ..ir.instr import Instr, Label, Op, Position
from ..ir.program import Program
from ..source import Source
from .breaks import BreakReason, GiveUp, Kind, Restart
from .machine import Ended, Machine
from .residual import ResidualWriter, Slot
from .resume import resume_program
from .services import Services
from .side_effects import replay
from .tensors import guard_mode
from .values import (
    CellVariable,
    LazyVariable,
    NullVariable,
    ObjectVariable,
    TensorVariable,
    Variable,
)

__all__ = ["Capture", "Resume", "execute"]

#: Breaks one capture may learn about by repeating itself.
RESTART_LIMIT = 32

#: Names whose calls look into the frame that makes them: it can't be taken apart.
FRAME_READERS = frozenset(["locals", "vars", "dir", "eval", "exec", "_getframe", "currentframe"])

#: The instructions that read or unbind a local; run for real they need the frame's own.
_LOCAL_READERS = frozenset([Op.LOAD_LOCAL, Op.DELETE_LOCAL, Op.SAVE_LOCAL, Op.RESTORE_LOCAL])
_CELL_READERS = frozenset([Op.LOAD_DEREF, Op.STORE_DEREF, Op.DELETE_DEREF, Op.LOAD_CELL])


@dataclass
class Resume:
    """A resume function to be made.

    Args:
        program: what it runs.
        slot: the constant of the residual program that it fills: the function itself,
            or with free variables, a factory that takes the tuple of their cells.
        closure: whether it has free variables.
    """

    program: Program
    slot: Slot
    closure: bool


@dataclass
class Capture:
    """What execution of one frame gave.

    Args:
        graph: its tensor operations; ``None`` when there are none.
        graph_slot: the constant of the residual program that the compiled graph fills.
        attributes: the values of the graph's ``get_attr`` nodes.
        inputs: this call's tensors for its placeholders.
        guards: the conditions under which all of it holds.
        residual: the program to run in the frame's place.
        resumes: its resume functions.
        broke: why it doesn't reach the frame's end; ``None`` when it does.
    """

    graph: Optional[Graph]
    graph_slot: Slot
    attributes: Dict[str, Any]
    inputs: List[Any]
    guards: List[Guard]
    residual: Program
    resumes: List[Resume] = field(default_factory=list)
    broke: Optional[BreakReason] = None


def execute(program: Program, state: Any, services: Services) -> Capture:
    """Capture the frame that ``state`` describes.

    Args:
        program: its decoded code.
        state: ``code``, ``locals`` in slot order, ``globals``, ``builtins`` and ``closure``.
        services: the executor's surroundings.

    Raises:
        GiveUp: the frame can't be compiled; it has to run as the plain function.
    """
    break_at: Dict[int, BreakReason] = {}
    for _ in range(RESTART_LIMIT):
        machine = Machine(services, break_at)
        try:
            with services.framework.kept_state():
                ended = machine.run_root(program, state)
                return _Finisher(machine, program, ended, services).finish()
        except Restart as signal:
            break_at[signal.step] = signal.reason
    raise GiveUp(machine.describe(Kind.LIMIT, f"capture failed {RESTART_LIMIT} times"))


def _in_loop(program: Program, index: int) -> bool:
    """Whether control can come back to an item after leaving it."""
    labels = label_index(program.items)
    seen = set()
    pending = successors(program.items, index, labels)
    while pending:
        place = pending.pop()
        if place == index:
            return True
        if place not in seen:
            seen.add(place)
            pending += successors(program.items, place, labels)
    return False


class _Finisher:
    """Turns the end of a capture into a residual program."""

    def __init__(
        self, machine: Machine, program: Program, ended: Ended, services: Services
    ) -> None:
        self.machine = machine
        self.program = program
        self.ended = ended
        self.services = services
        self.frame = machine.frames[0]
        instr = self.frame.instr
        self.position = Position() if instr is None else instr.position
        self.writer = ResidualWriter(machine, self.position)
        self.resumes: List[Resume] = []

    def finish(self) -> Capture:
        """The capture."""
        broke = self.ended.broke
        if any(generator.holds_cleanup for generator in self.machine.generators):
            raise GiveUp(
                self.machine.describe(
                    Kind.LANGUAGE, "a generator is left while it is in a try or with statement"
                )
            )
        if broke is not None:
            wanted = self._prepare_break()
        else:
            assert self.ended.value is not None
            wanted = [self.ended.value]
        for value in wanted:
            self.writer.want(value)
        for pending in self.machine.side_effects.log:
            for value in pending.values():
                self.writer.want(value)
        graph, slot, inputs = self._graph()
        if broke is not None or self.machine.side_effects.log:
            self.writer.settle()
        replay(self.writer, self.machine.side_effects)
        if broke is None:
            assert self.ended.value is not None
            self.writer.load(self.ended.value)
            self.writer.add(Op.RETURN)
        else:
            self._write_break()
        used = {} if graph is None else {n.target for n in graph.nodes if n.op == "get_attr"}
        return Capture(
            graph=graph,
            graph_slot=slot,
            attributes={k: v for k, v in self.machine.attributes.items() if k in used},
            inputs=inputs,
            guards=list(self.machine.guards.values()),
            residual=self._residual(),
            resumes=self.resumes,
            broke=broke,
        )

    # -- the graph

    def _graph(self) -> Tuple[Optional[Graph], Slot, List[Any]]:
        graph = self.machine.graph
        slot = Slot("graph")
        outputs = self.writer.wanted_tensors()
        graph.output(tuple(outputs))
        graph.eliminate_dead_code(self.machine.framework.is_impure)
        if not any(node.op == "call_function" for node in graph.nodes):
            return None, slot, []
        sources: List[Source] = []
        inputs: List[Any] = []
        for node in graph.placeholders:
            if not node.users:
                graph.erase_node(node)
                continue
            sources.append(self.machine.placeholder_sources[node])
            inputs.append(self.machine.examples[node])
        guard_mode(self.machine, tuple(self.machine.framework.ambient_guards()))
        self.writer.call_graph(slot, sources, outputs)
        return graph, slot, inputs

    # -- breaks

    def _give_up(self, reason: str, hint: Optional[str] = None) -> None:
        broke = self.ended.broke
        raise GiveUp(
            BreakReason(
                broke.kind,
                f"{broke.reason}; {reason}",
                hint or broke.hint,
                broke.filename,
                broke.lineno,
                broke.function,
            )
        )

    def _prepare_break(self) -> List[Variable]:
        frame, index = self.frame, self.ended.index
        instr = self.program.items[index]
        assert isinstance(instr, Instr)
        if frame.scopes or instr.handler is not None:
            self._give_up("inside try or with the frame runs as plain Python")
        if instr.op in _LOCAL_READERS or instr.op in _CELL_READERS:
            self._give_up("it has to be run in the frame itself")
        if _in_loop(self.program, index):
            self._give_up(
                "inside a loop the frame runs as plain Python",
                "calls inside the loop are compiled on their own",
            )
        if FRAME_READERS & {
            item.arg for item in self.program.items
            if isinstance(item, Instr) and item.op in (Op.LOAD_GLOBAL, Op.LOAD_ATTR)
        }:  # fmt: skip
            self._give_up("the function looks into its own frame")
        if not self._has_tensors():
            self._give_up("no tensor operation comes before it")
        self.live = live_locals(self.program)
        names = self._names_after()
        return [
            *self.ended.stack,
            *self._receiver().values(),
            *(frame.locals[name] for name in names),
            *self._cells(),
        ]

    def _has_tensors(self) -> bool:
        return bool(self.machine.framework_touched()) or any(
            self.machine.framework.is_tensor(value.value)
            or self.machine.framework.is_layer(value.value)
            if isinstance(value, (LazyVariable, ObjectVariable))
            else isinstance(value, TensorVariable)
            for value in [*self.frame.locals.values(), *self.ended.stack]
        )

    def _names_after(self) -> Tuple[str, ...]:
        """Locals that are bound here and needed by some way on."""
        needed: Set[str] = set()
        for target in self._targets():
            needed |= self.live.get(target, frozenset())
        bound = self.frame.locals
        first = self._receiver()
        return tuple(
            name
            for name in self.program.varnames
            if name in needed
            and name not in first
            and name in bound
            and not isinstance(bound[name], NullVariable)
        )

    def _receiver(self) -> Dict[str, Variable]:
        """What ``super()`` without arguments would look at, by its name in the resume function."""
        if "__class__" not in self.program.freevars or not self.program.argcount:
            return {}
        name = self.program.varnames[0]
        if name in self.frame.cells:
            return {".receiver": self.frame.cells[name].contents}
        value = self.frame.locals.get(name)
        return {} if value is None or isinstance(value, NullVariable) else {name: value}

    def _targets(self) -> List[int]:
        index = self.ended.index
        instr = self.program.items[index]
        assert isinstance(instr, Instr)
        labels = self.frame.labels
        if instr.op is Op.BRANCH:
            return [labels[label] for label in instr.arg]
        if instr.op is Op.FOR_ITER:
            return [index + 1, labels[instr.arg]]
        if instr.op in (Op.RAISE, Op.RERAISE):
            return []
        return [index + 1]

    def _cells(self) -> List[CellVariable]:
        names = [*self.program.freevars, *self.program.cellvars]
        return [self.frame.cells[name] for name in dict.fromkeys(names)]

    def _write_break(self) -> None:
        instr = self.program.items[self.ended.index]
        assert isinstance(instr, Instr)
        if instr.op in (Op.BRANCH, Op.FOR_ITER):
            self._write_two_ways(instr)
            return
        if instr.op in (Op.RAISE, Op.RERAISE):
            for value in self.ended.stack:
                self.writer.load(value)
            self._run(instr)
            return
        stack = self.ended.stack
        popped = effect(instr.op, instr.arg).pops
        pushed = effect(instr.op, instr.arg).pushes
        kept = len(stack) - popped
        names = self._names_after()
        after = self.ended.index + 1
        given = self._load_resume(after, kept + pushed, names)
        for value in stack[:kept]:
            self.writer.load(value)
        self._operands(instr, stack[kept:])
        for name in names:
            self.writer.load(self.frame.locals[name])
        self.writer.add(Op.CALL, (given + kept + pushed + len(names), ()))
        self.writer.add(Op.RETURN)

    def _run(self, instr: Instr, arg: Any = None) -> None:
        """The user's instruction itself, at the user's position."""
        self.writer.items.append(
            Instr(instr.op, instr.arg if arg is None else arg, None, instr.position)
        )

    def _operands(self, instr: Instr, values: List[Variable]) -> None:
        """Push what the instruction takes, and run it; calls of user code under the hook."""
        writer = self.writer
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

    def _runs_user_code(self, function: Variable) -> bool:
        if isinstance(function, ObjectVariable):
            return self.services.runs_user_code(function.value)
        return True

    def _load_resume(self, index: int, stack: int, names: Tuple[str, ...]) -> int:
        """Push the resume function, and the arguments before the stack: their number."""
        slot = Slot("resume")
        first = self._receiver()
        resumed = resume_program(self.program, index, stack, names, self.position, tuple(first))
        self.resumes.append(Resume(resumed, slot, bool(resumed.freevars)))
        self.writer.slot(slot)
        if resumed.freevars:
            for name in resumed.freevars:
                self.writer.load(self.frame.cells[name])
            self.writer.add(Op.BUILD_TUPLE, len(resumed.freevars))
            self.writer.add(Op.CALL, (1, ()))
        for value in first.values():
            self.writer.load(value)
        return len(first)

    def _write_two_ways(self, instr: Instr) -> None:
        writer = self.writer
        for value in self.ended.stack:
            writer.load(value)
        kept = len(self.ended.stack) - (1 if instr.op is Op.BRANCH else 0)
        names = self._names_after()
        first, second = Label("first"), Label("second")
        targets = self._targets()
        if instr.op is Op.BRANCH:
            self._run(instr, (first, second))
            writer.items.append(first)
            self._way(targets[0], kept, names)
            writer.items.append(second)
            self._way(targets[1], kept, names)
        else:
            self._run(instr, second)
            self._way(targets[0], kept + 1, names)
            writer.items.append(second)
            self._way(targets[1], kept - 1, names)

    def _way(self, index: int, stack: int, names: Tuple[str, ...]) -> None:
        writer = self.writer
        saved = [writer.temporary() for _ in range(stack)]
        for name in reversed(saved):
            writer.add(Op.STORE_LOCAL, name)
        # What one way saves for reuse isn't there on the other.
        known = dict(writer._saved)
        given = self._load_resume(index, stack, names)
        for name in saved:
            writer.add(Op.LOAD_LOCAL, name)
        for name in names:
            writer.load(self.frame.locals[name])
        writer.add(Op.CALL, (given + stack + len(names), ()))
        writer.add(Op.RETURN)
        writer._saved = known

    # -- the program

    def _residual(self) -> Program:
        program = self.program
        parameters = program.argcount + program.kwonlyargcount
        parameters += bool(program.flags & 4) + bool(program.flags & 8)
        return Program(
            items=self.writer.items,
            name=program.name,
            qualname=program.qualname,
            argcount=program.argcount,
            posonlyargcount=program.posonlyargcount,
            kwonlyargcount=program.kwonlyargcount,
            flags=program.flags,
            varnames=program.varnames[:parameters] + tuple(self.writer.temporaries),
            cellvars=(),
            freevars=program.freevars,
            firstlineno=program.firstlineno,
            docstring=program.docstring,
        )
