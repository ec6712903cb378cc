"""Opcode tables of every supported CPython, and the only place that asks which one runs."""

from __future__ import annotations

import importlib
import sys
from typing import Dict, Optional, Tuple

from ..errors import UnsupportedPythonError
from .table import OpcodeTable, Rule, missing

__all__ = ["SUPPORTED", "OpcodeTable", "Rule", "missing", "table_for"]

#: The versions that have a table.
SUPPORTED: Tuple[Tuple[int, int], ...] = ((3, 8), (3, 9), (3, 10), (3, 11), (3, 12), (3, 13))

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
            first, last = SUPPORTED[0], SUPPORTED[-1]
            raise UnsupportedPythonError(
                f"no opcode table for Python {'.'.join(map(str, wanted))}",
                hint=f"paddlefx runs on CPython {first[0]}.{first[1]} to {last[0]}.{last[1]}",
            )
        module = importlib.import_module(f"{__name__}.py{key[0]}{key[1]}")
        table = _TABLES[key] = module.TABLE
    return table
