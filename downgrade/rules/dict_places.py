"""Whether a text has a ``|`` with a dict beside it, without parsing it (PEP 584)."""

from __future__ import annotations

import ast
import keyword
import re
from typing import FrozenSet, Iterator, Match, NamedTuple

from ..syntax.around import rest_of_statement
from ..syntax.code import Code
from ..syntax.glance import glance
from .dict_names import Names, NamesRead, has_display, is_written_once

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
    if code.known and any(True for _ in bars(code.fstrings)):
        return True
    found = list(bars(code.text))
    if not found or not code.known or not is_written_once(code.text):
        return bool(found)
    text = code.text
    if not ("{" in text or code.words & (makers | annotations)):
        return False
    if ":=" in code.fstrings:
        return True
    names = Names(code, makers, annotations)
    return any(_beside(bar, text, names) for bar in found)


def do_join_dicts(code: Code, makers: FrozenSet[str], annotations: FrozenSet[str]) -> bool:
    """The same, of a text that may join some: the host's parser reads the lines in question."""
    if (
        not code.known
        or not is_written_once(code.text)
        or "|" in code.fstrings
        or ":=" in code.fstrings
    ):
        return True
    names = Names(code, makers, annotations)
    places = [bar.match.start() for bar in bars(code.text) if _beside(bar, code.text, names)]
    read = NamesRead(code, makers, annotations)
    return any(_joined(code, line, read) for line in {code.line_around(at)[0] for at in places})


def _joined(code: Code, line: int, names: NamesRead) -> bool:
    """Whether a ``|`` of a logical line may have a dict beside it, as the host's parser reads it."""
    found = glance(code, line)
    if found is None:
        return True
    for node in found:
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
            sides = (node.left, node.right)
        elif isinstance(node, ast.AugAssign) and isinstance(node.op, ast.BitOr):
            sides = (node.target, node.value)
        else:
            continue
        if any(map(names.may_be, sides)):
            return True
    return False


def _beside(bar: Bar, text: str, names: Names) -> bool:
    """Whether a side may be a dict, where these names may be."""
    if _is_number(bar, text):
        return False
    if bar.left in names or _behind_may(bar, text, names):
        return True
    if bar.match.group(1):
        return _has(rest_of_statement(text, bar.match.end(1)), names)
    path, end = bar.path, bar.match.end()
    behind = _next(text, end)
    if not path:
        if behind == "{":
            braces = _BRACES.match(text, text.index("{", end))
            return braces is None or has_display(braces.group()) or _goes_on(text, braces.end())
        if behind != "(":
            return True
        inside = _BRACKETS.match(text, text.index("(", end))
        if inside is None or _goes_on(text, inside.end()):
            return True
        return _has(inside.group(), names)
    if behind == "(":
        inside = _BRACKETS.match(text, text.index("(", end))
        if inside is None or _goes_on(text, inside.end()):
            return True
        name = path.rpartition(".")[2]
        return names.returns or name in names.makers or name in _METHODS
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


def _behind_may(bar: Bar, text: str, names: Names) -> bool:
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
                    return names.returns or name in names.makers or name in _METHODS
                if before[:index].rstrip(_WHITE).endswith((")", "]")):
                    return True
                return _has(before[index:], names)
    return True


def _has(value: str, names: Names) -> bool:
    """Whether something in an expression may be a dict."""
    if has_display(value) or (names.returns and "(" in value):
        return True
    return names.have(_WORD.findall(value))
