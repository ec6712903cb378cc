"""How often a callable is compiled: a bound, and what the user is told behind it."""

from __future__ import annotations

import types
import warnings
import weakref
from typing import Any, Callable, Dict, List, Optional, Set

from . import frameworks, statistics

__all__ = ["ENTRY_LIMIT", "INSTANCE_LIMIT", "died", "forget", "instance_of", "reached", "tell"]

#: Compiled forms of one callable. Behind either limit, calls that fit none run as plain Python.
ENTRY_LIMIT = 512

#: Compiled forms for one instance whose method it is, or for calls without one.
INSTANCE_LIMIT = 64

#: What was warned of, as ``__warningregistry__``.
_warned: Dict[Any, Any] = {}

#: By cache, the instances for which a limit was told, by id.
_told: weakref.WeakKeyDictionary[Any, Set[int]] = weakref.WeakKeyDictionary()

#: By cache, how many forms in a row died before a call found them.
_unused: weakref.WeakKeyDictionary[Any, int] = weakref.WeakKeyDictionary()


def forget() -> None:
    """Tell again about limits that are reached."""
    _told.clear()
    _unused.clear()


def died(cache: Any, guards: Any) -> None:
    """Something that the form of ``cache`` with these guards depends on is gone.

    Forms for what each call makes anew, such as objects of a class that the function defines,
    are of no use to the next call: as many as of an instance are made, then no more.
    """
    for form in cache.entries:
        if form.guards is guards:
            _unused[cache] = 0 if form.hits else _unused.get(cache, 0) + 1


def instance_of(state: Any, unwrap: Callable[[Any], Any]) -> Any:
    """The object whose method a frame runs; ``None`` when it is no method.

    Args:
        state: the frame's, before it runs.
        unwrap: gives the plain function behind an optimised one.
    """
    code = state.code
    if not code.co_argcount or not state.locals:
        return None
    first = state.locals[0]
    if frameworks.active().is_layer(first):
        return first
    for cls in type(first).__mro__:
        function = unwrap(cls.__dict__.get(code.co_name))
        if isinstance(function, types.FunctionType) and function.__code__ is code:
            return first
    return None


def reached(cache: Any, instance: Any) -> Optional[str]:
    """Which limit keeps a call from being compiled, in words; ``None`` for neither."""
    entries = cache.entries
    if _unused.get(cache, 0) >= INSTANCE_LIMIT:
        return f"{INSTANCE_LIMIT} times for objects that the next call didn't find again"
    if len(entries) >= ENTRY_LIMIT:
        return f"{ENTRY_LIMIT} times"
    if len(entries) >= INSTANCE_LIMIT:
        if sum(form.serves(instance) for form in entries) >= INSTANCE_LIMIT:
            whose = "" if instance is None else f" for one {type(instance).__qualname__}"
            return f"{INSTANCE_LIMIT} times{whose}"
    return None


def tell(
    cache: Any, state: Any, instance: Any, limit: str, explain: Callable[[Any, Any], List[str]]
) -> None:
    """Count a call behind a limit; the first of an instance is a warning.

    Args:
        cache: what holds the compiled forms.
        state: the frame's.
        instance: whose method it is, or ``None``.
        limit: what :func:`reached` gave.
        explain: says why the compiled forms don't fit, a sentence each; asked once, since it
            takes longer than many a call.
    """
    statistics.count("over_limit")
    told = _told.setdefault(cache, set())
    if id(instance) in told:
        return
    told.add(id(instance))
    statistics.count("fallbacks")
    code = state.code
    misses = explain(state, cache)
    why = misses[-1] if misses else "its guards failed each time"
    # warn() would note it in the globals of the user's frame, who may be looking at them.
    warnings.warn_explicit(
        f"{code.co_name} ({code.co_filename}:{code.co_firstlineno}) was compiled {limit}; "
        f"more calls that fit none of them run as plain Python. Last miss: {why}",
        UserWarning,
        code.co_filename,
        code.co_firstlineno,
        registry=_warned,
    )
