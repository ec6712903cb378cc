"""Errors as this CPython words them, made by letting it raise them."""

from __future__ import annotations

import types
from typing import TYPE_CHECKING, Any, Callable, List

if TYPE_CHECKING:
    from ..values import FunctionVariable

__all__ = ["of_binding", "of_free_variable", "of_local", "of_name", "of_unpacking", "raised_by"]


def raised_by(function: Callable[..., Any], *args: Any, **kwargs: Any) -> BaseException:
    """The exception that a call raises.

    Raises:
        AssertionError: it raises none.
    """
    try:
        function(*args, **kwargs)
    except Exception as error:
        return error
    raise AssertionError(f"{function} raises nothing")


def _of_source(source: str) -> BaseException:
    table: Any = {"__builtins__": {}}
    exec(source, table)
    return raised_by(table["f"])


def of_local(name: str) -> BaseException:
    """Of a local variable that isn't bound."""
    if not name.isidentifier():
        return UnboundLocalError(name)
    return _of_source(f"def f():\n {name}\n {name} = 0\n")


def of_free_variable(name: str) -> BaseException:
    """Of a variable of an enclosing function that isn't bound; the name as in instructions."""
    name = name.replace(" (free)", "")
    if not name.isidentifier() or name == "__class__":
        return NameError(name)
    return _of_source(
        f"def g():\n def f():\n  return {name}\n if 0:\n  {name} = 0\n return f\nf = g()"
    )


def of_name(name: str) -> BaseException:
    """Of a name that is neither a global nor a builtin."""
    return raised_by(eval, name, {"__builtins__": {}}) if name.isidentifier() else NameError(name)


def of_unpacking(given: int, before: int, after: int = -1) -> BaseException:
    """Of ``a, b = values``, or with ``after`` of ``a, *b, c = values``.

    Args:
        given: how many values there are.
        before: how many targets, or with a starred one, how many before it.
        after: how many behind it; -1 without one.
    """
    targets: List[str] = [f"a{index}" for index in range(before)]
    if after >= 0:
        targets += ["*b", *(f"c{index}" for index in range(after))]
    return _of_source(f"values = [0] * {given}\ndef f():\n [{', '.join(targets)}] = values\n")


def of_binding(function: FunctionVariable, count: int, names: List[str]) -> BaseException:
    """Of a call whose arguments don't fit the signature; the function doesn't start.

    Args:
        function: what is called.
        count: how many positional arguments.
        names: of the keyword arguments.
    """
    code = function.code
    made = types.FunctionType(
        code,
        {},
        function.name,
        tuple(None for _ in function.defaults),
        tuple(types.CellType() for _ in code.co_freevars),
    )
    made.__kwdefaults__ = dict.fromkeys(function.kwdefaults)
    if function.function is not None:
        made.__qualname__ = function.function.__qualname__
    elif not hasattr(code, "co_qualname"):
        made.__qualname__ = function.spelling.note  # up to 3.10 it is only there
    return raised_by(made, *[None] * count, **dict.fromkeys(names))
