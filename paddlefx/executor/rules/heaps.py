"""``heapq`` and the counting of ``Counter``, whose functions are written in C.

Captured code runs the same algorithms in Python: those of ``Lib/heapq.py``, which
``Modules/_heapqmodule.c`` takes the place of (it compares the same elements in the same order),
and ``_count_elements`` of ``Lib/collections/__init__.py``.
"""

from __future__ import annotations

import builtins
import collections
import heapq
import inspect
from importlib.abc import InspectLoader
from types import CodeType, FunctionType, ModuleType
from typing import TYPE_CHECKING, Any, Dict, List, cast

from ..breaks import Kind
from ..values import SequenceVariable, Variable
from .rule import Rule

if TYPE_CHECKING:
    from ..machine import Machine

__all__ = ["RULES"]


def _in_python(module: ModuleType) -> Dict[str, FunctionType]:
    """A module's functions as its source writes them, also where it imports faster ones after."""
    spec = module.__spec__
    assert spec is not None
    code = cast(InspectLoader, spec.loader).get_code(module.__name__)
    assert code is not None
    names: Dict[str, Any] = {"__name__": module.__name__, "__builtins__": vars(builtins)}
    for constant in code.co_consts:
        if isinstance(constant, CodeType) and constant.co_flags & inspect.CO_OPTIMIZED:
            names[constant.co_name] = FunctionType(constant, names)
    return {name: value for name, value in names.items() if isinstance(value, FunctionType)}


#: Those that raise for an empty list, in the words of the ones in C.
_NEED_AN_ELEMENT = ("heappop", "heapreplace", "_heappop_max", "_heapreplace_max")
#: Of heapq, the functions that are written in C where that module is built.
_HEAP_FUNCTIONS = (
    "heappush",
    "heappop",
    "heapreplace",
    "heappushpop",
    "heapify",
    "_heapify_max",
    "_heapreplace_max",
    "_heappop_max",
)


def _inlined(written: FunctionType) -> Rule:
    """A rule that runs ``written`` in the place of the one in C."""
    names = written.__code__.co_varnames[: written.__code__.co_argcount]
    of_a_heap = written.__module__ == heapq.__name__

    def rule(machine: Machine, args: List[Variable], kwargs: Dict[str, Variable]) -> Variable:
        if len(args) != len(names) or kwargs:
            return machine.break_graph(Kind.CALL, f"a call of {written.__name__}()")
        if of_a_heap:
            heap = args[0]
            if not (isinstance(heap, SequenceVariable) and heap.cls is list):
                return machine.break_graph(Kind.CALL, "a heap that isn't a list")
            if not heap.items and written.__name__ in _NEED_AN_ELEMENT:
                machine.raise_observed(IndexError("index out of range"), worded=True)
        return machine.enter(machine.function(written, None), dict(zip(names, args)))

    return rule


def _rules() -> Dict[Any, Rule]:
    heaps = _in_python(heapq)
    found = {vars(heapq)[name]: _inlined(heaps[name]) for name in _HEAP_FUNCTIONS if name in heaps}
    count = "_count_elements"
    found[vars(collections)[count]] = _inlined(_in_python(collections)[count])
    return found


RULES = _rules()
