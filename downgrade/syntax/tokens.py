"""The tokens of a text, and places in it."""

from __future__ import annotations

from typing import List, NoReturn, Optional, Tuple

from .errors import syntax_error
from .features import Feature

NAME = "NAME"
NUMBER = "NUMBER"
STRING = "STRING"
NEWLINE = "NEWLINE"
INDENT = "INDENT"
DEDENT = "DEDENT"
ENDMARKER = "ENDMARKER"
FSTRING_START = "FSTRING_START"
FSTRING_MIDDLE = "FSTRING_MIDDLE"
FSTRING_END = "FSTRING_END"


#: From an opening bracket to the closing one.
CLOSING = {"(": ")", "[": "]", "{": "}"}

Place = Tuple[int, int]


class Comment:
    """A comment: its line, its column in bytes, its text with the ``#``."""

    __slots__ = ("col_offset", "lineno", "text")

    def __init__(self, lineno: int, col_offset: int, text: str) -> None:
        self.lineno = lineno
        self.col_offset = col_offset
        self.text = text


class Tokens:
    """All tokens of a text: token ``i`` is ``kinds[i]``, ``texts[i]``, ``starts[i]``, ``ends[i]``.

    The kind of a keyword or operator is its text. Places are (line from 1, byte from 0). Lines'
    ends inside brackets and comments are no tokens; ``comments`` has the comments, in order.
    ``features`` are the constructs that the tokens show: what only PEP 701 allows, PEP 750.
    """

    __slots__ = (
        *("brackets", "comments", "ends", "features", "filename", "frames", "kinds", "line"),
        *("line_start", "starts", "text", "texts", "line_starts"),
    )

    def __init__(self, text: str, filename: str = "<unknown>") -> None:
        """Begin with no token of ``text``; ``tokenizer.Tokenizer`` finds them."""
        self.text = text if text.endswith("\n") or not text else text + "\n"
        self.filename = filename
        self.kinds: List[str] = []
        self.texts: List[str] = []
        self.starts: List[Place] = []
        self.ends: List[Place] = []
        self.comments: List[Comment] = []
        self.features: List[Feature] = []
        #: Offsets of the lines, filled as they come.
        self.line_starts = [0]
        self.line = 1
        self.line_start = 0
        #: Open brackets: (the bracket, its place); "f{", "f:" and "f;" are a field of an
        #: f-string: its expression, its specification, that behind a field.
        self.brackets: List[Tuple[str, Place]] = []
        #: Open f-strings: (quote, raw, brackets outside, index of the start token).
        self.frames: List[Tuple[str, bool, int, int]] = []

    def offset(self, place: Place) -> int:
        """The offset in ``text`` of a place."""
        return self.line_starts[place[0] - 1] + place[1]

    def closing(self, index: int) -> int:
        """The index of the token that closes the bracket at ``index``."""
        depth = 0
        kinds = self.kinds
        while True:
            kind = kinds[index]
            if kind in CLOSING:
                depth += 1
            elif kind in (")", "]", "}"):
                depth -= 1
                if not depth:
                    return index
            index += 1

    def within_brackets(self, index: int) -> bool:
        """Whether a bracket is open before the token at ``index``."""
        depth = 0
        for kind in self.kinds[:index]:
            depth += (kind in CLOSING) - (kind in (")", "]", "}"))
        return depth > 0

    def fail(self, message: str, offset: int, kind: type = SyntaxError) -> NoReturn:
        """Raise an error at an offset."""
        line = self.text.count("\n", 0, offset) + 1
        start = self.text.rfind("\n", 0, offset) + 1
        self.fail_at(message, (line, offset - start), kind=kind)

    def fail_at(
        self, message: str, start: Place, end: Optional[Place] = None, kind: type = SyntaxError
    ) -> NoReturn:
        """Raise a ``SyntaxError`` from one place to another."""
        raise syntax_error(kind, message, self.text, self.filename, start, end)
