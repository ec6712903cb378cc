"""Constants told apart as CPython tells them apart: by type and by every bit.

``1``, ``True`` and ``1.0`` are equal to Python and different constants of a program, as are
``0.0`` and ``-0.0``. A constant's *key* is a hashable tuple ``(type, content)``, equal if and
only if the constants are; it is also how a constant is written to JSON. Source:
``_PyCode_ConstantKey`` in ``Objects/codeobject.c``; unlike there, a NaN equals itself if all
its bits do.
"""

from __future__ import annotations

import struct
from typing import Any, Tuple

__all__ = ["Key", "constant_key", "constant_of", "from_json", "is_code", "to_json"]

#: ``(type, content)``.
Key = Tuple[Any, ...]

_SINGLETONS = {"None": None, "True": True, "False": False, "Ellipsis": Ellipsis}


def is_code(value: Any) -> bool:
    """Whether a constant is a code object, of this interpreter or of another."""
    return hasattr(value, "co_code")


def constant_key(value: Any) -> Key:
    """The key of a constant.

    What is no constant of Python's compiler (a function that was put into a program, say) has
    a key that equals the same object's only, and can't be written to JSON. Numbers of a
    subclass of int, as other readers of .pyc files make them, are no ints.
    """
    kind = type(value)
    if kind is str:
        return ("str", value)
    if value is None or kind is bool or value is Ellipsis:
        return (repr(value),)
    if kind is int:
        return ("int", hex(value))
    if kind is float:
        return ("float", _bits(value))
    if kind is complex:
        return ("complex", _bits(value.real), _bits(value.imag))
    if kind is bytes:
        return ("bytes", value.hex())
    if kind is tuple:
        return ("tuple", *(constant_key(item) for item in value))
    if kind is frozenset:
        return ("frozenset", *sorted(constant_key(item) for item in value))
    if kind is slice:
        parts = (value.start, value.stop, value.step)
        return ("slice", *(constant_key(part) for part in parts))
    return ("object", _Identity(value))


def constant_of(key: Key) -> Any:
    """The constant that has a key; the reverse of :func:`constant_key`."""
    kind = key[0]
    if kind == "str":
        return key[1]
    if kind in _SINGLETONS:
        return _SINGLETONS[kind]
    if kind == "int":
        return int(key[1], 16)
    if kind == "float":
        return _from_bits(key[1])
    if kind == "complex":
        return complex(_from_bits(key[1]), _from_bits(key[2]))
    if kind == "bytes":
        return bytes.fromhex(key[1])
    if kind == "object":
        return key[1].value
    parts = [constant_of(part) for part in key[1:]]
    if kind == "tuple":
        return tuple(parts)
    if kind == "frozenset":
        return frozenset(parts)
    if kind == "slice":
        return slice(*parts)
    raise ValueError(f"{kind!r} is no type of a constant")


def to_json(key: Key) -> Any:
    """The key as JSON has it; raises TypeError for an object that is no constant."""
    if key[0] == "object":
        raise TypeError(f"{key[1].value!r} is no constant that JSON could hold")
    return [to_json(part) if isinstance(part, tuple) else part for part in key]


def from_json(data: Any) -> Key:
    """The reverse of :func:`to_json`."""
    return tuple(from_json(part) if isinstance(part, list) else part for part in data)


def _bits(value: float) -> str:
    return struct.pack(">d", value).hex()


def _from_bits(bits: str) -> float:
    result: float = struct.unpack(">d", bytes.fromhex(bits))[0]
    return result


class _Identity:
    """Equal to itself by the object it holds."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Identity) and self.value is other.value

    def __hash__(self) -> int:
        return id(self.value)
