"""The code of a text, without parsing it: no comments, no contents of strings.

text -> the text with ``''`` for each string and nothing for each comment, and apart from it the
contents of f-strings, whose fields are code too. It is for looking at words and at what is next
to what: a hundred times as fast as a parse, and nothing in prose is taken for code.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import List, Match, Optional, Pattern, Set, Tuple

from .words import names_in

_WORD = re.compile(r"[^\W\d]\w*")


def fstring_body(quote: str) -> str:
    """The rest of an f-string, behind its opening quote, that all versions read the same."""
    other = "'" if quote[0] == '"' else '"'
    character = rf"""[^{{}}"'\\\#\n!]|{other}[^"'\\\#\n{{}}]*{other}|!=|![rsa](?=[:}}])"""
    inner = f"(?:{character})*"
    plain = r"[^{}\"'\\\#\n!:()\[\]]"
    # ``{x:#x}``: elsewhere than in a format, a ``#`` begins a comment.
    alternate = rf"(?:{plain}|\({plain}*\)|\[{plain}*\])*:[<>=^+-]?\#\w*"
    field = rf"\{{(?:{inner}(?:\{{{inner}\}}{inner})*|{alternate})\}}"
    if len(quote) == 3:
        literal = rf"[^{quote[0]}\\{{}}]|\\[^{{}}N]|{quote[0]}(?!{quote[0] * 2})"
    else:
        literal = rf"[^{quote}\\\n{{}}]|\\[^{{}}N]"
    return rf"(?:{literal}|\{{\{{|\}}\}}|{field})*{quote}"


def _string(quote: str) -> str:
    """A string: group 1 is what is in an f-string, group 2 is there if it can't be told."""
    two = quote * 2
    of_f = f"(?:(?<=[fF]{quote})|(?<=[fF][rR]{quote}))"
    triple = rf"{two}[^{quote}\\]*(?:(?:\\.|{quote}(?!{two}))[^{quote}\\]*)*{quote}{two}"
    single = rf"(?!{two})[^{quote}\\\n]*(?:\\.[^{quote}\\\n]*)*{quote}"
    f_triple, f_single = fstring_body(quote + two), fstring_body(quote)
    return (
        rf"{quote}(?:{of_f}(?:({two}{f_triple}|(?!{two}){f_single})|())"
        rf"|(?<![fF]{quote})(?<![fF][rR]{quote})(?:{triple}|{single}|()))"
    )


#: Each alternative begins with a character of its own, so that the search is for one of three.
_PIECE = re.compile(rf"\#[^\n]*|{_string(chr(34))}|{_string(chr(39))}", re.DOTALL)
_TEMPLATE = re.compile(r"''(?:(?<=[tT]'')|(?<=[tT][rR]''))")
#: Behind the closing quotes of the f-string is a line's end.
_TEMPLATE_INSIDE = re.compile(r"(?<![\w\"'])(?:[tT][rR]?|[rR][tT])[\"'](?!(?:''|\"\")?(?:\n|\Z))")
_IMPORT = re.compile(r"import\b(?:[\s\\]*\([^)]*\)|(?:[^\n;\\]|\\\n)*)")


class Code:
    """What of a text is code; ``text`` as it is where that takes a tokenizer to know."""

    __slots__ = (
        *("_backwards", "_imports", "_starts", "_words", "bodies", "everything", "fstrings"),
        *("known", "marked", "marked_at"),
        "original",
        "text",
    )

    def __init__(self, text: str) -> None:
        """Take comments and strings out of ``text``, without a byte order mark."""
        if "\r" in text:
            text = text.replace("\r\n", "\n").replace("\r", "\n")
        #: with its strings
        self.original = text
        bodies: List[str] = []
        odd: List[int] = []
        #: strings with ``[`` or ``|``, quotes and all
        self.marked: List[str] = []
        #: where they begin in ``text``, if all strings were found
        self.marked_at: List[int] = []
        marked, marked_at = self.marked, self.marked_at
        gone = 0

        def shorter(match: Match[str]) -> str:
            nonlocal gone
            group = match.lastindex
            piece = match.group()
            if group is None:
                if piece[0] == "#":
                    gone += len(piece)
                    return ""
                if "[" in piece or "|" in piece:
                    marked.append(piece)
                    marked_at.append(match.start() - gone)
            elif group in (1, 4):
                bodies.append(match.group(group))
            else:
                odd.append(match.start())
            gone += len(piece) - 2
            return "''"

        code = _PIECE.sub(shorter, text)
        #: whether every string was found: so it is unless an f-string needs PEP 701, or there
        #: is a t-string, which may have any quotes inside
        self.known = not (
            odd or _TEMPLATE.search(code) or _TEMPLATE_INSIDE.search("\n".join(bodies))
        )
        self.text = code if self.known else text
        #: what is between the quotes of f-strings, with the closing ones
        self.bodies = bodies if self.known else []
        #: the same, a line for each
        self.fstrings = "\n".join(self.bodies)
        #: both
        self.everything = f"{self.text}\n{self.fstrings}" if self.fstrings else self.text
        self._words: Optional[Set[str]] = None
        self._imports: Optional[List[Set[str]]] = None
        self._starts: Optional[List[int]] = None
        self._backwards = ""

    def strings_like(self, pattern: Pattern[str]) -> List[Tuple[int, str]]:
        """The ``marked`` strings that ``pattern`` matches: where in ``text``, what is in them.

        There are none where the code isn't ``known``.
        """
        if not self.known:
            return []
        return [
            (at, piece[1:-1])
            for at, piece in zip(self.marked_at, self.marked)
            if pattern.fullmatch(piece)
        ]

    @property
    def starts(self) -> List[int]:
        """Where the logical lines of a ``known`` text begin; the last one is behind its end."""
        if self._starts is None:
            starts, depth, end = [0], 0, 0
            for line in self.text.split("\n"):
                end += len(line) + 1
                depth += line.count("(") + line.count("[") + line.count("{")
                depth -= line.count(")") + line.count("]") + line.count("}")
                if not depth and not line.endswith("\\"):
                    starts.append(end)
            self._starts = starts if starts[-1] == end else [*starts, end]
        return self._starts

    def line_around(self, at: int) -> Tuple[int, int]:
        """Where the logical line that ``at`` is in begins and ends."""
        index = bisect_right(self.starts, at)
        return self.starts[index - 1], self.starts[index] - 1

    @property
    def backwards(self) -> str:
        """The text from its end to its start."""
        if not self._backwards:
            self._backwards = self.text[::-1]
        return self._backwards

    @property
    def words(self) -> Set[str]:
        """The words of the code, of fields and of what is around them."""
        if self._words is None:
            self._words = names_in(self.everything)
        return self._words

    @property
    def imports(self) -> List[Set[str]]:
        """The words of each import statement."""
        if self._imports is None:
            self._imports = []
            text = self.text
            for match in _IMPORT.finditer(text):
                start = match.start()
                while True:
                    line = text.rfind("\n", 0, start) + 1
                    if not text.endswith("\\\n", 0, line):
                        break
                    start = line - 1
                self._imports.append(set(_WORD.findall(text, line, match.end())))
        return self._imports
