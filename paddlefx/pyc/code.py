"""Code objects of another CPython: the attributes that decode reads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Dict, List, Tuple, Type

from ..opcodes.table import OpcodeTable
from .lines import LineRange, Location, linetable, lnotab, locations

__all__ = ["ForeignCode", "code_class"]


@dataclass(frozen=True, eq=False)
class ForeignCode:
    """What :class:`types.CodeType` is for the running version.

    Compared by identity. ``co_linetable`` is the line table as the version writes it; each
    version's class (:func:`code_class`) reads it.
    """

    co_argcount: int
    co_posonlyargcount: int
    co_kwonlyargcount: int
    co_stacksize: int
    co_flags: int
    co_code: bytes
    co_consts: Tuple[Any, ...]
    co_names: Tuple[str, ...]
    co_varnames: Tuple[str, ...]
    co_cellvars: Tuple[str, ...]
    co_freevars: Tuple[str, ...]
    co_filename: str
    co_name: str
    co_firstlineno: int
    co_linetable: bytes

    @property
    def co_nlocals(self) -> int:
        """The number of locals."""
        return len(self.co_varnames)

    def __repr__(self) -> str:
        return f"<code object {self.co_name} of {self.co_filename}:{self.co_firstlineno}>"


class _LnotabCode(ForeignCode):
    """Up to 3.9."""

    def co_lines(self) -> List[LineRange]:
        return lnotab(self.co_linetable, self.co_firstlineno, len(self.co_code))


class _LinetableCode(ForeignCode):
    """3.10."""

    def co_lines(self) -> List[LineRange]:
        return linetable(self.co_linetable, self.co_firstlineno)


@dataclass(frozen=True, eq=False, repr=False)
class _PositionsCode(ForeignCode):
    """3.11 and later."""

    co_qualname: str
    co_exceptiontable: bytes

    def co_positions(self) -> List[Location]:
        return locations(self.co_linetable, self.co_firstlineno)


_CLASSES: Dict[str, Type[ForeignCode]] = {
    "lnotab": _LnotabCode,
    "linetable": _LinetableCode,
    "positions": _PositionsCode,
}


def code_class(table: OpcodeTable) -> Type[ForeignCode]:
    """The class for a version's code objects."""
    return _CLASSES[table.traits["lines"]]
