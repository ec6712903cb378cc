"""A look at a text, without parsing, for grammar that could be newer than a version.

text, version -> False only if no construct of ``features.CONSTRUCTS`` in it is newer.

It may be wrong the other way, for words in strings and comments, and costs a parse then. Each
construct has an expression for where it could begin, with a look ahead for the harmless forms
that are common. Every place is judged on its own, so a place inside a string hides no other
one; a look ahead from a real place reads strings, comments and brackets as the tokenizer does.
"""

from __future__ import annotations

import keyword
import re
from typing import Callable, Dict, Tuple, Union

from .code import Code, fstring_body
from .features import CONSTRUCTS, Version
from .fstring_scanner import QUOTED

#: A character of a name: identifiers have characters that ``\w`` doesn't know.
_C = r"[\w\x80-\U0010ffff]"
#: Not behind another character of a name, nor behind a backslash; one character further on.
_ALONE = rf"(?<!{_C}.)(?<!\\.)"
#: White space, with continuations.
_S = r"[\s\\]"
#: The same on a line that goes on.
_ON_LINE = r"(?:[ \t\f]|\\\n)"
#: White space, with continuations and comments.
_GAP = r"(?:[\s\\]|\#[^\n]*\n)*"
_STRING = f"(?s:{QUOTED})"
_COMMENT = r"\#[^\n]*(?=\n)"
_LINE_END = r"[ \t]*(?:\#[^\n]*)?(?:\n|\Z)"


def _brackets(depth: int) -> str:
    inner = f"|{_brackets(depth - 1)}" if depth else ""
    return rf"[(\[{{](?:[^()\[\]{{}}\"'\#]|{_STRING}|{_COMMENT}{inner})*[)\]}}]"


_BRACKETS = _brackets(4)
#: Brackets that are deeper than that; from a real place, they alone stop the expressions below.
_TOO_DEEP = rf"(?!{_BRACKETS})[(\[{{]"
#: From inside a bracket to a starred element, and from a logical line's part to one.
_STAR_IN_BRACKETS = (
    rf"(?:[^()\[\]{{}}\"'\#]|{_STRING}|{_COMMENT}|{_BRACKETS})*(?:(?<=[,\[]){_GAP}\*|{_TOO_DEEP})"
)
_STAR_ON_LINE = (
    rf"(?:[^()\[\]{{}}\"'\#\n]|\\\n|{_STRING}|{_BRACKETS})*(?:(?<=[,=n]){_S}*\*|{_TOO_DEEP})"
)
#: What a loop binds: a star in front of a name is no news there.
_TARGETS = rf"(?:[^()\[\]{{}}\"'\#\n]|\\\n|{_STRING}|{_BRACKETS})*?"


def _header(without: str) -> str:
    """What is before the colon of a statement, if it has none of these outside brackets."""
    return rf"(?:[^()\[\]{{}}\"'\#\\\n:{without}]|{_STRING}|{_BRACKETS})*:"


_FSTRING = {quote: fstring_body(quote) for quote in ('"""', "'''", '"', "'")}
_AFTER_PREFIX = "|".join(
    rf"{quote}(?!{body})"
    if len(quote) == 3
    else rf"{quote}(?!{quote * 2}(?!{quote})|{body})(?=(?:\\\n|[^\n{{])*\{{)"
    for quote, body in _FSTRING.items()
)


def _places(*expressions: str) -> Callable[[str], bool]:
    """Whether one of the expressions matches anywhere."""
    searches = [re.compile(expression).search for expression in expressions]
    return lambda text: any(search(text) for search in searches)


def _line_starts(expression: str) -> Callable[[str], bool]:
    """Whether the expression matches at a line's start, or behind its ``async``."""
    pattern = re.compile(expression)

    def found(text: str) -> bool:
        for match in pattern.finditer(text):
            start = match.start()
            before = text[text.rfind("\n", 0, start) + 1 : start]
            if not before or before.strip("\\ \t\f") in ("", "async"):
                return True
        return False

    return found


_NAME_BEFORE = re.compile(rf"{_C}+{_S}*\Z")
_LAST_WORD = re.compile(rf"{_C}+\Z")
#: Keywords that are no value: what is in brackets behind them is a list.
_BEFORE_DISPLAY = frozenset(keyword.kwlist) - {"None", "True", "False"}
_BRACKET = re.compile(rf"\[(?={_STAR_IN_BRACKETS})")


def _bare_walrus(text: str) -> bool:
    """Whether a ``:=`` isn't behind ``(NAME``, ``if NAME`` or ``while NAME``."""
    at = text.find(":=")
    while at >= 0:
        before = text[max(0, at - 200) : at]
        name = _NAME_BEFORE.search(before)
        if not name or not before[: name.start()].endswith(("(", "( ", "if ", "while ")):
            return True
        at = text.find(":=", at + 2)
    return False


#: Lines that are longer aren't looked at as a whole.
_FAR = 4000
_OPENING_OR_CLOSING = re.compile(r"[()\[\]{}]")


def _walrus_in_brackets(code: Code) -> bool:
    """Whether a ``:=`` of a ``known`` text has brackets next around it that aren't round."""
    text = code.text
    at = text.find(":=")
    while at >= 0:
        opened = [""]
        start = code.line_around(at)[0]
        if at - start > _FAR:
            return True
        for mark in _OPENING_OR_CLOSING.findall(text, start, at):
            if mark in "([{":
                opened.append(mark)
            elif len(opened) > 1:
                opened.pop()
        if opened[-1] in ("[", "{"):
            return True
        at = text.find(":=", at + 2)
    return False


