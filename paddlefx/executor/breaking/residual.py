"""The residual program: what is left of a frame once its tensor work is a graph.

Input: the machine after capture and where it ended.
Output: a program with the frame's signature that loads the graph's inputs, calls
the compiled graph, rebuilds every Python value that lives on, and returns, or
runs the instruction that broke the graph and goes on in a resume function.
"""

from __future__ import annotations

import builtins
import operator
import types
from typing import TYPE_CHECKING, Any, Callable, Dict, List, NoReturn, Set

from ... import _C
from ...graph import Node
from ...ir.flow import parameter_count
from ...ir.instr import Instr, Op, Position
from ...source import (
    AttributeSource,
    CellSource,
    ComputedSource,
    ConstantSource,
    GlobalSource,
    InstanceDictSource,
    ItemSource,
    IteratorPartSource,
    LocalSource,
    Source,
    TypeAttributeSource,
    TypeSource,
    UpcomingSource,
)
from ..breaks import GiveUp, Kind, Restart
from ..local_classes import is_local
from ..values import (
    CellVariable,
    ClassVariable,
    ConstantVariable,
    FreshVariable,
    GeneratorVariable,
    IteratorVariable,
    NumberVariable,
    ObjectVariable,
    SuperVariable,
    TensorVariable,
    UnreadVariable,
    Variable,
)
from ..values.keys import KeyOf, is_symbolic

if TYPE_CHECKING:
    from ..machine import Machine

__all__ = ["ResidualWriter", "Slot"]


class Slot:
    """A constant that is made after capture: the compiled graph, a resume function."""

    __slots__ = ("instrs", "name")

    def __init__(self, name: str) -> None:
        self.name = name
        self.instrs: List[Instr] = []

    def fill(self, value: Any) -> None:
        """Put the object where the program loads it."""
        for instr in self.instrs:
            instr.arg = value


