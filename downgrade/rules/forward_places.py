"""Whether an annotation in a text may name what has no value yet, without parsing it (PEP 649).

A name is harmless if nothing in the text binds it, or a line at the left end of the text does,
above the annotation, and nothing else. Everything else asks for a parse.
"""

from __future__ import annotations

import ast
import keyword
import re
from bisect import bisect_right
from typing import Dict, Iterator, List, Match, Optional, Set, Tuple

from ..syntax.around import rest_of_statement
from ..syntax.code import Code
from ..syntax.glance import glance
from ..syntax.words import names_in

_WORD = re.compile(r"(?<![\w.])[^\W\d]\w*")
_BRACKETS = r"\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)"
# A literal comes first in most: that is what a search is fast for.
#: A function's head: its name, its parameters, what it returns, and the colon.
_HEAD = re.compile(
    rf"def(?<!\wdef)\b[\s\\]*(\w+)[\s\\]*(?:\[[^\n]*?\][\s\\]*)?({_BRACKETS})?[\s\\]*(->[^:\n]*)?(:?)"
)
#: What parameters are made of; groups are marks that tell which is an annotation.
_PART = re.compile(r"[=!<>]=|([\[({])|([\])}])|([,:=])|(?<![\w.])([^\W\d]\w*)")
#: A colon with something behind it.
_COLON = re.compile(r":(?!=)[ \t]*(?=[^\s])")
#: A string isn't what an annotation may be of, but what a dict may have there.
_TARGET = re.compile(r"(?:[\w(\])}].*)?(?<!')\Z", re.DOTALL)
_SIMPLE = re.compile(r"[\w.]+")
_BLOCK = re.compile(
    r"(?:if|elif|else|for|while|with|try|except|finally|class|def|async|lambda|return|assert"
    r"|raise|del|yield|await|import|from|global|nonlocal|pass|not|match|case)\b"
)
#: Two statements on a line, or two colons.
_SEVERAL = re.compile(r"[;:][ \t]*(?!lambda\b)[\w.()\[\]]+[ \t]*:[ \t]*[^\s=]")
_BEHIND = re.compile(r":[ \t]*[^\s=]")
_PLAIN = re.compile(r"(?<![=<>!:])=(?!=)")
#: What a line at the left end brings: an import, a class, a function.
_FIRST = re.compile(
    r"(?m)^(?:(?:from\b[^\n;]*?[\s\\]import|import)\b(?:[\s\\]*\([^)]*\)|(?:[^\n;\\]|\\\n)*)"
    r"|(?:async[ \t]+)?(def|class)[ \t]+(\w+))"
)
_IMPORT = re.compile(r"import(?<!\wimport)\b(?:[\s\\]*\([^)]*\)|(?:[^\n;\\]|\\\n)*)")
#: A word that may be bound where it stands.
_BOUND = re.compile(
    r"(?:class(?<!\wclass)|def(?<!\wdef)|as(?<!\was)|global(?<!\wglobal)|type(?<!\wtype))"
    r"[\s\\]+(\w+)"
)
_BRACKETED = re.compile(r"\n[ \t]*\([ (]*(\w+)[ )]*:")
#: In front of an equals sign or a colon: from the end of the text on.
_GIVEN = re.compile(
    r"(?:=(?<!==)(?:[-+/%&^@|*]|//|\*\*|<<|>>)?[\s\\)\]]*|:[\s\\]*)(\w*[^\W\d])(?![\w.])"
)
_LOOP = re.compile(r"for(?<!\wfor)\b([^\n]*)")
_IN = re.compile(r"\bin\b")
_DELETED = re.compile(r"del(?<!\wdel)\b([^\n]*)")
_ODD = re.compile(r"as(?<!\was)[\s\\]*[(\[]|del(?<!\wdel)[\s\\]*[(\[]|\n[ \t]*case\b")
#: Lines that are longer aren't looked at as a whole: a table would take long.
_FAR = 4000
_Uses = List[Tuple[str, int]]


class _Unclear(Exception):
    """Only a parse can tell."""


def may_refer_forward(code: Code) -> bool:
    """Whether an annotation may name what has no value where it is evaluated."""
    text = code.text
    if not code.known:
        return ":" in text
    heads = [one for one in _HEAD.finditer(text) if _is_annotated(one)]
    if not heads and not any(True for _ in _lines(text)) and not _has_several(text):
        return False
    if ":=" in code.fstrings or "TYPE_CHECKING" in code.words:
        return True
    try:
        return _refers_forward(text)
    except _Unclear:
        return True


def does_refer_forward(code: Code) -> bool:
    """The same, of a text that may: logical lines are told apart, and some read by the host."""
    if not code.known or ":=" in code.fstrings or "TYPE_CHECKING" in code.words:
        return True
    try:
        return _refers_forward(code.text, code)
    except _Unclear:
        return True


def _is_annotated(head: Match[str]) -> bool:
    parameters = head.group(2)
    return parameters is None or ":" in parameters or bool(head.group(3))


