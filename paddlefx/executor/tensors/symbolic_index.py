"""``tensor[index]`` when the index, or the size that it takes from, varies.

Python's slices clip their bounds, so what a slice leaves isn't a formula of its parts. Here each
part is put where it is in the call at hand (from the front, from the end, beyond the end), guards
keep it there, and what is left is a difference.
"""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any, Callable, Dict, List, Optional, Tuple

from ...source import ComputedSource, ConstantSource
from ...symbolic import SymbolicNumber, compute
from ...tensor_meta import TensorMeta
from ..operators import numbers

if TYPE_CHECKING:
    from ..machine import Machine

__all__ = ["simplified"]

_Outcome = Tuple[Any, Dict[int, TensorMeta]]


def simplified(
    machine: Machine, target: Any, args: Tuple[Any, ...]
) -> Tuple[Tuple[Any, ...], Optional[Callable[[_Outcome], _Outcome]]]:
    """An equivalent index of another tensor that asks nothing of symbolic numbers.

    Args:
        machine: the capture.
        target: ``operator.getitem`` or ``setitem``.
        args: its arguments; the first is a :class:`TensorMeta`.

    Returns:
        The arguments to infer with, and how the outcome becomes that of the real ones.
    """
    tensor: TensorMeta = args[0]
    index = args[1]
    single = not isinstance(index, tuple) or isinstance(index, TensorMeta)
    items: List[Any] = [index] if single else list(index)
    shape: List[Any] = list(tensor.shape)
    axes = _axes(items, len(shape))
    if axes is None:
        return args, None
    for place, axis in enumerate(axes):
        if axis is None:
            continue
        item, size = items[place], shape[axis]
        _ints_only(item)
        if type(item) in (int, SymbolicNumber):
            if type(item) is SymbolicNumber or type(size) is SymbolicNumber:
                items[place] = _position(machine, item, size)
        elif type(item) is slice and item.step in (None, 1):
            bounds = (item.start, item.stop)
            if any(isinstance(part, TensorMeta) for part in bounds):
                continue  # it is data
            if any(type(part) is SymbolicNumber for part in (*bounds, size)):
                items[place], shape[axis] = _slice(machine, item, size)
    changed = (tensor._replace(shape=tuple(shape)), items[0] if single else tuple(items))
    if target is operator.getitem:
        return changed, None

    def restore(outcome: _Outcome) -> _Outcome:
        result, written = outcome
        return result, {k: v._replace(shape=tensor.shape) for k, v in written.items()}

    return (*changed, *args[2:]), restore


def _ints_only(item: Any) -> None:
    """Other numbers are no index: the operation on constants tells how it is refused."""
    for part in (item.start, item.stop, item.step) if type(item) is slice else (item,):
        if type(part) is SymbolicNumber and type(part.value) is not int:
            part.specialise()


def _axes(items: List[Any], rank: int) -> Optional[List[Optional[int]]]:
    """The dimension that each part of an index takes; ``None`` for an index with masks."""
    takes = []
    for item in items:
        if isinstance(item, bool) or (isinstance(item, TensorMeta) and "bool" in str(item.dtype)):
            return None
        takes.append(0 if item is None or item is Ellipsis else 1)
    if sum([item is Ellipsis for item in items]) > 1 or sum(takes) > rank:
        return None
    axes: List[Optional[int]] = []
    axis = 0
    for item, count in zip(items, takes):
        axes.append(axis if count else None)
        axis += rank - sum(takes) if item is Ellipsis else count
    return axes


def _value(item: Any) -> Any:
    return item.value if type(item) is SymbolicNumber else item


def _computed(function: Any, one: Any, two: Any) -> Any:
    if type(one) is int and type(two) is int:
        return function(one, two)
    if function is operator.add and type(two) is int and two == 0:
        return one
    if function is operator.sub and isinstance(two, SymbolicNumber):
        offset = _offset(one, two)
        if offset is not None:
            return offset
    found = compute(function, one, two)
    if found is None:
        (one if type(one) is SymbolicNumber else two).specialise()
    return found


def _offset(one: Any, two: SymbolicNumber) -> Optional[int]:
    """``one - two`` where ``two`` is ``one`` and a constant."""
    source = two.source
    if isinstance(source, ComputedSource) and source.function is operator.add:
        base, constant = source.operands
        if type(one) is SymbolicNumber and isinstance(constant, ConstantSource):
            return -constant.value if base == one.source else None
    return None


def _position(machine: Machine, item: Any, size: Any) -> int:
    """An index within a dimension: which one makes no difference to the result's shape."""
    if _value(item) >= 0:
        inside = numbers.relation(machine, operator.ge, item, 0)
        inside = inside and numbers.relation(machine, operator.lt, item, size)
        found = 0
    else:
        inside = numbers.relation(machine, operator.lt, item, 0)
        distance = _computed(operator.add, size, item)
        inside = inside and numbers.relation(machine, operator.ge, distance, 0)
        found = -1
    return found if inside else int(_value(item))


def _slice(machine: Machine, item: slice, size: Any) -> Tuple[slice, Any]:
    """A slice as one that asks nothing, and the size to take it from."""
    start = _bound(machine, item.start, size, 0)
    stop = _bound(machine, item.stop, size, size)
    if not numbers.relation(machine, operator.lt, start, stop):
        return slice(0, 0), size
    length = _computed(operator.sub, stop, start)
    if type(length) is int:
        length = max(0, length)
    if length is size or numbers.relation(machine, operator.eq, length, size):
        return slice(None), length
    return slice(1, None), _computed(operator.add, length, 1)


def _bound(machine: Machine, part: Any, size: Any, missing: Any) -> Any:
    """Where a slice begins or ends, from 0 to the size."""
    if part is None:
        return missing
    if not numbers.relation(machine, operator.ge, part, 0):
        part = _computed(operator.add, size, part)
        if not numbers.relation(machine, operator.ge, part, 0):
            return 0
    return part if numbers.relation(machine, operator.le, part, size) else size
