"""Attributes, methods and texts of the exceptions that capture makes.

As ``Objects/exceptions.c`` has them; what a user's class adds is run like any code.
"""

from __future__ import annotations

import types
from typing import TYPE_CHECKING, Any, Dict, List, Optional

from ...source import ConstantSource
from ..breaks import Kind
from ..objects.attributes import ABSENT, type_attribute
from ..objects.descriptors import bind
from ..operators import digits
from ..values import (
    ConstantVariable,
    ExceptionVariable,
    MethodVariable,
    NotConstant,
    NullVariable,
    SequenceVariable,
    Variable,
)
from ..wrapping import data_of, from_python
from . import raising

if TYPE_CHECKING:
    from ..machine import Machine

__all__ = ["add_context", "call_method", "get_attribute", "set_attribute", "text"]

_NONE = ConstantVariable(None)


def _words(machine: Machine, error: ExceptionVariable) -> SequenceVariable:
    if error.args is None:
        machine.break_graph(Kind.EXCEPTION, f"the words of a {error.python_type().__name__}")
    return error.args


def _check_getattribute(machine: Machine, cls: type, name: str) -> None:
    method: Any = type_attribute(machine, cls, name)
    if isinstance(method, types.FunctionType):
        machine.break_graph(Kind.ATTRIBUTE, f"{cls.__name__} defines {name}")


def get_attribute(machine: Machine, error: ExceptionVariable, name: str) -> Variable:
    """``error.name``.

    Raises:
        ObservedException: AttributeError.
        GraphBreak: only the plain program's exception has it.
    """
    cls = error.python_type()
    _check_getattribute(machine, cls, "__getattribute__")
    if name == "__class__":
        return from_python(machine, cls)
    found = type_attribute(machine, cls, name)
    if isinstance(found, (types.GetSetDescriptorType, types.MemberDescriptorType)):
        return _from_struct(machine, error, name)
    if found is not ABSENT and hasattr(type(found), "__set__"):
        return bind(machine, error, cls, found, name)
    if name in error.attributes:
        kept = error.attributes[name] = machine.realise(error.attributes[name])
        return kept
    if isinstance(found, (types.MethodDescriptorType, types.WrapperDescriptorType)):
        return MethodVariable(error, None, name)
    if found is not ABSENT:
        return bind(machine, error, cls, found, name)
    hook = type_attribute(machine, cls, "__getattr__")
    if hook is not ABSENT:
        method = bind(machine, error, cls, hook, "__getattr__")
        return machine.call(method, [ConstantVariable(name)], {})
    machine.raise_observed(
        AttributeError(f"{cls.__name__!r} object has no attribute {name!r}"), worded=True
    )


def _from_struct(machine: Machine, error: ExceptionVariable, name: str) -> Variable:
    if name == "args":
        return _words(machine, error)
    if name == "__cause__":
        return error.cause or _NONE
    if name == "__suppress_context__":
        return ConstantVariable(error.suppress)
    if name == "__traceback__":
        return error.traceback or _NONE
    if name == "__context__":
        if error.context is None and error.raised:
            raising.nothing_handled_outside(machine)
        return error.context or _NONE
    if name in error.fields:
        kept = error.fields[name] = machine.realise(error.fields[name])
        return _NONE if isinstance(kept, NullVariable) else kept
    if name == "exceptions" and error.members:
        return SequenceVariable(error.members, tuple)
    if error.exact:
        held = getattr(error.value, name)
        return from_python(machine, held)
    if name == "__dict__" or error.args is None or not isinstance(error.value, _WITHOUT_MEMBERS):
        kind = error.python_type().__name__
        return machine.break_graph(Kind.EXCEPTION, f"{name!r} of a {kind}")
    if name in raising.ATTRIBUTE_ERROR and isinstance(error.value, AttributeError):
        return machine.break_graph(Kind.EXCEPTION, f"{name!r} of an AttributeError")
    return _NONE


def add_context(error: Variable, receiver: Variable, name: str) -> None:
    """Note which attribute of what was asked for when an AttributeError left the look-up.

    ``set_attribute_error_context`` of ``Objects/object.c`` (3.10+): the innermost look-up is it.
    """
    if not isinstance(error, ExceptionVariable) or not isinstance(error.value, AttributeError):
        return
    held = [error.fields.get(field) for field in raising.ATTRIBUTE_ERROR]
    if not held or any(not isinstance(value, (type(None), NullVariable)) for value in held):
        return
    if error.exact and getattr(error.value, "name", None) not in (None, name):
        return
    error.fields.update(name=ConstantVariable(name), obj=receiver)


#: Their members are kept in ``fields``, or NULL.
_WITHOUT_MEMBERS = (StopIteration, SystemExit, AttributeError, NameError, ImportError)


def set_attribute(
    machine: Machine, error: ExceptionVariable, name: str, value: Optional[Variable]
) -> None:
    """``error.name = value``; ``del error.name`` where ``value`` is ``None``."""
    cls = error.python_type()
    method = "__setattr__" if value is not None else "__delattr__"
    own = type_attribute(machine, cls, method)
    if isinstance(own, types.FunctionType):
        args = [ConstantVariable(name)] + ([] if value is None else [value])
        machine.call(bind(machine, error, cls, own, method), args, {})
    elif value is None:
        delete(machine, error, name)
    else:
        store(machine, error, name, value)


