"""``execute``: from a program and a frame about to run it to a capture."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Dict, List, Optional, Tuple

from .. import _C
from ..graph import Graph
from ..guards import Guard
from ..ir.instr import Op
from ..ir.program import Program
from ..ir.scopes import shares_free
from ..source import Source
from ..symbolic import Specialise
from .breaking import revived
from .breaking.break_writer import BreakWriter, Resume
from .breaking.dead_locals import drop_dead
from .breaking.frame_readers import reads_itself
from .breaking.residual import ResidualWriter, Slot
from .breaking.resume import ResumeProgram
from .breaking.suspended import Suspended, own_program
from .breaks import BreakReason, GiveUp, Kind, Restart, forget_frames
from .effects.log import replay
from .frame import Frame
from .handlers.names import SHARES_FREE
from .machine import Ended, Machine
from .services import Services
from .tensors.operations import guard_mode
from .tensors.symbolic_shapes import symbols_in, unknown
from .values import ClassVariable, LazyVariable, ObjectVariable, TensorVariable, Variable

__all__ = ["Capture", "Resume", "execute"]

#: Breaks one capture may learn about by repeating itself.
RESTART_LIMIT = 32
#: Numbers one capture may ask for one by one; after these all that it has met are constants.
SPECIALISE_LIMIT = 8
#: Py_TPFLAGS_HEAPTYPE: a class made while the program runs.
_HEAP = 1 << 9


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
    if isinstance(program, ResumeProgram) and program.reason is not None:
        if program.reason.rest:
            raise GiveUp(program.reason)
        break_at[program.pending_step] = replace(program.reason, again=True)
    known = dict(break_at)
    repeated: Optional[BreakReason] = None
    specialised = 0
    for _ in range(RESTART_LIMIT):
        machine = Machine(services, break_at)
        try:
            with services.framework.kept_state():
                ended = machine.run_root(program, state)
                return _Finisher(machine, program, ended, services).finish()
        except Restart as signal:
            break_at[signal.step] = signal.reason
            forget_frames(signal)
            repeated = machine.describe(Kind.LIMIT, f"capture failed {RESTART_LIMIT} times")
        except Specialise as signal:
            specialised += 1
            met = machine.symbols if specialised > SPECIALISE_LIMIT else ()
            services.varying.fix([*signal.roots, *met])
            forget_frames(signal)
            break_at = dict(known)  # other steps are taken from here on
            repeated = machine.describe(Kind.LIMIT, f"capture failed {RESTART_LIMIT} times")
        finally:
            machine.release()
    assert repeated is not None
    raise GiveUp(repeated)


def _without_symbols(graph: Graph) -> None:
    """What backends see of sizes that vary is -1; sources are the capture's own."""
    for node in graph.nodes:
        metas = node.meta.get("tensor_meta")
        if metas is not None and next(symbols_in(metas), None) is not None:
            node.meta["tensor_meta"] = unknown(metas)


