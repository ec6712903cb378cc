"""Guards: what has to hold for a captured graph to be right again.

list of :class:`Guard` → :func:`compile_guards` → :class:`GuardProgram`, a flat
program with early exit that C evaluates (``csrc/guards.c``). Sources that begin
alike share their steps; a check comes after the checks of what its path goes
through, and else the cheap ones come first. Evaluating runs no Python code of the
user's and raises nothing: a step that can't be taken is a miss.
"""

from __future__ import annotations

import heapq
import struct
from typing import Any, Callable, Dict, Hashable, List, NamedTuple, Optional, Sequence, Set, Tuple

from . import _C
from .guard_words import (
    ABSENT,
    CONSTANTS,
    GuardKind,
    GuardText,
    Path,
    Worded,
    found_words,
    module_of,
    text_of,
    worded,
    written,
)
from .source import (
    AttributeSource,
    CellObjectSource,
    CellSource,
    ComputedSource,
    ConstantSource,
    GlobalSource,
    HandledSource,
    InstanceDictSource,
    ItemSource,
    IteratorPartSource,
    LocalSource,
    Source,
    TypeAttributeSource,
    TypeSource,
    UpcomingSource,
)

__all__ = [
    "ABSENT",
    "Failure",
    "Guard",
    "GuardKind",
    "GuardProgram",
    "GuardText",
    "compile_guards",
    "module_of",
]


class Guard(NamedTuple):
    """One condition.

    Args:
        source: where the object is.
        kind: what is asked of it.
        operand: what it is compared with, as :class:`GuardKind` says.
        filename: the user's file that made the condition necessary, when known.
        lineno: its line, 1-based, when known.
    """

    source: Source
    kind: GuardKind
    operand: Any
    filename: Optional[str] = None
    lineno: Optional[int] = None


class Failure(NamedTuple):
    """A guard that doesn't hold, and what it looked at (``UNBOUND`` for nothing)."""

    guard: GuardText
    found: Any


class GuardProgram(_C.GuardProgram):
    """Compiled guards. :meth:`check` (in C) evaluates them; :meth:`explain` says what fails.

    Objects that users own are held weakly; when one is gone, :attr:`dead` is true,
    the guards never hold again and ``on_dead(program)`` has been called.

    """

    __slots__ = ("_steps", "_words")

    _words: Sequence[Worded]
    _steps: Sequence[Tuple[Path, int]]  # per step: the path it takes, the guard it is for

    @property
    def texts(self) -> Tuple[GuardText, ...]:
        """The guards in words, in the order of evaluation; written when they are asked for."""
        return tuple([text_of(words) for words in self._words])

    def explain(
        self,
        locals: Tuple[Any, ...],
        globals: Dict[str, Any],
        builtins: Optional[Dict[str, Any]] = None,
        closure: Optional[Tuple[Any, ...]] = None,
    ) -> Optional[str]:
        """Say in a sentence which guard fails first: where, expected, found.

        Returns:
            ``None`` when all hold.
        """
        failure = self.failure(locals, globals, builtins, closure)
        if failure is None:
            return None
        step, found = failure
        if step < 0:
            return "an object that the guards depend on is gone"
        path, index = self._steps[step]
        text = text_of(self._words[index])
        place = written(path)
        if place != text.source:
            sentence = f"{place} is not there any more ({text.source} has to be {text.expected})"
        else:
            sentence = (
                f"{text.source} has to be {text.expected}, but {found_words(text.kind, found)}"
            )
        if text.filename is not None:
            sentence += f" ({text.filename}:{text.lineno})"
        return sentence

    def unfulfilled(self, *scope: Any) -> List[Failure]:
        """Every guard that fails for the arguments of :meth:`explain`, as far as can be told.

        What stands behind a place that isn't there any more isn't looked at.
        """
        return [
            Failure(text_of(self._words[self._steps[step][1]]), found)
            for step, found in self.failures(*scope)
        ]


#: A check step: its kind, its operand, and another one.
_Check = Tuple[str, Any, Any]


