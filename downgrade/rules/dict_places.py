"""Whether a text has a ``|`` with a dict beside it, without parsing it (PEP 584)."""

from __future__ import annotations

import keyword
import re
from typing import Dict, FrozenSet, Iterable, Iterator, Match, NamedTuple

from ..syntax.around import rest_of_statement
from ..syntax.code import Code

#: The operator and the first path behind it; the last name in front of it.
_BAR = re.compile(r"\|(=?)[\s\\]*([\w.]*)")
_BEFORE = re.compile(r"\w*\Z")
_NO_DICT = re.compile(r"[A-Z][A-Z0-9_]+|\d\w*|None|int|str|bytes|float|bool|type|list|set|tuple")
#: As far as a name may reach back.
_FAR = 100
_BRACKETS = re.compile(r"\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)")
_BRACES = re.compile(r"\{[^{}]*\}")
_INDEX = re.compile(r"\[[^\[\]]*\]")
_SUM = re.compile(r"\d\w*(?:\s*(?:<<|>>|[-+*/&^])\s*\w+)*")
_NUMBER = re.compile(r"\d\w*")
_WORD = re.compile(r"[^\W\d]\w*")
#: Behind the last name of what something is assigned to.
_GIVEN = re.compile(r"[\s)\\\]]*:?=(?!=)")
#: What follows a colon: an annotation, if a name is in front of it.
_ANNOTATION = re.compile(r":[\s\\(]*(\w+(?:[\s\\]*\.[\s\\]*\w+)*)")
_RETURNED = re.compile(r"->[\s\\(]*(\w+(?:[\s\\]*\.[\s\\]*\w+)*)")
#: What gives a dict if an argument is one, or what it is called of.
_METHODS = ("copy", "get", "pop", "setdefault", "union")
_EMPTY = re.compile(r"\{[\s\\]*\}")
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
    names = _Names(code, makers, annotations, returns)
    return any(_beside(bar, text, names, makers, returns) for bar in found)


def _last(path: str) -> str:
    return path.rpartition(".")[2].strip(_WHITE)


class _Names:
    """The names that may be dicts: what makes them, and what is annotated or assigned so."""

    def __init__(
        self, code: Code, makers: FrozenSet[str], annotations: FrozenSet[str], returns: bool
    ) -> None:
        self._text, self._makers, self._returns = code.text, makers, returns
        #: names of which it is known
        self._known: Dict[str, bool] = dict.fromkeys(makers, True)
        if not annotations.isdisjoint(code.words):
            for match in _ANNOTATION.finditer(code.text):
                if _last(match.group(1)) in annotations:
                    name = _BEFORE.search(code.text[: match.start()].rstrip(f"{_WHITE})"))
                    assert name is not None
                    if name.group():
                        self._known[name.group()] = True

    def __contains__(self, name: str) -> bool:
        """Whether ``name``, or a name that a value of it has, and so on, may be a dict."""
        if name not in self._known:
            seen = {name}
            waiting = [name]
            found = False
            while waiting and not found:
                for at in self._values_of(waiting.pop()):
                    value = rest_of_statement(self._text, at)
                    words = set(_WORD.findall(value))
                    if _has_display(value) or (self._returns and "(" in value):
                        found = True
                    elif any(self._known.get(word) for word in words):
                        found = True
                    else:
                        new = words.difference(seen, self._known)
                        seen |= new
                        waiting += new
            if found:
                self._known[name] = True
            else:
                self._known.update(dict.fromkeys(seen, False))
        return self._known[name]

    def _values_of(self, name: str) -> Iterator[int]:
        """Where the values of a name begin."""
        text = self._text
        at = text.find(name) if name else -1
        while at >= 0:
            end = at + len(name)
            given = _GIVEN.match(text, end)
            if given and not (at and (text[at - 1].isalnum() or text[at - 1] == "_")):
                yield given.end()
            at = text.find(name, end)

    def have(self, words: Iterable[str]) -> bool:
        """Whether one of the words is such a name."""
        return any(word in self for word in words)


def _beside(bar: Bar, text: str, names: _Names, makers: FrozenSet[str], returns: bool) -> bool:
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
        if behind == "{":
            braces = _BRACES.match(text, text.index("{", end))
            return braces is None or _has_display(braces.group()) or _goes_on(text, braces.end())
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
    return behind in ("?", ".") or names.have(path.split("."))


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


def _behind_may(bar: Bar, text: str, names: _Names, makers: FrozenSet[str], returns: bool) -> bool:
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


def _has_display(value: str) -> bool:
    """Whether a dict may be written out in an expression: else the braces are a set's."""
    if "{" not in value:
        return False
    return ":" in value or "**" in value or _EMPTY.search(value) is not None


def _has(value: str, names: _Names, returns: bool) -> bool:
    """Whether something in an expression may be a dict."""
    if _has_display(value) or (returns and "(" in value):
        return True
    return names.have(_WORD.findall(value))
