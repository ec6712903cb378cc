"""The symbolic interpreter: runs a program over symbolic values and records a graph.

Input: a program and the state of the frame that is about to run it.
Output: the graph of its tensor operations, the guards under which it holds, and
the state (stack, locals, or a return value) where capture ended.
"""

from __future__ import annotations

import builtins
import inspect
import sys
import types
from dataclasses import replace
from typing import Any, Dict, List, NoReturn, Optional, Sequence, Set, Tuple

from ..graph import Graph, Node
from ..guards import Guard, GuardKind
from ..ir.instr import Instr, Label, Op
from ..ir.program import Program
from ..source import CellSource, ConstantSource, ItemSource, LocalSource, Source
from ..symbolic import Root, SymbolicNumber
from ..tensor_meta import TensorMeta
from . import calls, conditions, functions_outside, local_classes, wrapping
from .breaking.lifetimes import drop_mortals, frame_left, mortal
from .breaking.resume import ResumeProgram
from .breaks import GiveUp, GraphBreak, Kind, ObservedException, Restart
from .effects.log import SideEffects
from .exceptions import raising
from .frame import Frame
from .handlers import HANDLERS
from .identity import Identities, place_of
from .iterators import generators
from .iterators.outside import OutsideIterator
from .objects import attributes
from .services import Services
from .tensors import operations as tensors
from .tensors.known import KnownData
from .values import (
    CellVariable,
    ClassVariable,
    ExceptionVariable,
    FreshVariable,
    FunctionVariable,
    GeneratorVariable,
    LazyVariable,
    NotConstant,
    NullVariable,
    ObjectVariable,
    TensorVariable,
    TracebackVariable,
    Variable,
)
from .values.keys import KeyOf

__all__ = ["Ended", "Machine"]

#: Instructions one capture may run before it is taken for an endless loop.
STEP_LIMIT = 5_000_000
#: The same without a tensor operation: a long computation of plain Python isn't unrolled. A
#: step takes about 5 microseconds: so many take as long as it takes to compile resnet18.
PLAIN_STEP_LIMIT = 50_000
#: They do nothing but to the frame's own stack and scopes: a break comes behind them.
_OF_FRAME = frozenset(
    [Op.SAVE_LOCAL, Op.SAVE_CELL, Op.RESTORE_LOCAL, Op.ENTER_HANDLER, Op.POP_EXCEPT, Op.RETURN]
    + [Op.LOAD_CELL, Op.LOAD_CONST, Op.COPY, Op.SWAP]
)
#: Types of which two equal values are one and the same to a guard.
_TOLD_APART = frozenset([bool, int, str, type(None)])
#: Inlined calls inside each other.
DEPTH_LIMIT = 120


class Ended(Exception):
    """Where capture ended: raised through all frames when it broke.

    Args:
        value: what the root frame returns; ``None`` when it broke.
        chain: the frames from the root to the one that broke, each the direct callee of
            the one before; their stacks are as before the instruction at hand, without
            the operands of the calls.
        broke: why.
    """

    def __init__(
        self, value: Optional[Variable], chain: Sequence[Frame] = (), broke: Any = None
    ) -> None:
        super().__init__()
        self.value = value
        self.chain = list(chain)
        self.broke = broke

    def forget_frames(self) -> None:
        """Let go of the executor's own frames, which hold on to what the frame held."""
        self.__traceback__ = self.__context__ = self.__cause__ = None


