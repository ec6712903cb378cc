"""``inspect.signature`` of functions, methods, classes, callable objects and partials.

The order is that of ``_signature_from_callable`` in ``Lib/inspect.py``: the function behind a
bound method, what ``__wrapped__`` leads to, ``__signature__``, and the code object with its
defaults and annotations last. Where the versions of CPython look at different things, as for a
class with ``__new__`` and ``__init__``, or where they would run code of the user's, it breaks.
"""

from __future__ import annotations

import abc
import functools
import inspect
import types
from typing import TYPE_CHECKING, Any, Dict, List, NoReturn, Optional, Set

from ...guards import GuardKind
from ...source import AttributeSource, ConstantSource, InstanceDictSource, ItemSource, Source
from ..breaks import Kind
from ..objects.attributes import ABSENT, has_attribute, mro_lookup, type_attribute
from ..objects.function_attributes import of_made
from ..values import (
    ConstantVariable,
    DictVariable,
    FunctionVariable,
    MethodVariable,
    NotConstant,
    ObjectVariable,
    PartialVariable,
    Variable,
)

if TYPE_CHECKING:
    from ..machine import Machine

__all__ = ["signature"]

#: Where functools.partialmethod leaves itself on the functions it makes: up to 3.12, from 3.13.
_PARTIAL_METHODS = ("_partialmethod", "__partialmethod__")
#: Their attributes are looked up as ``type`` does it.
_METACLASSES = (type, abc.ABCMeta)


def signature(machine: Machine, args: List[Variable], kwargs: Dict[str, Variable]) -> Variable:
    """``inspect.signature(callable)``.

    Raises:
        GraphBreak: it can't be told what the callable is, or a default isn't known before the
            graph has run.
    """
    if len(args) != 1 or kwargs:
        return machine.break_graph(Kind.CALL, "a signature with options")
    return ConstantVariable(_of(machine, args[0], set()))


def _of(machine: Machine, value: Variable, seen: Set[int]) -> inspect.Signature:
    """The signature of a callable.

    Args:
        machine: the capture.
        value: the callable.
        seen: the ids of the functions on the way to it.
    """
    if isinstance(value, FunctionVariable):
        return _of_function(machine, value, seen)
    if isinstance(value, MethodVariable) and value.python_type() is types.MethodType:
        assert value.function is not None
        return _without_first(machine, _of(machine, machine.realise(value.function), seen))
    if isinstance(value, PartialVariable):
        return _of_partial(machine, value, seen)
    if isinstance(value, ObjectVariable) and issubclass(type(value.value), type):
        return _of_class(machine, value, seen)
    if isinstance(value, ObjectVariable):
        return _of_object(machine, value, seen)
    _unknown(machine)


def _unknown(machine: Machine) -> NoReturn:
    machine.break_graph(Kind.CALL, "the signature of what isn't a function")


def _of_function(machine: Machine, function: FunctionVariable, seen: Set[int]) -> inspect.Signature:
    if id(function) in seen:
        machine.break_graph(Kind.CALL, "the signature of a function that wraps itself")
    if not function.pinned:
        machine.break_graph(Kind.CALL, "the signature of a function that another call may replace")
    seen.add(id(function))
    given = _own(machine, function, "__signature__")
    if isinstance(given, ConstantVariable) and type(given.value) is inspect.Signature:
        known: inspect.Signature = given.value
        return known
    if given is not None:
        machine.break_graph(Kind.CALL, "a signature that isn't known")
    wrapped = _own(machine, function, "__wrapped__")
    if wrapped is not None:
        return _of(machine, wrapped, seen)
    if any(_own(machine, function, name) is not None for name in _PARTIAL_METHODS):
        machine.break_graph(Kind.CALL, "the signature of a partial method")
    return inspect.signature(_bare(machine, function))


def _of_partial(machine: Machine, value: PartialVariable, seen: Set[int]) -> inspect.Signature:
    """Arguments bound by position are gone, those bound by name are defaults."""
    carrier = _carrier(_of(machine, machine.realise(value.function), seen))
    try:
        bound = functools.partial(carrier, *value.args, **_constants(machine, value.kwargs))
        return inspect.signature(bound)
    except (TypeError, ValueError):
        return machine.break_graph(Kind.EXCEPTION, "a partial that can't be called")


def _of_class(machine: Machine, value: ObjectVariable, seen: Set[int]) -> inspect.Signature:
    """That of the only one of ``__new__`` and ``__init__`` that is written in Python."""
    cls: type = value.value
    new, init = (type_attribute(machine, cls, name) for name in ("__new__", "__init__"))
    known = (
        type(cls) in _METACLASSES
        and all(_absent(machine, cls, name) for name in ("__signature__", "__wrapped__"))
        and all(_absent(machine, cls, name) for name in _PARTIAL_METHODS)
        and isinstance(init, types.FunctionType)
        and new is object.__dict__["__new__"]
    )
    if not known:
        _unknown(machine)
    function = machine.wrap_raw(cls, "__init__", init)
    return _without_first(machine, _of(machine, machine.realise(function), seen))