class _Node:
    """A place that a path leads to: the step there from its parent, and the guards on it.

    A computed one has ``others``, the places of its further operands.
    """

    __slots__ = (
        *("asked", "depth", "guards", "operand", "others", "parent", "path", "register", "step"),
    )

    def __init__(
        self,
        parent: Optional[_Node],
        step: str,
        operand: Any,
        path: Path,
        others: Tuple[_Node, ...] = (),
    ) -> None:
        self.parent = parent
        self.others = others
        self.step = step
        self.operand = operand
        self.path = path
        self.register = -1
        #: The number of steps before this one.
        self.depth: int = 0 if parent is None else parent.depth + 1
        self.guards: List[Tuple[int, _Check, Worded]] = []
        self.asked: Optional[Dict[str, Set[Hashable]]] = None

    def is_new(self, check: _Check) -> bool:
        """Whether no guard of it checks the same."""
        step = check[0]
        if self.asked is None:
            self.asked = {}
        known = self.asked.get(step)
        if known is None:
            known = {_sameness(other) for _, other, _ in self.guards if other[0] == step}
            self.asked[step] = known
        same = _sameness(check)
        if same in known:
            return False
        known.add(same)
        return True


#: What a check costs, relative: one comparison, a look-up or a few, a walk, calls into C++.
_COST = {
    GuardKind.TYPE: 0,
    GuardKind.IS: 0,
    GuardKind.LENGTH: 1,
    GuardKind.VALUE: 1,
    GuardKind.RANGE: 1,
    GuardKind.TYPE_ATTR: 2,
    GuardKind.LACKS: 2,
    GuardKind.KEYS: 3,
    GuardKind.TABLE: 3,
    GuardKind.BUFFER: 3,
    GuardKind.TENSOR: 4,
    GuardKind.GIVES: 2,
    GuardKind.ENDS: 2,
    GuardKind.SAME: 5,
    GuardKind.DISTINCT: 5,
}

#: Guards on two places: checked when both are known to be there.
_RELATIONS = {GuardKind.SAME: "CHECK_SAME", GuardKind.DISTINCT: "CHECK_DISTINCT"}

_CHECKS = {
    GuardKind.TYPE: "CHECK_TYPE",
    GuardKind.IS: "CHECK_IS",
    GuardKind.VALUE: "CHECK_VALUE",
    GuardKind.BUFFER: "CHECK_BUFFER",
    GuardKind.LENGTH: "CHECK_LENGTH",
    GuardKind.KEYS: "CHECK_KEYS",
    GuardKind.TABLE: "CHECK_TABLE",
    GuardKind.LACKS: "CHECK_LACKS",
    GuardKind.RANGE: "CHECK_RANGE",
    GuardKind.TENSOR: "CHECK_TENSOR",
    GuardKind.GIVES: "CHECK_GIVES",
    GuardKind.ENDS: "CHECK_ENDS",
}


