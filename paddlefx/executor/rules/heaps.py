"""``heapq`` and the counting of ``Counter``, whose functions are written in C.

Captured code runs the same algorithms in Python: ``Lib/heapq.py`` (the C functions of
``Modules/_heapqmodule.c`` compare the same elements in the same order) and
``_count_elements`` of ``Lib/collections/__init__.py``.
"""

from __future__ import annotations

import collections
import heapq
from types import FunctionType
from typing import TYPE_CHECKING, Any, Callable, Dict, Iterable, List, cast

from ..breaks import Kind
from ..values import SequenceVariable, Variable
from .rule import Rule

if TYPE_CHECKING:
    from ..machine import Machine

__all__ = ["RULES"]


def _sift_down(heap: List[Any], start: int, place: int) -> None:
    item = heap[place]
    while place > start:
        above = (place - 1) >> 1
        parent = heap[above]
        if not item < parent:
            break
        heap[place] = parent
        place = above
    heap[place] = item


def _sift_up(heap: List[Any], place: int) -> None:
    end, start, item = len(heap), place, heap[place]
    child = 2 * place + 1
    while child < end:
        right = child + 1
        if right < end and not heap[child] < heap[right]:
            child = right
        heap[place] = heap[child]
        place = child
        child = 2 * place + 1
    heap[place] = item
    _sift_down(heap, start, place)


def _sift_down_largest(heap: List[Any], start: int, place: int) -> None:
    item = heap[place]
    while place > start:
        above = (place - 1) >> 1
        parent = heap[above]
        if not parent < item:
            break
        heap[place] = parent
        place = above
    heap[place] = item


def _sift_up_largest(heap: List[Any], place: int) -> None:
    end, start, item = len(heap), place, heap[place]
    child = 2 * place + 1
    while child < end:
        right = child + 1
        if right < end and not heap[right] < heap[child]:
            child = right
        heap[place] = heap[child]
        place = child
        child = 2 * place + 1
    heap[place] = item
    _sift_down_largest(heap, start, place)


def _heappush(heap: List[Any], item: Any) -> None:
    heap.append(item)
    _sift_down(heap, 0, len(heap) - 1)


def _heappop(heap: List[Any]) -> Any:
    if not heap:
        raise IndexError("index out of range")
    last = heap.pop()
    if heap:
        found, heap[0] = heap[0], last
        _sift_up(heap, 0)
        return found
    return last


def _heapreplace(heap: List[Any], item: Any) -> Any:
    if not heap:
        raise IndexError("index out of range")
    found, heap[0] = heap[0], item
    _sift_up(heap, 0)
    return found


def _heappushpop(heap: List[Any], item: Any) -> Any:
    if heap and heap[0] < item:
        item, heap[0] = heap[0], item
        _sift_up(heap, 0)
    return item


def _heapify(heap: List[Any]) -> None:
    for place in reversed(range(len(heap) // 2)):
        _sift_up(heap, place)


def _heapify_largest(heap: List[Any]) -> None:
    for place in reversed(range(len(heap) // 2)):
        _sift_up_largest(heap, place)


def _heapreplace_largest(heap: List[Any], item: Any) -> Any:
    if not heap:
        raise IndexError("index out of range")
    found, heap[0] = heap[0], item
    _sift_up_largest(heap, 0)
    return found


def _heappop_largest(heap: List[Any]) -> Any:
    if not heap:
        raise IndexError("index out of range")
    last = heap.pop()
    if heap:
        found, heap[0] = heap[0], last
        _sift_up_largest(heap, 0)
        return found
    return last


def _count(mapping: Dict[Any, int], iterable: Iterable[Any]) -> None:
    get = mapping.get
    for element in iterable:
        mapping[element] = get(element, 0) + 1


def _inlined(function: Callable[..., Any], parameters: int) -> Rule:
    """A rule that runs ``function`` in the place of the one in C."""

    def rule(machine: Machine, args: List[Variable], kwargs: Dict[str, Variable]) -> Variable:
        if len(args) != parameters or kwargs:
            return machine.break_graph(Kind.CALL, f"a call of {function.__name__}()")
        if function is not _count and not (
            isinstance(args[0], SequenceVariable) and args[0].cls is list
        ):
            return machine.break_graph(Kind.CALL, "a heap that isn't a list")
        written = cast(FunctionType, function)
        names = written.__code__.co_varnames
        return machine.enter(machine.function(written, None), dict(zip(names, args)))

    return rule


_RULES: Dict[str, Rule] = {
    "heappush": _inlined(_heappush, 2),
    "heappop": _inlined(_heappop, 1),
    "heapreplace": _inlined(_heapreplace, 2),
    "heappushpop": _inlined(_heappushpop, 2),
    "heapify": _inlined(_heapify, 1),
    "_heapify_max": _inlined(_heapify_largest, 1),
    "_heapreplace_max": _inlined(_heapreplace_largest, 2),
    "_heappop_max": _inlined(_heappop_largest, 1),
}

RULES: Dict[Any, Rule] = {
    vars(heapq)[name]: rule for name, rule in _RULES.items() if name in vars(heapq)
}
RULES[vars(collections)["_count_elements"]] = _inlined(_count, 2)
