"""Generators that are alive where a graph ends.

The residual program makes a real generator that stands where capture left the symbolic one:
a resume function of the generator's own program, whose prologue puts the stack back and
suspends itself. It is sent to, thrown into and closed like the user's. A resume function
that meets one which hasn't moved since reads its parameters, and goes on with it in
capture; when that has run it to its end, the real one is ended without running anything.
"""

from __future__ import annotations

import types
import weakref
from typing import TYPE_CHECKING, Any, Callable, Generator, List, Optional, Set

from ... import _C
from ...guards import GuardKind
from ...ir.instr import Instr, Op
from ...source import AttributeSource, IteratorPartSource, Source
from ..breaks import Kind, Restart
from ..effects import kinds as effects
from ..frame import Frame
from ..values import GeneratorVariable, LazyVariable, Variable
from ..wrapping import builtins_dict
from .break_writer import Resume
from .lifetimes import held, reached
from .residual import ResidualWriter, Slot
from .resume import ResumePoint, ResumeProgram
from .suspended import Suspended

if TYPE_CHECKING:
    from ..machine import Machine

__all__ = ["finish", "from_outside", "keep", "parts", "settle", "suspended_again", "write"]

#: Where generators of these code objects stand before they move.
_PAUSES: weakref.WeakKeyDictionary[types.CodeType, int] = weakref.WeakKeyDictionary()


def suspended_again(
    function: Callable[..., Generator[Any, Any, Any]], *args: Any
) -> Generator[Any, Any, Any]:
    """The generator of a resume function, run up to the place where it is suspended."""
    made = function(*args)
    next(made)
    _PAUSES.setdefault(made.gi_code, _C.iterator_part(made, 0))
    return made


def finish(generator: Generator[Any, Any, Any]) -> None:
    """End a generator that stands where it was made, running none of the user's code."""
    try:
        generator.send(_C.UNBOUND)
    except StopIteration:
        pass


def _suspension(value: GeneratorVariable) -> Optional[Suspended]:
    """The frame of a generator that a resume function can go on with; else ``None``."""
    frame = value.frame
    instr = frame.instr
    if value.done or value.running or not frame.pc or instr is None or frame.scopes:
        return None
    if instr.op is not Op.YIELD:
        return None
    suspended = Suspended(frame)
    suspended.kept = value.kept
    return suspended


def _point(frame: Suspended) -> ResumePoint:
    targets = [frame.at + 1]
    if frame.handler is not None:
        targets.append(frame.frame_labels()[frame.handler.label])
    return ResumePoint(
        frame.at,
        frame.at + 1,
        len(frame.frame.stack),
        frame.names(targets),
        tuple(frame.receiver()),
        generator=True,
    )


def keep(machine: Machine, wanted: List[Variable]) -> None:
    """Find what generators that live on hold, though they don't read it again.

    Args:
        machine: the capture, at its end.
        wanted: the values that live on, those of effects aside.
    """
    made: Set[int] = set()
    for value in machine.generators:
        if value.done or not value.frame.locals:
            continue
        made = made or reached(
            [*wanted, *(v for e in machine.side_effects.log for v in e.values())]
        )
        if id(value) in made:
            value.kept = frozenset(
                name for name, item in value.frame.locals.items() if held(machine, item, made)
            )


def parts(value: GeneratorVariable) -> List[Variable]:
    """What :func:`write` loads."""
    frame = _suspension(value)
    if frame is None:
        return []
    names = _point(frame).names
    return [
        *frame.receiver().values(),
        *frame.frame.stack,
        *(frame.frame.locals[name] for name in names),
        *frame.cells(),
    ]


def write(writer: ResidualWriter, value: GeneratorVariable) -> bool:
    """Push a generator that stands where capture left this one; whether that can be done."""
    frame = _suspension(value)
    if frame is None:
        return False
    point = _point(frame)
    slot = Slot("resume")
    writer.resumes.append(Resume(frame.program, frame.code, frame.frame.globals, point, slot))
    writer.constant(suspended_again)
    writer.slot(slot)
    cells = frame.cells()
    if cells:
        for cell in cells:
            writer.load(cell)
        writer.add(Op.BUILD_TUPLE, len(cells))
        writer.add(Op.CALL, (1, ()))
    given = [*frame.receiver().values(), *frame.frame.stack]
    given += [frame.frame.locals[name] for name in point.names]
    for item in given:
        writer.load(item)
    writer.add(Op.CALL, (1 + len(given), ()))
    return True


def from_outside(machine: Machine, value: Any, source: Source) -> Optional[GeneratorVariable]:
    """The symbolic generator for one of :func:`write` that hasn't moved; else ``None``."""
    code = value.gi_code
    place = IteratorPartSource(source, 0)
    stands = _C.iterator_part(value, 0)
    if _PAUSES.get(code) != stands:
        return None
    program = machine.services.decode(code)
    assert isinstance(program, ResumeProgram) and program.point is not None
    machine.guard(source, GuardKind.TYPE, types.GeneratorType)
    machine.guard(AttributeSource(source, "gi_code"), GuardKind.IS, code)
    machine.guard(place, GuardKind.VALUE, stands)
    globals = value.gi_frame.f_globals
    frame = Frame(program, code, globals, builtins_dict(globals["__builtins__"]))
    for slot, name in enumerate(program.varnames[: program.argcount]):
        where = IteratorPartSource(source, 1 + slot)
        held = _C.iterator_part(value, 1 + slot)
        frame.locals[name] = LazyVariable(held, where)
    for number, name in enumerate(code.co_freevars):
        slot = len(code.co_varnames) + number
        cell = _C.iterator_part(value, 1 + slot)
        contents = AttributeSource(IteratorPartSource(source, 1 + slot), "cell_contents")
        frame.cells[name] = machine.cell_from_outside(cell, contents)
    frame.stack = [
        machine.realise(frame.locals[f".stack{depth}"]) for depth in range(program.point.stack)
    ]
    items = program.items
    pause = next(i for i, item in enumerate(items) if isinstance(item, Instr) and _yields(item))
    instr = items[pause]
    assert isinstance(instr, Instr)
    frame.instr, frame.pc = instr, pause + 1
    made = GeneratorVariable(frame, machine.direct_step(), source)
    machine.generators.append(made)
    machine.outside_generators.append(made)
    return made


def _yields(instr: Instr) -> bool:
    return instr.op is Op.YIELD


def settle(machine: Machine, writer: ResidualWriter) -> None:
    """At the end of a capture: end the generators from outside that it has run to their ends.

    Raises:
        Restart: one has moved and lives on; it has to be moved for real.
    """
    for generator in machine.outside_generators:
        if generator.moved_at is None:
            continue
        if not generator.done:
            reason = machine.describe(Kind.OPERATION, "the next value of a generator from outside")
            raise Restart(generator.moved_at, reason)
        machine.side_effects.add(effects.GeneratorFinish(generator, finish))
