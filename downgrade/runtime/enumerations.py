"""Names that ``enum`` got in 3.11."""

from __future__ import annotations

import enum
import types
from typing import Any, List

__all__ = [
    "CONTINUOUS",
    "NAMED_FLAGS",
    "UNIQUE",
    "EnumCheck",
    "EnumType",
    "StrEnum",
    "enum_property",
    "nonmember",
    "show_flag_values",
    "verify",
]

EnumType = enum.EnumMeta
enum_property = types.DynamicClassAttribute


class nonmember:
    """``enum.nonmember``: what a class of members has as an attribute."""

    def __init__(self, value: Any) -> None:
        """Hold the value."""
        self.value = value

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        """Give it."""
        return self.value


class EnumCheck(str, enum.Enum):
    """``enum.EnumCheck``: what ``verify`` can look for."""

    CONTINUOUS = "no skipped integer values"
    NAMED_FLAGS = "multi-flag aliases may not contain unnamed flags"
    UNIQUE = "one name per value"

    def __str__(self) -> str:
        """Give the name, with the class's."""
        return f"{type(self).__name__}.{self.name}"


CONTINUOUS, NAMED_FLAGS, UNIQUE = EnumCheck


class verify:
    """``enum.verify``: a decorator that checks the members."""

    def __init__(self, *checks: EnumCheck) -> None:
        """Choose the checks."""
        self.checks = checks

    def __call__(self, enumeration: Any) -> Any:
        """Raise ``ValueError`` for members that aren't right."""
        name = enumeration.__name__
        flags = issubclass(enumeration, enum.Flag)
        if not flags and not issubclass(enumeration, enum.Enum):
            raise TypeError("the 'verify' decorator only works with Enum and Flag")
        members = dict(enumeration.__members__)
        for check in self.checks:
            if check is UNIQUE:
                pairs = [(key, one.name) for key, one in members.items() if key != one.name]
                if pairs:
                    told = ", ".join(f"{alias} -> {one}" for alias, one in pairs)
                    raise ValueError(f"aliases found in {enumeration!r}: {told}")
            elif check is CONTINUOUS:
                values = {one.value for one in members.values()}
                if flags:
                    values = {value for value in values if len(show_flag_values(value)) == 1}
                missing = _missing(values, flags)
                if missing:
                    told = ", ".join(map(str, missing))
                    kind = "flag" if flags else "enum"
                    raise ValueError(f"invalid {kind} {name!r}: missing values {told}"[:256])
            elif check is NAMED_FLAGS:
                _check_named(name, members)
        return enumeration


def _missing(values: Any, flags: bool) -> List[int]:
    """The values that lie between the smallest and the largest and have no member."""
    if len(values) < 2:
        return []
    low, high = min(values), max(values)
    if flags:
        bits = range(low.bit_length(), high.bit_length() - 1)
        return [1 << bit for bit in bits if 1 << bit not in values]
    return [one for one in range(low + 1, high) if one not in values]


def _check_named(name: str, members: Any) -> None:
    """Raise ``ValueError`` if a member of several flags has one without a name."""
    values = {one.value for one in members.values()}
    aliases, unnamed = [], 0
    for key, one in members.items():
        bits = show_flag_values(one.value) if one.value > 0 else []
        missing = [bit for bit in bits if bit not in values]
        if missing and len(bits) > 1:
            aliases.append(key)
            for bit in missing:
                unnamed |= bit
    if aliases:
        if len(aliases) == 1:
            who = f"alias {aliases[0]} is missing"
        else:
            who = f"aliases {', '.join(aliases[:-1])} and {aliases[-1]} are missing"
        one_bit = len(show_flag_values(unnamed)) == 1
        what = f"{'value' if one_bit else 'combined values of'} 0x{unnamed:x}"
        hint = "[use enum.show_flag_values(value) for details]"
        raise ValueError(f"invalid Flag {name!r}: {who} {what} {hint}")


def show_flag_values(value: int) -> List[int]:
    """``enum.show_flag_values``: the single bits of a value."""
    return [1 << bit for bit in range(int(value).bit_length()) if int(value) >> bit & 1]


class StrEnum(str, enum.Enum):
    """``enum.StrEnum`` of 3.11."""

    def __new__(cls, *values: Any) -> Any:
        """Create a member: of one string, or of bytes and how to decode them."""
        if len(values) > 3:
            raise TypeError(f"too many arguments for str(): {values!r}")
        if len(values) == 1 and not isinstance(values[0], str):
            raise TypeError(f"{values[0]!r} is not a string")
        if len(values) >= 2 and not isinstance(values[1], str):
            raise TypeError(f"encoding must be a string, not {values[1]!r}")
        if len(values) == 3 and not isinstance(values[2], str):
            raise TypeError(f"errors must be a string, not {values[2]!r}")
        value = str(*values)
        member = str.__new__(cls, value)
        member._value_ = value
        return member

    @staticmethod
    def _generate_next_value_(name: str, start: int, count: int, last_values: List[Any]) -> str:
        return name.lower()

    __str__ = str.__str__

    def __format__(self, format_spec: str) -> str:
        """Format as the string that it is."""
        return str.__format__(self, format_spec)
