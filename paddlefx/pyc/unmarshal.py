"""``marshal.loads`` for the code objects of any supported CPython (``Python/marshal.c``).

Reads what ``marshal`` writes since format version 3 (CPython 3.4), which added references:
an object with the flag in its type byte gets the next number, and ``r`` names it again.
"""

from __future__ import annotations

import struct
from typing import Any, Callable, Dict, List, Tuple

from ..errors import PycError
from ..opcodes.table import OpcodeTable
from .code import ForeignCode, code_class

__all__ = ["loads"]

_FLAG_REF = 0x80

#: Kinds of a slot in ``co_localspluskinds`` (``Include/internal/pycore_code.h``).
_FAST_LOCAL = 0x20
_FAST_CELL = 0x40
_FAST_FREE = 0x80


def loads(data: bytes, table: OpcodeTable) -> Any:
    """Read an object that the version of the table has marshalled.

    Raises:
        PycError: the bytes end too early, or hold a type that no code object contains.
    """
    try:
        return _Reader(data, table).read()
    except (struct.error, UnicodeDecodeError, ValueError, TypeError, OverflowError) as error:
        raise PycError(f"the marshalled code object is damaged: {error}") from error
    except RecursionError as error:
        raise PycError("the marshalled code object is damaged: it is nested too deep") from error


class _Null:
    """The end of a dict."""


class _Reader:
    def __init__(self, data: bytes, table: OpcodeTable) -> None:
        self.data = data
        self.table = table
        self.at = 0
        self.references: List[Any] = []
        self.code_class = code_class(table)

    def take(self, count: int) -> bytes:
        end = self.at + count
        if count < 0 or end > len(self.data):
            raise ValueError(f"it wants {count} bytes at offset {self.at} of {len(self.data)}")
        found = self.data[self.at : end]
        self.at = end
        return found

    def byte(self) -> int:
        return self.take(1)[0]

    def long(self) -> int:
        return int.from_bytes(self.take(4), "little", signed=True)

    def read(self) -> Any:
        """The next object."""
        start = self.at
        head = self.byte()
        kind = chr(head & ~_FLAG_REF)
        keep = bool(head & _FLAG_REF)
        if kind in _CONSTANTS:
            return _CONSTANTS[kind]
        if kind == "r":
            return self._reference()
        read = _LEAVES.get(kind)
        if read is not None:
            value = read(self)
            if keep:
                self.references.append(value)
            return value
        build = _CONTAINERS.get(kind)
        if build is None:
            raise ValueError(f"no type {kind!r} (offset {start})")
        # a container's number comes before those of what it contains
        place = len(self.references)
        if keep:
            self.references.append(_Null)
        value = build(self)
        if keep:
            self.references[place] = value
        return value

    def _reference(self) -> Any:
        number = self.long()
        if not 0 <= number < len(self.references) or self.references[number] is _Null:
            raise ValueError(f"no object {number} to refer to (offset {self.at - 4})")
        return self.references[number]

    # -- leaves

    def integer(self) -> int:
        """Digits of 15 bits; the sign is that of their number."""
        count = self.long()
        value = 0
        for index in range(abs(count)):
            value |= int.from_bytes(self.take(2), "little") << 15 * index
        return -value if count < 0 else value

    def real(self) -> float:
        return float(struct.unpack("<d", self.take(8))[0])

    def imaginary(self) -> complex:
        return complex(self.real(), self.real())

    def string(self) -> bytes:
        return self.take(self.long())

    def text(self) -> str:
        return self.string().decode("utf-8", "surrogatepass")

    def ascii(self) -> str:
        return self.string().decode("ascii")

    def short_ascii(self) -> str:
        return self.take(self.byte()).decode("ascii")

    # -- containers

    def items(self, count: int) -> Tuple[Any, ...]:
        if not 0 <= count <= len(self.data) - self.at:
            raise ValueError(f"{count} items in {len(self.data) - self.at} bytes")
        return tuple([self.read() for _ in range(count)])

    def mapping(self) -> Dict[Any, Any]:
        result: Dict[Any, Any] = {}
        while True:
            key = self.read()
            if key is _Null:
                return result
            result[key] = self.read()

    def code(self) -> ForeignCode:
        """The fields in the order of ``w_complex_object`` in ``Python/marshal.c``."""
        fields: Dict[str, Any] = {}
        slots = self.table.traits["localsplus"]
        for name in ("co_argcount", "co_posonlyargcount", "co_kwonlyargcount"):
            fields[name] = self.long()
        if not slots:
            self.long()  # co_nlocals
        fields["co_stacksize"] = self.long()
        fields["co_flags"] = self.long()
        for name in ("co_code", "co_consts", "co_names"):
            fields[name] = self.read()
        if slots:
            names, kinds = self.read(), self.read()
            for name, kind in (
                ("co_varnames", _FAST_LOCAL),
                ("co_cellvars", _FAST_CELL),
                ("co_freevars", _FAST_FREE),
            ):
                fields[name] = tuple([n for n, k in zip(names, kinds) if k & kind])
        else:
            for name in ("co_varnames", "co_freevars", "co_cellvars"):
                fields[name] = self.read()
        fields["co_filename"] = self.read()
        fields["co_name"] = self.read()
        if slots:
            fields["co_qualname"] = self.read()
        fields["co_firstlineno"] = self.long()
        fields["co_linetable"] = self.read()
        if slots:
            fields["co_exceptiontable"] = self.read()
        return self.code_class(**fields)


_CONSTANTS: Dict[str, Any] = {
    "0": _Null,
    "N": None,
    "F": False,
    "T": True,
    ".": ...,
    "S": StopIteration,
}

_LEAVES: Dict[str, Callable[[_Reader], Any]] = {
    "i": _Reader.long,
    "l": _Reader.integer,
    "g": _Reader.real,
    "y": _Reader.imaginary,
    "s": _Reader.string,
    "u": _Reader.text,
    "t": _Reader.text,
    "a": _Reader.ascii,
    "A": _Reader.ascii,
    "z": _Reader.short_ascii,
    "Z": _Reader.short_ascii,
}

_CONTAINERS: Dict[str, Callable[[_Reader], Any]] = {
    "(": lambda reader: reader.items(reader.long()),
    ")": lambda reader: reader.items(reader.byte()),
    "[": lambda reader: list(reader.items(reader.long())),
    "<": lambda reader: set(reader.items(reader.long())),
    ">": lambda reader: frozenset(reader.items(reader.long())),
    "{": _Reader.mapping,
    ":": lambda reader: slice(reader.read(), reader.read(), reader.read()),
    "c": _Reader.code,
}
