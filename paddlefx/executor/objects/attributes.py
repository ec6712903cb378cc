"""Attribute look-up without running user code: what ``object.__getattribute__`` would find.

The order is CPython's (``Objects/object.c``, ``_PyObject_GenericGetAttrWithDict``):
data descriptors of the type, the instance dict, other attributes of the type, and
``__getattr__`` last. Each answer leaves the guards under which it stays true.
"""

from __future__ import annotations

import functools
import inspect
import types
from collections import OrderedDict, defaultdict, deque
from typing import TYPE_CHECKING, Any, NoReturn, Optional

from ...guards import ABSENT as ABSENT_GUARD
from ...guards import GuardKind
from ...source import (
    AttributeSource,
    ConstantSource,
    InstanceDictSource,
    ItemSource,
    TypeAttributeSource,
)
from ..breaks import Kind, ObservedException
from ..containers import arrays
from ..tensors import operations as tensors
from ..values import (
    ConstantVariable,
    DefaultDictVariable,
    DequeVariable,
    DictVariable,
    ExceptionVariable,
    FunctionVariable,
    GeneratorVariable,
    InstanceVariable,
    IteratorVariable,
    MadeVariable,
    MethodVariable,
    NullVariable,
    ObjectVariable,
    PartialVariable,
    RandomVariable,
    SequenceVariable,
    SetVariable,
    SliceVariable,
    SuperVariable,
    TensorVariable,
    Variable,
    ViewVariable,
)
from ..wrapping import from_python
from . import function_attributes
from .descriptors import bind
from .instance_dicts import dict_source, open_table, own_attribute, source_of
from .lookup import ABSENT, mro_lookup

if TYPE_CHECKING:
    from ..machine import Machine

__all__ = [
    "ABSENT",
    "generic_attribute",
    "get_attribute",
    "has_attribute",
    "has_generic_getter",
    "mro_lookup",
    "special_method",
    "type_attribute",
]

#: ``PyObject_GenericGetAttr`` under its names.
_GENERIC_GETTERS = tuple(
    mro_lookup(cls, "__getattribute__")
    for cls in (
        object,
        OrderedDict,
        types.SimpleNamespace,
        BaseException,
        bytes,
        defaultdict,
        deque,
        dict,
        float,
        frozenset,
        int,
        list,
        set,
        str,
        tuple,
    )
)


#: Py_TPFLAGS_HEAPTYPE
_HEAP_TYPE = 1 << 9


def type_attribute(machine: Machine, cls: type, name: str) -> Any:
    """The raw attribute of a class, guarded to stay the same."""
    if cls.__flags__ & _HEAP_TYPE:
        known = machine.class_attributes.get((id(cls), name))
        if known is not None and not machine.made_classes:
            return known[1]
        found = mro_lookup(cls, name)
        source = ConstantSource(cls, cls.__qualname__)
        machine.guard(
            source, GuardKind.TYPE_ATTR, (name, ABSENT_GUARD if found is ABSENT else found)
        )
        machine.class_attributes[id(cls), name] = (cls, found)
        return found
    return mro_lookup(cls, name)


def has_generic_getter(machine: Machine, cls: type) -> bool:
    """Whether the attributes of a class's instances are read without code of its own."""
    return type_attribute(machine, cls, "__getattribute__") in _GENERIC_GETTERS


_MODULE_GETTER = mro_lookup(types.ModuleType, "__getattribute__")


def _static(cls: type) -> bool:
    # Attributes of classes written in C can't be assigned to.
    return not cls.__flags__ & _HEAP_TYPE


def get_attribute(machine: Machine, value: Variable, name: str) -> Variable:
    """``value.name``.

    Raises:
        ObservedException: the plain program raises AttributeError.
        GraphBreak: reading it runs code that can't be captured.
    """
    try:
        return _read(machine, value, name)
    except ObservedException as signal:
        from ..exceptions import exception_objects  # which reads attributes

        exception_objects.add_context(signal.variable, value, name)
        raise


