"""The text of a file, and where in it a node stands.

Nodes count lines from 1 and columns in bytes of UTF-8, as ``ast`` does; edits count characters of
the whole text. Line ends are those of Python's tokenizer: ``\\n``, ``\\r\\n`` and ``\\r``.
"""

from __future__ import annotations

import re
from itertools import accumulate
from typing import List, NamedTuple, Optional, Tuple

from .syntax.node import Located

_LINE_END = re.compile(r"\r\n|\r|\n")
_COMMENT = re.compile(r"#[^\r\n]*")
_REMARK = re.compile(r"#[^\r\n]*|\r\n|\r|\n")
#: What may stand between two tokens of one statement, outside of brackets and inside of them.
_BETWEEN = re.compile(r"(?:[ \t\f]|\\(?:\r\n|\r|\n)|#[^\r\n]*(?=[\r\n])|\r\n|\r|\n)*")
_ON_THE_LINE = re.compile(r"(?:[ \t\f]|\\(?:\r\n|\r|\n))*")
_STRING = re.compile(
    r"(?i:[rbuft]{0,3})(?:'''(?:[^\\]|\\.)*?'''|\"\"\"(?:[^\\]|\\.)*?\"\"\""
    r"|'(?:[^'\\\r\n]|\\.)*'|\"(?:[^\"\\\r\n]|\\.)*\")",
    re.DOTALL,
)
_OPEN, _CLOSE = "([{", ")]}"
_WORD = re.compile(r"\w+")


class Span(NamedTuple):
    """A part of the text: characters ``start`` up to, not including, ``end``."""

    start: int
    end: int


class Source:
    """A text with an index of its lines. The text has no byte order mark."""

    def __init__(self, text: str) -> None:
        """Index ``text``."""
        self.text = text
        #: where each line starts; one more than there are line ends
        self.starts = _line_starts(text)
        self._ascii = text.isascii()

    @property
    def newline(self) -> str:
        """The line end that the file uses, by its first line."""
        match = _LINE_END.search(self.text)
        return match.group() if match else "\n"

    def offset(self, lineno: int, column: int) -> int:
        """The character at a line (from 1) and a column (in bytes of UTF-8, from 0)."""
        start = self.starts[lineno - 1]
        if self._ascii:
            return start + column
        end = self.starts[lineno] if lineno < len(self.starts) else len(self.text)
        line = self.text[start:end]
        if line.isascii():
            return start + column
        return start + len(line.encode("utf-8", "surrogatepass")[:column].decode("utf-8", "ignore"))

    def line_of(self, offset: int) -> int:
        """The number of the line, from 1, that has the character ``offset``."""
        low, high = 0, len(self.starts)
        while high - low > 1:
            middle = (low + high) // 2
            if self.starts[middle] <= offset:
                low = middle
            else:
                high = middle
        return low + 1

    def position(self, offset: int) -> Tuple[int, int]:
        """Line and column, both from 1 and in characters, as messages to users have them."""
        line = self.line_of(offset)
        return line, offset - self.starts[line - 1] + 1

    def line(self, lineno: int) -> str:
        """The text of a line, without its end."""
        start = self.starts[lineno - 1]
        end = self.starts[lineno] if lineno < len(self.starts) else len(self.text)
        return self.text[start:end].rstrip("\r\n")

    def start(self, node: Located) -> int:
        """Where ``node`` starts. A decorated definition starts at its ``def`` or ``class``."""
        return self.offset(node.lineno, node.col_offset)

    def end(self, node: Located) -> int:
        """Just behind the last character of ``node``."""
        return self.offset(node.end_lineno, node.end_col_offset)

    def span(self, node: Located) -> Span:
        """Where ``node`` stands. Parentheses around it belong to it only if it is a tuple."""
        return Span(self.start(node), self.end(node))

    def text_of(self, node: Located) -> str:
        """The characters of ``node``."""
        return self.text[self.start(node) : self.end(node)]

    # ------------------------------------------------------------------ tokens

    def skip(self, offset: int) -> int:
        """The next character that isn't space, a comment, a line end or a continuation."""
        match = _BETWEEN.match(self.text, offset)
        assert match is not None
        return match.end()

    def skip_on_line(self, offset: int) -> int:
        """The next character of the logical line that isn't space or a continuation."""
        match = _ON_THE_LINE.match(self.text, offset)
        assert match is not None
        return match.end()

    def expect(self, token: str, offset: int) -> Span:
        """The span of ``token``, which must be the next one from ``offset`` on."""
        start = self.skip(offset)
        assert self.text.startswith(token, start), (token, self.text[start : start + 20])
        return Span(start, start + len(token))

    def find(self, token: str, offset: int, stop: Optional[int] = None) -> Span:
        """The next ``token`` outside of brackets, strings and comments from ``offset`` on.

        ``token`` is an operator or a whole word. ``ValueError`` if there is none before ``stop``.
        """
        text, end, depth = self.text, len(self.text) if stop is None else stop, 0
        word = token[0].isalnum() or token[0] == "_"
        while True:
            offset = self.skip(offset)
            if offset >= end:
                raise ValueError(f"no {token!r} here")
            character = text[offset]
            if character.isalnum() or character == "_" or character in "'\"":
                string = _STRING.match(text, offset)
                if string:
                    offset = string.end()
                    continue
                match = _WORD.match(text, offset)
                assert match is not None
                if word and depth == 0 and match.group() == token:
                    return Span(offset, match.end())
                offset = match.end()
                continue
            if not word and depth == 0 and text.startswith(token, offset):
                return Span(offset, offset + len(token))
            if character in _OPEN:
                depth += 1
            elif character in _CLOSE:
                depth -= 1
            offset += 1

    def closing(self, opening: int) -> int:
        """Where the bracket that opens at ``opening`` closes (the offset of the closing one)."""
        close = _CLOSE[_OPEN.index(self.text[opening])]
        return self.find(close, opening + 1).start

    def parenthesised(self, node: Located) -> List[Span]:
        """The pairs of parentheses around ``node`` that aren't part of it, inside out.

        Parentheses of a call around its only argument look the same: ask for a node that stands
        where no call's bracket can be meant.
        """
        pairs: List[Span] = []
        start, end = self.span(node)
        while True:
            before = _backwards(self.text, start)
            after = self.skip(end)
            if before < 0 or self.text[before] != "(" or self.text[after : after + 1] != ")":
                return pairs
            start, end = before, after + 1
            pairs.append(Span(start, end))

    def has_parentheses(self, node: Located) -> bool:
        """Whether a tuple is written with parentheses."""
        start, end = self.span(node)
        return self.text[start] == "(" and self.closing(start) == end - 1

    def without_comments(self, start: int, end: int) -> str:
        """A part of the text as Python shows it: comments left out, all line ends ``\\n``."""
        kept: List[str] = []
        while start < end:
            after = min(self.skip(start), end)
            kept.append(_COMMENT.sub("", self.text[start:after]))
            start = after
            part = (
                (_STRING.match(self.text, start) or _WORD.match(self.text, start))
                if start < end
                else None
            )
            after = part.end() if part else start + 1
            kept.append(self.text[start : min(after, end)])
            start = after
        return "".join(kept).replace("\r\n", "\n").replace("\r", "\n")

    def comments(self, start: int, end: int) -> str:
        """The line ends and comments of a part, and nothing else of it.

        What stands inside brackets can be replaced by this behind its replacement.
        """
        kept: List[str] = []
        while start < end:
            after = self.skip(start)
            gap = self.text[start : min(after, end)].replace("\\", "")
            kept.extend("  " + one if one[0] == "#" else one for one in _REMARK.findall(gap))
            start = after
            string = _STRING.match(self.text, start) if start < end else None
            if string:
                kept.extend(_LINE_END.findall(string.group()))
                start = string.end()
            elif start < end:
                word = _WORD.match(self.text, start)
                start = word.end() if word else start + 1
        return "".join(kept)

    def newlines(self, start: int, end: int) -> int:
        """How many line ends there are in a part of the text."""
        return count_newlines(self.text[start:end])


