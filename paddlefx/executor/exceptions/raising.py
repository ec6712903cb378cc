"""Making and raising exceptions as ``Objects/exceptions.c`` and ``Python/errors.c`` do."""

from __future__ import annotations

import builtins
import types
from typing import TYPE_CHECKING, Any, Dict, List, NoReturn, Optional, Set, Tuple

from ...guards import GuardKind
from ...source import ConstantSource, HandledSource
from ..breaks import Kind, ObservedException
from ..objects.attributes import type_attribute
from ..values import (
    ConstantVariable,
    ExceptionVariable,
    NotConstant,
    NullVariable,
    ObjectVariable,
    SequenceVariable,
    Variable,
)
from ..wrapping import from_python, is_literal

if TYPE_CHECKING:
    from ..machine import Machine

__all__ = [
    "EXCEPTION_NEWS",
    "GROUP",
    "chain",
    "converted",
    "exception",
    "initialise",
    "made",
    "nothing_handled_outside",
    "observe",
    "raise_again",
    "raise_variable",
    "stopped",
]

#: The constructors of the exceptions that are written in C.
EXCEPTION_NEWS = {
    value.__new__
    for value in vars(builtins).values()
    if issubclass(type(value), type) and issubclass(value, BaseException)
}
#: What an AttributeError knows of the look-up that raised it; nothing up to 3.9.
ATTRIBUTE_ERROR = tuple(name for name in ("name", "obj") if hasattr(AttributeError, name))

#: ``BaseExceptionGroup``, or a class that nothing derives from where there is none.
GROUP: type = getattr(builtins, "BaseExceptionGroup", type("NoGroups", (), {}))

#: Classes whose constructors do more than keep their arguments; they are called for real.
_PARSED = (OSError, SyntaxError, UnicodeEncodeError, UnicodeDecodeError, UnicodeTranslateError)

#: Keyword arguments of constructors, kept in members; older versions lack some of them.
_NAMED: Dict[type, Tuple[str, ...]] = {
    cls: tuple(name for name in names if hasattr(cls, name))
    for cls, names in (
        (AttributeError, ("name", "obj")),
        (NameError, ("name",)),
        (ImportError, ("name", "path", "name_from")),
    )
}


def observe(machine: Machine, error: BaseException, worded: bool = False) -> NoReturn:
    """The plain program raises an error like ``error`` here.

    Args:
        machine: the capture.
        error: one that the operation itself raised, or one made here.
        worded: that ``args`` of an error made here are those of every CPython.

    Raises:
        ObservedException: ``error``.
        GraphBreak: it was stack or memory that lacked, of which the plain program may have more.
    """
    real = error.__traceback__ is not None
    if real and isinstance(error, (RecursionError, MemoryError)):
        machine.break_graph(Kind.LIMIT, f"an operation that raises {type(error).__name__}")
    error.__traceback__ = error.__context__ = None  # the executor's own frames
    args = None
    if (real or worded) and all(is_literal(machine, item) for item in error.args):
        args = SequenceVariable([from_python(machine, item) for item in error.args], tuple)
    raise_variable(machine, ExceptionVariable(error, args, exact=real))


def raise_variable(machine: Machine, error: ExceptionVariable) -> NoReturn:
    """``_PyErr_SetObject``: raise ``error`` in the context of what is being handled."""
    chain(error, machine.handled())
    raise_again(machine, error)


def chain(error: Variable, handled: Optional[Variable]) -> None:
    """Make what is being handled the context of ``error``, with no new cycle.

    One of the user's making stays as it is (``_PyErr_SetObject`` of ``Python/errors.c``).
    """
    if not isinstance(error, ExceptionVariable) or handled is None or handled is error:
        return
    link: Optional[Variable] = handled
    visited: Set[int] = set()
    while isinstance(link, ExceptionVariable) and id(link) not in visited:
        visited.add(id(link))
        if link.context is error:
            link.context = None
        link = link.context
    error.context = handled


def raise_again(machine: Machine, error: ExceptionVariable) -> NoReturn:
    """Raise ``error`` and leave its context as it is, as a bare ``raise`` does."""
    if error.step is None:
        error.step = machine.direct_step()
    raise ObservedException(error)


def nothing_handled_outside(machine: Machine) -> None:
    """No frame around the captured ones handles an exception: guarded, or the graph breaks."""
    if machine.handled_outside:
        machine.break_graph(Kind.EXCEPTION, "an exception that a frame outside handles")
    machine.guard(HandledSource(), GuardKind.IS, None)


def stopped(machine: Machine, value: Variable) -> ExceptionVariable:
    """The StopIteration that ends an iterator; ``value`` is what a generator returned."""
    none = isinstance(value, ConstantVariable) and value.value is None
    made = ExceptionVariable(StopIteration(), SequenceVariable([] if none else [value], tuple))
    made.fields["value"] = value
    return made


