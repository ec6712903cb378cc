"""What ``match`` asks of a subject (PEP 634), as CPython's instructions do it.

The sources are MATCH_SEQUENCE, MATCH_MAPPING, MATCH_KEYS and MATCH_CLASS in Python/ceval.c of
3.10, and UNPACK_SEQUENCE and UNPACK_EX.
"""

from __future__ import annotations

import array
import ast
import collections.abc
import itertools
import sys
import types
from typing import Any, Dict, List, Optional, Tuple

__all__ = ["Match"]

_SEQUENCES = frozenset((list, tuple, range, memoryview, array.array, collections.deque))
_MAPPINGS = frozenset((dict, types.MappingProxyType))
_NEITHER = frozenset((str, bytes, bytearray, int, float, complex, bool, type(None)))
_TEXT = (str, bytes, bytearray)
#: Py_TPFLAGS_HEAPTYPE: C classes without it are called by their module too.
_HEAP_TYPE = 1 << 9
#: Types whose only positional pattern is the subject itself.
_SELF_TYPES = (
    bool, bytearray, bytes, dict, float, frozenset, int, list, set, str, tuple,
)  # fmt: skip


def _kind(cls: type) -> Optional[type]:
    """Sequence or Mapping, what a class is; of one that is both, the first base decides."""
    for base in cls.__mro__:
        if base in _SEQUENCES:
            return collections.abc.Sequence
        if base in _MAPPINGS:
            return collections.abc.Mapping
        if base in _NEITHER:
            return None
        if issubclass(base, _TEXT) and collections.abc.Sequence not in base.__mro__:
            continue  # a Sequence only as str is said to be one
        is_sequence = issubclass(base, collections.abc.Sequence)
        if is_sequence != issubclass(base, collections.abc.Mapping):
            return collections.abc.Sequence if is_sequence else collections.abc.Mapping
    return None


def _match_args(cls: Any) -> Any:
    """``cls.__match_args__``, or what it would be under 3.10, which makes more of them."""
    for base in cls.__mro__ if sys.version_info < (3, 10) else ():
        own = vars(base)
        if "__match_args__" in own:
            break
        if "__attrs_attrs__" in own:
            fields = own["__attrs_attrs__"]
            return tuple(one.name for one in fields if one.init and not one.kw_only)
        if "__dataclass_fields__" in own:
            return tuple(name for name, one in own["__dataclass_fields__"].items() if one.init)
        if "_fields" in own and issubclass(base, (tuple, ast.AST)):
            return tuple(own["_fields"])
    return cls.__match_args__


