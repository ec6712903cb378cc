"""Guards: what has to hold for a captured graph to be right again.

list of :class:`Guard` → :func:`compile_guards` → :class:`GuardProgram`, a flat
program with early exit that C evaluates (``csrc/guards.c``). Sources that begin
alike share their steps; a check comes after the checks of what its path goes
through, and else the cheap ones come first. Evaluating runs no Python code of the
user's and raises nothing: a step that can't be taken is a miss.
"""

from __future__ import annotations

import enum
import heapq
import struct
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import Any, Callable, Dict, Hashable, List, NamedTuple, Optional, Sequence, Tuple

from . import _C
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

#: In the operand of a ``TYPE_ATTR`` guard: the look-up must find nothing.
ABSENT = _C.UNBOUND


class GuardKind(enum.Enum):
    """What a guard asks of the object at its source; the comment gives the operand."""

    #: Enum's own hash hashes the name, which is slow; members are compared by identity.
    __hash__ = object.__hash__

    TYPE = "type"  # a type: it has exactly this type
    IS = "is"  # an object: it is this very object
    VALUE = "value"  # a constant: same type and value, floats bit for bit
    BUFFER = "buffer"  # an array or scalar of an array library: same type, layout and bytes
    LENGTH = "length"  # an int >= 0: the builtin container has this length
    KEYS = "keys"  # a tuple: the dict or set gives exactly these constants in this order
    TABLE = "table"  # a set of its own: the same elements in the same places of the table
    LACKS = "lacks"  # a constant: the dict or instance dict hasn't this key
    RANGE = "range"  # (low, high): it is an int, exactly, and in between, ends included
    TENSOR = "tensor"  # a TensorMeta: dtype, stop_gradient, place (None: any), and the shape, in
    # which -1 is any size and (low, high) one in between, ends included
    TYPE_ATTR = "type attribute"  # (name, object or ABSENT): what the type's MRO gives
    GIVES = "gives"  # an int: the built-in iterator has that many values left, or more
    ENDS = "ends"  # an int: it has no more than that many
    SAME = "same"  # a Source: the object there is this very object
    DISTINCT = "distinct"  # a Source: there is an object there, another one


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


class GuardText(NamedTuple):
    """A guard in words: what is left of it once it is compiled, so that nothing is held.

    ``data`` is the number that a guard compares with, or the shape of a tensor's.
    """

    source: str
    kind: GuardKind
    expected: str
    filename: Optional[str]
    lineno: Optional[int]
    data: Any = None

    def __str__(self) -> str:
        return f"{self.source}: {self.expected}"


class Failure(NamedTuple):
    """A guard that doesn't hold, and what it looked at (``UNBOUND`` for nothing)."""

    guard: GuardText
    found: Any


class GuardProgram(_C.GuardProgram):
    """Compiled guards. :meth:`check` (in C) evaluates them; :meth:`explain` says what fails.

    Objects that users own are held weakly; when one is gone, :attr:`dead` is true,
    the guards never hold again and ``on_dead(program)`` has been called.

    Attributes:
        texts: the guards in words, in the order of evaluation.
    """

    __slots__ = ("_steps", "texts")

    texts: Tuple[GuardText, ...]
    _steps: Tuple[Tuple[str, int], ...]  # per step: the path it takes, the guard it is for

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
        text = self.texts[index]
        if path != text.source:
            sentence = f"{path} is not there any more ({text.source} has to be {text.expected})"
        else:
            sentence = f"{text.source} has to be {text.expected}, but {_found(text.kind, found)}"
        if text.filename is not None:
            sentence += f" ({text.filename}:{text.lineno})"
        return sentence

    def unfulfilled(self, *scope: Any) -> List[Failure]:
        """Every guard that fails for the arguments of :meth:`explain`, as far as can be told.

        What stands behind a place that isn't there any more isn't looked at.
        """
        return [
            Failure(self.texts[self._steps[step][1]], found)
            for step, found in self.failures(*scope)
        ]