def _read(machine: Machine, value: Variable, name: str) -> Variable:
    if isinstance(value, TensorVariable):
        return tensors.get_attribute(machine, value, name)
    if isinstance(value, ObjectVariable):
        return _of_object(machine, value, name)
    if isinstance(value, SuperVariable):
        return _of_super(machine, value, name)
    if isinstance(value, ExceptionVariable):
        from ..exceptions import exception_objects  # which reads attributes

        return exception_objects.get_attribute(machine, value, name)
    if isinstance(value, FunctionVariable):
        return _of_function(machine, value, name)
    if isinstance(value, MethodVariable):
        if name == "__self__":
            return value.receiver
        function = value.function
        if function is not None:
            return function if name == "__func__" else get_attribute(machine, function, name)
        if name == "__name__":
            return ConstantVariable(value.name)
    if isinstance(value, ConstantVariable):
        return _of_constant(machine, value, name)
    if isinstance(value, SliceVariable):
        if name in ("start", "stop", "step"):
            return value.bounds[("start", "stop", "step").index(name)]
        if name == "indices":
            return MethodVariable(value, None, name)
    if isinstance(value, DequeVariable):
        from ..containers import deques

        found = deques.attribute(value, name)
        if found is not None:
            return found
    if isinstance(value, DefaultDictVariable) and name == "default_factory":
        return value.factory
    if isinstance(value, PartialVariable):
        from ..rules.functional import attribute_of_partial

        return attribute_of_partial(machine, value, name)
    if isinstance(
        value,
        (
            SequenceVariable,
            DictVariable,
            SetVariable,
            DequeVariable,
            ViewVariable,
            GeneratorVariable,
            IteratorVariable,
            RandomVariable,
        ),
    ):
        kind = value.python_type()
        if name == "__class__":
            return ObjectVariable(kind, ConstantSource(kind, kind.__qualname__), pinned=True)
        if hasattr(kind, name):
            if callable(getattr(kind, name)):
                return MethodVariable(value, None, name)
        else:
            machine.raise_observed(
                AttributeError(f"{kind.__name__!r} object has no attribute {name!r}"), worded=True
            )
    if isinstance(value, MadeVariable) and value.named and name == "__name__":
        return ConstantVariable(value.stand_in.__name__)
    if isinstance(value, NullVariable):
        machine.break_graph(Kind.LANGUAGE, "a value that isn't bound")
    return machine.break_graph(
        Kind.ATTRIBUTE, f"attribute {name!r} of a {type(value).__name__} can't be read in capture"
    )


def special_method(machine: Machine, value: Variable, name: str) -> Optional[MethodVariable]:
    """``type(value).name`` bound to ``value``: how operators and builtins look methods up.

    Returns:
        ``None`` when there is none, or it is a slot of a class written in C.
    """
    cls = value.python_type()
    if _static(cls):
        return None
    found = type_attribute(machine, cls, name)
    if found is ABSENT or isinstance(found, types.WrapperDescriptorType):
        return None
    if found is None:
        return machine.break_graph(Kind.EXCEPTION, f"{cls.__name__}.{name} is None")
    bound = bind(machine, value, cls, found, name)
    if isinstance(bound, MethodVariable):
        return bound
    if isinstance(found, _C_DESCRIPTORS):
        return None
    return machine.break_graph(Kind.CALL, f"{cls.__name__}.{name} isn't a plain method")


def has_attribute(machine: Machine, value: Variable, name: str) -> bool:
    """``hasattr(value, name)``."""
    try:
        get_attribute(machine, value, name)
    except ObservedException as signal:
        if isinstance(signal.variable.value, AttributeError):
            signal.forget_frames()
            return False
        raise
    return True


#: Immutable, with methods in Python that only compute.
_SIGNATURES = (inspect.Signature, inspect.Parameter)


def _of_constant(machine: Machine, value: ConstantVariable, name: str) -> Variable:
    state = machine.framework.constant_attribute(value.value, name)
    if state is not None:
        tensors.guard_mode(machine, state.guards)
    if isinstance(value.value, machine.framework.arrays.elements):
        arrays.attribute(machine, value.value, name)
    try:
        found = getattr(value.value, name)
    except AttributeError as error:
        machine.raise_observed(error)
    if isinstance(found, (types.BuiltinMethodType, types.MethodWrapperType)):
        return MethodVariable(value, None, name)
    computes = isinstance(value.value, _SIGNATURES) or machine.framework.is_constant(value.value)
    if isinstance(found, types.MethodType) and computes:
        return MethodVariable(value, None, name)
    if isinstance(value.value, inspect.Signature) and isinstance(found, types.MappingProxyType):
        return ConstantVariable(found)  # its parameters never change
    return from_python(machine, found)


