"""What the generic cases print with: the same text on every version for the same meaning."""

from __future__ import annotations

import collections.abc
import contextlib
import io
import sys
import types
import typing
from typing import Any, Dict

import typing_extensions

_NONE = type(None)


def show(value: Any) -> str:
    """A type, a parameter, an alias, or a list or tuple of them."""
    if value is _NONE or value is None:
        return "None"
    if isinstance(value, typing.ForwardRef):
        return f"'{value.__forward_arg__}'"
    if value in (typing.Any, typing_extensions.Any):
        return "Any"
    if value is ...:
        return "..."
    if typing_extensions.get_origin(value) is typing_extensions.Unpack:
        return f"Unpack[{show(value.__args__[0])}]"
    if isinstance(value, (list, tuple)) and not is_param(value):
        return f"[{', '.join(map(show, value))}]"
    if isinstance(value, str):
        return repr(value)
    if is_param(value):
        return str(value.__name__)
    origin = typing_extensions.get_origin(value)
    if origin is not None and origin is not value:
        args = typing_extensions.get_args(value)
        if origin is collections.abc.Callable and isinstance(args[0], list):
            if len(args[0]) == 1 and kind(args[0][0]) == "ParamSpec":
                args = (args[0][0], *args[1:])  # as 3.8 and 3.9 have it
        return f"{show(origin)}[{', '.join(map(show, args))}]"
    if isinstance(value, ALIAS):
        return str(value.__name__)
    if origin is typing.Generic:
        return "Generic"
    if value is typing.Union or getattr(types, "UnionType", value) is value is not None:
        if value is typing.Union or isinstance(value, type):
            if getattr(value, "__name__", "Union") in ("Union", "UnionType"):
                return "Union"
    if getattr(value, "_name", None) and not isinstance(value, type):
        return str(value._name)
    return str(getattr(value, "__qualname__", None) or getattr(value, "__name__", repr(value)))


ALIAS = (
    getattr(typing, "TypeAliasType", typing_extensions.TypeAliasType),
    typing_extensions.TypeAliasType,
)


def kind(value: Any) -> str:
    """Which kind of parameter it is; empty if none."""
    for name in ("ParamSpec", "TypeVarTuple", "TypeVar"):
        for module in (typing_extensions, typing):
            if isinstance(value, getattr(module, name, ())) and not isinstance(value, type):
                return name
    return ""


def is_param(value: Any) -> bool:
    """Whether it is a type parameter."""
    return bool(kind(value))


def describe(param: Any) -> str:
    """All there is to a parameter."""
    text = f"{kind(param)} {param.__name__} {param!r}"
    if kind(param) == "TypeVar":
        text += f" bound={show(param.__bound__)} constraints={show(param.__constraints__)}"
        text += f" {param.__covariant__} {param.__contravariant__} {param.__infer_variance__}"
    if kind(param) == "ParamSpec":
        text += f" {show(param.args.__origin__)} {show(param.kwargs.__origin__)}"
    return text


def params(thing: Any) -> None:
    """Print the parameters of a function, class or alias."""
    for param in thing.__type_params__:
        print(describe(param))


def hints(thing: Any) -> None:
    """Print the annotations, evaluated."""
    for name, hint in typing_extensions.get_type_hints(thing).items():
        print(name, show(hint))


def run(name: str, text: str) -> str:
    """Run a module's text; give what it prints, with the exception that ends it."""
    module = types.ModuleType(name)
    scope: Dict[str, Any] = vars(module)
    scope.update(show=show, describe=describe, params=params, hints=hints)
    sys.modules[name] = module
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        try:
            exec(compile(text, f"<{name}>", "exec", dont_inherit=True), scope)
        except BaseException as error:
            traceback = error.__traceback__
            lines = []
            while traceback is not None:
                if traceback.tb_frame.f_code.co_filename == f"<{name}>":
                    lines.append(traceback.tb_lineno)
                traceback = traceback.tb_next
            print(f"{type(error).__name__}: {error} at {lines}")
    return out.getvalue()
