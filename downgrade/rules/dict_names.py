"""Which names of a text may be dicts, without parsing all of it (PEP 584)."""

from __future__ import annotations

import ast
import re
import unicodedata
from typing import Dict, FrozenSet, Iterable, Iterator, List, Optional, Set

from ..syntax.around import rest_of_statement
from ..syntax.code import Code
from ..syntax.glance import nodes_of

_BEFORE = re.compile(r"\w*\Z")
_WORD = re.compile(r"[^\W\d]\w*")
#: Behind the last name of what something is assigned to.
_GIVEN = re.compile(r"[\s)\\\]]*:?=(?!=)")
#: What follows a colon: an annotation, if a name is in front of it.
_ANNOTATION = re.compile(r":[\s\\(]*(\w+(?:[\s\\]*\.[\s\\]*\w+)*)")
_RETURNED = re.compile(r"->[\s\\(]*(\w+(?:[\s\\]*\.[\s\\]*\w+)*)")
#: A literal comes first: that is what a search is fast for.
_RENAMED = re.compile(r"as(?<![\w.]as)[\s\\]+(\w+)")
_EMPTY = re.compile(r"\{[\s\\]*\}")
#: Lines that are longer aren't looked at as a whole: a table would take long.
_FAR = 4000
_WHITE = " \t\n\f\\"


class Names:
    """The names that may be dicts: what makes them, and what is annotated or assigned so."""

    def __init__(self, code: Code, makers: FrozenSet[str], annotations: FrozenSet[str]) -> None:
        self._code, self._text = code, code.text
        #: what gives a dict; and whether a function of the text says that it does
        self.makers = makers.union(_other_names(code.text, makers))
        self.returns = any(last_name(one) in annotations for one in _RETURNED.findall(code.text))
        #: names of which it is known
        self._known: Dict[str, bool] = dict.fromkeys(self.makers, True)
        if not annotations.isdisjoint(code.words):
            for match in _ANNOTATION.finditer(code.text):
                if last_name(match.group(1)) in annotations:
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
                for at in self.values_of(waiting.pop()):
                    words = self.words_of(at)
                    if words is None or any(self._known.get(word) for word in words):
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

    def words_of(self, at: int) -> Optional[Set[str]]:
        """What the value at ``at`` may be a dict by: names; None if it may be one by itself."""
        value = rest_of_statement(self._text, at)
        if has_display(value) or (self.returns and "(" in value):
            return None
        return set(_WORD.findall(value))

    def values_of(self, name: str) -> Iterator[int]:
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


class NamesRead(Names):
    """The same, and less of them: the host's parser reads what is assigned."""

    def values_of(self, name: str) -> Iterator[int]:
        """Where the values of a name begin, but for those of arguments and defaults."""
        code, text = self._code, self._text
        for at in super().values_of(name):
            start = code.line_around(at - 1)[0]
            if text[at - 2] != ":" and at - start < _FAR:
                before = text[start:at]
                opened = before.count("(") + before.count("[") + before.count("{")
                if opened > before.count(")") + before.count("]") + before.count("}"):
                    continue
            yield at

    def words_of(self, at: int) -> Optional[Set[str]]:
        """What the value at ``at`` is a dict by, if the host can read it."""
        found = nodes_of("_ =" + rest_of_statement(self._text, at))
        given = found[1] if found else None
        return self._words(given.value) if isinstance(given, ast.Assign) else super().words_of(at)

    def may_be(self, node: ast.expr) -> bool:
        """Whether an operand may be a dict."""
        words = self._words(node)
        return words is None or self.have(words)

    def _words(self, node: ast.expr) -> Optional[Set[str]]:
        """As ``words_of``: what ``py39.dict_unions`` takes for a dict."""
        words: Set[str] = set()
        waiting: List[ast.expr] = [node]
        while waiting:
            one = waiting.pop()
            if isinstance(one, (ast.Dict, ast.DictComp)):
                return None
            if isinstance(one, (ast.Name, ast.Attribute)):
                words.add(_name_of(one))
            elif isinstance(one, ast.BinOp) and isinstance(one.op, ast.BitOr):
                waiting += (one.left, one.right)
            elif isinstance(one, ast.BoolOp):
                waiting += one.values
            elif isinstance(one, ast.IfExp):
                waiting += (one.body, one.orelse)
            elif isinstance(one, ast.NamedExpr):
                waiting.append(one.value)
            elif isinstance(one, ast.Call):
                name, of = _name_of(one.func), getattr(one.func, "value", None)
                if self.returns or (name in self.makers and (name != "copy" or of is None)):
                    return None
                if name == "union" or name == "copy":
                    waiting += [of] if of is not None else []
                elif of is not None and name in ("get", "pop", "setdefault"):
                    waiting += one.args[1:]
        return words


def is_written_once(text: str) -> bool:
    """Whether every name is written as Python reads it: one that isn't ASCII may not be."""
    return text.isascii() or unicodedata.normalize("NFKC", text) == text


def last_name(path: str) -> str:
    """The last name of a dotted one, which may have white space in it."""
    return path.rpartition(".")[2].strip(_WHITE)


def _other_names(text: str, names: FrozenSet[str]) -> Iterator[str]:
    """What ``names`` are imported as."""
    for match in _RENAMED.finditer(text):
        at = match.start()
        before = _BEFORE.search(text[max(0, at - _FAR) : at].rstrip(_WHITE))
        if before and before.group() in names:
            yield match.group(1)


def _name_of(node: ast.expr) -> str:
    return getattr(node, "id", "") or getattr(node, "attr", "")


def has_display(value: str) -> bool:
    """Whether a dict may be written out in an expression: else the braces are a set's."""
    if "{" not in value:
        return False
    return ":" in value or "**" in value or _EMPTY.search(value) is not None