def _of_function(machine: Machine, value: FunctionVariable, name: str) -> Variable:
    if name in value.attributes:
        return value.attributes[name]
    if value.function is None:
        known = function_attributes.of_made(machine, value, name)
        if known is not None:
            return known
        if not hasattr(types.FunctionType, name):
            machine.raise_observed(
                AttributeError(f"'function' object has no attribute {name!r}"), worded=True
            )
        return machine.break_graph(
            Kind.ATTRIBUTE, f"attribute {name!r} of a function made in the frame"
        )
    # A function that each call makes anew is asked where this call finds it.
    source = value.source or ConstantSource(value.function, value.name)
    try:
        found = getattr(value.function, name)
    except AttributeError as error:
        machine.guard(InstanceDictSource(source), GuardKind.LACKS, name)
        machine.raise_observed(error)
    if name in value.function.__dict__:
        return machine.wrap(found, ItemSource(InstanceDictSource(source), name))
    if name in ("__get__", "__call__"):
        return MethodVariable(value, None, name)
    return machine.wrap(found, AttributeSource(source, name))


def _of_super(machine: Machine, value: SuperVariable, name: str) -> Variable:
    receiver = value.receiver
    kind = receiver.python_type()
    cls = kind
    of_class = False
    if isinstance(receiver, ObjectVariable) and issubclass(type(receiver.value), type):
        if issubclass(receiver.value, value.cls):
            cls, of_class = receiver.value, True
    if value.cls not in (cls.__mro__ or ()):  # not known while a metaclass computes it
        machine.break_graph(Kind.ATTRIBUTE, f"super() of a {kind.__name__}")
    found = mro_lookup(cls, name, after=value.cls)
    for base in cls.__mro__[cls.__mro__.index(value.cls) + 1 :]:
        type_attribute(machine, base, name)
        if name in base.__dict__:
            break
    if name == "__class__" or (found is ABSENT and hasattr(super, name)):
        return machine.break_graph(Kind.ATTRIBUTE, f"{name!r} of a super object itself")
    if found is ABSENT:
        told = AttributeError(f"'super' object has no attribute {name!r}")
        machine.raise_observed(told, worded=True)
    return bind(machine, receiver, kind if not of_class else cls, found, name, of_class=of_class)


def _of_object(machine: Machine, value: ObjectVariable, name: str) -> Variable:
    target = value.value
    if issubclass(type(target), types.ModuleType):
        if mro_lookup(type(target), "__getattribute__") is not _MODULE_GETTER:
            machine.break_graph(Kind.ATTRIBUTE, "a module's class overrides __getattribute__")
        return _of_module(machine, value, name)
    if issubclass(type(target), type):
        return _of_class(machine, target, name)
    if issubclass(type(target), functools.partial) and name in ("func", "args", "keywords"):
        return machine.wrap(getattr(target, name), AttributeSource(source_of(value), name))
    return _of_instance(machine, value, name)


def _of_module(machine: Machine, value: ObjectVariable, name: str) -> Variable:
    module = value.value
    if module.__dict__ is None:
        return machine.break_graph(Kind.ATTRIBUTE, "a module that has not been initialised")
    table = ConstantSource(module.__dict__, str(module.__dict__.get("__name__", "?")))
    pending = machine.side_effects.pending_global(module.__dict__, name)
    if pending is not None and not isinstance(pending, NullVariable):
        return pending
    if isinstance(pending, NullVariable):
        return machine.break_graph(Kind.ATTRIBUTE, f"{name!r}, deleted from a module")
    on_type = mro_lookup(type(module), name)
    if on_type is not ABSENT and _is_data_descriptor(on_type) and name != "__dict__":
        return machine.break_graph(Kind.ATTRIBUTE, f"{name!r} of a module")
    if name in module.__dict__:
        return machine.wrap(module.__dict__[name], ItemSource(table, name))
    if name == "__dict__":
        return machine.break_graph(Kind.ATTRIBUTE, "the dict of a module")
    machine.guard(table, GuardKind.LACKS, name)
    type_attribute(machine, type(module), name)
    if not _static(type(module)):
        machine.guard(source_of(value), GuardKind.TYPE, type(module))
    try:
        found = getattr(module, name)
    except AttributeError as error:
        machine.raise_observed(error)
    # A module-level __getattr__ (PEP 562), or an attribute of the module type.
    return from_python(machine, found)


