"""What is around a place in the code of a text, without parsing it: ``syntax.code``.

The way goes back from a place, token by token; what is in brackets on the way is passed over.
"""

from __future__ import annotations

import keyword
import re
from typing import Iterator, NamedTuple, Optional

from .code import Code

#: A text from its end on: words, white space, single characters.
_BACKWARDS = re.compile(r"\w+|[\s\\]+|.", re.DOTALL)
_BEFORE_BRACKET = re.compile(r"(\w+|[\])])[\s\\]*\Z")
#: From the end on: what is in front of a definition's bracket, and of the first word of a line.
_DEFINITION = re.compile(r"[\s\\]*\w+[\s\\]+(?:fed|ssalc)\b")
_LINE_BEFORE = re.compile(r"[ \t\f]*\n\s*(?:[)\]}']|(\w+))")
#: Keywords that no expression has.
_STATEMENTS = frozenset(
    ("assert", "class", "def", "del", "except", "finally", "global", "import", "nonlocal")
    + ("pass", "raise", "return", "try", "while", "with")
)
#: How far back somebody may have to look; who gets so far knows nothing.
FAR = 800


class Before(NamedTuple):
    """A token on the way back, outside of brackets that are closed again."""

    mark: str
    #: the character in front of it, if any
    previous: str
    #: for an opening bracket: the word or closing bracket in front of it, else ""
    owner: str
    #: where it begins in ``Code.backwards``: the index behind its first character
    at: int


def going_back(code: Code, at: int) -> Iterator[Optional[Before]]:
    """The tokens before ``at``, the nearest first; None if there are too many.

    White space isn't given.
    """
    text = code.backwards
    first = len(text) - at
    depth = 0
    for match in _BACKWARDS.finditer(text, first):
        mark = match.group()
        end = match.end()
        if end - first > FAR:
            yield None
            return
        if mark in (")", "]", "}"):
            depth += 1
        elif mark in ("(", "[", "{"):
            if depth:
                depth -= 1
                continue
            owner = _BEFORE_BRACKET.search(text[end : end + 80][::-1])
            yield Before(mark, text[end : end + 1], owner.group(1) if owner else "", end)
        elif not depth and not mark.isspace() and mark != "\\":
            yield Before(mark[::-1], text[end : end + 1], "", end)


def call_around(code: Code, at: int) -> Optional[str]:
    """The last word of what is called where the argument ``name=`` is at ``at``.

    "" if it is no argument; None if nobody knows.
    """
    if not code.known:
        return None
    for index, before in enumerate(going_back(code, at)):
        if before is None:
            return None
        if before.mark == "(":
            return "" if _DEFINITION.match(code.backwards, before.at) else before.owner
        if (not index and before.mark != ",") or before.mark in _STATEMENTS:
            return ""
        if _begins_statement(code, before):
            return ""
    return ""


def _begins_statement(code: Code, before: Before) -> bool:
    """Whether a word is the first of its line, behind what can't have a word behind it."""
    text = code.backwards
    match = _LINE_BEFORE.match(text, before.at)
    if match is None or not before.mark.isidentifier() or keyword.iskeyword(before.mark):
        return False
    if text[before.at - len(before.mark) - 1] == "'":
        return False  # a string's prefix, behind another string
    word = match.group(1)
    return word is None or not keyword.iskeyword(word[::-1])


def rest_of_statement(text: str, at: int) -> str:
    """The rest of the statement from ``at`` on."""
    end, depth, start = at, 0, at
    while True:
        end = text.find("\n", start)
        if end < 0:
            return text[at:]
        line = text[start:end]
        depth += line.count("(") + line.count("[") + line.count("{")
        depth -= line.count(")") + line.count("]") + line.count("}")
        if depth <= 0 and not line.endswith("\\"):
            return text[at:end]
        start = end + 1