class ResidualWriter:
    """Writes instructions that make symbolic values real.

    Args:
        machine: the capture.
        position: the source range that the instructions get.
    """

    def __init__(self, machine: Machine, position: Position) -> None:
        self.machine = machine
        self.position = position
        self.items: List[Any] = []
        self.temporaries: List[str] = []
        #: Resume functions to be made: of the break, and of generators that live on.
        self.resumes: List[Any] = []
        self.outputs: Dict[Node, str] = {}
        self._tensors: Dict[Node, None] = {}
        self._uses: Dict[int, int] = {}
        self._saved: Dict[int, str] = {}
        self._alive: List[Variable] = []
        self._settled: Dict[Source, str] = {}
        self._making: Set[int] = set()
        self._unfilled: List[Variable] = []
        #: Objects that were made because something iterates over them.
        self._filled: Set[int] = set()
        #: Whether an iterator was announced.
        self._iterates = False

    # -- instructions

    def add(self, op: Op, arg: Any = None) -> Instr:
        """Append one instruction."""
        instr = Instr(op, arg, None, self.position)
        self.items.append(instr)
        return instr

    def constant(self, value: Any) -> None:
        """Push an object; of a class made in the frame, the real one."""
        made: Any = self.machine.made_classes.get(id(value))
        made = made or self.machine.made_values.get(id(value))
        if made is not None:
            self.load(made)
            return
        source = self.machine.local_classes.get(id(value))
        if source is not None:
            self.load_source(source)
            return
        self.add(Op.LOAD_CONST, value)

    def key(self, key: Any) -> None:
        """Push a dict key or set element: data, or what stands for an object."""
        if type(key) is KeyOf:
            if key.hashed is not None:
                # Hashed again it might do more than once what its methods do, or have changed.
                reason = "a dict or set of objects with their own hashes is alive at the end"
                self.made_for_real(key.step, reason)
            self.load(key.variable)
        elif is_symbolic(key):
            for item in key:
                self.key(item)
            self.add(Op.BUILD_TUPLE, len(key))
        else:
            self.constant(key)

    def slot(self, slot: Slot) -> None:
        """Push what will be known after capture."""
        slot.instrs.append(self.add(Op.LOAD_CONST, slot))

    def temporary(self) -> str:
        """A new local that no user name can clash with, nor ``.0`` of a comprehension."""
        name = f".t{len(self.temporaries)}"
        self.temporaries.append(name)
        return name

    def remembered(self) -> Dict[int, str]:
        """Which values are kept in locals as of now; see :meth:`recall`."""
        return dict(self._saved)

    def recall(self, remembered: Dict[int, str]) -> None:
        """Go on at a place that control reaches with only these values kept."""
        self._saved = dict(remembered)

    def is_parameter(self, name: str) -> bool:
        """Whether a local of this name is bound when the program starts."""
        root = self.machine.root
        assert root is not None
        program = root.program
        return name in program.varnames[: parameter_count(program)]

    # -- what is needed

    def want(self, value: Variable) -> None:
        """Announce that ``value`` will be loaded: its tensors become outputs of the graph."""
        count = self._uses[id(value)] = self._uses.get(id(value), 0) + 1
        if count > 1:
            return
        self._alive.append(value)
        self._iterates = self._iterates or isinstance(value, IteratorVariable)
        if self.machine.made_classes and hasattr(value, "value"):
            kind = type(value.value)
            if issubclass(kind, type):
                kind = value.value
            made = self.machine.made_classes.get(id(kind))
            if made is not None and made is not value:
                self.want(made)
        if isinstance(value, TensorVariable):
            if value.source is None:
                self._tensors[value.node] = None
            return
        if value.source is not None:
            return
        for part in value.parts():
            self.want(part)

    def is_wanted(self, value: Variable) -> bool:
        """Whether ``value`` was announced."""
        return id(value) in self._uses

    def wanted_tensors(self) -> List[Node]:
        """The nodes whose results the program needs."""
        return list(self._tensors)

    # -- the graph's call

    def call_graph(self, slot: Slot, inputs: List[Source], outputs: List[Node]) -> None:
        """Call the compiled graph and keep each output in a local."""
        self.slot(slot)
        for source in inputs:
            self.load_source(source)
        self.add(Op.CALL, (len(inputs), ()))
        if not outputs:
            self.add(Op.POP)
            return
        self.add(Op.UNPACK_SEQUENCE, len(outputs))
        for node in outputs:
            name = self.outputs[node] = self.temporary()
            self.add(Op.STORE_LOCAL, name)

    def settle_numbers(self) -> None:
        """Load the numbers that tensors from outside tell: the graph writes to some tensors."""
        for value in self._alive:
            source = value.source
            if isinstance(value, NumberVariable) and source is not None and not _fixed(source):
                self._settle(source)

    def _settle(self, source: Source) -> None:
        if source not in self._settled:
            self.load_source(source)
            name = self._settled[source] = self.temporary()
            self.add(Op.STORE_LOCAL, name)

    def settle(self) -> None:
        """Load what other code may move: once now, before any effect or user code runs."""
        for value in self._alive:
            source = value.source
            if source is None or source in self._settled or _fixed(source):
                continue
            if isinstance(value, CellVariable) or _is_constant(value) or _held(value):
                continue
            self._settle(source)
        for source in self.machine.local_classes.values():
            if not _fixed(source):
                self._settle(source)

    # -- values

    def load(self, value: Variable) -> None:
        """Push ``value``; the same symbolic value is the same object each time.

        Raises:
            GiveUp: there are no instructions that make it.
        """
        if isinstance(value, TensorVariable) and value.source is None:
            self.add(Op.LOAD_LOCAL, self.outputs[value.node])
            return
        if _is_constant(value):
            assert isinstance(value, ConstantVariable)
            self.constant(value.value)
            return
        if _held(value):
            assert isinstance(value, ObjectVariable)
            self.constant(value.value)
            return
        if value.source is not None and not isinstance(value, SuperVariable):
            if isinstance(value, CellVariable):
                self._load_cell_of(value)
                return
            self.load_source(value.source)
            return
        saved = self._saved.get(id(value))
        if saved is not None:
            self.add(Op.LOAD_LOCAL, saved)
            return
        if id(value) in self._making:
            if isinstance(value, GeneratorVariable):
                self.made_for_real(value.step, "a generator refers to itself")
            self.give_up("a container that holds itself is alive at the end of the graph")
        if self._iterates and not self._making:
            self._make_iterated(value)
        self._making.add(id(value))
        value.rebuild(self)
        if self._uses.get(id(value), 2) > 1:
            self.keep(value)
        self._making.remove(id(value))
        if not self._making:
            self._fill()

    def load_kept(self, value: Variable) -> str:
        """Make ``value``, and give the local that keeps it."""
        self.load(value)
        if id(value) not in self._saved:
            self.keep(value)
        self.add(Op.POP)
        return self._saved[id(value)]

    def _make_iterated(self, value: Variable) -> None:
        """Objects are filled before an iterator over what they hold is made, and moved."""
        seen: Set[int] = set()
        work = [value]
        while work:
            item = work.pop()
            if id(item) in seen or id(item) in self._saved or item.source is not None:
                continue
            seen.add(id(item))
            parts = item.parts()
            work += parts
            for part in parts if isinstance(item, IteratorVariable) else ():
                holder = getattr(part, "attributes_of", None) or getattr(part, "owner", None)
                if holder is not None and id(holder) not in self._filled:
                    self._filled.add(id(holder))
                    self.load(holder)
                    self.add(Op.POP)

    def keep(self, value: Variable) -> None:
        """What is on top of the stack is ``value``: further loads give the same object."""
        if id(value) not in self._saved:
            name = self._saved[id(value)] = self.temporary()
            self._alive.append(value)
            self.add(Op.COPY, 1)
            self.add(Op.STORE_LOCAL, name)

    def fill_later(self, value: Variable) -> None:
        """``value`` is made, but empty: what it holds follows, and may hold it in turn."""
        self.keep(value)
        self._unfilled.append(value)

    def _fill(self) -> None:
        while self._unfilled:
            self._complete(self._unfilled.pop())

    def _complete(self, value: Variable) -> None:
        value.complete(self, self._saved[id(value)])

    def give_up(self, reason: str) -> NoReturn:
        """There are no instructions that make a value.

        Raises:
            GiveUp: always.
        """
        raise GiveUp(self.machine.describe(Kind.LANGUAGE, reason))

    def made_for_real(self, step: int, reason: str) -> NoReturn:
        """There are no instructions that make a value, but the plain program's own.

        Args:
            step: of the instruction that does.
            reason: for people.

        Raises:
            Restart: always.
        """
        raise Restart(step, self.machine.describe(Kind.LANGUAGE, reason))

    def _load_cell_of(self, value: CellVariable) -> None:
        if isinstance(value.source, CellSource):
            self.add(Op.LOAD_CELL, value.source.name)
            return
        if isinstance(value.source, AttributeSource):
            self.load_source(value.source.base)
            return
        self.give_up("a closure of another function is alive at the end of the graph")

    # -- sources

    def load_source(self, source: Source) -> None:
        """Push the object at the end of a path; the guards have proved that it is there."""
        if source in self._settled:
            self.add(Op.LOAD_LOCAL, self._settled[source])
        elif isinstance(source, LocalSource):
            self.add(Op.LOAD_LOCAL, source.name)
        elif isinstance(source, GlobalSource):
            self.add(Op.LOAD_GLOBAL, source.name)
        elif isinstance(source, CellSource):
            self.add(Op.LOAD_DEREF, source.name)
        elif isinstance(source, ConstantSource):
            self.constant(source.value)
        elif isinstance(source, AttributeSource):
            self.load_source(source.base)
            self.add(Op.LOAD_ATTR, source.name)
        elif isinstance(source, InstanceDictSource):
            self._load_own(source, "__dict__")
        elif isinstance(source, ItemSource):
            if isinstance(source.base, InstanceDictSource) and _attribute(source.key):
                # The guards say that the type has nothing in the way.
                self._load_own(source.base, source.key)
                return
            if source.through is not None:
                self.constant(source.through.__getitem__)
                self.load_source(source.base)
                self.constant(source.key)
                self.add(Op.CALL, (2, ()))
                return
            self.load_source(source.base)
            self.constant(source.key)
            self.add(Op.LOAD_SUBSCR)
        elif isinstance(source, TypeSource):
            self.constant(builtins.type)
            self.load_source(source.base)
            self.add(Op.CALL, (1, ()))
        elif isinstance(source, TypeAttributeSource):
            self.load_source(source.base)
            self.add(Op.LOAD_ATTR, source.name)
        elif isinstance(source, ComputedSource):
            self._compute(source)
        elif isinstance(source, UpcomingSource):
            self._read(_C.upcoming, source.base, source.ahead)
        elif isinstance(source, IteratorPartSource):
            self._read(_C.iterator_part, source.base, source.part)

    def _load_own(self, source: InstanceDictSource, name: str) -> None:
        """Push an attribute of an instance, not asking a getter that its class has."""
        if not source.past:
            self.load_source(source.base)
            self.add(Op.LOAD_ATTR, name)
            return
        self.constant(object.__getattribute__)
        self.load_source(source.base)
        self.constant(name)
        self.add(Op.CALL, (2, ()))

    def _read(self, function: Callable[[Any, int], Any], base: Source, number: int) -> None:
        """Ask the extension about an iterator."""
        self.constant(function)
        self.load_source(base)
        self.constant(number)
        self.add(Op.CALL, (2, ()))

    def _compute(self, source: ComputedSource) -> None:
        symbol = _OPERATORS.get(source.function)
        if symbol is None:
            self.constant(source.function)
        for operand in source.operands:
            self.load_source(operand)
        if symbol is None:
            self.add(Op.CALL, (len(source.operands), ()))
        else:
            self.add(Op.BINARY, (symbol, False))