class _Tree:
    """The sources of all guards, each place once."""

    def __init__(self) -> None:
        self.nodes: Dict[Hashable, _Node] = {}
        #: By the id of a source, which the guards keep alive; paths begin with the same objects.
        self.known: Dict[int, _Node] = {}

    def node(self, source: Source) -> _Node:
        """The place of a source, made with the places before it where it is new."""
        node = self.known.get(id(source))
        if node is None:
            node = self.known[id(source)] = self._found(source)
        return node

    def _found(self, source: Source) -> _Node:
        parent: Optional[_Node] = None
        others: Tuple[_Node, ...] = ()
        operand: Any
        path: Path
        if type(source) is ItemSource:
            base, operand = source.base, source.key
            if type(base) is InstanceDictSource and type(operand) is str:
                parent = self.node(base.base)  # makes no dict where there is none
                step, path = "LOAD_INSTANCE_ITEM", (".__dict__[]", parent.path, operand)
            else:
                parent = self.node(base)
                step, path = "LOAD_ITEM", ("[]", parent.path, operand)
        elif type(source) is AttributeSource:
            operand = source.name
            parent = self.node(source.base)
            step, path = "LOAD_ATTRIBUTE", (".", parent.path, operand)
        elif type(source) is ConstantSource:
            step, operand = "LOAD_OBJECT", source.value
            path = ("", None, str(source))
        else:
            step, operand, parent, others = self._unusual(source)
            path = ("", None, str(source))
        same: Hashable
        if step == "LOAD_OBJECT":
            same = id(operand)
        else:
            same = operand if type(operand) is str else _typed(operand)  # most are names
        key = (step, id(parent), same, *[id(other) for other in others])
        node = self.nodes.get(key)
        if node is None:
            node = self.nodes[key] = _Node(parent, step, operand, path, others)
        return node

    def _unusual(self, source: Source) -> Tuple[str, Any, Optional[_Node], Tuple[_Node, ...]]:
        """The step, its operand, and the places that it starts from."""
        if isinstance(source, LocalSource):
            return "LOAD_LOCAL", source.index, None, ()
        if isinstance(source, GlobalSource):
            return "LOAD_GLOBAL", source.name, None, ()
        if isinstance(source, CellSource):
            return "LOAD_CELL", source.index, None, ()
        if isinstance(source, CellObjectSource):
            return "LOAD_CELL_OBJECT", source.index, None, ()
        if isinstance(source, HandledSource):
            return "LOAD_HANDLED", None, None, ()
        if isinstance(source, TypeAttributeSource):
            return "LOAD_TYPE_ATTRIBUTE", source.name, self.node(source.base), ()
        if isinstance(source, InstanceDictSource):
            return "LOAD_INSTANCE_DICT", None, self.node(source.base), ()
        if isinstance(source, UpcomingSource):
            return "LOAD_UPCOMING", source.ahead, self.node(source.base), ()
        if isinstance(source, IteratorPartSource):
            return "LOAD_ITERATOR_PART", source.part, self.node(source.base), ()
        if isinstance(source, TypeSource):
            return "LOAD_TYPE", None, self.node(source.base), ()
        if isinstance(source, ComputedSource):
            first, *rest = [self.node(item) for item in source.operands]
            return "LOAD_COMPUTED", source.function, first, tuple(rest)
        raise TypeError(f"not a source: {source!r}")

    def add(self, guard: Guard) -> Tuple[_Node, _Check]:
        """The place of a guard and its check step."""
        if guard.kind is GuardKind.LACKS and isinstance(guard.source, InstanceDictSource):
            return self.node(guard.source.base), ("CHECK_INSTANCE_LACKS", guard.operand, None)
        node = self.node(guard.source)
        if guard.kind in _RELATIONS:
            return node, (_RELATIONS[guard.kind], self.node(guard.operand), None)
        if guard.kind is GuardKind.TYPE_ATTR:
            name, value = guard.operand
            return node, ("CHECK_TYPE_ATTRIBUTE", name, value)
        return node, (_CHECKS[guard.kind], guard.operand, None)


def compile_guards(
    guards: Sequence[Guard], on_dead: Optional[Callable[[GuardProgram], object]] = None
) -> GuardProgram:
    """Guards → a program that C evaluates.

    Args:
        guards: in any order, repeated or not.
        on_dead: called once with the program when an object that it holds weakly is gone.

    Raises:
        TypeError: an operand doesn't suit its kind, or a key can't be looked up without
            running Python code.
    """
    tree = _Tree()
    names: Dict[int, str] = {}
    for guard in guards:
        node, check = tree.add(guard)
        if node.guards and not node.is_new(check):
            continue
        _, kind, operand, filename, lineno = guard
        path = node.path
        if check[0] == "CHECK_INSTANCE_LACKS":
            path = (".__dict__", path, None)
        words = worded(path, kind, operand, names, filename, lineno)
        node.guards.append((_COST[kind], check, words))
    rows: List[Tuple[str, int, int, Any, Any]] = []
    said: List[Worded] = []
    steps: List[Tuple[Path, int]] = []
    registers = 0

    def reach(node: _Node) -> int:
        nonlocal registers
        if node.register >= 0:
            return node.register
        at_hand = not node.others and (node.parent is None or node.parent.register >= 0)
        for place in (node,) if at_hand else _unread(node):
            base = -1 if place.parent is None else place.parent.register
            extra = tuple([other.register for other in place.others]) if place.others else ()
            place.register = registers
            registers += 1
            rows.append((place.step, place.register, base, place.operand, extra))
            steps.append((place.path, len(said)))
        return node.register

    for node, check, words in _ordered(tree):
        step, operand, extra = check
        first = reach(node)
        if type(operand) is _Node:
            operand = reach(operand)
        rows.append((step, -1, first, operand, extra))
        steps.append((words[0], len(said)))
        said.append(words)
    program = GuardProgram(tuple(rows), on_dead)
    program._words = said
    program._steps = steps
    return program