def _of_class(machine: Machine, cls: type, name: str) -> Variable:
    if type(cls).__getattribute__ is not type.__getattribute__ and not _pybind(type(cls)):
        return machine.break_graph(Kind.ATTRIBUTE, f"{cls.__name__} has a metaclass of its own")
    on_meta = mro_lookup(type(cls), name)
    if on_meta is not ABSENT and _is_data_descriptor(on_meta) and name != "__doc__":
        if name in ("__name__", "__qualname__", "__module__"):
            return ConstantVariable(getattr(cls, name))
        if name in ("__mro__", "__bases__", "__class__"):
            return from_python(machine, getattr(cls, name))
        if name != "__dict__":
            return machine.break_graph(Kind.ATTRIBUTE, f"{cls.__name__}.{name} is computed")
        return machine.break_graph(Kind.ATTRIBUTE, "the dict of a class")
    found = type_attribute(machine, cls, name)
    if found is not ABSENT:
        return _bind_on_class(machine, cls, found, name)
    if on_meta is not ABSENT:
        receiver = ObjectVariable(cls, ConstantSource(cls, cls.__qualname__), pinned=True)
        return bind(machine, receiver, type(cls), on_meta, name)
    if mro_lookup(type(cls), "__getattr__") is not ABSENT:
        return machine.break_graph(Kind.ATTRIBUTE, f"{type(cls).__name__} defines __getattr__")
    machine.raise_observed(
        AttributeError(f"type object {cls.__name__!r} has no attribute {name!r}"), worded=True
    )


def _pybind(meta: type) -> bool:
    """pybind11's metaclass, which only differs for static properties."""
    return meta.__name__ == "pybind11_type" and meta.__module__ == "pybind11_builtins"


def _bind_on_class(machine: Machine, cls: type, found: Any, name: str) -> Variable:
    here = TypeAttributeSource(ConstantSource(cls, cls.__qualname__), name)
    if isinstance(found, staticmethod):
        return machine.wrap(found.__func__, ConstantSource(found.__func__, name))
    if isinstance(found, classmethod) and isinstance(found.__func__, types.FunctionType):
        receiver = ObjectVariable(cls, ConstantSource(cls, cls.__qualname__), pinned=True)
        function = machine.wrap(found.__func__, ConstantSource(found.__func__, name))
        return MethodVariable(receiver, function, name)
    if isinstance(found, types.ClassMethodDescriptorType):
        receiver = ObjectVariable(cls, ConstantSource(cls, cls.__qualname__), pinned=True)
        return MethodVariable(receiver, None, name)
    if hasattr(type(found), "__get__") and not isinstance(
        found, (types.FunctionType, property, *_C_DESCRIPTORS)
    ):
        if isinstance(mro_lookup(type(found), "__get__"), types.FunctionType):
            owner = ObjectVariable(cls, ConstantSource(cls, cls.__qualname__), pinned=True)
            getter = machine.get_attribute(machine.wrap_raw(cls, name, found), "__get__")
            return machine.call(getter, [ConstantVariable(None), owner], {})
        bound = machine.services.unwrap(found)
        if bound is found:
            return machine.break_graph(
                Kind.ATTRIBUTE, f"descriptor {type(found).__name__} of {cls.__name__}.{name}"
            )
    return machine.wrap(found, here)


_C_DESCRIPTORS = (
    types.MethodDescriptorType,
    types.WrapperDescriptorType,
    types.GetSetDescriptorType,
    types.MemberDescriptorType,
    types.BuiltinFunctionType,
)


