"""The array library beside a tensor framework, as the executor sees it."""

from __future__ import annotations

import contextlib
from typing import Any, ContextManager, Tuple

__all__ = ["Arrays"]


class Arrays:
    """What captured code may compute with arrays that it makes itself: here, nothing."""

    #: Types of immutable results.
    constants: Tuple[type, ...] = ()
    #: Types of results that can be changed.
    mutable: Tuple[type, ...] = ()

    def computes(self, target: Any) -> bool:
        """Whether calling ``target`` with data only computes."""
        return False

    def strictly(self, target: Any) -> ContextManager[Any]:
        """A context in which what would warn raises FloatingPointError."""
        return contextlib.nullcontext()