def converted(machine: Machine, error: Variable) -> ExceptionVariable:
    """What a generator that raises StopIteration raises instead (PEP 479)."""
    text = [ConstantVariable("generator raised StopIteration")]
    made = ExceptionVariable(RuntimeError(), SequenceVariable(text, tuple))
    made.cause = made.context = error
    made.suppress = made.raised = True
    made.step = machine.direct_step()
    return made


def exception(machine: Machine, value: Variable, role: str = "exceptions") -> ExceptionVariable:
    """The instance that ``raise value`` raises; a class is called without arguments.

    Args:
        machine: the capture.
        value: what stands in the statement.
        role: ``"exception causes"`` behind ``from``.
    """
    if isinstance(value, ExceptionVariable):
        return value
    if isinstance(value, ObjectVariable):
        held = value.value
        if issubclass(type(held), type) and issubclass(held, BaseException):
            made = machine.realise(machine.call(value, [], {}))
            if isinstance(made, ExceptionVariable):
                return made
        elif not issubclass(type(held), BaseException):
            observe(machine, TypeError(f"{role} must derive from BaseException"), worded=True)
    elif isinstance(value, (ConstantVariable, SequenceVariable)):
        observe(machine, TypeError(f"{role} must derive from BaseException"), worded=True)
    return machine.break_graph(Kind.EXCEPTION, "an exception from outside is raised")


def made(
    machine: Machine, cls: type, args: List[Variable], kwargs: Dict[str, Variable]
) -> Variable:
    """``cls(*args, **kwargs)`` of an exception class whose ``__new__`` is written in C."""
    if type(cls).__call__ is not type.__call__:
        return machine.break_graph(Kind.EXCEPTION, f"{cls.__name__} has a metaclass of its own")
    init = type_attribute(machine, cls, "__init__")
    own_init = isinstance(init, types.FunctionType)
    if not own_init and not isinstance(init, types.WrapperDescriptorType):
        return machine.break_graph(Kind.EXCEPTION, f"the __init__ of {cls.__name__}")
    if issubclass(cls, _PARSED):
        if own_init or kwargs:
            return machine.break_graph(Kind.EXCEPTION, f"a {cls.__name__} with its own __init__")
        return _parsed(machine, cls, args)
    if issubclass(cls, GROUP):
        from .exception_groups import group

        return group(machine, cls, args, kwargs)
    new: Any = cls.__new__
    error = ExceptionVariable(new(cls), SequenceVariable(args, tuple))
    if own_init:
        function = machine.function(init, ConstantSource(init, f"{cls.__qualname__}.__init__"))
        result = machine.realise(machine.call(function, [error, *args], kwargs))
        if not (isinstance(result, ConstantVariable) and result.value is None):
            machine.raise_observed(TypeError("__init__() should return None"))
    else:
        initialise(machine, error, init.__objclass__, args, kwargs)
    return error


def _parsed(machine: Machine, cls: type, args: List[Variable]) -> Variable:
    try:
        known = [item.as_constant() for item in args]
    except NotConstant:
        return machine.break_graph(Kind.EXCEPTION, f"a {cls.__name__} made of values not known")
    if not all(is_literal(machine, item) for item in known):
        return machine.break_graph(Kind.EXCEPTION, f"a {cls.__name__} made of objects")
    try:
        value = cls(*known)
    except TypeError as refused:
        machine.raise_observed(refused)
    kept = [from_python(machine, item) for item in value.args]
    error = ExceptionVariable(value, SequenceVariable(kept, tuple), exact=True)
    error.call = list(args)
    return error


def initialise(
    machine: Machine,
    error: ExceptionVariable,
    owner: type,
    args: List[Variable],
    kwargs: Dict[str, Variable],
) -> None:
    """``owner.__init__(error, *args, **kwargs)`` of a class written in C."""
    if issubclass(owner, _PARSED):
        machine.break_graph(Kind.EXCEPTION, f"{owner.__name__}.__init__ of another class")
    names: Tuple[str, ...] = ()
    for base, members in _NAMED.items():
        if issubclass(owner, base):
            names = members
    if set(kwargs) - set(names):
        try:
            # The class itself may want arguments; its parent in C takes any.
            owner(*[None] * len(args), **dict.fromkeys(kwargs))
        except TypeError as refused:
            machine.raise_observed(refused)
    error.args = SequenceVariable(args, tuple)
    nothing = ConstantVariable(None)
    for name in names:
        error.fields[name] = kwargs.get(name) or NullVariable()
    if issubclass(owner, ImportError):
        error.fields["msg"] = args[0] if len(args) == 1 else nothing
    if issubclass(owner, StopIteration):
        error.fields["value"] = args[0] if args else nothing
    if issubclass(owner, SystemExit) and args:
        error.fields["code"] = args[0] if len(args) == 1 else error.args