def store(machine: Machine, error: ExceptionVariable, name: str, value: Variable) -> None:
    """``object.__setattr__(error, name, value)``."""
    cls = error.python_type()
    found = type_attribute(machine, cls, name)
    if isinstance(found, property) and isinstance(found.fset, types.FunctionType):
        function = machine.function(found.fset, ConstantSource(found.fset, name))
        machine.call(function, [error, value], {})
        return
    if isinstance(found, (types.GetSetDescriptorType, types.MemberDescriptorType)):
        _into_struct(machine, error, name, value)
        return
    if found is not ABSENT and hasattr(type(found), "__set__"):
        machine.break_graph(Kind.ATTRIBUTE, f"{name!r} of {cls.__name__} is a descriptor")
    error.attributes[name] = value


def _into_struct(machine: Machine, error: ExceptionVariable, name: str, value: Variable) -> None:
    none = isinstance(value, ConstantVariable) and value.value is None
    link = None if none else value
    is_error = none or issubclass(value.python_type(), BaseException)
    if name == "args":
        from ..iterators.iteration import unpacked

        error.args = SequenceVariable(unpacked(machine, value), tuple)
        error.exact = False
    elif name == "__cause__" and is_error:
        error.cause, error.suppress = link, True
    elif name == "__context__" and is_error:
        error.context = link
    elif name == "__suppress_context__" and value.python_type() is bool:
        error.suppress = value.as_constant()
    elif name == "__traceback__" and (none or value.python_type() is types.TracebackType):
        error.traceback = link
    elif name in error.fields and not error.exact:
        error.fields[name] = value
    else:
        kind = error.python_type().__name__
        machine.break_graph(Kind.EXCEPTION, f"assignment to {name!r} of a {kind}")


def delete(machine: Machine, error: ExceptionVariable, name: str) -> None:
    """``object.__delattr__(error, name)``."""
    cls = error.python_type()
    found = type_attribute(machine, cls, name)
    if found is not ABSENT and hasattr(type(found), "__set__"):
        machine.break_graph(Kind.ATTRIBUTE, f"deletion of {name!r} of a {cls.__name__}")
    if name not in error.attributes:
        machine.break_graph(Kind.ATTRIBUTE, f"deletion of {name!r}, which isn't there")
    del error.attributes[name]


def call_method(
    machine: Machine,
    error: ExceptionVariable,
    name: str,
    args: List[Variable],
    kwargs: Dict[str, Variable],
    owner: Any = None,
) -> Variable:
    """``error.name(*args, **kwargs)`` of a method written in C.

    Args:
        machine: the capture.
        error: ``self``.
        name: of the method.
        args: positional arguments.
        kwargs: keyword arguments.
        owner: the class whose method it is, where it isn't the first that has it.
    """
    if name == "__init__":
        found = owner or type_attribute(machine, error.python_type(), name).__objclass__
        raising.initialise(machine, error, found, args, kwargs)
        return _NONE
    if kwargs:
        return machine.break_graph(Kind.CALL, f"{name}() of an exception with keywords")
    if name in ("__str__", "__repr__") and not args:
        return _text_in_c(machine, error, name)
    if name == "with_traceback" and len(args) == 1:
        _into_struct(machine, error, "__traceback__", args[0])
        return error
    if name == "add_note" and len(args) == 1 and args[0].python_type() is str:
        notes = error.attributes.setdefault("__notes__", SequenceVariable([], list))
        machine.call(machine.get_attribute(notes, "append"), args, {})
        return _NONE
    if name == "__setattr__" and len(args) == 2:
        store(machine, error, args[0].as_constant(), args[1])
        return _NONE
    if name == "__delattr__" and len(args) == 1:
        delete(machine, error, args[0].as_constant())
        return _NONE
    if name in ("split", "subgroup", "derive") and issubclass(error.python_type(), raising.GROUP):
        from . import exception_groups

        return exception_groups.call_method(machine, error, name, args)
    if name in ("__eq__", "__ne__") and len(args) == 1:
        same = args[0] is error
        known = same if name == "__eq__" else not same
        return ConstantVariable(known if same else NotImplemented)
    return machine.break_graph(Kind.CALL, f"{name}() of a {error.python_type().__name__}")


def text(machine: Machine, error: ExceptionVariable, method: str = "__str__") -> Variable:
    """``str(error)``, or ``repr(error)`` with ``method="__repr__"``."""
    cls = error.python_type()
    found = type_attribute(machine, cls, method)
    if isinstance(found, types.FunctionType):
        return machine.realise(machine.call(bind(machine, error, cls, found, method), [], {}))
    return _text_in_c(machine, error, method)


def _text_in_c(machine: Machine, error: ExceptionVariable, method: str) -> Variable:
    words = _words(machine, error)
    cls = error.python_type()
    if error.exact:
        spoken: Any = error.value
    elif issubclass(cls, raising.GROUP) and method == "__str__":
        return _text_of_group(machine, error, words)
    else:
        try:
            known = tuple(data_of(item) for item in words.items)
        except NotConstant:
            return machine.break_graph(Kind.EXCEPTION, f"the text of a {cls.__name__}")
        digits.check_shown(machine, known)
        # Made anew: the user's __str__ isn't to run, and __new__ in C keeps the arguments.
        spoken = cls.__new__(cls, *known)
        for name, value in error.fields.items():
            if value.is_constant():
                setattr(spoken, name, value.as_constant())
    for base in cls.__mro__:
        shown = base.__dict__.get(method)
        if isinstance(shown, types.WrapperDescriptorType):
            return ConstantVariable(shown(spoken))
    return machine.break_graph(Kind.EXCEPTION, f"the text of a {cls.__name__}")


def _text_of_group(machine: Machine, error: ExceptionVariable, words: SequenceVariable) -> Variable:
    message = words.items[0].as_constant()
    count = len(error.members)
    return ConstantVariable(f"{message} ({count} sub-exception{'s' if count != 1 else ''})")
