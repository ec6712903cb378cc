"""Functions and classes with re-emitted code: ``@reemitted``, ``reemit_loaded()``."""

from __future__ import annotations

import gc
from types import FunctionType
from typing import Any, Callable, Iterator, Optional, TypeVar, Union

from . import Reemitter

__all__ = ["reemit_loaded", "reemitted"]

T = TypeVar("T", bound=Union[Callable[..., Any], type])

#: What a function has beside its code, and its constructor does not take. The first that is
#: there is copied: reading ``__annotations__`` where they are lazy (PEP 649) would run them.
_FIELDS = (
    ("__kwdefaults__",),
    ("__annotate__", "__annotations__"),
    ("__doc__",),
    ("__qualname__",),
    ("__module__",),
    ("__type_params__",),
)


def reemitted(made_of: T) -> T:
    """Decorator: the function, or the class, with every code object emitted again.

    A function comes back as a new one that shares all else with the first: globals, defaults,
    cells, annotations, type parameters, and what its ``__dict__`` holds. A class comes back as
    itself, its functions with new code in place: a copy's methods would have the ``__class__``
    cell of the first. Its functions are those in its ``__dict__``, also in static and class
    methods, in properties, and under decorators that tell what they wrap (``__wrapped__``).

    Raises:
        ReemitError: a fault in decode or emit.
        TypeError: neither a Python function nor a class.
    """
    again = Reemitter()
    if isinstance(made_of, type):
        for value in list(vars(made_of).values()):
            for function in _functions(value):
                function.__code__ = again(function.__code__, function.__module__)
        return made_of  # type: ignore[return-value]
    if not isinstance(made_of, FunctionType):
        raise TypeError(f"a Python function or a class is wanted, not {made_of!r}")
    function = FunctionType(
        again(made_of.__code__, made_of.__module__),
        made_of.__globals__,
        made_of.__name__,
        made_of.__defaults__,
        made_of.__closure__,
    )
    for names in _FIELDS:
        for name in names:
            if hasattr(made_of, name):
                setattr(function, name, getattr(made_of, name))
                break
    function.__dict__.update(made_of.__dict__)
    return function  # type: ignore[return-value]


def _functions(value: Any) -> Iterator[FunctionType]:
    """The Python functions that an attribute of a class is made of."""
    work, seen = [value], set()
    while work:
        part = work.pop()
        if part is None or isinstance(part, type) or id(part) in seen:
            continue
        seen.add(id(part))
        if isinstance(part, FunctionType):
            yield part
        if isinstance(part, (staticmethod, classmethod)):
            work.append(part.__func__)
        elif isinstance(part, property):
            work += [part.fget, part.fset, part.fdel]
        else:
            work.append(getattr(part, "__dict__", {}).get("__wrapped__"))


def reemit_loaded(wanted: Callable[[str], bool], again: Optional[Reemitter] = None) -> int:
    """Give every function that exists new code in place; how many functions that were.

    Frames and generators that have begun go on with the code that they have.

    Args:
        wanted: asked with the ``__name__`` in a function's globals.
        again: keeps what was made, for more than one call.

    Raises:
        ReemitError: a fault in decode or emit.
    """
    again = again or Reemitter()
    count = 0
    for function in gc.get_objects():
        # Not isinstance: a proxy's __class__ may say anything.
        if type(function) is FunctionType:
            module = str(function.__globals__.get("__name__"))
            if wanted(module):
                function.__code__ = again(function.__code__, module)
                count += 1
    return count