class Machine:
    """One attempt to capture one frame.

    Args:
        services: what the executor needs from the layers around it.
        break_at: steps, counted over all frames, that an earlier attempt found it can't
            capture, with the reason.
    """

    def __init__(self, services: Services, break_at: Dict[int, Any]) -> None:
        self.services = services
        self.framework = services.framework
        self.break_at = break_at
        self.graph = Graph()
        self.guards: Dict[Any, Guard] = {}
        self.attributes: Dict[str, Any] = {}
        self.wrapped: Dict[Source, Variable] = {}
        self.parameters: Dict[int, TensorVariable] = {}
        self.functions: Dict[Tuple[int, Source], FunctionVariable] = {}
        self.generators: List[GeneratorVariable] = []
        #: Iterators from outside, which capture runs ahead of.
        self.outside_iterators: List[OutsideIterator] = []
        #: Generators from outside that capture can run.
        self.outside_generators: List[GeneratorVariable] = []
        #: those being run, innermost last
        self.frames: List[Frame] = []
        self.root: Optional[Frame] = None
        self.root_globals: Dict[str, Any] = {}
        self.placeholder_sources: Dict[Node, Source] = {}
        self.examples: Dict[Node, Any] = {}
        self.symbols: Dict[Root, SymbolicNumber] = {}
        self.number_nodes: Dict[Source, Node] = {}
        self.side_effects = SideEffects()
        #: Tensors from outside whose shape, dtype or gradient changed in place, by id.
        self.changed_inputs: Dict[int, TensorVariable] = {}
        #: Tensors whose ``stop_gradient`` was assigned to, by id.
        self.made_leaves: Dict[int, TensorVariable] = {}
        self.known = KnownData(self)
        #: The framework's state that captured code has set: owner's id and path.
        self.changed_state: Set[Tuple[int, Tuple[str, ...]]] = set()
        self.identities = Identities()
        #: Functions that are always inlined, by id: no rule is for them, nor the framework's.
        self.plain_functions: Dict[int, Any] = {}
        #: Guards of the framework's state that there are already, with what they refer to.
        self.guarded_modes: Dict[Any, Any] = {}
        #: What guarded look-ups in classes found, with the class, by its id and the name.
        self.class_attributes: Dict[Tuple[int, str], Tuple[type, Any]] = {}
        #: What stands for objects made here: they stay alive, since their ids tell them apart.
        self.prototypes: List[Any] = []
        #: Arrays that are known, by id: those from outside, and those computed here.
        self.arrays: Dict[int, FreshVariable] = {}
        #: Where global names are found, by the id of their table.
        self.global_places: Dict[Tuple[int, str], Source] = {}
        #: What functions of the framework say of its state, by the id of a table and their name.
        self.modes: Dict[Tuple[int, str], bool] = {}
        #: Classes made here, by the id of their shadow; what they hold, by that of stand-ins.
        self.made_classes: Dict[int, ClassVariable] = {}
        self.made_values: Dict[int, Variable] = {}
        #: Classes, and dicts of instances, by id: no lookup in them runs code of the user's.
        self.named_classes: Dict[int, type] = {}
        self.named_tables: Dict[int, Dict[str, Any]] = {}
        #: where classes that a function has made are found, by their id
        self.local_classes: Dict[int, Source] = {}
        #: The elements of objects whose classes derive from built-in containers, by id.
        self.builtin_parts: Dict[int, Any] = {}
        #: What stands for objects as dict keys, by the variable's id; see containers/keys.py.
        self.keys: Dict[int, KeyOf] = {}
        #: The same for what ``id()`` gave.
        self.addresses: List[KeyOf] = []
        #: Objects that a guard pins and that are keys as they are, by id.
        self.keys_of_objects: Dict[int, Any] = {}
        #: Whether some of the keys have a ``__hash__`` of their own.
        self.hashed_keys = False
        #: Parameters whose end runs a ``__del__``, while something refers to them.
        self.mortals: Dict[LocalSource, LazyVariable] = {}
        self.steps = 0
        #: by id of code: whether a break in it resumes there
        self.resumable: Dict[int, bool] = {}
        self.check_at = PLAIN_STEP_LIMIT // 4
        #: The step of the last tensor operation.
        self.worked = 0
        #: Whether a frame around the captured ones handles an exception.
        self.handled_outside = sys.exc_info()[1] is not None
        self.inlined = 0

    def release(self) -> None:
        """Let go of all that was seen: what is written remains, and refers to none of it."""
        vars(self).clear()

    # -- guards and breaks

    def guard(self, source: Source, kind: GuardKind, operand: Any = None) -> None:
        """Record that the capture holds only under this condition."""
        if kind is GuardKind.IS and isinstance(source, ConstantSource):
            return  # it is what it is
        key: Any
        of = type(operand)  # isinstance() would ask a user's object for its __class__
        if kind is GuardKind.TYPE_ATTR:
            name, found = operand
            key = (kind, source, name, id(found))
        elif of in _TOLD_APART:
            key = (kind, source, of, operand)
        elif of is TensorMeta:
            shape, dtype, stop_gradient, place = operand
            key = (kind, source, shape, id(dtype), stop_gradient, id(place))
        elif issubclass(of, Source):
            key = (kind, source, operand)
        elif issubclass(of, type):
            key = (kind, source, type, id(operand))
        else:
            literal = wrapping.is_literal(self, operand) or issubclass(of, (tuple, set))
            text = wrapping.text_of(operand) if literal else id(operand)
            key = (kind, source, of, text)
        if key in self.guards:
            return
        if self.made_classes and self._made_here(source):
            return
        if kind is GuardKind.IS or kind is GuardKind.TYPE_ATTR:
            if local_classes.guarded_by_class(self, source, kind, operand):
                return
        frame = self.frames[-1] if self.frames else None
        filename = None if frame is None else frame.code.co_filename
        instr = None if frame is None else frame.instr
        lineno = None if instr is None else instr.position.lineno
        self.guards[key] = Guard(source, kind, operand, filename, lineno)

    def _made_here(self, source: Source) -> bool:
        """Whether a path begins at a class that the frame makes: no guard has to watch that."""
        root: Any = source
        while not isinstance(root, ConstantSource):
            root = getattr(root, "base", None)
            if root is None:
                return False
        return id(root.value) in self.made_classes or id(root.value) in self.made_values

    def break_graph(self, kind: Kind, reason: str, hint: Optional[str] = None) -> NoReturn:
        """Stop here: the instruction at hand has to run for real."""
        raise GraphBreak(kind, reason, hint)

    def raise_observed(self, error: BaseException, worded: bool = False) -> NoReturn:
        """The plain program raises ``error`` here; see :func:`raising.observe`."""
        raising.observe(self, error, worded)

    # -- values

    def realise(self, value: Variable) -> Variable:
        """Look at an element of a container from outside: from now on it is guarded."""
        if isinstance(value, LazyVariable):
            assert value.source is not None
            return self.wrap(value.value, value.source)
        return value

    def wrap(self, value: Any, source: Source) -> Variable:
        """The symbolic value of an object from outside, with the guards it needs."""
        known = self.wrapped.get(source)
        if known is None:
            known = self.identities.known(self, value, source)
            if known is None:
                known = wrapping.wrap(self, value, source)
                self.identities.add(self, value, known)
                if self.changed_inputs and isinstance(known, TensorVariable):
                    tensors.seen_changed(self, known)
            self.wrapped[source] = known
        return known

    def wrap_raw(self, cls: type, name: str, value: Any) -> Variable:
        """Something found in a class without binding it, such as a descriptor or its parts."""
        return self.wrap(value, ConstantSource(value, f"{cls.__qualname__}.{name}"))

    def opaque(self, value: Any) -> Variable:
        """A value that the framework answered with: data, or an object it vouches for."""
        if wrapping.is_literal(self, value) or isinstance(value, (list, tuple, dict, set)):
            return wrapping.from_python(self, value)
        return self.wrap(value, ConstantSource(value, type(value).__name__))

    def wrap_module(self, module: types.ModuleType, name: str) -> Variable:
        """A module that an import statement finds in ``sys.modules``."""
        return self.wrap(module, ItemSource(ConstantSource(sys.modules, "sys.modules"), name))

    def get_attribute(self, value: Variable, name: str) -> Variable:
        """``value.name``; see :mod:`attributes`."""
        return attributes.get_attribute(self, value, name)

    def call(
        self,
        function: Variable,
        args: List[Variable],
        kwargs: Dict[str, Variable],
        direct: bool = False,
    ) -> Variable:
        """``function(*args, **kwargs)``; see :mod:`calls`."""
        return calls.call(self, function, args, kwargs, direct)

    def load_global(self, frame: Frame, name: str) -> Variable:
        """A global name of ``frame``, or a builtin."""
        return wrapping.load_global(self, frame, name)

    def framework_touched(self) -> bool:
        """Whether any tensor has been looked at."""
        return len(self.graph) > 0

    # -- running

    def run_root(self, program: Program, state: Any) -> Ended:
        """Capture the frame that ``state`` describes.

        Raises:
            Restart: an instruction failed half-way.
            GiveUp: the frame can't be compiled at all.
        """
        frame = Frame(
            program,
            state.code,
            state.globals,
            wrapping.builtins_dict(state.builtins),
            direct=True,
        )
        self.root = frame
        self.root_globals = state.globals
        unbound = self.services.unbound
        for index, value in enumerate(state.locals):
            name = program.varnames[index]
            if value is not unbound:
                source = LocalSource(name, index)
                frame.locals[name] = held = LazyVariable(value, source)
                if mortal(self, value):
                    self.mortals[source] = held
        for name in program.cellvars:
            contents = frame.locals.pop(name, None)
            frame.cells[name] = CellVariable(contents)
        free = zip(program.free_operands, program.freevars, state.closure or ())
        for index, (operand, name, cell) in enumerate(free):
            frame.cells[operand] = self.cell_from_outside(cell, CellSource(name, index))
        try:
            value = self._run(frame)
        except Ended as ended:
            ended.forget_frames()
            return ended
        except ObservedException as signal:
            signal.forget_frames()
            raise self._restart_at_raise(signal.variable) from None
        assert frame.instr is not None
        if frame.instr.op is not Op.RETURN:
            raise GiveUp(self.describe(Kind.LANGUAGE, "generators run as plain Python"))
        return Ended(value, [frame])

    def _restart_at_raise(self, error: Any) -> Restart:
        """The exception has to be raised for real: a break at the instruction that does."""
        assert self.root is not None
        step = getattr(error, "step", 0) or self.root.step
        reason = self.describe(
            Kind.EXCEPTION,
            f"the function raises {error.python_type().__name__}",
            "the exception is raised by running the instruction for real",
        )
        return Restart(step, reason)

    def direct_step(self) -> int:
        """The step of the innermost frame that can break: what a restart breaks before."""
        return next((frame.step for frame in reversed(self.frames) if frame.direct), self.steps)

    def _run(self, frame: Frame) -> Variable:
        """Run a frame to its end; of a generator, until it yields."""
        items, handlers, direct = frame.program.items, HANDLERS, frame.direct
        before: Optional[List[Variable]] = None
        inlined = 0
        self.frames.append(frame)
        try:
            while True:
                item = items[frame.pc]
                frame.pc += 1
                if isinstance(item, Label):
                    continue
                frame.instr = item
                frame.step = self.steps = self.steps + 1
                if direct:
                    if self.steps in self.break_at:
                        if item.op not in _OF_FRAME:
                            raise Ended(None, self.frames, self.break_at[self.steps])
                        self.break_at[self.steps + 1] = self.break_at.pop(self.steps)
                    before = frame.stack[:]
                    inlined = self.inlined
                if self.steps > self.check_at and item.op not in _OF_FRAME:
                    self._check_length()
                try:
                    value = handlers[item.op](self, frame, item.arg)
                except ObservedException as signal:
                    self.unwind(frame, item, signal)
                    value = None
                except NotConstant:
                    reason = "a value that isn't known before the graph runs"
                    self.break_graph(Kind.OPERATION, reason)
                if self.generators:
                    before = None  # it refers to what the instruction has dropped
                    generators.close_dropped(self)
                if self.mortals:
                    drop_mortals(self, value)
                if value is not None:
                    return value
        except GraphBreak as signal:
            signal.locate(frame.filename, frame.lineno, frame.program.qualname)
            if not direct:
                raise
            if self.inlined != inlined or before is None:
                raise Restart(frame.step, signal.described()) from signal
            frame.stack[:] = before
            raise Ended(None, self.frames, signal.described()) from signal
        finally:
            self.frames.pop()

    def describe(self, kind: Kind, reason: str, hint: Optional[str] = None) -> Any:
        """A break reason at the instruction at hand."""
        signal = GraphBreak(kind, reason, hint)
        frame = self.root
        if frame is not None:
            signal.locate(frame.filename, frame.lineno, frame.program.qualname)
        return signal.described()

    def run_inlined(self, frame: Frame) -> Variable:
        """Run a called function to its end.

        Returns:
            what it returns; for a generator resumed here, what it yields.
        """
        if len(self.frames) > DEPTH_LIMIT:
            reason = self.describe(
                Kind.LIMIT,
                f"more than {DEPTH_LIMIT} calls inside each other",
                "break the recursion, or mark the function with paddlefx.disable",
            )
            raise Restart(self.frames[0].step, reason)
        self.inlined += 1
        return self._run(frame)

    def _check_length(self) -> None:
        """Every so many steps: was there a tensor operation, or does this only compute?

        Raises:
            Restart: a loop of the root frame, or a call, only computes: the rest of the frame
                from the loop's first such turn on, or the call, runs for real.
            GiveUp: there was no tensor at all.
        """
        self.check_at = self.steps + PLAIN_STEP_LIMIT // 4
        if self.steps > STEP_LIMIT:
            self.break_graph(
                Kind.LIMIT,
                f"more than {STEP_LIMIT} instructions in one capture",
                "a loop may be endless, or too long to unroll",
            )
        if self.steps - self.worked <= PLAIN_STEP_LIMIT:
            return
        reason = self.describe(
            Kind.LIMIT,
            f"more than {PLAIN_STEP_LIMIT} instructions without a tensor operation",
            "put the long computation into a function of its own: that runs as plain Python",
        )
        turn = self.frames[0].idle_turn(self.worked)
        if turn is not None and self.framework_touched():
            raise Restart(turn, replace(reason, rest=True))
        for frame in self.frames[:-1]:
            if turn is None and frame.direct and frame.step > self.worked:
                raise Restart(frame.step, reason)
        if not self.framework_touched():
            raise GiveUp(reason)
        self.break_graph(reason.kind, reason.reason, reason.hint)

    def handled(self) -> Optional[Variable]:
        """The exception being handled, by the innermost frame that handles one."""
        for frame in reversed(self.frames):
            found = frame.handled()
            if found is not None:
                return found
        return None

    def unwind(self, frame: Frame, instr: Instr, signal: ObservedException) -> None:
        """Go on at the handler of ``instr``; without one the exception leaves the frame."""
        variable = signal.variable
        if isinstance(variable, ExceptionVariable):
            if instr.op is not Op.RERAISE and not (instr.op is Op.RAISE and instr.arg == 0):
                variable.traceback = TracebackVariable(variable.step)  # with one more entry
        handler = instr.handler
        if handler is None:
            frame_left(self, frame)
            if self.generators and isinstance(variable, ExceptionVariable):
                variable.left.append(frame)
            raise signal
        signal.forget_frames()
        del frame.stack[handler.depth :]
        del frame.scopes[handler.scopes :]
        frame.stack.append(signal.variable)
        frame.jump(handler.label)

    # -- functions

    def function(self, value: types.FunctionType, source: Optional[Source]) -> FunctionVariable:
        """An existing function; see :mod:`functions_outside`."""
        return functions_outside.existing_function(self, value, source)

    def handed_on(self, source: Source) -> bool:
        """Whether a path is no more than a parameter or free variable of a resume function."""
        root = self.root
        if root is None or not isinstance(root.program, ResumeProgram):
            return False
        return isinstance(source, (LocalSource, CellSource))

    def cell_from_outside(self, cell: Any, source: Source) -> CellVariable:
        """A cell of an existing closure, met here on the path ``source`` to what it holds."""
        try:
            contents: Variable = LazyVariable(cell.cell_contents, source)
        except ValueError:
            contents = NullVariable()
        made = CellVariable(contents, source)
        place = place_of(made)
        assert place is not None
        known = self.identities.known(self, cell, place)
        if isinstance(known, CellVariable):
            return known
        self.identities.add(self, cell, made)
        return made

    def _resumable(self, function: FunctionVariable, locals: Dict[str, Variable]) -> bool:
        """Whether a break in a function resumes there, not at the call into its package.

        Code of the framework or the standard library isn't worth taking to pieces, unless it
        is a layer, which calls others.
        """
        code = function.code
        if code.co_argcount:
            first = locals.get(code.co_varnames[0])
            if isinstance(first, ObjectVariable) and self.framework.is_layer(first.value):
                return True
        known = self.resumable.get(id(code))
        if known is None:
            known = self.services.is_users(code.co_filename, function.globals)
            self.resumable[id(code)] = known
        return known

    def enter(
        self, function: FunctionVariable, locals: Dict[str, Variable], direct: bool = False
    ) -> Variable:
        """Inline a call whose arguments are bound already.

        Args:
            function: what is called.
            locals: its arguments.
            direct: whether the caller's instruction does no more than push the result.
        """
        program = self.services.decode(function.code)
        frame = Frame(
            program,
            function.code,
            function.globals,
            wrapping.builtins_dict(function.globals.get("__builtins__", builtins)),
            locals=locals,
            direct=direct and self.frames[-1].direct and self._resumable(function, locals),
        )
        for name in program.cellvars:
            frame.cells[name] = CellVariable(frame.locals.pop(name, None))
        frame.cells.update(zip(program.free_operands, function.closure))
        flags = function.code.co_flags
        if flags & (inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR):
            self.break_graph(Kind.LANGUAGE, "a call of an async function")
        if flags & inspect.CO_GENERATOR:
            frame.direct = False
            made = GeneratorVariable(frame, self.direct_step())
            self.generators.append(made)
            return made
        conditions.pass_over(self, frame)
        return self.run_inlined(frame)
