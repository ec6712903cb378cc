"""What users say of their tensors and functions: sizes that vary, calls that are one operation."""

from __future__ import annotations

import threading
import types
import weakref
from typing import Any, Callable, Dict, FrozenSet, Tuple, TypeVar

__all__ = [
    "allow_in_graph",
    "assume_constant_result",
    "is_allowed",
    "is_constant_result",
    "is_marked",
    "mark_dynamic",
]

_ALLOWED = "__paddlefx_allowed__"
_CONSTANT = "__paddlefx_constant_result__"

F = TypeVar("F", bound=Callable[..., Any])

_lock = threading.Lock()
_marked: Dict[int, Tuple[Any, FrozenSet[int]]] = {}


def mark_dynamic(tensor: Any, dimension: int) -> None:
    """Compile for any size of a dimension from the first call on.

    Without it the second size that comes makes the dimension vary. The sizes 0 and 1 are
    compiled on their own in any case.

    Args:
        tensor: an input of a compiled function; not the function's copy of it.
        dimension: which, from the front or, when negative, from the end.

    Raises:
        IndexError: the tensor has no such dimension.
    """
    rank = len(tensor.shape)
    if not -rank <= dimension < rank:
        raise IndexError(f"dimension {dimension} of a tensor of {rank} dimensions")
    key = id(tensor)

    def gone(reference: Any) -> None:
        with _lock:
            if key in _marked and _marked[key][0] is reference:
                del _marked[key]

    reference = weakref.ref(tensor, gone)
    with _lock:
        known = _marked.get(key)
        before = known[1] if known is not None and known[0]() is tensor else frozenset()
        _marked[key] = (reference, before | {dimension % rank})


def is_marked(tensor: Any, dimension: int) -> bool:
    """Whether :func:`mark_dynamic` was called for this very tensor."""
    known = _marked.get(id(tensor))
    return known is not None and known[0]() is tensor and dimension in known[1]


def _mark(function: Any, mark: str, decorator: str) -> None:
    if not isinstance(function, types.FunctionType):
        raise TypeError(f"{decorator}() takes a Python function, not {type(function).__qualname__}")
    setattr(function, mark, True)


def allow_in_graph(function: F) -> F:
    """A decorator: calls of the function are one operation of the graph, run as plain Python.

    Its arguments are tensors, numbers, strings, and lists, tuples and dicts of them; it gives
    tensors likewise. Shapes and dtypes of what it gives must depend on those of its arguments
    only: to learn them it is called once more during capture, on tensors full of ones. Effects
    it has beside its result are had in that call too.

    Raises:
        TypeError: not a Python function.
    """
    _mark(function, _ALLOWED, "allow_in_graph")
    return function


def assume_constant_result(function: F) -> F:
    """A decorator: what the function gives during capture is a constant of the compiled code.

    It is called with the constant arguments of the call, and not guarded: a later call gives
    what it gave then, until something else makes the caller be compiled anew.

    Raises:
        TypeError: not a Python function.
    """
    _mark(function, _CONSTANT, "assume_constant_result")
    return function


def is_allowed(function: Any) -> bool:
    """Whether :func:`allow_in_graph` marked it."""
    return type(function) is types.FunctionType and _ALLOWED in function.__dict__


def is_constant_result(function: Any) -> bool:
    """Whether :func:`assume_constant_result` marked it."""
    return type(function) is types.FunctionType and _CONSTANT in function.__dict__
