"""``typing.get_type_hints`` of 3.11.

Since then ``= None`` makes nothing optional, and names in ``list["X"]`` are found; since 3.10 names
of a class are found in it, since 3.9 those in quotes inside of quotes. The sources are
``get_type_hints`` and ``_eval_type`` in Lib/typing.py of 3.13.
"""

from __future__ import annotations

import collections.abc
import functools
import operator
import sys
import types
import typing
from typing import Any, Callable, Dict, FrozenSet, Optional

import typing_extensions

__all__ = ["get_type_hints"]

_TYPING: Any = typing
#: ``list[int]`` of 3.9, ``int | str`` of 3.10
_ALIAS: Any = getattr(types, "GenericAlias", ())
_UNION: Any = getattr(types, "UnionType", ())
_HINTS = (typing_extensions.Required, typing_extensions.NotRequired, typing_extensions.ReadOnly)


def get_type_hints(
    obj: Any,
    globalns: Optional[Dict[str, Any]] = None,
    localns: Any = None,
    include_extras: bool = False,
) -> Dict[str, Any]:
    """``typing.get_type_hints``: ``NameError`` where a name isn't known yet."""
    if sys.version_info >= (3, 11):
        return typing_extensions.get_type_hints(obj, globalns, localns, include_extras)
    if getattr(obj, "__no_type_check__", None):
        return {}
    if isinstance(obj, type):
        hints = _of_class(obj, globalns, localns)
    else:
        hints = _of_function(obj, globalns, localns)
    return hints if include_extras else {name: _stripped(hint) for name, hint in hints.items()}


def _of_class(cls: type, globalns: Any, localns: Any) -> Dict[str, Any]:
    hints = {}
    for base in reversed(cls.__mro__):
        outer = globalns
        if outer is None:
            outer = getattr(sys.modules.get(base.__module__), "__dict__", {})
        inner = dict(vars(base)) if localns is None else localns
        if localns is None and globalns is None:
            outer, inner = inner, outer  # as 3.10 does: names of the module first
        for name, value in vars(base).get("__annotations__", {}).items():
            hints[name] = _hint(value, outer, inner)
    return hints


def _of_function(obj: Any, globalns: Any, localns: Any) -> Dict[str, Any]:
    if globalns is None:
        if isinstance(obj, types.ModuleType):
            globalns = vars(obj)
        else:
            inside = obj
            while hasattr(inside, "__wrapped__"):
                inside = inside.__wrapped__
            globalns = getattr(inside, "__globals__", {})
    if localns is None:
        localns = globalns
    annotations = getattr(obj, "__annotations__", None)
    if annotations is None:
        # raises TypeError for what can't have annotations
        return typing.get_type_hints(obj)
    return {name: _hint(value, globalns, localns) for name, value in annotations.items()}


def _hint(value: Any, globalns: Any, localns: Any) -> Any:
    if value is None:
        return type(None)
    if isinstance(value, str):
        value = typing.ForwardRef(value, is_argument=False)
    return _evaluated(value, globalns, localns, frozenset())


def _evaluated(hint: Any, globalns: Any, localns: Any, around: FrozenSet[str]) -> Any:
    """Evaluate what is in quotes, inside of ``around`` too, but for itself."""
    if not isinstance(hint, typing.ForwardRef):
        return _mapped(hint, lambda one: _evaluated(one, globalns, localns, around))
    text = hint.__forward_arg__
    if text in around:
        return hint
    value = eval(hint.__forward_code__, globalns, localns)
    if isinstance(value, tuple):
        raise TypeError(f"Forward references must evaluate to types. Got {value!r:.100}.")
    if isinstance(value, str):
        value = typing.ForwardRef(value, is_argument=False)
    elif value is None:
        value = type(None)
    return _evaluated(value, globalns, localns, around | {text})


def _stripped(hint: Any) -> Any:
    """A hint without ``Annotated``, ``Required`` and so on."""
    origin = typing_extensions.get_origin(hint)
    if origin is typing_extensions.Annotated:
        return _stripped(hint.__origin__)
    if origin in _HINTS:
        return _stripped(hint.__args__[0])
    return _mapped(hint, _stripped)


def _mapped(hint: Any, change: Callable[[Any], Any]) -> Any:
    """The same type of changed arguments."""
    if not isinstance(hint, (_TYPING._GenericAlias, _ALIAS, _UNION)):
        return hint
    before = hint.__args__
    if isinstance(hint, _ALIAS):
        before = tuple(typing.ForwardRef(one) if isinstance(one, str) else one for one in before)
    args = tuple(map(change, before))
    if args == hint.__args__:
        return hint
    if isinstance(hint, _UNION):
        return functools.reduce(operator.or_, args)
    if isinstance(hint, _ALIAS):
        if hint.__origin__ is collections.abc.Callable:
            rest = len(args) == 2 and (args[0] is ... or not isinstance(args[0], type))
            return hint.__origin__[args[0] if rest else list(args[:-1]), args[-1]]
        return _ALIAS(hint.__origin__, args)
    made = hint.copy_with(args)
    if hasattr(hint, "_special"):
        made._special = hint._special
    return made