class _Finisher:
    """Turns the end of a capture into a residual program."""

    def __init__(
        self, machine: Machine, program: Program, ended: Ended, services: Services
    ) -> None:
        self.machine = machine
        self.program = program
        self.ended = ended
        self.services = services
        self.frame = ended.chain[0]
        assert self.frame.instr is not None
        self.writer = ResidualWriter(machine, self.frame.instr.position)
        if isinstance(program, ResumeProgram):
            self.writer.constant(_C.entered)
            self.writer.add(Op.CALL, (0, ()))
            self.writer.add(Op.POP)
        self.breaking: Optional[BreakWriter] = None

    def finish(self) -> Capture:
        """The capture."""
        broke = self.ended.broke
        if broke is not None:
            wanted = self._prepare_break(broke)
        else:
            assert self.ended.value is not None
            wanted = [self.ended.value]
        revived.keep(self.machine, wanted)
        revived.settle(self.machine, self.writer)
        for value in wanted:
            self.writer.want(value)
        for pending in self.machine.side_effects.log:
            for value in pending.values():
                self.writer.want(value)
        derived = self._derived_classes()
        for generator in self.machine.generators:
            if generator.holds_cleanup and not self.writer.is_wanted(generator):
                self.writer.made_for_real(
                    generator.step, "a generator is left while it is in a try or with statement"
                )
        graph, slot, inputs = self._graph()
        if broke is not None or self.machine.side_effects.log:
            self.writer.settle()
        replay(self.writer, self.machine.side_effects)
        for made in derived:
            self.writer.load(made)
            self.writer.add(Op.POP)
        if self.breaking is None:
            assert self.ended.value is not None
            self.writer.load(self.ended.value)
            self.writer.add(Op.RETURN)
        else:
            self.breaking.write()
        for iterator in self.machine.outside_iterators:
            iterator.guard_taken(self.machine)
        used = {} if graph is None else {n.target for n in graph.nodes if n.op == "get_attr"}
        if graph is not None and self.machine.symbols:
            _without_symbols(graph)
        return Capture(
            graph=graph,
            graph_slot=slot,
            attributes={k: v for k, v in self.machine.attributes.items() if k in used},
            inputs=inputs,
            guards=list(self.machine.guards.values()),
            residual=self._residual(),
            resumes=self.writer.resumes,
            broke=broke,
        )

    def _derived_classes(self) -> List[ClassVariable]:
        """The classes to be made because a base of theirs is there: it lists them.

        A class goes with a collection of garbage only, long after the names that it had.
        """
        found: List[ClassVariable] = []
        for made in self.machine.made_classes.values():  # bases come first
            if any(not self._lives_in_capture(base) for base in made.bases):
                self.writer.want(made)
                found.append(made)
        return found

    def _lives_in_capture(self, base: type) -> bool:
        """Whether nobody can ask a base for its ``__subclasses__()``."""
        if not base.__flags__ & _HEAP:
            return True
        made = self.machine.made_classes.get(id(base))
        return made is not None and not self.writer.is_wanted(made)

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
        if self.machine.known.any_written:
            self.writer.settle_numbers()
        self.writer.call_graph(slot, sources, outputs)
        return graph, slot, inputs

    # -- breaks

    def _prepare_break(self, broke: BreakReason) -> List[Variable]:
        inner: Optional[Suspended] = None
        for number, frame in reversed(list(enumerate(self.ended.chain))):
            reason = _kept_whole(frame)
            if reason is not None:
                if not number:
                    self._give_up(reason)
                raise Restart(self.ended.chain[number - 1].step, broke)
            inner = Suspended(frame, inner)
        assert inner is not None
        if not (self.services.wanted or self._has_tensors()):
            self._give_up("no tensor operation comes before it")
        self.breaking = BreakWriter(self.writer, inner, self.services, broke)
        inner.keep(self.machine)
        return inner.wanted()

    def _give_up(self, reason: str) -> None:
        broke = self.ended.broke
        raise GiveUp(replace(broke, reason=f"{broke.reason}; {reason}"))

    def _has_tensors(self) -> bool:
        framework = self.machine.framework
        return bool(self.machine.framework_touched()) or any(
            framework.is_tensor(value.value) or framework.is_layer(value.value)
            if isinstance(value, (LazyVariable, ObjectVariable))
            else isinstance(value, TensorVariable)
            for value in [*self.frame.locals.values(), *self.frame.stack]
        )

    # -- the program

    def _residual(self) -> Program:
        program = self.program
        made = Program(
            items=self.writer.items,
            name=program.name,
            qualname=program.qualname,
            argcount=program.argcount,
            posonlyargcount=program.posonlyargcount,
            kwonlyargcount=program.kwonlyargcount,
            flags=program.flags,
            # A NameError suggests names of locals, bound or not.
            varnames=program.varnames + tuple(self.writer.temporaries),
            cellvars=(),
            freevars=program.freevars,
            firstlineno=program.firstlineno,
            docstring=program.docstring,
        )
        if self.breaking is not None:
            breaking = self.breaking
            kept = breaking.frame.kept_parameters()
            drop_dead(made, breaking.ran, breaking.left, breaking.last, kept)
        return made


def _kept_whole(frame: Frame) -> Optional[str]:
    """Why a frame can't go on in a resume function; ``None`` when it can."""
    if reads_itself(frame):
        return "the function looks into its own frame"
    if shares_free(own_program(frame)[0]):
        return SHARES_FREE
    return None
