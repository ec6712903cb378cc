"""The code objects that a file or ``module:qualname`` means, found by the Python that runs this.

It needs nothing but the standard library: the commands import it, and for ``--python X.Y``
its text runs in the other interpreter (:mod:`.interpreters`), which answers on stdout.
"""

from __future__ import annotations

import functools
import importlib
import importlib.util
import json
import marshal
import os
import platform
import sys
import types
import warnings
from typing import Any, Iterator, List, Optional, Tuple

__all__ = ["LocateError", "compile_file", "find", "nested"]

_OPTIMIZED = 0x1


class LocateError(Exception):
    """Nothing found: ``reason``, where (``filename``, ``lineno``), ``hint``."""

    def __init__(
        self,
        reason: str,
        filename: Optional[str] = None,
        lineno: Optional[int] = None,
        hint: Optional[str] = None,
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.filename = filename
        self.lineno = lineno
        self.hint = hint


def nested(code: Any, qualname: str = "") -> Iterator[Tuple[str, Any]]:
    """Each code object inside, itself first, with its qualified name.

    Names are those of ``co_qualname`` (3.11+); before, they are put together as the compiler
    does it, but for functions declared ``global``.
    """
    qualname = getattr(code, "co_qualname", qualname) or code.co_name
    yield qualname, code
    if code.co_name == "<module>":
        prefix = ""
    elif code.co_name.startswith("<generic parameters of "):
        prefix = qualname.rpartition("<generic parameters of ")[0]
    else:
        prefix = qualname + (".<locals>." if code.co_flags & _OPTIMIZED else ".")
    for constant in code.co_consts:
        if hasattr(constant, "co_code"):
            yield from nested(constant, prefix + constant.co_name)


def compile_file(path: str) -> Any:
    """The code of a source file, compiled by this interpreter."""
    try:
        with open(path, "rb") as file:
            source = file.read()
    except OSError as error:
        raise LocateError(f"can't read it: {error.strerror or error}", path) from None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return compile(source, path, "exec", dont_inherit=True)
    except SyntaxError as error:
        raise LocateError(
            f"not valid in Python {_version()}: {error.msg}",
            path,
            error.lineno,
            "choose the Python that it is written for with --python X.Y",
        ) from None
    except ValueError as error:
        raise LocateError(f"no Python source: {error}", path) from None


def find(module: str, qualname: str) -> List[Tuple[str, Any]]:
    """The code objects of this qualified name in a module, with the names they have themselves.

    There are several if it is redefined.

    The module's own code is searched first, without running it. What isn't there (a name that
    comes from another module, or was made as the module ran) is asked of the imported module.
    """
    sys.dont_write_bytecode = True
    if "" not in sys.path and os.getcwd() not in sys.path:
        sys.path.insert(0, os.getcwd())
    code = _module_code(module)
    found = [] if code is None else [pair for pair in nested(code) if pair[0] == qualname]
    return found or [_code_of(_import(module, qualname), module, qualname)]


def _module_code(module: str) -> Any:
    try:
        spec = importlib.util.find_spec(module)
    except ImportError as error:
        raise _no_module(module, error) from None
    except ValueError:
        spec = getattr(sys.modules.get(module), "__spec__", None)
    if spec is None:
        if module in sys.modules:
            return None
        raise _no_module(module, f"no module named {module!r}")
    path = getattr(getattr(spec, "loader_state", None), "filename", None)
    if path is not None and os.path.exists(path):  # frozen: its code names no file
        return compile_file(path)
    get_code = getattr(spec.loader, "get_code", None)
    if get_code is None:
        return None
    try:
        return get_code(spec.name)
    except (ImportError, SyntaxError) as error:
        raise LocateError(f"module {module!r} has no code: {error}") from None


def _no_module(module: str, error: object) -> LocateError:
    return LocateError(
        f"{error} (Python {_version()})",
        hint=f"run the command where {module.partition('.')[0]!r} can be imported, "
        "or give the path of a .py or .pyc file",
    )


def _import(module: str, qualname: str) -> Any:
    try:
        found: Any = importlib.import_module(module)
    except Exception as error:
        raise LocateError(
            f"importing {module!r} raised {type(error).__name__}: {error}",
            hint="give the path of its .py file: then nothing is imported",
        ) from error
    for name in qualname.split("."):
        try:
            found = getattr(found, name)
        except AttributeError:
            raise LocateError(
                f"module {module!r} has no {qualname!r}",
                hint="names inside a function are written function.<locals>.name; "
                "the whole module is <module>",
            ) from None
    return found


def _code_of(value: Any, module: str, qualname: str) -> Tuple[str, Any]:
    while True:
        if isinstance(value, property):
            value = value.fget
        elif isinstance(value, (functools.partial, functools.cached_property)):
            value = value.func
        elif isinstance(value, types.MethodType):
            value = value.__func__
        else:
            break
    code: Any = getattr(value, "__code__", None)
    if hasattr(code, "co_code"):
        return str(getattr(value, "__qualname__", qualname)), _thawed(code)
    if isinstance(value, type):
        inside = _module_code(value.__module__)
        for name, code in [] if inside is None else nested(inside):
            if name == value.__qualname__:
                return name, code
    raise LocateError(
        f"{module}:{qualname} is a {type(value).__name__} without Python code",
        hint="functions, methods and classes written in Python have code",
    )


def _thawed(code: Any) -> Any:
    """A frozen module's code names no file; the same from its source does."""
    if code.co_filename.startswith("<frozen "):
        inside = _module_code(code.co_filename[len("<frozen ") : -1])
        for _, other in [] if inside is None else nested(inside):
            if (other.co_name, other.co_firstlineno) == (code.co_name, code.co_firstlineno):
                return other
    return code


def _version() -> str:
    return platform.python_version()


def main(arguments: List[str]) -> int:
    """Write the marshalled list of names and code objects, or a JSON object that says why not.

    Args:
        arguments: a path, or a module and a qualified name.
    """
    answer = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what an imported module prints is no part of the answer
    try:
        if len(arguments) == 1:
            codes = [("<module>", compile_file(arguments[0]))]
        else:
            codes = find(*arguments)
    except LocateError as error:
        answer.write(json.dumps(vars(error)).encode())
        answer.close()
        return 1
    answer.write(marshal.dumps(codes))
    answer.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
