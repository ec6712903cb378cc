"""Objects from outside become symbolic values, each with the guards that it needs."""

from __future__ import annotations

import enum
import fractions
import inspect
import logging
import operator
import re
import types
from collections import OrderedDict, defaultdict, deque
from collections.abc import Iterator
from numbers import Number
from typing import TYPE_CHECKING, Any, Dict, List, Mapping, Optional, Tuple

from .. import _C
from ..guards import GuardKind
from ..source import (
    AttributeSource,
    CellSource,
    ComputedSource,
    ConstantSource,
    GlobalSource,
    InstanceDictSource,
    ItemSource,
    LocalSource,
    Source,
)
from ..symbolic import SymbolicNumber
from ..tensor_meta import TensorMeta
from . import local_classes
from .breaks import Kind
from .containers import arrays
from .exceptions import wording
from .functions_outside import made_anew
from .objects.lookup import check_class, check_type
from .operators import numbers
from .values import (
    CellVariable,
    ConstantVariable,
    DefaultDictVariable,
    DequeVariable,
    DictVariable,
    FreshVariable,
    FunctionVariable,
    LazyVariable,
    MethodVariable,
    NotConstant,
    NullVariable,
    NumberVariable,
    ObjectVariable,
    SequenceVariable,
    SetVariable,
    SliceVariable,
    TensorVariable,
    UnreadVariable,
    Variable,
)
from .values.keys import KeyOf

if TYPE_CHECKING:
    from .frame import Frame
    from .machine import Machine

__all__ = [
    "LITERALS",
    "builtins_dict",
    "data_of",
    "from_python",
    "in_order",
    "is_key",
    "is_literal",
    "load_global",
    "text_of",
    "wrap",
]

#: Types whose values are compared by a guard, and which never change.
LITERALS = (int, float, complex, str, bytes, bool, type(None), type(Ellipsis), type(NotImplemented))

#: Objects that are what they are: one guard on identity says everything of them.
PINNED = (
    type,
    types.ModuleType,
    types.BuiltinFunctionType,
    types.MethodDescriptorType,
    types.WrapperDescriptorType,
    types.MethodWrapperType,
    types.ClassMethodDescriptorType,
    types.GetSetDescriptorType,
    types.MemberDescriptorType,
    enum.Enum,
    property,
    re.Pattern,
    staticmethod,
    classmethod,
)


#: Immutable results of pure functions.
COMPUTED: Tuple[type, ...] = (
    fractions.Fraction,
    inspect.Signature,
    inspect.Parameter,
    re.Pattern,
    re.Match,
    operator.itemgetter,
    operator.attrgetter,
    operator.methodcaller,
)

#: Results of pure functions that can be changed.
FRESH = (bytearray,)


#: Containers whose methods user code binds.
CHANGEABLE = (list, dict, set, deque, OrderedDict, defaultdict)


def builtins_dict(value: Any) -> Mapping[str, Any]:
    """``__builtins__`` is a module in ``__main__`` and a dict elsewhere."""
    return value.__dict__ if isinstance(value, types.ModuleType) else value


def is_literal(machine: Machine, value: Any) -> bool:
    """Whether ``value`` is immutable data, all the way down."""
    kind = type(value)
    if kind in LITERALS or kind in (range, slice):
        return True
    if kind in (tuple, frozenset):
        return all(is_literal(machine, item) for item in value)
    return bool(machine.framework.is_constant(value))


def text_of(value: Any) -> Any:
    """What tells a literal from others of its type, ``-0.0`` from ``0.0`` too."""
    kind = type(value)
    if issubclass(kind, tuple):
        return tuple((type(item), text_of(item)) for item in tuple.__iter__(value))
    if kind in (frozenset, set):
        return frozenset((type(item), text_of(item)) for item in value)
    if kind is int:
        return value  # its text may have more digits than may be written
    if kind in LITERALS or kind is range:
        return repr(value)
    return id(value)