def _refers_forward(text: str, code: Optional[Code] = None) -> bool:
    """Whether it may be so; with ``code`` its logical lines are known, which takes longer."""
    uses: _Uses = []

    def without_head(head: Match[str]) -> str:
        uses.extend(_in_head(head))
        return f"def {head.group(1)};".ljust(len(head.group()))

    # Places stay as they are.
    text = _HEAD.sub(without_head, text.replace("\\\n", "  "))
    if _has_several(text, code):
        return True
    pieces: List[str] = []
    done = 0
    for target, at in _lines(text, code):
        annotation = _annotation(text, at)
        uses += [(word, at) for word in _WORD.findall(annotation)]
        if _SIMPLE.fullmatch(target) and "\n" not in annotation and at >= done:
            pieces += [text[done:at], " " * len(annotation)]
            done = at + len(annotation)
    text = "".join([*pieces, text[done:]])
    if not uses:
        return False
    if _ODD.search("\n" + text):
        return True
    first: Dict[str, int] = {}
    starts = list(_FIRST.finditer(text))
    blocks = [one.start() for one in starts if one.group(1)]
    for one in starts:
        if one.group(1):
            # Where it ends isn't known, but that it has ended where the next one begins.
            behind = bisect_right(blocks, one.start())
            first.setdefault(one.group(2), blocks[behind] if behind < len(blocks) else len(text))
        else:
            for word in _WORD.findall(one.group()):
                first.setdefault(word, one.end())
    uses = [(word, at) for word, at in uses if not keyword.iskeyword(word)]
    if any(at < first.get(word, 0) for word, at in uses):
        return True
    text = _FIRST.sub("", text)
    used = {word for word, _ in uses}
    if used.isdisjoint(names_in(text)):
        return False
    return not used.isdisjoint(_bound(text))


def _has_several(text: str, code: Optional[Code] = None) -> bool:
    """Whether an annotation may stand behind another statement on its line."""
    for colon in _BEHIND.finditer(text):
        start = _start_of_line(text, colon.start(), code)
        if ":" in text[start : colon.start()] or ";" in text[start : colon.start()]:
            for match in _SEVERAL.finditer(text, start, colon.end()):
                # Else it is in a bracket: an index, a dict.
                if _depth(text[start : match.start()]) <= 0:
                    if code is None or _is_annotated_variable(code, start):
                        return True
    return False


def _is_annotated_variable(code: Code, at: int) -> bool:
    """Whether there may be an annotated variable on the logical line around ``at``."""
    found = glance(code, at)
    return found is None or any(isinstance(one, ast.AnnAssign) for one in found)


def _start_of_line(text: str, at: int, code: Optional[Code]) -> int:
    """Where the line around ``at`` begins; with ``code`` the logical one, if that isn't far."""
    start = code.line_around(at)[0] if code else 0
    return start if code and at - start < _FAR else text.rfind("\n", 0, at) + 1


def _lines(text: str, code: Optional[Code] = None) -> Iterator[Tuple[str, int]]:
    """The targets of what may be annotated variables, and where their annotations begin."""
    for match in _COLON.finditer(text):
        start = _start_of_line(text, match.start(), code)
        target = text[start : match.start()].strip(" \t\f")
        # Else it is the colon of an index, a dict, a lambda.
        if _depth(target) <= 0 and _TARGET.match(target) and not _BLOCK.match(target):
            if not any(_depth(target[: one.start()]) <= 0 for one in _PLAIN.finditer(target)):
                yield target, match.end()


def _annotation(text: str, at: int) -> str:
    """What may be the annotation that begins at ``at``; "" if it can't be one."""
    rest = rest_of_statement(text, at)
    if _depth(rest) < 0:
        return ""  # in the brackets of a dict, or the like
    for equals in _PLAIN.finditer(rest):
        annotation = rest[: equals.start()]
        if _depth(annotation) <= 0:
            return annotation
    return "" if rest.rstrip().endswith(",") else rest


def _depth(text: str) -> int:
    """How many brackets are open at the end."""
    opened = text.count("(") + text.count("[") + text.count("{")
    return opened - text.count(")") - text.count("]") - text.count("}")


def _in_head(head: Match[str]) -> _Uses:
    """The names in the annotations of a function's head."""
    parameters, returned = head.group(2), head.group(3) or ""
    if parameters is None or not head.group(4) or ":=" in parameters:
        raise _Unclear
    if _depth(returned) or "lambda" in returned:
        raise _Unclear
    at = head.start()
    found = [(word, at) for word in _WORD.findall(returned)]
    if ":" not in parameters:
        return found
    depth = 0
    is_annotation = False
    for match in _PART.finditer(parameters):
        opening, closing, mark, word = match.groups()
        if word:
            if is_annotation:
                found.append((word, at))
        elif opening:
            depth += 1
        elif closing:
            depth -= 1
        elif mark and depth == 1:
            is_annotation = mark == ":"
    return found


def _bound(text: str) -> Set[str]:
    """The words that may be bound somewhere."""
    found = {*_BOUND.findall(text), *_BRACKETED.findall("\n" + text)}
    found.update(word[::-1] for word in set(_GIVEN.findall(text[::-1])))
    for statement in _IMPORT.findall(text):
        found.update(_WORD.findall(statement))
    for loop in _LOOP.findall(text):
        end = _IN.search(loop)
        if end is None or _depth(loop[: end.start()]):
            raise _Unclear
        found.update(_WORD.findall(loop, 0, end.start()))
    for deleted in _DELETED.findall(text):
        found.update(_WORD.findall(deleted))
    for line in text.split("\n"):
        if "=" in line and ("," in line or ")" in line or "]" in line):
            for equals in _PLAIN.finditer(line):
                targets = line[: equals.start()]
                depth = _depth(targets)
                if depth < 0:
                    raise _Unclear  # targets of several lines
                if not depth and "," in targets:
                    found.update(_WORD.findall(targets))
    return found