def _of_object(machine: Machine, value: ObjectVariable, seen: Set[int]) -> inspect.Signature:
    """That of ``type(value).__call__``, where nothing else is looked at before."""
    cls = value.python_type()
    call = type_attribute(machine, cls, "__call__")
    known = (
        type(cls) in _METACLASSES
        and isinstance(call, types.FunctionType)
        and all(
            type_attribute(machine, cls, name) is mro_lookup(object, name)
            for name in ("__class__", "__eq__", "__getattribute__")
        )
        and _absent(machine, cls, "__get__")
        and (
            machine.framework.is_layer(value.value)
            or type_attribute(machine, cls, "__getattr__") is ABSENT
        )
        and not has_attribute(machine, value, "__signature__")
        and not has_attribute(machine, value, "__wrapped__")
        and not has_attribute(machine, value, "__code__")
        and not any(has_attribute(machine, value, name) for name in _PARTIAL_METHODS)
    )
    if not known:
        _unknown(machine)
    function = machine.wrap_raw(cls, "__call__", call)
    return _without_first(machine, _of(machine, machine.realise(function), seen))


def _absent(machine: Machine, cls: type, name: str) -> bool:
    return type_attribute(machine, cls, name) is ABSENT


def _carrier(found: inspect.Signature) -> Any:
    """A function that has a signature."""

    def carrier() -> None:
        pass

    carrier.__signature__ = found  # type: ignore[attr-defined]
    return carrier


def _without_first(machine: Machine, found: inspect.Signature) -> inspect.Signature:
    """What is left of a function's signature when its first parameter is bound."""
    try:
        return inspect.signature(types.MethodType(_carrier(found), machine))
    except ValueError:
        return machine.break_graph(Kind.EXCEPTION, "a method that takes no argument")


def _own(machine: Machine, function: FunctionVariable, name: str) -> Optional[Variable]:
    """An attribute in a function's dict, guarded; ``None`` when it has none."""
    held = function.function
    if name in function.attributes or held is None:
        found = function.attributes.get(name)
        return None if found is None else machine.realise(found)
    if name in held.__dict__:
        return machine.realise(machine.get_attribute(function, name))
    machine.guard(InstanceDictSource(_place(function, held)), GuardKind.LACKS, name)
    return None


def _place(function: FunctionVariable, held: types.FunctionType) -> Source:
    """Where a call finds the function: one that each call makes anew isn't the one seen now."""
    return function.source or ConstantSource(held, held.__qualname__)


def _bare(machine: Machine, function: FunctionVariable) -> types.FunctionType:
    """A function with the code, defaults and annotations of a symbolic one, and no more."""
    if function.function is not None:
        _guard_parts(machine, function.function, _place(function, function.function))
        return function.function
    annotations = of_made(machine, function, "__annotations__")
    cells = tuple([types.CellType() for _ in function.closure])
    made = types.FunctionType(function.code, {}, function.name, None, cells)
    defaults = _constants(machine, dict(enumerate(function.defaults)))
    made.__defaults__ = tuple(defaults.values()) or None
    made.__kwdefaults__ = _constants(machine, function.kwdefaults) or None
    if annotations is not None:
        assert isinstance(annotations, DictVariable)
        made.__annotations__ = _constants(machine, annotations.items)
    return made


def _guard_parts(machine: Machine, held: types.FunctionType, base: Source) -> None:
    """Calls look at the defaults only where arguments are missing; a signature tells them all."""
    given, notes = held.__kwdefaults__, held.__annotations__
    if type(notes) is not dict or not all(type(key) is str for key in [*notes, *(given or ())]):
        machine.break_graph(Kind.CALL, "the signature of a function with unusual annotations")
    machine.guard(AttributeSource(base, "__defaults__"), GuardKind.IS, held.__defaults__)
    machine.guard(AttributeSource(base, "__kwdefaults__"), GuardKind.TYPE, type(given))
    machine.guard(AttributeSource(base, "__annotations__"), GuardKind.TYPE, dict)
    for name, table in (("__kwdefaults__", given), ("__annotations__", notes)):
        if table is not None:
            source = AttributeSource(base, name)
            machine.guard(source, GuardKind.KEYS, tuple(table))
            for key, item in table.items():
                machine.guard(ItemSource(source, key), GuardKind.IS, item)


def _constants(machine: Machine, values: Dict[Any, Variable]) -> Dict[Any, Any]:
    """The values that a signature tells; what can be changed would have to be the very object."""
    try:
        known = {name: value.as_constant() for name, value in values.items()}
    except NotConstant:
        known = None
    if known is None or any(map(_changeable, known.values())):
        machine.break_graph(Kind.CALL, "the signature of a function whose defaults aren't known")
    return known


def _changeable(found: Any) -> bool:
    if type(found) is tuple:
        return any(map(_changeable, found))
    return type(found) in (list, dict, set, bytearray)