def is_key(value: Any) -> bool:
    """Whether a guard can find it in a dict: a literal, a class, or a plain enum's member."""
    if type(value) in LITERALS:
        return True
    kind: Any = type(value)
    if issubclass(kind, type):
        return bool(kind.__hash__ is type.__hash__)
    hashes = (enum.Enum.__hash__, int.__hash__, str.__hash__)
    return issubclass(kind, enum.Enum) and kind.__hash__ in hashes


def in_order(value: Any) -> bool:
    """Whether the order of an OrderedDict has the keys that the dict has, which dict.pop changes."""
    try:
        ordered = list(OrderedDict.keys(value))  # no key is hashed
    except KeyError:
        return False
    return set(map(id, ordered)) == set(map(id, list(dict.keys(value))))


def _entries(value: Any) -> Optional[List[Tuple[Any, Any]]]:
    """What is in a dict at one moment: another thread may change it while it's looked at.

    ``None`` where guards can't find each key.
    """
    if type(value) is OrderedDict and not all(map(is_key, list(value))):
        return None  # whose items() hashes the keys
    entries = list(value.items())
    return entries if all(is_key(key) for key, _ in entries) else None


def wrap(machine: Machine, value: Any, source: Source) -> Variable:
    """The symbolic value of ``value`` found at ``source``."""
    made = machine.made_values.get(id(value))
    if made is not None:
        return made
    framework = machine.framework
    kind = type(value)
    check_type(machine, kind)
    if issubclass(kind, type):
        check_class(machine, value)
    if kind in (int, float):
        number = numbers.wrap(machine, value, source)
        if number is not None:
            return number
    if kind is str and machine.handed_on(source):
        # A text that a break gave: often it is new in each call, and only passed on.
        machine.guard(source, GuardKind.TYPE, kind)
        return UnreadVariable(value, source, lambda: machine.guard(source, GuardKind.VALUE, value))
    if kind in LITERALS:
        # What has no value to be equal to is found in containers by its identity.
        same = value is NotImplemented or value != value
        machine.guard(source, GuardKind.IS if same else GuardKind.VALUE, value)
        return ConstantVariable(value, source)
    if framework.is_tensor(value):
        return _tensor(machine, value, source)
    if kind is types.FunctionType:
        return machine.function(value, source)
    if kind is tuple or kind is list:
        machine.guard(source, GuardKind.TYPE, kind)
        items = [LazyVariable(item, ItemSource(source, i)) for i, item in enumerate(tuple(value))]
        size = len(items)
        return SequenceVariable(
            items, kind, source, lambda: machine.guard(source, GuardKind.LENGTH, size)
        )
    if kind is OrderedDict and not in_order(value):
        return ObjectVariable(value, source, pinned=False)
    if kind in (dict, OrderedDict, defaultdict):
        entries = _entries(value)
        if entries is not None:
            machine.guard(source, GuardKind.TYPE, kind)
            held: Dict[Any, Variable] = {
                key: LazyVariable(item, ItemSource(source, key)) for key, item in entries
            }
            if kind is not defaultdict:
                return DictVariable(held, kind, source)
            factory = AttributeSource(source, "default_factory")
            return DefaultDictVariable(machine.wrap(value.default_factory, factory), held, source)
    if kind is deque:
        return _deque(machine, value, source)
    if kind in (set, frozenset) and set(map(type, list(value))).issubset(LITERALS):
        # The guard compares with a copy: a set may change under it.
        machine.guard(source, GuardKind.TYPE, kind)
        known = _C.clone_set(value)
        return SetVariable.outside(
            value,
            source,
            table=lambda: machine.guard(source, GuardKind.TABLE, known),
            unread=lambda: machine.guard(source, GuardKind.VALUE, known),
        )
    if kind is types.CellType and machine.handed_on(source) and str(source).startswith("."):
        return machine.cell_from_outside(value, AttributeSource(source, "cell_contents"))
    if kind is types.GeneratorType:
        from .breaking import revived

        generator = revived.from_outside(machine, value, source)
        if generator is not None:
            return generator
    elif issubclass(kind, Iterator):
        from .iterators.outside import from_outside

        iterator = from_outside(machine, value, source)
        if iterator is not None:
            return iterator
    if kind is frozenset and all(map(is_key, value)) and not _given(source):
        # Kept somewhere, with classes in it: the very object gives its very elements.
        machine.guard(source, GuardKind.IS, value)
        kept = SetVariable.holding(value)
        kept.source = source
        return kept
    if kind is types.MethodType:
        machine.guard(source, GuardKind.TYPE, kind)
        called = value.__func__
        return MethodVariable(
            machine.wrap(value.__self__, AttributeSource(source, "__self__")),
            machine.wrap(called, AttributeSource(source, "__func__")),
            called.__name__ if type(called) is types.FunctionType else "method",
            source,
        )
    if kind in (range, slice):
        machine.guard(source, GuardKind.TYPE, kind)
        for name in ("start", "stop", "step"):
            part = getattr(value, name)
            if type(part) not in LITERALS:
                return ObjectVariable(value, source, pinned=False)
            machine.guard(AttributeSource(source, name), GuardKind.VALUE, part)
        return ConstantVariable(value, source)
    if framework.is_constant(value):
        machine.guard(source, GuardKind.IS, value)
        return ConstantVariable(value, source)
    if framework.is_layer(value) and source in machine.services.remade:
        machine.guard(source, GuardKind.TYPE, kind)
        return ObjectVariable(value, source, pinned=False)
    if kind is types.BuiltinFunctionType and type(value.__self__) in CHANGEABLE and _given(source):
        # ``items.append`` that lived over a break: each call binds it anew.
        machine.guard(source, GuardKind.TYPE, kind)
        machine.guard(AttributeSource(source, "__name__"), GuardKind.VALUE, value.__name__)
        receiver = machine.wrap(value.__self__, AttributeSource(source, "__self__"))
        return MethodVariable(receiver, None, value.__name__, source)
    if kind is types.BuiltinFunctionType and type(value.__self__) is types.GeneratorType:
        if _given(source):
            # ``g.send`` of this call's generator, which must not be kept alive.
            machine.guard(source, GuardKind.TYPE, kind)
            machine.guard(AttributeSource(source, "__name__"), GuardKind.VALUE, value.__name__)
            machine.guard(AttributeSource(source, "__self__"), GuardKind.TYPE, types.GeneratorType)
            return ObjectVariable(value, source, pinned=False)
    if kind is re.Pattern and not _given(source):
        machine.guard(source, GuardKind.IS, value)
        return ConstantVariable(value, source)
    if issubclass(kind, framework.arrays.constants):
        scalar = _scalar(machine, value, source)
        if scalar is not None:
            return scalar
    if kind in framework.arrays.mutable:
        array = arrays.from_outside(machine, value, source)
        if array is not None:
            return array
    if issubclass(kind, (*PINNED, *framework.arrays.callables)) or (
        framework.is_layer(value) or framework.is_op(value)
    ):
        machine.guard(source, GuardKind.IS, value)
        local_classes.found(machine, value, source)
        return ObjectVariable(value, source, pinned=True)
    plain = machine.services.unwrap(value)
    if type(plain) is types.FunctionType and made_anew(machine, plain, source, continued=True):
        # Each call of a frame with cells makes a resume function with that call's cells.
        machine.guard(source, GuardKind.TYPE, kind)
        return ObjectVariable(value, source, pinned=False)
    if plain is not value or machine.services.disabled(value):
        machine.guard(source, GuardKind.IS, value)
        return ObjectVariable(value, source, pinned=True)
    if isinstance(source, ConstantSource):
        return ObjectVariable(value, source, pinned=True)
    if issubclass(kind, logging.Logger):
        # Its cache of enabled levels is filled under a lock, and emptied when a level is set:
        # filled now, the levels are read, and guarded, without the lock.
        for level in (logging.DEBUG, logging.INFO, logging.WARNING, logging.ERROR):
            value.isEnabledFor(level)
    machine.guard(source, GuardKind.TYPE, kind)
    local_classes.found(machine, value, source)
    return ObjectVariable(value, source, pinned=False)


