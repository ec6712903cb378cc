"""Whether a text has a ``|`` that could be a union of types, without parsing it."""

from __future__ import annotations

import keyword
import re
from typing import AbstractSet

from ..syntax.around import going_back
from ..syntax.code import Code
from .type_positions import BUILTIN_TYPES

_TYPES = frozenset(name.rpartition(".")[2] for name in BUILTIN_TYPES) | {"None"}
#: Calls whose arguments are types.
_TAKE_TYPES = frozenset(
    ("TypeAliasType", "TypeVar", "ParamSpec", "TypeVarTuple", "NewType", "cast")
    + ("isinstance", "issubclass")
)
_PIPE = re.compile(r"\|(?!=)")
_IN_FIELD = re.compile(r"\{[^{}]*\|")
_CLASS = re.compile(r"\bclass[\s\\]+(\w+)")
_RIGHT = re.compile(r"[\s\\(]*(\w*)(\(?)")
_LEFT = re.compile(r"(\w+)[\s\\)]*\Z")
_INDEXED = re.compile(r"(\w+)[\s\\]*\[")
_BEFORE_BRACKET = re.compile(r"(\w+|[\])])[\s\\]*\Z")
#: How much in front of a ``|`` may be an indexed type.
_FAR = 200


def may_have_union(code: Code) -> bool:
    """Whether some ``|`` may be between types: False only if there is none."""
    text = code.text
    if "|" in code.fstrings and _IN_FIELD.search(code.fstrings):
        return True
    if "|" not in text or not _PIPE.search(text):
        return False
    words = code.words
    if not code.known or not words.isdisjoint(("typing", "typing_extensions", "_typing")):
        return True
    if "abc" in words and "collections" in words:
        return True
    types = _TYPES.union(_CLASS.findall(text))
    return any(
        _between_types(text, match.start(), types) or _where_types_are(code, match.start())
        for match in _PIPE.finditer(text)
    )


def _between_types(text: str, at: int, types: AbstractSet[str]) -> bool:
    """Whether what is next to the ``|`` at ``at`` may be a type for certain."""
    right = _RIGHT.match(text, at + 1)
    if right and right.group(1) in types and not right.group(2):
        return True
    before = text[max(0, at - _FAR) : at]
    left = _LEFT.search(before[-80:])
    if left and left.group(1) in types:
        return True
    return before.rstrip(" \t\n\f\\)").endswith("]") and not types.isdisjoint(
        _INDEXED.findall(before)
    )


def _where_types_are(code: Code, at: int) -> bool:
    """Whether a ``|`` may stand where types are meant: an annotation, an index, a call's type."""
    behind_equals = 0
    for before in going_back(code, at):
        if before is None:
            return True
        mark, previous, owner, _ = before
        if behind_equals:
            # The value of an argument or of an assignment: ``f(a, name=x | y)``, ``a = x | y``.
            behind_equals += 1
            if behind_equals == 3 and mark not in (",", "("):
                return False
        if mark in ("(", "["):
            if not owner or keyword.iskeyword(owner):
                continue
            return mark == "[" or owner in _TAKE_TYPES
        if behind_equals:
            continue
        if mark == ":" or (mark == ">" and previous == "-"):
            return True
        if mark in ("{", "<", ">") or keyword.iskeyword(mark):
            return False
        if mark == "=":
            if previous in ("=", "!", "<", ">", ":"):
                return False
            behind_equals = 1
    return False
