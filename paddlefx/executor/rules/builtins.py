"""Rules for calls of builtins, built-in types and a few library functions.

A rule takes the machine, the positional and the keyword arguments, all symbolic.
Pure functions of known data need no rule: they are called, and their result is data.
"""

from __future__ import annotations

import _thread
import builtins
import functools
import math
import operator
import os
import sys
import types
from collections import OrderedDict
from typing import TYPE_CHECKING, Any, Dict, List, Optional

from ...source import ConstantSource
from ..breaking import caught
from ..breaks import Kind, ObservedException
from ..containers import arrays, container_methods, copying
from ..containers.keys import elements_of
from ..exceptions import exception_objects, raising, wording
from ..iterators import generators, iteration
from ..objects import builtin_parts, class_bodies, instances
from ..objects.attributes import (
    ABSENT,
    get_attribute,
    has_attribute,
    mro_lookup,
    special_method,
)
from ..operators import addresses, arithmetic, numbers, texts
from ..tensors import reading
from ..values import (
    AddressVariable,
    ConstantVariable,
    DequeVariable,
    DictVariable,
    ExceptionVariable,
    FreshVariable,
    FunctionVariable,
    MethodVariable,
    ObjectVariable,
    RandomVariable,
    SequenceVariable,
    SetVariable,
    SliceVariable,
    TensorVariable,
    ThreadVariable,
    Variable,
)
from ..wrapping import from_python
from . import (
    arguments,
    class_checks,
    heaps,
    made_containers,
    pure_functions,
    random_numbers,
    warning_calls,
    weak_references,
)
from . import (
    frames as frame_rules,
)
from . import (
    functional as functional_rules,
)
from . import (
    iterators as iterator_rules,
)
from . import (
    objects as object_rules,
)
from . import (
    operators as operator_rules,
)
from .rule import Rule

if TYPE_CHECKING:
    from ..machine import Machine

__all__ = ["BUILTIN_CALLABLES", "call_builtin", "call_class", "call_method", "of_function"]

BUILTIN_CALLABLES = (
    types.BuiltinFunctionType,
    types.MethodDescriptorType,
    types.WrapperDescriptorType,
    types.MethodWrapperType,
    types.ClassMethodDescriptorType,
)

#: The methods by which builtins ask an object, or a tensor, for their answer.
_SPECIAL: Dict[Any, str] = {
    abs: "__abs__",
    round: "__round__",
    divmod: "__divmod__",
    pow: "__pow__",
    hash: "__hash__",
    math.floor: "__floor__",
    math.ceil: "__ceil__",
    math.trunc: "__trunc__",
    operator.index: "__index__",
    os.fspath: "__fspath__",
    int: "__int__",
    float: "__float__",
    complex: "__complex__",
    bytes: "__bytes__",
}


def call_builtin(
    machine: Machine, target: Any, args: List[Variable], kwargs: Dict[str, Variable]
) -> Variable:
    """A call of a function written in C."""
    known = _hashable(target)
    if known:
        arguments.check(machine, target, args, kwargs)
    asked = object_rules.by_method(machine, target, args, kwargs) if known else None
    if asked is None:
        asked = builtin_parts.call_method(machine, target, args, kwargs)
    if asked is not None:
        return asked
    rule = BUILTINS.get(target) if known else None
    if rule is not None:
        return rule(machine, args, kwargs)
    receiver = getattr(target, "__self__", None)
    if isinstance(target, (types.MethodDescriptorType, types.WrapperDescriptorType)) and args:
        if not issubclass(args[0].python_type(), target.__objclass__):
            return machine.break_graph(
                Kind.EXCEPTION, f"{target.__qualname__}() of a {args[0].python_type().__name__}"
            )
        if isinstance(args[0], ExceptionVariable):
            return exception_objects.call_method(
                machine, args[0], target.__name__, args[1:], kwargs, target.__objclass__
            )
        if _has_methods(args[0]):
            container_methods.not_of_base(machine, args[0], target.__objclass__, target.__name__)
            return call_method(machine, args[0], target.__name__, args[1:], kwargs)
    if receiver is not None and type(receiver) in (str, bytes, int, float, tuple, frozenset):
        return call_method(machine, from_python(machine, receiver), target.__name__, args, kwargs)
    if pure_functions.is_pure(machine, target):
        return pure(machine, target, args, kwargs)
    name = getattr(target, "__qualname__", getattr(target, "__name__", str(target)))
    return machine.break_graph(
        Kind.CALL,
        f"a call of {name}()",
        "move it out of the compiled function, or leave it: the code around it is still compiled",
    )


