"""Operators of sets, of dict views and of dicts: ``|``, ``&``, ``-``, ``^`` and comparisons."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any, Optional

from ..containers.keys import own_hashes
from ..iterators import iteration
from ..values import (
    ConstantVariable,
    DefaultDictVariable,
    DictVariable,
    NotConstant,
    SetVariable,
    Variable,
    ViewVariable,
)

if TYPE_CHECKING:
    from ..machine import Machine

__all__ = ["combine", "compare", "merge"]

_IN_PLACE = {
    operator.ior: operator.or_,
    operator.iand: operator.and_,
    operator.isub: operator.sub,
    operator.ixor: operator.xor,
}
_PLAIN = tuple(_IN_PLACE.values())
_ORDER = (operator.lt, operator.le, operator.gt, operator.ge, operator.eq, operator.ne)


def _operand(machine: Machine, value: Variable) -> Any:
    """The set, or a view with the very keys; ``None`` for other values."""
    if isinstance(value, SetVariable):
        return value.items
    if isinstance(value, ConstantVariable) and isinstance(value.value, frozenset):
        return value.value
    if isinstance(value, ViewVariable):
        keys = iteration.all_keys(machine, value.over)
        if value.kind == "keys":
            return dict.fromkeys(keys).keys()
        if value.kind == "items":
            try:
                return {
                    key: machine.realise(value.over.items[key]).as_constant() for key in keys
                }.items()
            except NotConstant:
                return None
    return None


def combine(machine: Machine, function: Any, left: Variable, right: Variable) -> Optional[Variable]:
    """``left <operator> right``; ``None`` when they aren't sets or views, or not known.

    Raises:
        ObservedException: TypeError, as the operands are of other types.
    """
    plain = _IN_PLACE.get(function, function)
    if plain not in _PLAIN:
        return None
    one, two = _operand(machine, left), _operand(machine, right)
    if one is None or two is None:
        return None
    if own_hashes(machine, one, two):
        return None
    in_place = function is not plain and isinstance(two, (set, frozenset))
    if in_place and isinstance(left, SetVariable) and left.cls is set:
        with machine.side_effects.changing_set(machine, left, function, [(right, two)]):
            function(left.items, two)
        left.depend(right)
        return left
    try:
        result = plain(one, two)
    except TypeError as error:
        machine.raise_observed(error)
    return SetVariable.holding(result, left, right)


def compare(machine: Machine, function: Any, left: Variable, right: Variable) -> Optional[Variable]:
    """``left <comparison> right`` of sets and views; ``None`` for anything else."""
    if function not in _ORDER or not isinstance(left, (SetVariable, ViewVariable)):
        return None
    one, two = _operand(machine, left), _operand(machine, right)
    if one is None or two is None:
        return None
    if own_hashes(machine, one, two):
        return None
    return ConstantVariable(function(one, two))


def merge(machine: Machine, function: Any, left: Variable, right: Variable) -> Optional[Variable]:
    """``dict | dict`` and ``dict |= mapping`` (PEP 584), where this Python has them."""
    if not isinstance(left, DictVariable) or function not in (operator.or_, operator.ior):
        return None
    from ..containers.container_methods import update

    if function is operator.ior and hasattr(dict, "__ior__"):
        with machine.side_effects.changing(machine, left, "update"):
            update(machine, left, [right], {})
        return left
    if not isinstance(right, DictVariable):
        return None
    if not hasattr(dict, "__or__"):
        try:
            function(left.cls(), right.cls())
        except TypeError as error:
            machine.raise_observed(error)
    made: DictVariable
    if isinstance(left, DefaultDictVariable):
        made = DefaultDictVariable(left.factory, {})
    elif left.cls is right.cls or left.cls is not dict:
        made = DictVariable({}, left.cls)
    else:
        return None
    update(machine, made, [left, right], {})
    return made