def _star_in_index(text: str) -> bool:
    """Whether a bracket that may be behind a value may have a ``*`` before an element."""
    for match in _BRACKET.finditer(text):
        before = text[max(0, match.start() - 100) : match.start()]
        value = before.rstrip(" \t\n\f\\")
        if not value:
            return True
        if "\n" in before[len(value) :]:
            line = value.rfind("\n") + 1
            if "#" in value[line:] or (not line and match.start() > 100):
                return True  # what is there may be a comment
        last = value[-1]
        word = _LAST_WORD.search(value)
        if word and word.group() in _BEFORE_DISPLAY:
            continue
        if last in ")]}\"'_" or last.isalnum() or last >= "\x80":
            return True
    return False


_TYPE_PARAMETERS = _places(
    rf"def{_S}+{_C}+{_S}*\[",
    rf"class{_S}+{_C}+{_S}*\[",
    rf"type(?<!{_C}type){_ON_LINE}+{_C}+{_S}*\[",
)
_BRACE_BEHIND_FIELD = _places(r"\}[^{}]*\{\{")
#: For each construct, a text that must be there, and then what looks for a place.
_FINDERS: Dict[str, Tuple[str, Callable[[str], bool]]] = {
    "relaxed-decorator": (
        "@",
        _line_starts(rf"@(?![ \t]*{_C}+(?:\.{_C}+)*(?:(?=\(){_BRACKETS})?{_LINE_END})"),
    ),
    "parenthesized-with": ("with", _line_starts(rf"with{_S}*\(")),
    "star-in-for": (
        "for",
        _line_starts(rf"for\b{_TARGETS}(?:(?<!{_C})in(?!{_C}){_STAR_ON_LINE}|{_TOO_DEEP})"),
    ),
    "star-in-augmented-assignment": (
        "=",
        _places(rf"=(?:(?<=[-+*/%@&|^]=)|(?<=<<=)|(?<=>>=)){_STAR_ON_LINE}"),
    ),
    "bare-walrus-in-set": (":=", _bare_walrus),
    "bare-walrus-in-index": (":=", _bare_walrus),
    "match": ("match", _line_starts(r"match\b(?!\s*(?:[=.,)\]:;]|\Z))")),
    "except-star": ("except", _line_starts(rf"except{_S}*\*")),
    "star-in-index": ("*", _star_in_index),
    "star-annotation": ("*", _places(rf"\*{_GAP}{_C}+{_GAP}:{_GAP}\*")),
    "type-parameters": ("[", _TYPE_PARAMETERS),
    "type-alias": ("type", _places(rf"type(?<!{_C}type){_ON_LINE}+{_C}+{_S}*[=\[]")),
    "f-string-701": (
        "",
        _places(
            rf"[fF]{_ALONE}[rR]?(?:{_AFTER_PREFIX})",
            rf"[rR]{_ALONE}[fF](?:{_AFTER_PREFIX})",
        ),
    ),
    "brace-behind-field": ("{{", _BRACE_BEHIND_FIELD),
    "type-parameter-default": ("[", _TYPE_PARAMETERS),
    "t-string": (
        "",
        _places(rf"[tT]{_ALONE}(?<![\"'].)[rR]?[\"']", rf"[rR]{_ALONE}(?<![\"'].)[tT][\"']"),
    ),
    "bare-except-tuple": ("except", _line_starts(rf"except\b(?!{_header(',')})")),
}


#: What the fields of f-strings can have: a star in an index, a walrus in an index or a set.
_IN_FIELD = re.compile(r"\{[^{}]*(?:\[[^{}]*(?<=[\[,])[\s\\]*\*|[\[{][^{}]*:=)")
_IN_FIELDS = ("star-in-index", "bare-walrus-in-set", "bare-walrus-in-index")
_WALRUSES = ("bare-walrus-in-set", "bare-walrus-in-index")
#: What can only be in strings.
_IN_STRINGS = ("f-string-701", "t-string", "brace-behind-field")


def may_need_more(source: Union[str, Code], version: Version) -> bool:
    """Whether the grammar of ``version`` may not be enough for a valid module.

    False is certain, for a module that some version accepts; True asks for a parse.
    """
    code = source if isinstance(source, Code) else Code(source.lstrip("\ufeff"))
    newer = {name for name in _FINDERS if CONSTRUCTS[name].since > version}
    if code.known:
        newer.difference_update(_IN_STRINGS)
        if code.fstrings:
            if not newer.isdisjoint(_IN_FIELDS) and _IN_FIELD.search(code.fstrings):
                return True
            if CONSTRUCTS["brace-behind-field"].since > version and "{{" in code.fstrings:
                if any(map(_BRACE_BEHIND_FIELD, code.bodies)):
                    return True
        if not newer.isdisjoint(_WALRUSES) and ":=" in code.text:
            newer.difference_update(_WALRUSES)
            if _walrus_in_brackets(code):
                return True
    text = code.text
    return any(
        needed in text and found(text) for needed, found in {_FINDERS[name] for name in newer}
    )