def of_function(target: types.FunctionType) -> Optional[Rule]:
    """The rule for a library function written in Python, where there is one."""
    return BUILTINS.get(target)


def _hashable(target: Any) -> bool:
    try:
        hash(target)
    except TypeError:
        return False
    return True


def _has_methods(value: Variable) -> bool:
    kinds = (ConstantVariable, SequenceVariable, DictVariable, SetVariable, DequeVariable)
    return isinstance(value, kinds)


def pure(
    machine: Machine, function: Any, args: List[Variable], kwargs: Dict[str, Variable]
) -> Variable:
    """Call a function of data now, or the method by which it asks an object."""
    symbolic = numbers.call(function, args, kwargs)
    if symbolic is not None:
        return symbolic
    result = pure_functions.purely(machine, function, args, kwargs)
    if result is None:
        result = _asked(machine, function, args, kwargs)
    if result is None:
        name = getattr(function, "__name__", str(function))
        kinds = ", ".join(item.python_type().__name__ for item in args)
        return machine.break_graph(Kind.CALL, f"a call of {name}({kinds})")
    return result


def _asked(
    machine: Machine, function: Any, args: List[Variable], kwargs: Dict[str, Variable]
) -> Optional[Variable]:
    name = _SPECIAL.get(function) if _hashable(function) else None
    if name is None or kwargs or not args:
        return None
    if isinstance(args[0], TensorVariable) and has_attribute(machine, args[0], name):
        return machine.call(get_attribute(machine, args[0], name), args[1:], {})
    if isinstance(args[0], TensorVariable) and function is round:
        kind = args[0].cls.__name__
        error = TypeError(f"type {kind} doesn't define __round__ method")
        machine.raise_observed(error, worded=True)
    if isinstance(args[0], ObjectVariable):
        method = special_method(machine, args[0], name)
        written_in_c = mro_lookup(args[0].python_type(), name) is not ABSENT
        if method is None and function in (int, float, complex) and not written_in_c:
            method = special_method(machine, args[0], "__index__")
        if method is not None:
            found = machine.call(method, args[1:], {})
            return pure(machine, function, [found], {}) if isinstance(function, type) else found
    return None


#: Methods of data types that read or change what the process keeps.
_OF_THE_PROCESS = ("__getformat__", "__setformat__", "__set_format__", "__subclasses__")


def call_method(
    machine: Machine,
    receiver: Variable,
    name: str,
    args: List[Variable],
    kwargs: Dict[str, Variable],
) -> Variable:
    """A method of a built-in type."""
    if isinstance(receiver, ConstantVariable):
        return _constant_method(machine, receiver, name, args, kwargs)
    if isinstance(receiver, ExceptionVariable):
        return exception_objects.call_method(machine, receiver, name, args, kwargs)
    if isinstance(receiver, FunctionVariable) and name == "__call__":
        return machine.call(receiver, args, kwargs)
    if isinstance(receiver, FunctionVariable) and name == "__get__":
        if not 1 <= len(args) <= 2 or kwargs:
            return machine.break_graph(Kind.EXCEPTION, "a call of __get__() that doesn't fit")
        first = args[0]
        if isinstance(first, ConstantVariable) and first.value is None:
            return receiver
        return MethodVariable(first, receiver, receiver.name)
    if isinstance(receiver, ObjectVariable) and issubclass(type(receiver.value), type):
        if name == "fromkeys" and receiver.value in (dict, OrderedDict):
            return _from_keys(machine, receiver.value, args, kwargs)
        rule = BUILTINS.get(getattr(receiver.value, name))
        if rule is not None:
            return rule(machine, args, kwargs)
        computes = receiver.value in _DATA or receiver.value in CLASSES
        if computes and name not in _OF_THE_PROCESS:
            return pure(machine, getattr(receiver.value, name), args, kwargs)
        return machine.break_graph(Kind.CALL, f"a call of {receiver.value.__name__}.{name}()")
    if isinstance(receiver, RandomVariable):
        return random_numbers.call_method(machine, receiver, name, args, kwargs)
    if isinstance(receiver, DictVariable) and name == "fromkeys":
        return _from_keys(machine, receiver.cls, args, kwargs)
    arguments.check_method(machine, receiver.python_type(), name, args, kwargs)
    return container_methods.call(machine, receiver, name, args, kwargs)


