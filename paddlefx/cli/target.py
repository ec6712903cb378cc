"""What the commands are given, a file or a name in a file or module, loaded."""

from __future__ import annotations

import io
import os
import re
import tokenize
from dataclasses import dataclass, replace
from typing import Any, List, Optional, Tuple

from ..errors import PaddlefxError
from ..opcodes import table_for
from ..opcodes.table import OpcodeTable
from ..pyc import read_pyc
from .interpreters import locate_in, parse_version
from .locate import LocateError, compile_file, find, nested

__all__ = ["Loaded", "load"]


@dataclass(frozen=True)
class Loaded:
    """A target's code objects.

    Args:
        name: the target as it was given.
        table: of the version that compiled them.
        codes: with their qualified names; a file has one, its module.
        lines: the source file's lines, where there is one and it is the right one.
        filename: the source file, as the code objects name it or where it was found.
    """

    name: str
    table: OpcodeTable
    codes: List[Tuple[str, Any]]
    lines: Optional[List[str]]
    filename: str

    @property
    def python(self) -> str:
        """The version: ``"3.8"``."""
        return ".".join(map(str, self.table.version))

    def source(self, line: Optional[int]) -> Optional[str]:
        """A source line, by its number."""
        if line is None or self.lines is None or not 0 < line <= len(self.lines):
            return None
        return self.lines[line - 1]

    def every_code(self) -> List[Tuple[str, Any]]:
        """The code objects and all inside them, each after the one it is in."""
        return [inner for qualname, code in self.codes for inner in nested(code, qualname)]


def load(name: str, python: Optional[str] = None) -> Loaded:
    """Load a target.

    Args:
        name: ``FILE.py``, ``FILE.pyc``, either with ``:qualname``, or ``module:qualname``; with
            ``@3.8`` behind it, as compiled by that Python.
        python: the same as a version on its own; a version in ``name`` goes first.

    Raises:
        PaddlefxError: what is wrong with it, where, and what to do.
    """
    if not os.path.exists(name):
        match = re.fullmatch(r"(.+)@(\d+\.\d+)", name)
        if match:
            name, python = match.groups()
    table = table_for() if python is None else parse_version(python)
    try:
        if name.endswith(".pyc"):
            return _load_pyc(name, python)
        if os.path.exists(name):
            return _load_file(name, table)
        path, _, inside = name.rpartition(":")
        if os.path.isfile(path):
            return _picked(load(path, python), name, inside)
        module, colon, qualname = name.partition(":")
        if not colon:
            raise LocateError(
                "no such file",
                name,
                hint="targets are FILE.py, FILE.pyc, FILE:qualname and module:qualname",
            )
        if not qualname or not all(part.isidentifier() for part in module.split(".")):
            raise LocateError(
                f"{name!r} is no file, and no module:qualname either",
                hint="for example json.decoder:JSONDecoder.decode, or json:<module>",
            )
        return _load_name(name, module, qualname, table)
    except LocateError as error:
        raise PaddlefxError(
            error.reason, filename=error.filename, lineno=error.lineno, hint=error.hint
        ) from error


def _picked(loaded: Loaded, name: str, qualname: str) -> Loaded:
    """What has a qualified name in a file."""
    codes = [pair for pair in loaded.every_code() if pair[0] == qualname]
    if not codes:
        raise LocateError(
            f"there is no {qualname!r} in it",
            loaded.name,
            hint="names inside a function are written function.<locals>.name",
        )
    return replace(loaded, name=name, codes=codes)


def _codes(table: OpcodeTable, arguments: List[str]) -> List[Tuple[str, Any]]:
    if table is not table_for():
        return locate_in(table, arguments)
    if len(arguments) == 1:
        return [("<module>", compile_file(arguments[0]))]
    return find(arguments[0], arguments[1])


def _load_file(name: str, table: OpcodeTable) -> Loaded:
    return Loaded(name, table, _codes(table, [name]), _source_lines(name), name)


def _load_name(name: str, module: str, qualname: str, table: OpcodeTable) -> Loaded:
    codes = _codes(table, [module, qualname])
    filename = codes[0][1].co_filename
    return Loaded(name, table, codes, _source_lines(filename), filename)


def _load_pyc(name: str, python: Optional[str]) -> Loaded:
    try:
        pyc = read_pyc(name)
    except OSError as error:
        raise LocateError(f"can't read it: {error.strerror or error}", name) from None
    version = ".".join(map(str, pyc.table.version))
    if python is not None and python != version:
        raise LocateError(
            f"this file is of Python {version}, and can't become one of {python}",
            name,
            hint="give its source file with --python",
        )
    filename = pyc.code.co_filename
    beside, file = os.path.split(name)
    if os.path.basename(os.path.abspath(beside)) == "__pycache__":
        beside = os.path.normpath(os.path.join(beside, os.pardir))
    for candidate in (os.path.join(beside, file.split(".")[0] + ".py"), filename):
        if _is_source(candidate, pyc.source):
            filename, lines = candidate, _source_lines(candidate)
            break
    else:
        lines = None
    return Loaded(name, pyc.table, [("<module>", pyc.code)], lines, filename)


def _is_source(path: str, expected: Optional[Tuple[int, int]]) -> bool:
    """Whether a source file is the one that a .pyc file was made from."""
    try:
        found = os.stat(path)
    except OSError:
        return False
    return expected is None or expected == (
        int(found.st_mtime) & 0xFFFFFFFF,
        found.st_size & 0xFFFFFFFF,
    )


def _source_lines(path: str) -> Optional[List[str]]:
    """The lines of a Python source file in the encoding that it declares."""
    try:
        with open(path, "rb") as file:
            data = file.read()
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        return io.TextIOWrapper(io.BytesIO(data), encoding, errors="replace").read().split("\n")
    except (OSError, SyntaxError):
        return None
