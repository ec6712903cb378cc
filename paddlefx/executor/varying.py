"""Which numbers and sizes vary between the calls of one code object.

A number or size is a constant at first. When a call misses because of it, it is *learnt*: the
next capture takes it as a symbolic number. When capture needs its value after all, it is
*fixed*: a constant again, for good.
"""

from __future__ import annotations

from typing import Any, Dict, Iterable, Iterator, List, Optional, Set, Tuple

from ..guards import Failure, GuardKind
from ..source import ItemSource, LocalSource, Source
from ..symbolic import Root

__all__ = ["Varying"]

#: Ints further from zero than this stay constants.
_INT_BOUND = 2**31


class Varying:
    """What is known about one code object.

    Args:
        dynamic: ``True``: numbers and sizes of arguments vary from the first call on;
            ``False``: nothing ever varies; ``None``: what was learnt does.
    """

    #: The bounds of a size that varies; 0 and 1 stay constants, they behave otherwise.
    SIZES = (2, 2**16)

    def __init__(self, dynamic: Optional[bool] = None) -> None:
        self.dynamic = dynamic
        self._learnt: Set[Root] = set()
        self._fixed: Set[Root] = set()
        self._ranges: Dict[Root, Tuple[int, int]] = {}
        self._equal: Dict[Root, Root] = {}
        #: Places where another object comes with each call, though it was the very object before.
        self.relaxed: Set[str] = set()
        #: Places where the contents of an array, or a scalar of the array library, vary.
        self.changing: Set[str] = set()

    # -- asked by capture

    def number(self, source: Source, value: Any) -> Optional[Root]:
        """By which name a number at ``source`` varies; ``None`` when it doesn't."""
        if self._nothing_varies():
            return None
        root = (str(source), -1)
        if not self._varies(root, source):
            return None
        if type(value) is int:
            low, high = self.range_of(root)
            if not low <= value <= high:
                return None
        return root

    def size(self, source: Source, dimension: int, size: int, marked: bool) -> Optional[Root]:
        """By which name a size of the tensor at ``source`` varies; ``None`` when it doesn't."""
        if not marked and self._nothing_varies():
            return None
        root = (str(source), dimension)
        if not (marked and self.dynamic is not False and root not in self._fixed):
            if not self._varies(root, source):
                return None
        low, high = self.range_of(root)
        return root if low <= size <= high else None

    def range_of(self, root: Root) -> Tuple[int, int]:
        """The bounds that a guard keeps, both included."""
        if root in self._ranges:
            return self._ranges[root]
        return (-_INT_BOUND, _INT_BOUND) if root[1] < 0 else self.SIZES

    def same_as(self, root: Root) -> Root:
        """The name that a number shares with those that have to be equal to it."""
        while root in self._equal:
            root = self._equal[root]
        return root

    def _nothing_varies(self) -> bool:
        """Whether that is known of all numbers at once: a name is long to write."""
        return not self._learnt and self.dynamic is not True

    def _varies(self, root: Root, source: Source) -> bool:
        if self.dynamic is False or root in self._fixed:
            return False
        return root in self._learnt or (self.dynamic is True and _of_argument(source))

    def narrower(self, values: List[int]) -> Iterator[Tuple[int, int]]:
        """Bounds to try for numbers of these values, the widest first."""
        low, high = self.SIZES
        if min(values) > low:
            yield min(values), high
        while high // 2 > 2 * max(values) and high > 64:
            high //= 2
            yield low, high
            if min(values) > low:
                yield min(values), high

    def has_varied(self, source: Source) -> bool:
        """Whether a number at ``source`` has varied, and was needed as a constant all the same."""
        root = (str(source), -1)
        return root in self._learnt and root in self._fixed

    # -- told by capture

    def fix(self, roots: Iterable[Root]) -> None:
        """These are constants from now on, and what has to be equal to them."""
        shared = {self.same_as(root) for root in roots}
        known = {*roots, *self._equal, *self._equal.values()}
        self._fixed.update(root for root in known if self.same_as(root) in shared)

    def narrow(self, root: Root, low: int, high: int) -> None:
        """The guard on a number becomes stricter."""
        self._ranges[root] = (low, high)

    def narrowed(self, root: Root) -> bool:
        """Whether :meth:`narrow` was called for it."""
        return root in self._ranges

    def unify(self, one: Root, other: Root) -> None:
        """Two numbers have to be equal."""
        one, other = self.same_as(one), self.same_as(other)
        if one != other:
            self._equal[other] = one

    # -- told by a miss

    def learn(self, failures: List[Failure]) -> bool:
        """A compiled form doesn't fit a call; whether only numbers and sizes are in the way."""
        found: Set[Root] = set()
        for failure in failures:
            text = failure.guard
            if type(text.data) in (int, float):  # of guards on a value, or on the very NaN
                if type(failure.found) is not type(text.data):
                    return False
                found.add((text.source, -1))
            elif text.kind is GuardKind.TENSOR and text.data is not None:
                sizes = _other_sizes(text.data, failure.found)
                if not sizes:
                    return False
                found.update((text.source, dimension) for dimension in sizes)
            elif text.kind is GuardKind.BUFFER:
                self.changing.add(text.source)
            else:
                return False
        self._learnt |= found
        return bool(found)


def _other_sizes(expected: Tuple[Any, ...], tensor: Any) -> List[int]:
    """The dimensions in which a tensor's shape differs; empty when its rank does."""
    shape = tuple(getattr(tensor, "shape", ()))
    if len(shape) != len(expected):
        return []
    return [
        dimension
        for dimension, (size, wanted) in enumerate(zip(shape, expected))
        if type(wanted) is int and size != wanted
    ]


def _of_argument(source: Source) -> bool:
    """Whether a source starts from a parameter, and doesn't go through attributes."""
    while isinstance(source, ItemSource):
        source = source.base
    return isinstance(source, LocalSource)