def _from_keys(
    machine: Machine, cls: type, args: List[Variable], kwargs: Dict[str, Variable]
) -> Variable:
    """``cls.fromkeys(iterable, value)``."""
    if not 1 <= len(args) <= 2 or kwargs:
        return machine.break_graph(Kind.CALL, "a call of fromkeys() with these arguments")
    value = args[1] if len(args) > 1 else ConstantVariable(None)
    keys = elements_of(machine, iteration.unpacked(machine, args[0]), "a dict key")
    return DictVariable(dict.fromkeys(keys, value), cls)


def _constant_method(
    machine: Machine,
    receiver: ConstantVariable,
    name: str,
    args: List[Variable],
    kwargs: Dict[str, Variable],
) -> Variable:
    if name == "join" and len(args) == 1 and isinstance(receiver.value, (str, bytes)):
        parts = [item.as_constant() for item in iteration.unpacked(machine, args[0])]
        args = [from_python(machine, parts)]
    if isinstance(receiver.value, types.MappingProxyType):
        held = from_python(machine, receiver.value.copy())
        return container_methods.call(machine, held, name, args, kwargs)
    if isinstance(receiver, FreshVariable) and machine.framework.arrays.known(receiver.value):
        written = arrays.call_method(machine, receiver, name, args, kwargs)
        if written is not None:
            return from_python(machine, written[0])
    return pure(machine, getattr(receiver.value, name), args, kwargs)


# -- builtins


def _none(value: Optional[Variable]) -> bool:
    return isinstance(value, ConstantVariable) and value.value is None


def _len(machine: Machine, args: List[Variable], kwargs: Dict[str, Variable]) -> Variable:
    return iteration.length(machine, args[0])


def _getattr(machine: Machine, args: List[Variable], kwargs: Dict[str, Variable]) -> Variable:
    name = _attribute_name(machine, getattr, args)
    if len(args) == 2:
        return get_attribute(machine, args[0], name)
    try:
        return get_attribute(machine, args[0], name)
    except ObservedException as signal:
        if isinstance(signal.variable.value, AttributeError):
            signal.forget_frames()
            return args[2]
        raise


def _hasattr(machine: Machine, args: List[Variable], kwargs: Dict[str, Variable]) -> Variable:
    name = _attribute_name(machine, hasattr, args)
    return ConstantVariable(has_attribute(machine, args[0], name))


def _attribute_name(machine: Machine, function: Any, args: List[Variable]) -> str:
    name = args[1].as_constant()
    if not isinstance(name, str):
        machine.raise_observed(wording.raised_by(function, None, name), worded=True)
    return name


def _callable(machine: Machine, args: List[Variable], kwargs: Dict[str, Variable]) -> Variable:
    value = args[0]
    if isinstance(value, (FunctionVariable, MethodVariable)):
        return ConstantVariable(True)
    if isinstance(value, ObjectVariable):
        return ConstantVariable(callable(value.value))
    return ConstantVariable(mro_lookup(value.python_type(), "__call__") is not ABSENT)


def _next(machine: Machine, args: List[Variable], kwargs: Dict[str, Variable]) -> Variable:
    value, result = iteration.advance_or_result(machine, args[0])
    if value is not None:
        return value
    if len(args) > 1:
        return args[1]
    generators.stop_iteration(machine, result)


_NUMBERS = (int, float, complex)


