"""The nodes of patterns (PEP 634); ``nodes`` has them all."""

from __future__ import annotations

import typing
from typing import Optional

from .node import Located

if typing.TYPE_CHECKING:
    from .nodes import expr


class pattern(Located):
    """A pattern of a match (PEP 634)."""


#: The class under a name that a field ``pattern`` doesn't hide.
Pattern = pattern


class MatchValue(pattern):
    """``1`` or ``a.b``: equality."""

    value: expr


class MatchSingleton(pattern):
    """``None``, ``True``, ``False``: identity."""

    value: object


class MatchSequence(pattern):
    """``[a, *b]``."""

    patterns: typing.List[pattern]


class MatchMapping(pattern):
    """``{k: p, **rest}``."""

    keys: typing.List[expr]
    patterns: typing.List[pattern]
    rest: Optional[str]


class MatchClass(pattern):
    """``C(p, a=q)``."""

    cls: expr
    patterns: typing.List[pattern]
    kwd_attrs: typing.List[str]
    kwd_patterns: typing.List[pattern]


class MatchStar(pattern):
    """``*a``, or ``*_`` with None."""

    name: Optional[str]


class MatchAs(pattern):
    """``p as a``; ``a`` without a pattern; ``_`` with neither."""

    pattern: Optional[Pattern]
    name: Optional[str]


class MatchOr(pattern):
    """``p | q``."""

    patterns: typing.List[pattern]