def _of_instance(machine: Machine, value: ObjectVariable, name: str) -> Variable:
    """As ``slot_tp_getattr_hook`` of ``Objects/typeobject.c``."""
    cls = type(value.value)
    if not isinstance(value, InstanceVariable):
        state = machine.framework.constant_attribute(value.value, name)
        if state is not None:
            tensors.guard_mode(machine, state.guards)
            return machine.opaque(state.value)
    getter = type_attribute(machine, cls, "__getattribute__")
    try:
        if getter in _GENERIC_GETTERS:
            found = _generic(machine, value, name)
            if found is not None:
                return found
            hook = mro_lookup(cls, "__getattr__")
            if hook is ABSENT:
                _lacks(machine, cls, name)
        elif not isinstance(getter, types.FunctionType):
            machine.break_graph(Kind.ATTRIBUTE, f"{cls.__name__} overrides __getattribute__")
        else:
            bound = bind(machine, value, cls, getter, "__getattribute__")
            return machine.call(bound, [ConstantVariable(name)], {})
    except ObservedException as signal:
        hook = mro_lookup(cls, "__getattr__")
        if hook is ABSENT or not isinstance(signal.variable.value, AttributeError):
            raise
        signal.forget_frames()
    if machine.framework.is_layer(value.value) and hook is machine.framework.layer_type.__getattr__:
        return _of_layer(machine, value, name)
    function = type_attribute(machine, cls, "__getattr__")
    return machine.call(
        bind(machine, value, cls, function, "__getattr__"), [ConstantVariable(name)], {}
    )


def generic_attribute(machine: Machine, value: ObjectVariable, name: str) -> Variable:
    """``object.__getattribute__(value, name)``.

    Raises:
        ObservedException: AttributeError, there is none.
    """
    found = _generic(machine, value, name)
    if found is None:
        _lacks(machine, type(value.value), name)
    return found


def _lacks(machine: Machine, cls: type, name: str) -> NoReturn:
    machine.raise_observed(
        AttributeError(f"{cls.__name__!r} object has no attribute {name!r}"), worded=True
    )


def _generic(machine: Machine, value: ObjectVariable, name: str) -> Optional[Variable]:
    """As :func:`generic_attribute`; ``None`` where there is none."""
    cls = type(value.value)
    if name == "__class__":
        return ObjectVariable(cls, ConstantSource(cls, cls.__qualname__), pinned=True)
    found = type_attribute(machine, cls, name)
    if name == "__dict__" and type(found) is types.GetSetDescriptorType:
        opened = open_table(machine, value)
        if opened is not None:
            if isinstance(value, InstanceVariable):
                opened.attributes_of = value
            return opened
    if found is not ABSENT and _is_data_descriptor(found):
        return bind(machine, value, cls, found, name)
    own = own_attribute(machine, value, name)
    if own is not None:
        return own
    if found is not ABSENT:
        return bind(machine, value, cls, found, name)
    return None


def _is_data_descriptor(found: Any) -> bool:
    """Whether it comes before what the instance has: it can be read, and set or deleted."""
    kind = type(found)
    return hasattr(kind, "__get__") and (hasattr(kind, "__set__") or hasattr(kind, "__delete__"))


def _of_layer(machine: Machine, value: ObjectVariable, name: str) -> Variable:
    """The framework layer's own ``__getattr__``, resolved to where the attribute is kept."""
    target = value.value
    for place in machine.framework.layer_tables:
        table = target.__dict__.get(place)
        changed: Any = machine.identities.variable_of(table)
        if isinstance(value, InstanceVariable):
            changed = own_attribute(machine, value, place)
        if isinstance(changed, DictVariable):
            from ..operators.subscripts import guard_key  # which reads attributes

            if guard_key(machine, changed, name):
                found = changed.items[name] = machine.realise(changed.items[name])
                return found
            continue
        if not isinstance(table, dict):
            continue
        here = ItemSource(dict_source(value), place)
        if name in table:
            return machine.wrap(table[name], ItemSource(here, name))
        machine.guard(here, GuardKind.LACKS, name)
    _lacks(machine, type(target), name)