def _line_starts(text: str) -> List[int]:
    if "\r" in text:
        return [0, *(match.end() for match in _LINE_END.finditer(text))]
    lengths = map(len, text.split("\n")[:-1])
    return [0, *(at + count for count, at in enumerate(accumulate(lengths), 1))]


def count_newlines(text: str) -> int:
    """How many line ends ``text`` has; ``\\r\\n`` is one."""
    return text.count("\n") + text.count("\r") - text.count("\r\n")


def _backwards(text: str, offset: int) -> int:
    """The last character before ``offset`` that is neither space nor in a comment; -1 if none.

    ``offset`` is outside of strings. A comment behind a string of several lines isn't passed.
    """
    crossed = False
    while True:
        offset -= 1
        while offset >= 0 and text[offset] in " \t\f\\\r\n":
            crossed = crossed or text[offset] in "\r\n"
            offset -= 1
        if offset < 0 or not crossed:
            return offset
        start = max(text.rfind("\n", 0, offset + 1), text.rfind("\r", 0, offset + 1)) + 1
        comment = _comment(text, start, offset + 1)
        if comment < 0:
            return offset
        offset = comment


def _comment(text: str, start: int, end: int) -> int:
    """Where the comment of a line begins; -1 without one, or if its start may be in a string."""
    line = text[start:end]
    if "#" not in line:
        return -1
    if not line.lstrip().startswith("#"):
        if "'''" in line or '"""' in line or text[:start].rstrip("\r\n").endswith("\\"):
            return -1
    at = start
    while at < end:
        string = _STRING.match(text, at, end)
        if string:
            at = string.end()
        elif text[at] == "#":
            return at
        else:
            at += 1
    return -1