class _Node:
    """A place that a path leads to: the step there from its parent, and the guards on it.

    A computed one has ``others``, the places of its further operands.
    """

    __slots__ = ("guards", "operand", "others", "parent", "register", "step", "text")

    def __init__(
        self,
        parent: Optional[_Node],
        step: str,
        operand: Any,
        text: str,
        others: Tuple[_Node, ...] = (),
    ) -> None:
        self.parent = parent
        self.others = others
        self.step = step
        self.operand = operand
        self.text = text
        self.register = -1
        self.guards: List[Tuple[int, Tuple[str, Any, Any], GuardText]] = []

    @property
    def depth(self) -> int:
        """The number of steps before this one."""
        return 0 if self.parent is None else self.parent.depth + 1


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

_CONSTANTS = (int, float, complex, str, bytes, bool, type(None), type(Ellipsis))


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
        if isinstance(source, LocalSource):
            step, operand = "LOAD_LOCAL", source.index
        elif isinstance(source, GlobalSource):
            step, operand = "LOAD_GLOBAL", source.name
        elif isinstance(source, CellSource):
            step, operand = "LOAD_CELL", source.index
        elif isinstance(source, CellObjectSource):
            step, operand = "LOAD_CELL_OBJECT", source.index
        elif isinstance(source, ConstantSource):
            step, operand = "LOAD_OBJECT", source.value
        elif isinstance(source, HandledSource):
            step, operand = "LOAD_HANDLED", None
        elif isinstance(source, ItemSource):
            base = source.base
            step, operand = "LOAD_ITEM", source.key
            if isinstance(base, InstanceDictSource) and type(operand) is str:
                step, base = "LOAD_INSTANCE_ITEM", base.base  # makes no dict where there is none
            parent = self.node(base)
        elif isinstance(source, AttributeSource):
            step, operand, parent = "LOAD_ATTRIBUTE", source.name, self.node(source.base)
        elif isinstance(source, TypeAttributeSource):
            step, operand, parent = "LOAD_TYPE_ATTRIBUTE", source.name, self.node(source.base)
        elif isinstance(source, InstanceDictSource):
            step, operand, parent = "LOAD_INSTANCE_DICT", None, self.node(source.base)
        elif isinstance(source, UpcomingSource):
            step, operand, parent = "LOAD_UPCOMING", source.ahead, self.node(source.base)
        elif isinstance(source, IteratorPartSource):
            step, operand, parent = "LOAD_ITERATOR_PART", source.part, self.node(source.base)
        elif isinstance(source, TypeSource):
            step, operand, parent = "LOAD_TYPE", None, self.node(source.base)
        elif isinstance(source, ComputedSource):
            step, operand = "LOAD_COMPUTED", source.function
            parent, *rest = [self.node(item) for item in source.operands]
            others = tuple(rest)
        else:
            raise TypeError(f"not a source: {source!r}")
        same = id(operand) if step == "LOAD_OBJECT" else _typed(operand)
        key = (step, id(parent), same, tuple([id(other) for other in others]))
        node = self.nodes.get(key)
        if node is None:
            text = _source_text(source, parent)
            node = self.nodes[key] = _Node(parent, step, operand, text, others)
        return node

    def add(self, guard: Guard) -> Tuple[_Node, Tuple[str, Any, Any]]:
        """The place of a guard and its check step: (kind, operand, extra)."""
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
    seen = set()
    for guard in guards:
        node, check = tree.add(guard)
        same = (id(node), check[0], _sameness(guard.kind, check[1], guard.operand))
        if same not in seen:
            seen.add(same)
            text = GuardText(
                _source_text(guard.source, node.parent, node),
                guard.kind,
                _expected(guard.kind, guard.operand),
                guard.filename,
                guard.lineno,
                _data(guard.kind, guard.operand),
            )
            node.guards.append((_COST[guard.kind], check, text))
    rows: List[Tuple[str, int, int, Any, Any]] = []
    texts: List[GuardText] = []
    steps: List[Tuple[str, int]] = []
    registers = 0

    def reach(node: _Node) -> int:
        nonlocal registers
        for place in _unread(node):
            base = -1 if place.parent is None else place.parent.register
            extra = tuple([other.register for other in place.others])
            place.register = registers
            registers += 1
            rows.append((place.step, place.register, base, place.operand, extra))
            steps.append((place.text, len(texts)))
        return node.register

    for node, check, text in _ordered(tree):
        kind, operand, extra = check
        first = reach(node)
        if type(operand) is _Node:
            operand = reach(operand)
        rows.append((kind, -1, first, operand, extra))
        steps.append((text.source, len(texts)))
        texts.append(text)
    program = GuardProgram(tuple(rows), on_dead)
    program.texts = tuple(texts)
    program._steps = tuple(steps)
    return program