def _scalar(machine: Machine, value: Any, source: Source) -> Optional[Variable]:
    """A scalar or dtype of the array library; one that varies is an object like any other."""
    if not isinstance(value, Number) and not hasattr(value, "tobytes"):
        machine.guard(source, GuardKind.IS, value)
        return ConstantVariable(value, source)
    expected = machine.framework.arrays.snapshot(value)
    if expected is None or str(source) in machine.services.varying.changing:
        return None
    machine.guard(source, GuardKind.TYPE, type(value))
    machine.guard(source, GuardKind.BUFFER, expected)
    return ConstantVariable(value, source)


def _deque(machine: Machine, value: Any, source: Source) -> Variable:
    """A deque: the guards on its elements look at a tuple of them."""
    machine.guard(source, GuardKind.TYPE, deque)
    machine.guard(AttributeSource(source, "maxlen"), GuardKind.VALUE, value.maxlen)
    taken = ComputedSource(tuple, (source,))
    items = [LazyVariable(item, ItemSource(taken, i)) for i, item in enumerate(tuple(value))]
    size = len(items)
    return DequeVariable(
        items, value.maxlen, source, lambda: machine.guard(taken, GuardKind.LENGTH, size)
    )


def _tensor(machine: Machine, value: Any, source: Source) -> Variable:
    framework = machine.framework
    meta = framework.tensor_meta(value)
    if framework.is_parameter(value) and not _of_remade_layer(machine, source):
        # The object is pinned, its description is not: Layer.to() changes it in place.
        machine.guard(source, GuardKind.IS, value)
        machine.guard(source, GuardKind.TENSOR, meta)
        known = machine.parameters.get(id(value))
        if known is None:
            name = machine.graph.unique_name(str(getattr(value, "name", "parameter")))
            machine.attributes[name] = value
            node = machine.graph.get_attr(name, {"tensor_meta": meta})
            known = TensorVariable(node, meta, type(value), source)
            machine.parameters[id(value)] = known
        return known
    machine.guard(source, GuardKind.TYPE, type(value))
    meta = sized(machine, value, meta, source)
    node = machine.graph.placeholder(placeholder_name(source), {"tensor_meta": meta})
    machine.placeholder_sources[node] = source
    machine.examples[node] = value
    return TensorVariable(node, meta, type(value), source)


