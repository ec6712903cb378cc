"""Making objects of the user's classes: ``cls(*args, **kwargs)`` as ``type.__call__`` does it.

``__new__`` and ``__init__`` are run symbolically (``Objects/typeobject.c``, ``type_call``,
``object_new``). The object is an :class:`InstanceVariable` whose attributes are symbolic;
one that never leaves the frame costs nothing.
"""

from __future__ import annotations

import types
from typing import TYPE_CHECKING, Any, Dict, List

from ... import _C
from ...source import ConstantSource
from ..breaks import Kind
from ..iterators import iteration
from ..values import (
    ConstantVariable,
    DictVariable,
    FunctionVariable,
    InstanceVariable,
    ObjectVariable,
    SequenceVariable,
    Variable,
)
from ..values.containers import builtin_base
from . import builtin_parts
from .attributes import ABSENT, mro_lookup, type_attribute

if TYPE_CHECKING:
    from ..machine import Machine

__all__ = ["call_type", "construct", "new_object"]

_ABSTRACT = 1 << 20  # Py_TPFLAGS_IS_ABSTRACT
_HEAP = 1 << 9


def class_variable(cls: type) -> ObjectVariable:
    """A class as a value."""
    return ObjectVariable(cls, ConstantSource(cls, cls.__qualname__), pinned=True)


def construct(
    machine: Machine, cls: type, args: List[Variable], kwargs: Dict[str, Variable]
) -> Variable:
    """``cls(*args, **kwargs)``.

    Raises:
        GraphBreak: the class is made in a way that can't be followed.
    """
    meta: Any = type(cls)
    caller = mro_lookup(meta, "__call__")
    if caller is not type.__call__:
        if not isinstance(caller, types.FunctionType):
            machine.break_graph(Kind.CALL, f"an object of class {cls.__name__} is made")
        type_attribute(machine, meta, "__call__")
        function = machine.wrap_raw(meta, "__call__", caller)
        return machine.call(function, [class_variable(cls), *args], kwargs)
    return call_type(machine, cls, args, kwargs)


def call_type(
    machine: Machine, cls: type, args: List[Variable], kwargs: Dict[str, Variable]
) -> Variable:
    """``type.__call__(cls, *args, **kwargs)``."""
    new = type_attribute(machine, cls, "__new__")
    init = type_attribute(machine, cls, "__init__")
    if new is object.__new__ or (cls is types.SimpleNamespace):
        plain = cls is types.SimpleNamespace or _C.makes_plainly(cls)
        if (args or kwargs) and (init is object.__dict__["__init__"] or not plain):
            machine.break_graph(Kind.EXCEPTION, f"{cls.__name__}() takes no arguments")
        made: Variable = new_object(machine, cls)
    elif _makes_container(new):
        if kwargs and init is object.__dict__["__init__"]:
            machine.break_graph(Kind.EXCEPTION, f"{cls.__name__}() takes no keyword arguments")
        made = new_container(machine, cls, args)
    elif isinstance(new, staticmethod) and isinstance(new.__func__, types.FunctionType):
        function = machine.wrap_raw(cls, "__new__", new.__func__)
        made = machine.call(function, [class_variable(cls), *args], kwargs)
    else:
        return machine.break_graph(Kind.CALL, f"an object of class {cls.__name__} is made")
    kind = made.python_type()
    if not issubclass(kind, cls):
        return made
    init = type_attribute(machine, kind, "__init__")
    if isinstance(init, types.FunctionType):
        function = machine.wrap_raw(kind, "__init__", init)
        result = machine.call(function, [made, *args], kwargs)
        if not (isinstance(result, ConstantVariable) and result.value is None):
            machine.break_graph(Kind.EXCEPTION, f"{cls.__name__}.__init__() returns something")
    elif kind is types.SimpleNamespace and isinstance(made, InstanceVariable):
        if args or made.table is None:
            machine.break_graph(Kind.CALL, "a SimpleNamespace of a mapping")
        made.table.items.update(kwargs)
    elif isinstance(made, InstanceVariable) and made.data is not None:
        if init is not object.__dict__["__init__"]:
            builtin_parts.initialise(machine, made, made.data, args, kwargs)
    elif init is not object.__dict__["__init__"]:
        machine.break_graph(Kind.CALL, f"an object of class {cls.__name__} is made")
    return made


