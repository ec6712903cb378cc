"""``match``: what a pattern asks of its subject (PEP 634; CPython's ``Python/ceval.c``)."""

from __future__ import annotations

import builtins
from typing import TYPE_CHECKING, Any, Callable, Dict, List, Optional

from ...ir.instr import Op
from ...source import ConstantSource
from ..breaks import Kind, ObservedException
from ..iterators import iteration
from ..objects.attributes import get_attribute
from ..operators import arithmetic, subscripts
from ..values import (
    ConstantVariable,
    DictVariable,
    NotConstant,
    ObjectVariable,
    SequenceVariable,
    Variable,
)
from ..wrapping import from_python
from .containers import merge

if TYPE_CHECKING:
    from ..frame import Frame
    from ..machine import Machine

__all__ = ["HANDLERS"]

#: ``Include/object.h``: Py_TPFLAGS_SEQUENCE, Py_TPFLAGS_MAPPING, _Py_TPFLAGS_MATCH_SELF.
_SEQUENCE = 1 << 5
_MAPPING = 1 << 6
_MATCH_SELF = 1 << 22

#: What ``mapping.get(key, MISSING)`` gives when there is no such key.
_MISSING = object()


def get_len(machine: Machine, frame: Frame, arg: Any) -> None:
    frame.stack.append(iteration.length(machine, frame.stack[-1]))


def match_sequence(machine: Machine, frame: Frame, arg: Any) -> None:
    frame.stack.append(ConstantVariable(_has_flag(frame.stack[-1], _SEQUENCE)))


def match_mapping(machine: Machine, frame: Frame, arg: Any) -> None:
    frame.stack.append(ConstantVariable(_has_flag(frame.stack[-1], _MAPPING)))


def _has_flag(value: Variable, flag: int) -> bool:
    return bool(value.python_type().__flags__ & flag)


def _keys(machine: Machine, value: Variable) -> List[Variable]:
    try:
        return [from_python(machine, key) for key in value.as_constant()]
    except NotConstant:
        return machine.break_graph(Kind.LANGUAGE, "a mapping pattern whose keys aren't known")


def match_keys(machine: Machine, frame: Frame, arg: Any) -> None:
    subject, keys = frame.stack[-2], _keys(machine, frame.stack[-1])
    frame.stack.append(_values_of(machine, subject, keys))


def _values_of(machine: Machine, subject: Variable, keys: List[Variable]) -> Variable:
    seen: List[Variable] = []
    values: List[Variable] = []
    for key in keys:
        if any(arithmetic.equal(machine, key, other) for other in seen):
            machine.raise_observed(ValueError("mapping pattern checks duplicate key"))
        seen.append(key)
        value = _get(machine, subject, key)
        if value is None:
            return ConstantVariable(None)
        values.append(value)
    return SequenceVariable(values, tuple)


def _get(machine: Machine, subject: Variable, key: Variable) -> Optional[Variable]:
    """``subject.get(key)``: a defaultdict makes nothing."""
    if isinstance(subject, DictVariable):
        if not subscripts.guard_key(machine, subject, key.as_constant()):
            return None
        return subscripts.get_item(machine, subject, key)
    missing = ObjectVariable(_MISSING, ConstantSource(_MISSING, "missing"), pinned=True)
    method = get_attribute(machine, subject, "get")
    found = machine.realise(machine.call(method, [key, missing], {}))
    if isinstance(found, ObjectVariable) and found.value is _MISSING:
        return None
    return found


def copy_dict_without_keys(machine: Machine, frame: Frame, arg: Any) -> None:
    subject, keys = frame.stack[-2], _keys(machine, frame.stack[-1])
    rest = DictVariable({})
    merge(machine, rest, subject, strict=False)
    for key in keys:
        subscripts.delete_item(machine, rest, key)
    frame.stack[-1] = rest


def match_class(machine: Machine, frame: Frame, count: int) -> None:
    subject, cls, names = frame.pop_many(3)
    frame.stack.append(_attributes_of(machine, subject, cls, count, names.as_constant()))


def _attributes_of(
    machine: Machine, subject: Variable, cls: Variable, count: int, names: Any
) -> Variable:
    """The values of ``count`` positional sub-patterns and of ``names``; ``None``: no match."""
    nothing = ConstantVariable(None)
    if not (isinstance(cls, ObjectVariable) and issubclass(type(cls.value), type)):
        machine.raise_observed(TypeError("called match pattern must be a class"))
    check = from_python(machine, builtins.isinstance)
    if not arithmetic.truth(machine, machine.call(check, [subject, cls], {})):
        return nothing
    found: List[Variable] = []
    wanted: List[str] = []
    if count:
        given = _match_args(machine, cls)
        match_self = given is None and bool(cls.value.__flags__ & _MATCH_SELF)
        allowed = 1 if match_self else len(given or ())
        if allowed < count:
            machine.raise_observed(
                TypeError(f"{cls.value.__name__}() accepts {allowed} positional sub-patterns")
            )
        if match_self:
            found.append(subject)
        else:
            wanted += (given or ())[:count]
    wanted += names
    for index, name in enumerate(wanted):
        if not isinstance(name, str):
            machine.raise_observed(TypeError("__match_args__ elements must be strings"))
        if name in wanted[:index]:
            machine.raise_observed(
                TypeError(f"{cls.value.__name__}() got multiple sub-patterns for {name!r}")
            )
        try:
            found.append(machine.realise(get_attribute(machine, subject, name)))
        except ObservedException as signal:
            if not issubclass(signal.variable.python_type(), AttributeError):
                raise
            signal.forget_frames()
            return nothing
    return SequenceVariable(found, tuple)


def _match_args(machine: Machine, cls: ObjectVariable) -> Any:
    """``cls.__match_args__``; ``None`` without one."""
    try:
        given = machine.realise(get_attribute(machine, cls, "__match_args__"))
    except ObservedException as signal:
        if not issubclass(signal.variable.python_type(), AttributeError):
            raise
        signal.forget_frames()
        return None
    if given.python_type() is not tuple:
        machine.raise_observed(TypeError(f"{cls.value.__name__}.__match_args__ must be a tuple"))
    return tuple(item.as_constant() for item in iteration.unpacked(machine, given))


HANDLERS: Dict[Op, Callable[..., Any]] = {
    Op.GET_LEN: get_len,
    Op.MATCH_MAPPING: match_mapping,
    Op.MATCH_SEQUENCE: match_sequence,
    Op.MATCH_KEYS: match_keys,
    Op.MATCH_CLASS: match_class,
    Op.COPY_DICT_WITHOUT_KEYS: copy_dict_without_keys,
}