def _unread(node: _Node) -> List[_Node]:
    """The places that no register holds yet on the way to one, itself included, in order."""
    path: List[_Node] = []
    for before in (node.parent, *node.others):
        if before is not None and before.register < 0:
            path += [place for place in _unread(before) if place not in path]
    return [*path, node] if node.register < 0 else path


def _cost(guard: Tuple[int, _Check, Worded]) -> int:
    return guard[0]


def _ordered(tree: _Tree) -> List[Tuple[_Node, _Check, Worded]]:
    """All guards: each after those on the places before it, else the cheap ones first."""
    waiting: Dict[int, List[_Node]] = {}  # by the nearest place before that has guards
    ready: List[Tuple[int, int, int, int, _Node]] = []
    for number, node in enumerate(tree.nodes.values()):
        if not node.guards:
            continue
        if len(node.guards) > 1:
            node.guards.sort(key=_cost)
        before = node.parent
        while before is not None and not before.guards:
            before = before.parent
        if before is None:
            ready.append((node.guards[0][0], node.depth, number, 0, node))
        else:
            waiting.setdefault(id(before), []).append(node)
    heapq.heapify(ready)
    result = []
    number = len(tree.nodes)
    while ready:
        cost, depth, order, index, node = heapq.heappop(ready)
        guards = node.guards
        while index < len(guards) and guards[index][0] == cost:  # nothing else comes first
            result.append((node, *guards[index][1:]))
            index += 1
        if index < len(guards):
            heapq.heappush(ready, (guards[index][0], depth, order, index, node))
            continue
        for after in waiting.get(id(node), ()):
            number += 1
            heapq.heappush(ready, (after.guards[0][0], after.depth, number, 0, after))
    return result


def _typed(value: Any) -> Hashable:
    """A key under which only constants of the same type and value are equal."""
    if type(value) is float:
        return (float, struct.pack("d", value))
    if type(value) is complex:
        return (complex, struct.pack("dd", value.real, value.imag))
    if type(value) is tuple:
        return (tuple, tuple(_typed(item) for item in value))
    if type(value) is frozenset:
        # by number as well: two nans may be two elements
        return (frozenset, len(value), frozenset(_typed(item) for item in value))
    if type(value) in CONSTANTS:
        return (type(value), value)
    return (type(value), id(value))


def _sameness(check: _Check) -> Hashable:
    """A key under which only checks that look at the same are equal, among those of a kind."""
    step, operand, extra = check
    if step in _BY_IDENTITY:
        return id(operand)
    if step == "CHECK_TYPE_ATTRIBUTE":
        return (operand, id(extra))
    if step == "CHECK_TENSOR":
        shape, dtype, stop_gradient, place = operand
        return (None if shape is None else tuple(shape), id(dtype), stop_gradient, id(place))
    return _typed(operand)


_BY_IDENTITY = frozenset(
    [
        *("CHECK_SAME", "CHECK_DISTINCT", "CHECK_TYPE", "CHECK_IS", "CHECK_BUFFER", "CHECK_TABLE"),
    ]
)
