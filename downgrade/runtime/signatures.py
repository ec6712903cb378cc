"""``inspect.signature`` with ``eval_str`` (3.10)."""

from __future__ import annotations

import functools
import inspect
from typing import Any, Mapping, Optional

import typing_extensions

__all__ = ["signature"]

_extensions: Any = typing_extensions


def signature(
    obj: Any,
    *,
    follow_wrapped: bool = True,
    globals: Optional[Mapping[str, Any]] = None,
    locals: Optional[Mapping[str, Any]] = None,
    eval_str: bool = False,
) -> inspect.Signature:
    """``inspect.signature``: with ``eval_str``, annotations that are strings are evaluated."""
    found = inspect.signature(obj, follow_wrapped=follow_wrapped)
    if not eval_str:
        return found
    function = _function_of(obj, follow_wrapped)
    if function is None:
        return found
    hints = _extensions.get_annotations(function, globals=globals, locals=locals, eval_str=True)
    parameters = [
        one.replace(annotation=hints.get(one.name, one.annotation))
        for one in found.parameters.values()
    ]
    result = found.return_annotation
    if result is not inspect.Signature.empty:
        result = hints.get("return", result)
    return found.replace(parameters=parameters, return_annotation=result)


def _function_of(obj: Any, follow_wrapped: bool) -> Any:
    """The function whose annotations a signature shows; None if there is none."""
    for _ in range(100):
        if isinstance(obj, functools.partial):
            obj = obj.func
        elif follow_wrapped and hasattr(obj, "__wrapped__") and not isinstance(obj, type):
            obj = obj.__wrapped__
        elif inspect.ismethod(obj):
            obj = obj.__func__
        elif inspect.isfunction(obj):
            return obj
        elif isinstance(obj, type):
            for name, plain in (("__new__", object.__new__), ("__init__", object.__init__)):
                if getattr(obj, name) is not plain:
                    obj = getattr(obj, name)
                    break
            else:
                return None
        else:
            call = inspect.getattr_static(type(obj), "__call__", None)
            if not inspect.isfunction(call):
                return None
            obj = call
    return None
