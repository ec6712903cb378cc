"""Type parameters, generic classes and type aliases (PEP 695, PEP 696).

Capture makes its own of each, which looks the same; where one leaves the frame, the residual
program runs the intrinsic instruction that makes it, since the objects of two calls differ.
Bounds, constraints, defaults and the values of aliases are functions that nobody calls until
they are asked for: they are made, not run. As ``Objects/typevarobject.c``.
"""

from __future__ import annotations

import typing
from collections import OrderedDict, defaultdict, deque
from typing import TYPE_CHECKING, Any, Callable, Dict, List, Optional

from ...ir.instr import Op
from ..breaks import Kind
from ..values import (
    ConstantVariable,
    FunctionVariable,
    MadeVariable,
    ObjectVariable,
    SequenceVariable,
    Variable,
)
from ..wrapping import data_of

if TYPE_CHECKING:
    from ..frame import Frame
    from ..machine import Machine

__all__ = ["bases_of", "intrinsic", "parametrized", "union"]

_TYPING: Any = typing

#: What makes a stand-in, by the intrinsic; other intrinsics are below.
_NAMED: Dict[str, Callable[[str], Any]] = {
    "TYPEVAR": lambda name: _TYPING.TypeVar(name, infer_variance=True),
    "TYPEVAR_BOUND": lambda name: _TYPING.TypeVar(name, infer_variance=True),
    "TYPEVAR_CONSTRAINTS": lambda name: _TYPING.TypeVar(name, infer_variance=True),
    "PARAMSPEC": lambda name: _TYPING.ParamSpec(name, infer_variance=True),
    "TYPEVARTUPLE": lambda name: _TYPING.TypeVarTuple(name=name),
}

#: Classes whose ``__class_getitem__`` is ``types.GenericAlias``.
_CONTAINERS = (list, tuple, dict, set, frozenset, type, deque, defaultdict, OrderedDict)


def _stand_in(value: Variable) -> Any:
    """Capture's own of ``value``.

    Raises:
        NotConstant: there is none.
    """
    if isinstance(value, MadeVariable):
        return value.stand_in
    if isinstance(value, SequenceVariable) and value.cls is tuple:
        return tuple(_stand_in(item) for item in value.items)
    return data_of(value)


def _holds_made(value: Variable) -> bool:
    if isinstance(value, SequenceVariable) and value.cls is tuple:
        return any(map(_holds_made, value.items))
    return isinstance(value, MadeVariable)


def _made(machine: Machine, made: MadeVariable) -> MadeVariable:
    machine.made_values[id(made.stand_in)] = made
    return made


def _unpacked(parameters: Any) -> Any:
    """``unpack_typevartuples`` of ``Objects/typevarobject.c``."""
    tuples = getattr(_TYPING, "TypeVarTuple", ())
    return tuple(next(iter(one)) if isinstance(one, tuples) else one for one in parameters)


def intrinsic(machine: Machine, frame: Frame, name: str) -> None:
    """An ``INTRINSIC`` that makes a type parameter or something of one.

    Raises:
        GraphBreak: it isn't one of those.
    """
    stack = frame.stack
    if name in _NAMED:
        count = 2 if name in ("TYPEVAR_BOUND", "TYPEVAR_CONSTRAINTS") else 1
        stand_in = _NAMED[name](stack[-count].as_constant())
        operands = frame.pop_many(count)
        made = MadeVariable(stand_in, operands, Op.INTRINSIC, name, named=True)
        stack.append(_made(machine, made))
    elif name == "SET_TYPEPARAM_DEFAULT" and isinstance(stack[-2], MadeVariable):
        # The same object with a default; until now nobody but the stack refers to it.
        held = stack[-2].stand_in
        operands = frame.pop_many(2)
        stack.append(_made(machine, MadeVariable(held, operands, Op.INTRINSIC, name, named=True)))
    elif name == "SET_FUNCTION_TYPE_PARAMS" and isinstance(stack[-2], FunctionVariable):
        function, parameters = stack[-2], stack.pop()
        function.stored["__type_params__"] = parameters
    elif name == "SUBSCRIPT_GENERIC":
        alias = _TYPING.Generic[_unpacked(_stand_in(stack[-1]))]
        operands = frame.pop_many(1)
        stack.append(_made(machine, MadeVariable(alias, operands, Op.INTRINSIC, name)))
    elif name == "TYPEALIAS" and isinstance(stack[-1], SequenceVariable):
        called = stack[-1].items[0].as_constant()
        operands = frame.pop_many(1)
        alias = _TYPING.TypeAliasType(called, None)
        made = MadeVariable(alias, operands, Op.INTRINSIC, name, named=True)
        stack.append(_made(machine, made))
    else:
        machine.break_graph(Kind.LANGUAGE, f"the intrinsic {name}")


def parametrized(
    machine: Machine, container: ObjectVariable, key: Variable
) -> Optional[MadeVariable]:
    """``list[T]`` of a type parameter that the frame makes; ``None`` if it isn't that."""
    cls = container.value
    if not _holds_made(key) or not any(cls is known for known in _CONTAINERS):
        return None
    alias = cls[_stand_in(key)]
    return _made(machine, MadeVariable(alias, [container, key], Op.LOAD_SUBSCR))


def union(machine: Machine, left: Variable, right: Variable) -> MadeVariable:
    """``T | None``, ``int | T``.

    Raises:
        GraphBreak: the other is neither of these, nor a class, nor ``None``.
    """
    for value in (left, right):
        is_class = isinstance(value, ObjectVariable) and type(value.value) is type
        is_none = isinstance(value, ConstantVariable) and value.value is None
        if not (is_class or is_none or isinstance(value, MadeVariable)):
            machine.break_graph(Kind.OPERATION, f"| of a {value.python_type().__name__}")
    alias = _stand_in(left) | _stand_in(right)
    known = machine.made_values.get(id(alias))
    if isinstance(known, MadeVariable):
        return known  # ``T | T``, or one that typing keeps
    return _made(machine, MadeVariable(alias, [left, right], Op.BINARY, ("|", False)))


def bases_of(machine: Machine, given: List[Variable]) -> Any:
    """The bases that a class statement names, and those that the class gets (PEP 560).

    Raises:
        GraphBreak, NotConstant: they aren't classes, or ``Generic`` of type parameters.
    """
    bases: List[Any] = []
    for base in given:
        if isinstance(base, MadeVariable):
            if base.arg != "SUBSCRIPT_GENERIC" or base is not given[-1]:
                machine.break_graph(Kind.LANGUAGE, "a base that isn't a class")
            bases.append(_TYPING.Generic)
        else:
            bases.append(base.as_constant())
    return tuple(bases)
