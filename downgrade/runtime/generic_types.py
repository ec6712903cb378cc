"""Generic types of the standard library that can be indexed only from 3.9 on (PEP 585).

On 3.9 and newer these are the classes themselves; on 3.8 their index gives an alias with the same
origin, arguments and text.
"""

from __future__ import annotations

import sys
import typing
from collections import abc
from typing import TYPE_CHECKING

__all__ = ["Dict", "FrozenSet", "List", "Set", "Tuple", "Type", "subscriptable"]

if TYPE_CHECKING:
    from typing import Dict, FrozenSet, List, Set, Tuple, Type

    _C = typing.TypeVar("_C")

    def subscriptable(cls: _C) -> _C:
        """Give a class that can be indexed."""

elif sys.version_info >= (3, 9):
    Dict, FrozenSet, List, Set, Tuple, Type = dict, frozenset, list, set, tuple, type

if not TYPE_CHECKING:

    class _Subscriptable:
        """Stands for a class where it is indexed."""

        def __init__(self, cls):
            self._cls = cls

        def __getitem__(self, arguments):
            if not isinstance(arguments, tuple):
                arguments = (arguments,)
            if self._cls is abc.Callable:
                return typing._GenericAlias(self._cls, typing.Callable[arguments].__args__)
            arguments = tuple(
                typing.ForwardRef(one) if isinstance(one, str) else one for one in arguments
            )
            return typing._GenericAlias(self._cls, arguments)

    def subscriptable(cls):
        """Give something that can be indexed in place of a class that can't."""
        return cls if hasattr(cls, "__class_getitem__") else _Subscriptable(cls)

    if sys.version_info < (3, 9):
        Dict, FrozenSet, List, Set, Tuple, Type = map(
            _Subscriptable, (dict, frozenset, list, set, tuple, type)
        )
