"""Code objects of any supported CPython, read from .pyc files by any other.

The layout is that of PEP 552: magic number, flags, 8 bytes about the source, and a code object
as :mod:`marshal` writes it.
"""

from __future__ import annotations

import os
import struct
from typing import NamedTuple, Optional, Tuple, Union

from ..errors import PycError
from ..opcodes import SUPPORTED, table_for
from ..opcodes.table import OpcodeTable
from .code import ForeignCode
from .unmarshal import loads

__all__ = ["ForeignCode", "Pyc", "loads", "parse_pyc", "read_pyc"]

_HEADER = 16


class Pyc(NamedTuple):
    """What a .pyc file holds.

    Args:
        table: of the version that wrote it.
        code: the module's.
        source: time of change and size of the source file it was made from, both modulo
            2 ** 32; ``None`` when it says a hash of the source instead.
    """

    table: OpcodeTable
    code: ForeignCode
    source: Optional[Tuple[int, int]]


def read_pyc(path: Union[str, os.PathLike[str]]) -> Pyc:
    """Read a .pyc file.

    Raises:
        PycError: no .pyc file, one of an unsupported Python, or a damaged one.
        OSError: the file can't be read.
    """
    with open(path, "rb") as file:
        data = file.read()
    try:
        return parse_pyc(data)
    except PycError as error:
        error.filename = os.fspath(path)
        raise


def parse_pyc(data: bytes) -> Pyc:
    """The same for what such a file holds; raises PycError."""
    if len(data) < _HEADER or data[2:4] != b"\r\n":
        raise PycError(
            "this is no .pyc file: it doesn't start with a magic number",
            hint="a Python source file has a name that ends in .py",
        )
    magic = int.from_bytes(data[:2], "little")
    table = _table_of(magic)
    flags, changed, size = struct.unpack_from("<III", data, 4)
    if flags > 3:
        raise PycError("the header of this .pyc file is damaged (unknown flags)")
    code = loads(data[_HEADER:], table)
    if not isinstance(code, ForeignCode):
        raise PycError(f"this .pyc file holds no code object, but a {type(code).__name__}")
    return Pyc(table, code, None if flags else (changed, size))


def _table_of(magic: int) -> OpcodeTable:
    known = []
    for version in SUPPORTED:
        table = table_for(version)
        if table.traits["magic"] == magic:
            return table
        known.append(f"{version[0]}.{version[1]} ({table.traits['magic']})")
    raise PycError(
        f"this .pyc file has the magic number {magic}, which is of no supported Python",
        hint=f"supported are the releases of CPython {', '.join(known)}",
    )