def _given(source: Source) -> bool:
    """Whether an object was handed to the frame, not found somewhere."""
    return isinstance(source, (CellSource, LocalSource))


def _of_remade_layer(machine: Machine, source: Source) -> bool:
    """Whether a parameter belongs to a layer that another call finds made anew."""
    remade = machine.services.remade
    while remade and isinstance(source, (AttributeSource, InstanceDictSource, ItemSource)):
        source = source.base
        if source in remade:
            return True
        owner = machine.wrapped.get(source)
        if isinstance(owner, ObjectVariable) and owner.pinned:
            return False
    return False


def sized(machine: Machine, value: Any, meta: TensorMeta, source: Source) -> TensorMeta:
    """The description of an input, guarded; sizes that vary are symbolic numbers in it."""
    varying = machine.services.varying
    shape: List[Any] = list(meta.shape)
    kept: List[Any] = list(meta.shape)
    for dimension, size in enumerate(meta.shape):
        root = varying.size(source, dimension, size, machine.services.marked(value, dimension))
        if root is not None:
            kept[dimension] = varying.range_of(root)
    machine.guard(source, GuardKind.TENSOR, meta._replace(shape=tuple(kept)))
    for dimension, size in enumerate(meta.shape):
        if type(kept[dimension]) is tuple:
            here = ItemSource(AttributeSource(source, "shape"), dimension)
            low, high = kept[dimension]
            root = (str(source), dimension)
            shape[dimension] = numbers.symbol(machine, here, size, low, high, root)
    return meta._replace(shape=tuple(shape))