def _unread(node: _Node) -> List[_Node]:
    """The places that no register holds yet on the way to one, itself included, in order."""
    path: List[_Node] = []
    for before in (node.parent, *node.others):
        if before is not None and before.register < 0:
            path += [place for place in _unread(before) if place not in path]
    return [*path, node] if node.register < 0 else path


def _ordered(tree: _Tree) -> List[Tuple[_Node, Tuple[str, Any, Any], GuardText]]:
    """All guards: each after those on the places before it, else the cheap ones first."""
    waiting: Dict[int, List[_Node]] = {}  # by the nearest place before that has guards
    ready: List[Tuple[int, int, int, int, _Node]] = []
    for number, node in enumerate(tree.nodes.values()):
        if not node.guards:
            continue
        node.guards.sort(key=lambda item: item[0])
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
        _, depth, order, index, node = heapq.heappop(ready)
        _, check, text = node.guards[index]
        result.append((node, check, text))
        if index + 1 < len(node.guards):
            heapq.heappush(ready, (node.guards[index + 1][0], depth, order, index + 1, node))
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
    if type(value) in _CONSTANTS:
        return (type(value), value)
    return (type(value), id(value))


def _sameness(kind: GuardKind, checked: Any, operand: Any) -> Hashable:
    if kind in _RELATIONS:
        return id(checked)
    if kind in (GuardKind.TYPE, GuardKind.IS, GuardKind.BUFFER, GuardKind.TABLE):
        return id(operand)
    if kind is GuardKind.TYPE_ATTR:
        return (operand[0], id(operand[1]))
    if kind is GuardKind.TENSOR:
        shape, dtype, stop_gradient, place = operand
        return (None if shape is None else tuple(shape), id(dtype), stop_gradient, id(place))
    return _typed(operand)


def _data(kind: GuardKind, operand: Any) -> Any:
    if kind in (GuardKind.VALUE, GuardKind.IS) and type(operand) in (int, float):
        return operand
    if kind is GuardKind.TENSOR and operand[0] is not None:
        return tuple(operand[0])
    return None


# -- words


def _source_text(source: Source, parent: Optional[_Node], node: Optional[_Node] = None) -> str:
    """``str(source)``, from what is known of its place where that is the same."""
    if node is not None and not isinstance(source, InstanceDictSource):
        return node.text
    if parent is not None:
        if isinstance(source, AttributeSource):
            return f"{parent.text}.{source.name}"
        if isinstance(source, ItemSource):  # the parent of one in an instance dict is the instance
            own = isinstance(source.base, InstanceDictSource) and type(source.key) is str
            return f"{parent.text}{'.__dict__' if own else ''}[{source.key!r}]"
    return str(source)


#: What a class is called, whatever its metaclass says.
_QUALNAME: Callable[[Any], str] = vars(type)["__qualname__"].__get__
_MODULE: Callable[[Any], Any] = vars(type)["__module__"].__get__


def module_of(value: Any) -> str:
    """``__module__`` of a function or class, running no code of the user's; "" if it has none."""
    found = _MODULE(value) if issubclass(type(value), type) else value.__module__
    return found if type(found) is str else ""


def _name(value: Any) -> str:
    """An object in few words, without running its own ``__repr__``."""
    if type(value) in _CONSTANTS:
        return _literal(value)
    kind = type(value)  # isinstance() would ask a user's object for its __class__
    if issubclass(kind, type):
        module, name = module_of(value), _QUALNAME(value)
        return name if module == "builtins" else f"{module}.{name}"
    if kind is FunctionType:
        return f"the function {value.__module__}.{value.__qualname__}"
    if kind is BuiltinFunctionType:
        return f"the built-in function {value.__name__}"
    if kind is ModuleType and type((value.__dict__ or {}).get("__name__")) is str:
        return f"the module {value.__name__}"
    return f"the {type(value).__qualname__} at {id(value):#x}"


def _literal(value: Any) -> str:
    """Data in few words; the program may forbid to write integers of many digits."""
    if type(value) is int and value.bit_length() > 2000:
        return f"an int of {value.bit_length()} bits"
    try:
        return _short(repr(value))
    except ValueError:
        return f"a {type(value).__name__} with an int of many digits"


