"""Whether a text has a ``|`` with a dict beside it, without parsing it (PEP 584)."""

from __future__ import annotations

import keyword
import re
from typing import AbstractSet, FrozenSet, Iterator, List, Match, NamedTuple, Set, Tuple

from ..syntax.around import rest_of_statement
from ..syntax.code import Code

#: The operator and the first path behind it; the last name in front of it.
_BAR = re.compile(r"\|(=?)[\s\\]*([\w.]*)")
_BEFORE = re.compile(r"\w*\Z")
_NO_DICT = re.compile(r"[A-Z][A-Z0-9_]+|\d\w*|None|int|str|bytes|float|bool|type|list|set|tuple")
#: As far as a name may reach back.
_FAR = 100
_BRACKETS = re.compile(r"\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)")
_INDEX = re.compile(r"\[[^\[\]]*\]")
_SUM = re.compile(r"\d\w*(?:\s*(?:<<|>>|[-+*/&^])\s*\w+)*")
_NUMBER = re.compile(r"\d\w*")
_WORD = re.compile(r"[^\W\d]\w*")
_GIVEN = re.compile(r"(\w+)[\s)\\\]]*:?=(?!=)")
_ANNOTATED = re.compile(r"(\w+)[\s)\\]*:[\s\\(]*(\w+(?:[\s\\]*\.[\s\\]*\w+)*)")
_RETURNED = re.compile(r"->[\s\\(]*(\w+(?:[\s\\]*\.[\s\\]*\w+)*)")
#: What gives a dict if an argument is one, or what it is called of.
_METHODS = ("copy", "get", "pop", "setdefault", "union")
_WHITE = " \t\n\f\\"


class Bar(NamedTuple):
    """A ``|``: where, the names beside it, "" if there is none."""

    match: Match[str]
    #: what is in front of it, its last name
    before: str
    left: str

    @property
    def path(self) -> str:
        """The first dotted name behind it."""
        return self.match.group(2)


def bars(text: str, dull: bool = True) -> Iterator[Bar]:
    """Each ``|``; if not ``dull``, without those of flags, numbers and well-known types."""
    for match in _BAR.finditer(text):
        at = match.start()
        before = text[max(0, at - _FAR) : at].rstrip(_WHITE)
        found = _BEFORE.search(before)
        assert found is not None
        bar = Bar(match, before, found.group())
        if dull or not _NO_DICT.fullmatch(bar.left):
            if dull or not _NO_DICT.fullmatch(bar.path.rpartition(".")[2]):
                yield bar


def may_join_dicts(code: Code, makers: FrozenSet[str], annotations: FrozenSet[str]) -> bool:
    """Whether a side of some ``|`` may look like a dict: False only if none does.

    ``makers`` are the words of what gives a dict, ``annotations`` the names of types that say so.
    """
    found = list(bars(code.text))
    if not code.known:
        return bool(found)
    if any(True for _ in bars(code.fstrings)):
        return True
    text = code.text
    if not found or not ("{" in text or code.words & (makers | annotations)):
        return False
    if ":=" in code.fstrings:
        return True
    returns = any(_last(one) in annotations for one in _RETURNED.findall(text))
    names = makers | _names(text, makers, annotations, returns)
    return any(_beside(bar, text, names, makers, returns) for bar in found)


def _last(path: str) -> str:
    return path.rpartition(".")[2].strip(_WHITE)


def _names(
    text: str, makers: FrozenSet[str], annotations: FrozenSet[str], returns: bool
) -> Set[str]:
    """The names that an annotation or an assignment may give a dict."""
    names = {name for name, path in _ANNOTATED.findall(text) if _last(path) in annotations}
    rest: List[Tuple[str, Set[str]]] = []
    for match in _GIVEN.finditer(text):
        value = rest_of_statement(text, match.end())
        words = set(_WORD.findall(value))
        if "{" in value or (returns and "(" in value) or words & makers:
            names.add(match.group(1))
        else:
            rest.append((match.group(1), words))
    found = True
    while found:
        found = False
        for name, words in rest:
            if name not in names and words & names:
                names.add(name)
                found = True
    return names


def _beside(
    bar: Bar, text: str, names: AbstractSet[str], makers: FrozenSet[str], returns: bool
) -> bool:
    """Whether a side may be a dict, where these names may be."""
    if _is_number(bar, text):
        return False
    if bar.left in names or _behind_may(bar, text, names, makers, returns):
        return True
    if bar.match.group(1):
        return _has(rest_of_statement(text, bar.match.end(1)), names, returns)
    path, end = bar.path, bar.match.end()
    behind = _next(text, end)
    if not path:
        if behind != "(":
            return True
        inside = _BRACKETS.match(text, text.index("(", end))
        if inside is None or _goes_on(text, inside.end()):
            return True
        return _has(inside.group(), names, returns)
    if behind == "(":
        inside = _BRACKETS.match(text, text.index("(", end))
        if inside is None or _goes_on(text, inside.end()):
            return True
        name = path.rpartition(".")[2]
        return returns or name in makers or name in _METHODS
    if behind == "[":
        index = _INDEX.match(text, text.index("[", end))
        return index is None or _goes_on(text, index.end())
    return behind in ("?", ".") or not names.isdisjoint(path.split("."))


def _is_number(bar: Bar, text: str) -> bool:
    """Whether a number that is written out is next to the operator."""
    if bar.match.group(1):
        return (
            _NUMBER.fullmatch(rest_of_statement(text, bar.match.end(1)).strip(_WHITE)) is not None
        )
    return bool(_NUMBER.fullmatch(bar.left) or _NUMBER.match(bar.path))


def _goes_on(text: str, end: int) -> bool:
    """Whether something is taken or called of what ends there."""
    return _next(text, end) in (".", "(", "[", "?")


def _next(text: str, end: int) -> str:
    """The next character that isn't white; "" at the end, "?" if it is far away."""
    return text[end : end + _FAR].lstrip(_WHITE)[:1] or ("?" if end + _FAR < len(text) else "")


def _behind_may(
    bar: Bar, text: str, names: AbstractSet[str], makers: FrozenSet[str], returns: bool
) -> bool:
    """Whether what ends in front of the operator with a bracket may be a dict."""
    if bar.left or bar.before.endswith(("]", "'")):
        return False
    at = bar.match.start()
    before = text[max(0, at - 4 * _FAR) : at].rstrip(_WHITE)
    depth = 0
    for index in range(len(before) - 1, -1, -1):
        if before[index] in ")]}":
            depth += 1
        elif before[index] in "([{":
            depth -= 1
            if not depth:
                if before[index] != "(":
                    return True
                called = _BEFORE.search(before[:index].rstrip(_WHITE))
                assert called is not None
                name = called.group()
                if name and not keyword.iskeyword(name):
                    return returns or name in makers or name in _METHODS
                if before[:index].rstrip(_WHITE).endswith((")", "]")):
                    return True
                return _has(before[index:], names, returns)
    return True


def _has(value: str, names: AbstractSet[str], returns: bool) -> bool:
    """Whether something in an expression may be a dict."""
    if "{" in value or (returns and "(" in value):
        return True
    return not names.isdisjoint(_WORD.findall(value))
