"""Functions of ``random`` that came with 3.9."""

from __future__ import annotations

import bisect
import itertools
import random
from typing import Any, List, Optional

__all__ = ["randbytes", "sample"]


def randbytes(n: int) -> bytes:
    """``random.randbytes`` of 3.9; from the same seed it gives the same bytes."""
    return random.getrandbits(n * 8).to_bytes(n, "little")


def sample(population: Any, k: int, *, counts: Optional[Any] = None) -> List[Any]:
    """``random.sample`` of 3.9: ``counts`` says how often each item is there."""
    if counts is None:
        return random.sample(population, k)
    ends = list(itertools.accumulate(counts))
    if len(ends) != len(population):
        raise ValueError("The number of counts does not match the population")
    total = ends.pop() if ends else 0
    if not isinstance(total, int):
        raise TypeError("Counts must be integers")
    if total < 0:
        raise ValueError("Counts must be non-negative")
    return [population[bisect.bisect(ends, one)] for one in random.sample(range(total), k=k)]