def placeholder_name(source: Source) -> str:
    """A readable name for a graph input."""
    name = getattr(source, "name", None)
    if not isinstance(name, str):
        name = f"item_{getattr(source, 'key', '')}"
    text = "".join(char if char.isalnum() else "_" for char in name)
    return text if text[:1].isalpha() or text[:1] == "_" else f"input_{text}"


def data_of(value: Variable) -> Any:
    """The Python value of data, on which operators and pure functions run no user code.

    Raises:
        NotConstant: it isn't known, or holds an object whose class may have its own methods.
    """
    _check_data(value)
    return value.as_constant()


def _check_data(value: Variable) -> None:
    if isinstance(value, ObjectVariable):
        if not issubclass(type(value.value), PINNED):
            raise NotConstant
    elif isinstance(value, FunctionVariable):
        raise NotConstant
    elif isinstance(value, SequenceVariable):
        for item in value.items:
            _check_data(item)
    elif isinstance(value, DictVariable):
        for item in value.items.values():
            _check_data(item)


def load_global(machine: Machine, frame: Frame, name: str) -> Variable:
    """``name`` in the frame's globals, else in its builtins."""
    of_root = frame.globals is machine.root_globals
    pending = machine.side_effects.pending_global(frame.globals, name)
    if pending is not None and not isinstance(pending, NullVariable):
        return pending
    if pending is None and name in frame.globals:
        place = machine.global_places.get((id(frame.globals), name))
        if place is None:
            place = GlobalSource(name) if of_root else ItemSource(_globals(frame), name)
            machine.global_places[id(frame.globals), name] = place
        return machine.wrap(frame.globals[name], place)
    table = _globals(frame)
    if name not in frame.builtins:
        if pending is None:
            machine.guard(table, GuardKind.LACKS, name)
        machine.guard(ConstantSource(frame.builtins, "builtins"), GuardKind.LACKS, name)
        machine.raise_observed(wording.of_name(name))
    if of_root and pending is None:
        return machine.wrap(frame.builtins[name], GlobalSource(name))
    if pending is None:
        machine.guard(table, GuardKind.LACKS, name)
    return machine.wrap(
        frame.builtins[name], ItemSource(ConstantSource(frame.builtins, "builtins"), name)
    )


def _globals(frame: Frame) -> Source:
    return ConstantSource(frame.globals, str(frame.globals.get("__name__", "?")))


def from_python(machine: Machine, value: Any) -> Variable:
    """A value computed during capture: data that the plain program would compute alike."""
    if is_literal(machine, value) and type(value) is not tuple:
        return ConstantVariable(value)
    kind = type(value)
    check_type(machine, kind)
    if kind is SymbolicNumber:
        return NumberVariable(value)
    if kind is KeyOf:
        found: Variable = value.variable
        return found
    if kind in (list, tuple) or issubclass(kind, list):
        return SequenceVariable([from_python(machine, item) for item in value], kind)
    if kind in (dict, OrderedDict):
        return DictVariable({key: from_python(machine, item) for key, item in value.items()}, kind)
    if kind in (set, frozenset):
        return SetVariable.holding(_C.clone_set(value))
    if kind is slice:
        return SliceVariable(
            [from_python(machine, part) for part in (value.start, value.stop, value.step)]
        )
    if issubclass(kind, PINNED):
        return ObjectVariable(value, ConstantSource(value, repr(value)), pinned=True)
    if issubclass(kind, machine.framework.arrays.records):
        machine.break_graph(Kind.OPERATION, "a record of a structured array")
    if issubclass(kind, (*COMPUTED, *machine.framework.arrays.constants)):
        return ConstantVariable(value)
    if kind in machine.framework.arrays.mutable:
        return arrays.made(machine, value)
    if kind in FRESH:
        return FreshVariable(value)
    if kind is types.FunctionType:
        return machine.function(value, ConstantSource(value, value.__qualname__))
    if kind is types.CellType:
        return CellVariable()
    machine.break_graph(
        Kind.LANGUAGE, f"a {kind.__name__} object made during capture can't be followed"
    )
