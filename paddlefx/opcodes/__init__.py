"""Opcode tables of every supported CPython, and the only place that asks which one runs."""

from __future__ import annotations

import importlib
import sys
from typing import Dict, Optional, Tuple

from ..errors import UnsupportedPythonError
from .table import OpcodeTable, Rule, missing

__all__ = [
    "COMPILED",
    "SUPPORTED",
    "OpcodeTable",
    "Rule",
    "missing",
    "require_compiler",
    "table_for",
]

#: The versions whose functions are compiled at run time: the C extension is built for them.
COMPILED: Tuple[Tuple[int, int], ...] = ((3, 8), (3, 9), (3, 10), (3, 11), (3, 12), (3, 13))
#: The versions that have a table: their code is decoded and emitted.
SUPPORTED: Tuple[Tuple[int, int], ...] = (*COMPILED, (3, 14))

_TABLES: Dict[Tuple[int, int], OpcodeTable] = {}


def table_for(version: Optional[Tuple[int, ...]] = None) -> OpcodeTable:
    """The opcode table of a CPython.

    Args:
        version: ``(3, 11)``; anything behind the minor version is ignored. ``None`` is
            the interpreter that runs.

    Raises:
        UnsupportedPythonError: there is no table of this version.
    """
    wanted = tuple(sys.version_info if version is None else version)[:2]
    key = (int(wanted[0]), int(wanted[1])) if len(wanted) == 2 else (0, 0)
    table = _TABLES.get(key)
    if table is None:
        if key not in SUPPORTED:
            raise UnsupportedPythonError(
                f"no opcode table for Python {'.'.join(map(str, wanted))}",
                hint=f"paddlefx knows the code of CPython {_span(SUPPORTED)}",
            )
        module = importlib.import_module(f"{__name__}.py{key[0]}{key[1]}")
        table = _TABLES[key] = module.TABLE
    return table


def require_compiler() -> None:
    """Check that functions can be compiled on the interpreter that runs.

    Raises:
        UnsupportedPythonError: there may be a table, but the C extension isn't built here.
    """
    if sys.version_info[:2] not in COMPILED:
        raise UnsupportedPythonError(
            f"functions can't be compiled on Python {sys.version_info[0]}.{sys.version_info[1]}",
            hint=f"run on CPython {_span(COMPILED)}; reading and writing code objects "
            f"(paddlefx.decode, paddlefx.emit, python -m paddlefx dis) works on {_span(SUPPORTED)}",
        )


def _span(versions: Tuple[Tuple[int, int], ...]) -> str:
    return " to ".join(f"{major}.{minor}" for major, minor in (versions[0], versions[-1]))