def _sum(machine: Machine, args: List[Variable], kwargs: Dict[str, Variable]) -> Variable:
    total = kwargs.get("start", args[1] if len(args) > 1 else ConstantVariable(0))
    if isinstance(args[0], SetVariable):
        items = iter(iteration.unpacked(machine, args[0], ordered=False))
    else:
        items = iteration.each(machine, args[0])
    if isinstance(total, ConstantVariable):
        # CPython adds numbers before anything else in C, since 3.12 with less rounding.
        known: List[Variable] = []
        following: Optional[Variable] = None
        for item in items:
            if not (isinstance(item, ConstantVariable) and isinstance(item.value, _NUMBERS)):
                following = item
                break
            known.append(item)
        if known or isinstance(total.value, (str, bytes)):
            total = pure(machine, sum, [SequenceVariable(known, list), total], {})
        if following is None:
            return total
        total = arithmetic.binary(machine, operator.add, total, following)
    for item in items:
        total = arithmetic.binary(machine, operator.add, total, item)
    return total


def _any(machine: Machine, args: List[Variable], kwargs: Dict[str, Variable]) -> Variable:
    return _quantified(machine, args[0], True)


def _all(machine: Machine, args: List[Variable], kwargs: Dict[str, Variable]) -> Variable:
    return _quantified(machine, args[0], False)


def _quantified(machine: Machine, value: Variable, stop: bool) -> Variable:
    iterator = iteration.iterate(machine, value)
    while True:
        item = iteration.advance(machine, iterator)
        if item is None:
            return ConstantVariable(not stop)
        if arithmetic.truth(machine, item) is stop:
            return ConstantVariable(stop)


def _extreme(function: Any, better: Any) -> Rule:
    def rule(machine: Machine, args: List[Variable], kwargs: Dict[str, Variable]) -> Variable:
        if "default" in kwargs and len(args) > 1:
            machine.break_graph(Kind.EXCEPTION, "a default beside several arguments")
        key = kwargs.get("key")
        best: Optional[Variable] = None
        best_key: Optional[Variable] = None
        for item in iteration.each(machine, args[0]) if len(args) == 1 else args:
            found = item if key is None or _none(key) else machine.call(key, [item], {})
            if best_key is not None:
                answer = arithmetic.compare(machine, better, found, best_key)
                if not arithmetic.truth(machine, answer):
                    continue
            best, best_key = item, found
        if best is None:
            if "default" in kwargs:
                return kwargs["default"]
            machine.raise_observed(wording.raised_by(function, []))
        return best

    return rule


def _sorted(machine: Machine, args: List[Variable], kwargs: Dict[str, Variable]) -> Variable:
    items = iteration.unpacked(machine, args[0], ordered="key" in kwargs)
    return SequenceVariable(container_methods.sort(machine, items, kwargs), list)


def _type(machine: Machine, args: List[Variable], kwargs: Dict[str, Variable]) -> Variable:
    if len(args) != 1 or kwargs:
        return class_bodies.by_type(machine, args, kwargs)
    cls = args[0].python_type()
    return ObjectVariable(cls, ConstantSource(cls, cls.__qualname__), pinned=True)


def _id(machine: Machine, args: List[Variable], kwargs: Dict[str, Variable]) -> Variable:
    if len(args) != 1 or kwargs or isinstance(args[0], (ConstantVariable, MethodVariable)):
        return machine.break_graph(Kind.CALL, "a call of id()")
    if not addresses.is_alive(machine, args[0]):
        return machine.break_graph(Kind.CALL, "the address of an object that nothing else holds")
    return AddressVariable(args[0], machine.direct_step())


def _get_ident(machine: Machine, args: List[Variable], kwargs: Dict[str, Variable]) -> Variable:
    return ThreadVariable()


def _text(how: str) -> Rule:
    def rule(machine: Machine, args: List[Variable], kwargs: Dict[str, Variable]) -> Variable:
        if len(args) != 1 or kwargs:
            return pure(machine, texts.CONVERSIONS[how], args, kwargs)
        return texts.converted(machine, args[0], how)

    return rule


def _format(machine: Machine, args: List[Variable], kwargs: Dict[str, Variable]) -> Variable:
    if not 1 <= len(args) <= 2 or kwargs:
        return pure(machine, format, args, kwargs)
    return texts.formatted(machine, args[0], args[1] if len(args) > 1 else ConstantVariable(""))


