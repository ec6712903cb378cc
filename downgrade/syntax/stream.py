"""Where a parser stands in its tokens, and how it says that it can't go on."""

from __future__ import annotations

from typing import NoReturn, Optional

from .features import Feature
from .tokens import (
    DEDENT,
    ENDMARKER,
    FSTRING_MIDDLE,
    FSTRING_START,
    INDENT,
    NAME,
    NEWLINE,
    STRING,
    Place,
    Tokens,
)

#: Tokens that don't count in a span's end.
_LAYOUT = frozenset((NEWLINE, INDENT, DEDENT, ENDMARKER))


class TokenStream:
    """The tokens and ``i``, the index of the next one."""

    __slots__ = ("ends", "features", "i", "kinds", "starts", "texts", "tokens")

    def __init__(self, tokens: Tokens) -> None:
        """Stand before the first token."""
        self.tokens = tokens
        self.kinds = tokens.kinds
        self.texts = tokens.texts
        self.starts = tokens.starts
        self.ends = tokens.ends
        self.features = tokens.features
        self.i = 0

    def uses(self, construct: str, start: Place, end: Place) -> None:
        """Note that the text uses a construct of ``features.CONSTRUCTS``."""
        self.features.append(Feature(construct, start, end))

    def expect(self, kind: str) -> None:
        """Pass a token of this kind, or fail."""
        if self.kinds[self.i] != kind:
            self.fail(f"expected '{kind}'")
        self.i += 1

    def name(self) -> str:
        """Pass a name, and give it."""
        if self.kinds[self.i] != NAME:
            self.invalid()
        self.i += 1
        return self.texts[self.i - 1]

    def last_end(self) -> Place:
        """The end of the last token that isn't layout: where a compound statement ends."""
        i = self.i - 1
        kinds = self.kinds
        while kinds[i] in _LAYOUT:
            i -= 1
        return self.ends[i]

    def invalid(self) -> NoReturn:
        """Fail at the next token, in the words that fit it."""
        kind = self.kinds[self.i]
        if kind == INDENT:
            self.fail("unexpected indent", kind=IndentationError)
        if kind == DEDENT:
            self.fail("expected an indented block", kind=IndentationError)
        if self.i and kind in (NAME, STRING, "NUMBER", FSTRING_START):
            before = self.kinds[self.i - 1]
            if before == NAME and self.texts[self.i - 1] in ("print", "exec"):
                word = self.texts[self.i - 1]
                message = f"Missing parentheses in call to '{word}'. Did you mean {word}(...)?"
                self.fail(message, self.starts[self.i - 1])
            if self.tokens.within_brackets(self.i) and before in (NAME, STRING, "NUMBER", ")", "]"):
                self.fail("invalid syntax. Perhaps you forgot a comma?")
        if kind in (FSTRING_MIDDLE, "!"):
            self.fail("f-string: expecting '}'")
        self.fail("invalid syntax")

    def fail(
        self,
        message: str,
        start: Optional[Place] = None,
        end: Optional[Place] = None,
        kind: type = SyntaxError,
    ) -> NoReturn:
        """Raise a ``SyntaxError``: by default at the next token."""
        if start is None:
            start, end = self.starts[self.i], self.ends[self.i]
        self.tokens.fail_at(message, start, end, kind)
