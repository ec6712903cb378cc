"""Functions of ``itertools`` and ``builtins`` that came after 3.8."""

from __future__ import annotations

import itertools
from typing import Any, Iterable, Iterator, Tuple

__all__ = ["batched", "pairwise", "zip_strict"]


def pairwise(iterable: Iterable[Any]) -> Iterator[Tuple[Any, Any]]:
    """``itertools.pairwise`` of 3.10: each item with the one behind it."""
    first, second = itertools.tee(iterable)
    next(second, None)
    return zip(first, second)


def batched(iterable: Iterable[Any], n: int, *, strict: bool = False) -> Iterator[Tuple[Any, ...]]:
    """``itertools.batched`` of 3.13: tuples of ``n`` items, and what remains.

    ``ValueError`` if ``n`` is less than one, or, with ``strict``, if the last one is short.
    """
    if n < 1:
        raise ValueError("n must be at least one")
    return _batches(iter(iterable), n, strict)


def _batches(items: Iterator[Any], n: int, strict: bool) -> Iterator[Tuple[Any, ...]]:
    while True:
        batch = tuple(itertools.islice(items, n))
        if not batch:
            return
        if strict and len(batch) != n:
            raise ValueError("batched(): incomplete batch")
        yield batch


def zip_strict(*iterables: Iterable[Any], strict: bool = False) -> Iterator[Tuple[Any, ...]]:
    """``zip`` of 3.10: with ``strict``, a ``ValueError`` if one ends before another."""
    if not strict:
        return zip(*iterables)
    return _zip_strict(tuple(iter(one) for one in iterables))


def _zip_strict(iterators: Tuple[Iterator[Any], ...]) -> Iterator[Tuple[Any, ...]]:
    if not iterators:
        return
    missing = object()
    while True:
        items = []
        for number, iterator in enumerate(iterators, 1):
            item = next(iterator, missing)
            if item is missing:
                _check_ends(number, iterators, missing)
                return
            items.append(item)
        yield tuple(items)


def _check_ends(number: int, iterators: Tuple[Iterator[Any], ...], missing: object) -> None:
    """Raise ``ValueError`` unless all end where the iterator ``number`` did."""
    if number > 1:
        before = " " if number == 2 else "s 1-"
        raise ValueError(f"zip() argument {number} is shorter than argument{before}{number - 1}")
    for other, iterator in enumerate(iterators[1:], 2):
        if next(iterator, missing) is not missing:
            before = " " if other == 2 else "s 1-"
            raise ValueError(f"zip() argument {other} is longer than argument{before}{other - 1}")