def _exc_info(machine: Machine, args: List[Variable], kwargs: Dict[str, Variable]) -> Variable:
    error = machine.handled()
    if error is None:
        raising.nothing_handled_outside(machine)
        return SequenceVariable([ConstantVariable(None)] * 3, tuple)
    kind = from_python(machine, error.python_type())
    return SequenceVariable([kind, error, get_attribute(machine, error, "__traceback__")], tuple)


def _exception(machine: Machine, args: List[Variable], kwargs: Dict[str, Variable]) -> Variable:
    """``sys.exception()``, which came with 3.11."""
    error = machine.handled()
    if error is None:
        raising.nothing_handled_outside(machine)
        return ConstantVariable(None)
    return error


BUILTINS: Dict[Any, Rule] = {
    **caught.RULES,
    builtins.len: _len,
    **class_checks.FUNCTIONS,
    builtins.getattr: _getattr,
    builtins.hasattr: _hasattr,
    builtins.callable: _callable,
    **iterator_rules.FUNCTIONS,
    builtins.next: _next,
    builtins.sum: _sum,
    builtins.any: _any,
    builtins.all: _all,
    builtins.max: _extreme(max, operator.gt),
    builtins.min: _extreme(min, operator.lt),
    builtins.sorted: _sorted,
    builtins.id: _id,
    _thread.get_ident: _get_ident,
    builtins.locals: frame_rules.locals_,
    builtins.globals: frame_rules.globals_,
    builtins.repr: _text("r"),
    builtins.ascii: _text("a"),
    builtins.format: _format,
    sys.exc_info: _exc_info,
    getattr(sys, "exception", sys.exc_info): _exception if hasattr(sys, "exception") else _exc_info,
    **functional_rules.FUNCTIONS,
    **heaps.RULES,
    **operator_rules.FUNCTIONS,
    **copying.FUNCTIONS,
    **warning_calls.RULES,
    **object_rules.RULES,
}

# -- classes


def _slice(machine: Machine, args: List[Variable], kwargs: Dict[str, Variable]) -> Variable:
    none = ConstantVariable(None)
    if len(args) == 1:
        return SliceVariable([none, args[0], none])
    return SliceVariable([*args, none] if len(args) == 2 else args)


def _bool(machine: Machine, args: List[Variable], kwargs: Dict[str, Variable]) -> Variable:
    return ConstantVariable(bool(args) and arithmetic.truth(machine, args[0]))


def _method(machine: Machine, args: List[Variable], kwargs: Dict[str, Variable]) -> Variable:
    function, receiver = args
    if not isinstance(function, (FunctionVariable, ObjectVariable)):
        return machine.break_graph(Kind.CALL, "a method made of something not a function")
    return MethodVariable(receiver, function, getattr(function, "name", "method"))


CLASSES: Dict[type, Rule] = {
    types.MethodType: _method,
    type: _type,
    **made_containers.CLASSES,
    functools.partial: functional_rules.partial,
    slice: _slice,
    str: _text("s"),
    bool: _bool,
    **iterator_rules.CLASSES,
    **random_numbers.CLASSES,
    **weak_references.CLASSES,
    super: class_checks.super_,
}

_DATA = (int, float, complex, str, bytes, range)


def call_class(
    machine: Machine, cls: type, args: List[Variable], kwargs: Dict[str, Variable]
) -> Variable:
    """``cls(*args, **kwargs)``."""
    asked = object_rules.by_method(machine, cls, args, kwargs)
    if asked is not None:
        return asked
    rule = CLASSES.get(cls)
    if rule is not None:
        arguments.check(machine, cls, args, kwargs)
        return rule(machine, args, kwargs)
    if cls in _DATA:
        for item in args:
            if isinstance(item, TensorVariable):
                name = "__index__" if cls is range else f"__{cls.__name__}__"
                value = reading.asked(machine, item, name)
                if value is None:
                    reason = f"{cls.__name__}() of a tensor needs its value"
                    machine.break_graph(Kind.DATA, reason, None)
                args = [value if other is item else other for other in args]
        return pure(machine, cls, args, kwargs)
    if pure_functions.is_pure(machine, cls):
        return pure(machine, cls, args, kwargs)
    if issubclass(cls, BaseException) and cls.__new__ in raising.EXCEPTION_NEWS:
        return raising.made(machine, cls, args, kwargs)
    return instances.construct(machine, cls, args, kwargs)