#: How a computed number is written; other functions are called.
_OPERATORS = {
    operator.add: "+",
    operator.sub: "-",
    operator.mul: "*",
    operator.truediv: "/",
    operator.floordiv: "//",
    operator.mod: "%",
    operator.pow: "**",
}


def _attribute(key: Any) -> bool:
    return isinstance(key, str) and key.isidentifier()


def _is_constant(value: Variable) -> bool:
    """Whether the program may hold the value: it is immutable, and the guards fix it."""
    if isinstance(value, UnreadVariable):
        return value.was_read
    return isinstance(value, ConstantVariable) and not isinstance(value, FreshVariable)


def _held(value: Variable) -> bool:
    """Whether the program may hold the object itself, not the path to it."""
    return (
        isinstance(value, ObjectVariable)
        and value.pinned
        and not isinstance(value, ClassVariable)
        and not is_local(value.value)
        and isinstance(
            value.value,
            (types.ModuleType, types.BuiltinFunctionType, types.MethodDescriptorType, type),
        )
    )


def _fixed(source: Source) -> bool:
    """Whether nothing that runs in the frame can change what is there."""
    if isinstance(source, ComputedSource):
        return all(_fixed(operand) for operand in source.operands)
    return isinstance(source, (LocalSource, ConstantSource))