def _makes_container(new: Any) -> bool:
    return any(new is base.__new__ for base in builtin_parts.BASES)


def new_container(machine: Machine, cls: type, args: List[Variable]) -> Variable:
    """``cls.__new__(cls, *args)`` of a class derived from a built-in container.

    Raises:
        GraphBreak: its elements can't be followed.
    """
    base: Any = builtin_base(cls)
    if base not in builtin_parts.BASES:
        machine.break_graph(Kind.CALL, f"an object of class {cls.__name__} is made")
    items: List[Variable] = []
    if base in (tuple, frozenset) and args:
        if len(args) > 1:
            machine.break_graph(Kind.EXCEPTION, f"{cls.__name__}() takes at most one argument")
        items = iteration.unpacked(machine, args[0])
    if base is cls:
        made = machine.call(class_variable(cls), [SequenceVariable(items, list)], {})
        return made
    made = new_object(machine, cls, base)
    made.data = builtin_parts.empty_part(machine, made, base, items)
    return made


def new_container_rule(
    machine: Machine, args: List[Variable], kwargs: Dict[str, Variable]
) -> Variable:
    """A call of ``tuple.__new__`` and the like."""
    cls = args[0].as_constant() if args else None
    if not isinstance(cls, type):
        return machine.break_graph(Kind.EXCEPTION, "__new__() of something not a class")
    return new_container(machine, cls, args[1:])


def new_object(machine: Machine, cls: type, base: Any = object) -> InstanceVariable:
    """``base.__new__(cls)``.

    Raises:
        GraphBreak: the class is abstract, has a ``__del__``, or is laid out by C code.
    """
    name = cls.__name__
    if not cls.__flags__ & _HEAP and cls not in (object, types.SimpleNamespace):
        machine.break_graph(Kind.CALL, f"an object of class {name} is made")
    if cls.__flags__ & _ABSTRACT:
        machine.break_graph(Kind.EXCEPTION, f"the abstract class {name} can't be instantiated")
    if type_attribute(machine, cls, "__del__") is not ABSENT:
        machine.break_graph(Kind.CALL, f"an object of class {name}, which has a __del__, is made")
    try:
        prototype = cls() if cls is types.SimpleNamespace else base.__new__(cls)
    except TypeError:
        machine.break_graph(Kind.CALL, f"an object of class {name} is made")
    has_dict = isinstance(getattr(cls, "__dictoffset__", 0), int) and cls.__dictoffset__ != 0
    made = InstanceVariable(prototype, DictVariable({}) if has_dict else None)
    machine.prototypes.append(prototype)
    return made


def new_rule(machine: Machine, args: List[Variable], kwargs: Dict[str, Variable]) -> Variable:
    """A call of ``object.__new__``."""
    cls = args[0].as_constant() if args else None
    if not isinstance(cls, type) or isinstance(args[0], FunctionVariable):
        return machine.break_graph(Kind.EXCEPTION, "object.__new__() of something not a class")
    if len(args) > 1 or kwargs:
        init = mro_lookup(cls, "__init__")
        new: Any = cls.__new__
        if new is not object.__new__ or init is object.__dict__["__init__"]:
            machine.break_graph(Kind.EXCEPTION, "object.__new__() takes exactly one argument")
    return new_object(machine, cls)


def init_rule(machine: Machine, args: List[Variable], kwargs: Dict[str, Variable]) -> Variable:
    """A call of ``object.__init__``, which takes arguments only where ``__new__`` is its own."""
    if len(args) != 1 or kwargs:
        kind = args[0].python_type()
        new: Any = kind.__new__
        if mro_lookup(kind, "__init__") is not object.__dict__["__init__"] or (
            new is object.__new__
        ):
            machine.break_graph(Kind.EXCEPTION, "object.__init__() takes exactly one argument")
    return ConstantVariable(None)


def call_rule(machine: Machine, args: List[Variable], kwargs: Dict[str, Variable]) -> Variable:
    """A call of ``type.__call__``, as a metaclass makes it through ``super()``."""
    cls = args[0].as_constant()
    if not isinstance(cls, type):
        return machine.break_graph(Kind.EXCEPTION, "type.__call__() of something not a class")
    return call_type(machine, cls, args[1:], kwargs)
