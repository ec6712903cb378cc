"""What users say of their tensors: sizes that will vary."""

from __future__ import annotations

import threading
import weakref
from typing import Any, Dict, FrozenSet, Tuple

__all__ = ["is_marked", "mark_dynamic"]

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
