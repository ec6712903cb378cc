"""Lists and tuples under ``+`` and ``*``; see ``Objects/listobject.c`` and ``tupleobject.c``."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any, Callable, List, Optional

from ..breaks import Kind
from ..values import ConstantVariable, ObjectVariable, SequenceVariable, TensorVariable, Variable

if TYPE_CHECKING:
    from ..machine import Machine

__all__ = ["binary", "is_found"]

Operator = Callable[..., Any]


def binary(
    machine: Machine, function: Operator, plain: Operator, left: SequenceVariable, right: Variable
) -> Optional[Variable]:
    """``left + right`` or ``left * right`` of a list or tuple; ``None``: it is something else."""
    in_place = function is not plain and left.cls is list
    if left.cls is tuple:
        same = _same_tuple(plain, left, right)
        if same is not None:
            return same
    items: Optional[List[Variable]] = None
    # A tensor is asked before the list is: its ``__radd__`` refuses lists (``binary_iop1``).
    extends = in_place and plain is operator.add and not isinstance(right, TensorVariable)
    if extends and not isinstance(right, ObjectVariable):
        from ..iterators.iteration import each

        with machine.side_effects.changing(machine, left, "extend"):
            for item in each(machine, right):
                left.push(item)
        return left
    if plain is operator.add and isinstance(right, SequenceVariable):
        if right.cls is left.cls or (issubclass(left.cls, list) and issubclass(right.cls, list)):
            items = left.items + right.items
    elif plain is operator.mul and isinstance(right, ConstantVariable):
        if isinstance(right.value, int):
            if len(left.items) * right.value > _LONGEST:
                machine.break_graph(Kind.LIMIT, f"a sequence of more than {_LONGEST} items")
            items = left.items * right.value
    if items is None:
        return None
    if in_place:
        with machine.side_effects.changing(machine, left):
            left.items[:] = items
        return left
    return SequenceVariable(items, list if issubclass(left.cls, list) else tuple)


def _same_tuple(
    plain: Operator, left: SequenceVariable, right: Variable
) -> Optional[SequenceVariable]:
    """The operand that CPython gives back as it is (``Objects/tupleobject.c``)."""
    if plain is operator.mul and isinstance(right, ConstantVariable):
        one = isinstance(right.value, int) and right.value == 1
        return left if one or not left.items else None
    if plain is operator.add and isinstance(right, SequenceVariable) and right.cls is tuple:
        if not left.items:
            return right
        if not right.items:
            return left
    return None


#: What capture makes of a list or tuple that is repeated.
_LONGEST = 1_000_000


class _Says:
    """Equal to anything, or to nothing."""

    def __init__(self, equal: bool) -> None:
        self.equal = equal

    def __eq__(self, other: object) -> bool:
        return self.equal

    __hash__ = None  # type: ignore[assignment]


#: Up to 3.8 what is looked for is the left operand of ``==``, since then the element is.
_NEEDLE_FIRST = operator.contains([_Says(False)], _Says(True))


def is_found(machine: Machine, element: Variable, item: Variable) -> bool:
    """Whether a search for ``item`` ends at an element (``list_contains``)."""
    from .arithmetic import same_or_equal

    one, two = (item, element) if _NEEDLE_FIRST else (element, item)
    return same_or_equal(machine, one, two)