def _short(text: str) -> str:
    return text if len(text) <= 80 else text[:77] + "..."


def _meta(shape: Any, dtype: Any, stop_gradient: Any, place: Any) -> str:
    dims = "" if shape is None else "[" + ", ".join(_size(size) for size in shape) + "]"
    text = f"{_dtype(dtype)}{dims}"
    if stop_gradient is not None:
        text += f" with stop_gradient={stop_gradient}"
    return text if place is None else f"{text} on {place}"


def _size(size: Any) -> str:
    return f"{size[0]}..{size[1]}" if isinstance(size, tuple) else "?" if size == -1 else str(size)


def _dtype(dtype: Any) -> str:
    text = "any dtype" if dtype is None else str(getattr(dtype, "name", dtype))
    return text.rpartition(".")[2].lower()


def _expected(kind: GuardKind, operand: Any) -> str:
    if kind is GuardKind.TYPE:
        return f"of type {_name(operand)}"
    if kind is GuardKind.VALUE:
        return _literal(operand)
    if kind is GuardKind.BUFFER:
        return f"the {type(operand).__qualname__} {_short(' '.join(repr(operand).split()))}"
    if kind is GuardKind.RANGE:
        return f"an int from {operand[0]} to {operand[1]}"
    if kind is GuardKind.LENGTH:
        return f"of length {operand}"
    if kind is GuardKind.KEYS:
        return f"with the keys {_short(repr(list(operand)))}"
    if kind is GuardKind.TABLE:
        return f"a set that holds {_short(repr(list(operand)))} in the same places"
    if kind is GuardKind.LACKS:
        return f"without {operand!r}"
    if kind is GuardKind.GIVES:
        return f"{operand} values or more from its end"
    if kind is GuardKind.ENDS:
        return f"{operand} values from its end"
    if kind is GuardKind.SAME:
        return f"the same object as {operand}"
    if kind is GuardKind.DISTINCT:
        return f"another object than {operand}"
    if kind is GuardKind.TENSOR:
        return f"a tensor {_meta(*operand)}"
    if kind is GuardKind.TYPE_ATTR:
        name, value = operand
        return f"a type whose {name!r} is {'missing' if value is ABSENT else _name(value)}"
    return _name(operand)


def _found(kind: GuardKind, found: Any) -> str:
    """What the failed check saw."""
    if found is _C.UNBOUND:
        return "it is not there"
    if kind is GuardKind.TYPE:
        return f"it is of type {_name(type(found))}"
    if kind is GuardKind.LENGTH:
        is_sized = isinstance(found, (list, tuple, dict, set, frozenset, str, bytes, bytearray))
        return f"its length is {_builtin_length(found)}" if is_sized else f"it is {_name(found)}"
    if kind in (GuardKind.KEYS, GuardKind.TABLE) and type(found) in (set, frozenset):
        return f"its elements are {_short(repr(list(found)))}"
    if kind is GuardKind.KEYS and isinstance(found, dict):
        return f"its keys are {_short(repr(list(dict.keys(found))))}"
    if kind is GuardKind.RANGE and type(found) is int:
        return f"it is {_literal(found)}"
    if kind is GuardKind.BUFFER:
        return "its contents or its layout are others"
    if kind is GuardKind.VALUE and type(found) in (*_CONSTANTS, tuple, frozenset, set):
        return f"it is {_literal(found)}"
    if kind in (GuardKind.GIVES, GuardKind.ENDS):
        return "it isn't"
    if kind is GuardKind.LACKS:
        return "it has that"
    if kind is GuardKind.DISTINCT:
        return "it is the same"
    if kind is GuardKind.TYPE_ATTR:
        return f"in {_name(found)} it is not"
    if kind is GuardKind.TENSOR:
        try:
            meta = (list(found.shape), found.dtype, found.stop_gradient, None)
            return f"it is {_meta(*meta)} on {found.place}"
        except Exception:  # a framework may refuse to say, and this is only a message
            return f"it is {_name(found)}"
    return f"it is {_name(found)}"


def _builtin_length(found: Any) -> int:
    bases: Any = (list, tuple, dict, set, frozenset, str, bytes, bytearray)
    return next((base.__len__(found) for base in bases if isinstance(found, base)), -1)
