"""``types.GenericAlias`` (3.9) and ``types.UnionType`` (3.10).

Before, ``list[int]`` and ``X | Y`` are written as objects of ``typing``, and these are what they
are instances of.
"""

from __future__ import annotations

import typing
from typing import Any, Callable

__all__ = ["GenericAlias", "UnionType"]

_GENERIC: Any = getattr(typing, "_GenericAlias")  # noqa: B009 -- typeshed doesn't have it


class _GenericAliases(type):
    """Asks whether something is an alias of a class that isn't ``typing``'s."""

    def __instancecheck__(cls, instance: Any) -> bool:
        origin = getattr(instance, "__origin__", None)
        return (
            type(instance) is _GENERIC
            and getattr(instance, "_name", None) is None
            and isinstance(origin, type)
            and not issubclass(origin, typing.Generic)  # type: ignore[arg-type]
        )

    def __call__(cls, origin: Any, args: Any) -> Any:
        """Create an alias."""
        return _GENERIC(origin, args if isinstance(args, tuple) else (args,))


class GenericAlias(metaclass=_GenericAliases):
    """``types.GenericAlias``: of ``list[int]``."""

    __new__: Callable[..., Any]


class _Unions(type):
    """Asks whether something is a union."""

    def __instancecheck__(cls, instance: Any) -> bool:
        return getattr(instance, "__origin__", None) is typing.Union


class UnionType(metaclass=_Unions):
    """``types.UnionType``: of ``int | str``, and of ``typing.Union[int, str]``, as in 3.14."""

    __origin__: Any
    __args__: Any