class Match(List[Any]):
    """The subject of a ``match``, at 0, and behind it the parts that patterns look at.

    Each method says whether its pattern fits; what it finds it keeps from the place ``at`` on.
    """

    def __init__(self, subject: Any) -> None:
        """Begin with the subject alone."""
        self.append(subject)

    def put(self, at: int, *values: Any) -> bool:
        """Keep ``values``."""
        self[at:] = values
        return True

    def sequence(self, subject: Any, least: int, more: bool) -> bool:
        """A sequence, not text or bytes, of ``least`` items, or ``more`` than these."""
        if type(subject) not in _SEQUENCES:
            if type(subject) in _NEITHER or _kind(type(subject)) is not collections.abc.Sequence:
                return False
        if more:
            return not least or len(subject) >= least
        return len(subject) == least

    def items(self, at: int, subject: Any, count: int) -> bool:
        """A sequence of ``count``; ``ValueError`` if it yields others than it says."""
        if not self.sequence(subject, count, False):
            return False
        if type(subject) is tuple or type(subject) is list:
            self[at:] = subject
            return True
        items = tuple(itertools.islice(subject, count + 1))
        if len(items) > count:
            raise ValueError(f"too many values to unpack (expected {count})")
        if len(items) < count:
            raise ValueError(f"not enough values to unpack (expected {count}, got {len(items)})")
        self[at:] = items
        return True

    def star_items(self, at: int, subject: Any, before: int, after: int) -> bool:
        """The first ``before`` items, a list of the middle ones, and the last ``after`` ones."""
        if not self.sequence(subject, before + after, True):
            return False
        # as UNPACK_EX: one by one, then what is left, whose iterator may be asked for its length
        iterator = iter(subject)
        items = [*itertools.islice(iterator, before)]
        if len(items) == before:
            items += [*iterator]
        if len(items) < before + after:
            least = f"expected at least {before + after}, got {len(items)}"
            raise ValueError(f"not enough values to unpack ({least})")
        end = len(items) - after
        self[at:] = [*items[:before], items[before:end], *items[end:]]
        return True

    def item(self, at: int, subject: Any, index: int) -> bool:
        """The item at an index; a negative one counts from the length, as beside ``*_``."""
        self[at:] = [subject[index if index >= 0 else len(subject) + index]]
        return True

    def mapping(self, subject: Any, least: int) -> bool:
        """A mapping of ``least`` keys or more."""
        if type(subject) is not dict:
            if type(subject) in _NEITHER or _kind(type(subject)) is not collections.abc.Mapping:
                return False
        return not least or len(subject) >= least

    def values(self, at: int, subject: Any, keys: Tuple[Any, ...]) -> bool:
        """The values at ``keys``, by ``get``, behind the tuple ``keys`` itself.

        ``ValueError`` if a key is there twice.
        """
        missing = object()
        seen = set()
        values: List[Any] = [keys]
        get = subject.get
        for key in keys:
            if key in seen:
                raise ValueError(f"mapping pattern checks duplicate key ({key!r})")
            seen.add(key)
            value = get(key, missing)
            if value is missing:
                return False
            values.append(value)
        self[at:] = values
        return True

    def rest(self, at: int, subject: Any, keys: Tuple[Any, ...]) -> bool:
        """A dict of what a mapping has beside ``keys``."""
        rest: Dict[Any, Any] = {}
        rest.update(subject)
        for key in keys:
            del rest[key]
        self[at:] = [rest]
        return True

    def instance(self, at: int, subject: Any, cls: Any, count: int, names: Tuple[str, ...]) -> bool:
        """An instance; the values for ``count`` positional patterns and of attributes ``names``.

        ``TypeError`` if ``cls`` is no class, takes fewer positional patterns, or gets one twice.
        """
        values = _match_class(subject, cls, count, names)
        if values is None:
            return False
        self[at:] = values
        return True


def _match_class(subject: Any, cls: Any, count: int, names: Tuple[str, ...]) -> Optional[List[Any]]:
    if not isinstance(cls, type):
        raise TypeError("called match pattern must be a class")
    if not isinstance(subject, cls):
        return None
    values: List[Any] = []
    seen = set()

    def take(name: str) -> bool:
        if name in seen:
            raise TypeError(f"{cls.__name__}() got multiple sub-patterns for attribute {name!r}")
        seen.add(name)
        try:
            values.append(getattr(subject, name))
        except AttributeError:
            return False
        return True

    if count:
        # CPython calls the types with the flag _Py_TPFLAGS_MATCH_SELF: these and what inherits.
        match_self = False
        try:
            arguments = _match_args(cls)
        except AttributeError:
            arguments = ()
            match_self = issubclass(cls, _SELF_TYPES)
        if type(arguments) is not tuple:
            got = type(arguments).__name__
            raise TypeError(f"{cls.__name__}.__match_args__ must be a tuple (got {got})")
        allowed = 1 if match_self else len(arguments)
        if allowed < count:
            plural = "" if allowed == 1 else "s"
            shown = cls.__name__
            if not cls.__flags__ & _HEAP_TYPE and cls.__module__ != "builtins":
                shown = f"{cls.__module__}.{shown}"
            accepts = f"accepts {allowed} positional sub-pattern{plural} ({count} given)"
            raise TypeError(f"{shown}() {accepts}")
        if match_self:
            values.append(subject)
        else:
            for name in arguments[:count]:
                if not isinstance(name, str):
                    got = type(name).__name__
                    raise TypeError(f"__match_args__ elements must be strings (got {got})")
                if not take(name):
                    return None
    for name in names:
        if not take(name):
            return None
    return values
