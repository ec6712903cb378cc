"""The tokens of a module, with exact spans: CPython's Parser/lexer, for all of 3.8-3.14.

Text -> ``tokens.Tokens``: lists of kinds, texts, starts and ends side by side, and the comments.

The text is UTF-8 of which each byte is one character (``source.as_bytes``), so that columns are
bytes without a conversion. One compiled regular expression finds a token together with the
white space before it; a line's end takes the blank and comment lines behind it along. Inside
an f- or t-string the parts between the braces are found by expressions of their own (PEP 701).
"""

from __future__ import annotations

import re
import unicodedata
from typing import Dict, List, NoReturn

from .features import Feature
from .fstring_scanner import QUOTED, FStringScanner
from .tokens import (
    CLOSING,
    DEDENT,
    ENDMARKER,
    FSTRING_START,
    INDENT,
    NAME,
    NEWLINE,
    NUMBER,
    STRING,
    Comment,
)

KEYWORDS = [
    "False",
    "None",
    "True",
    "and",
    "as",
    "assert",
    "async",
    "await",
    "break",
    "class",
    "continue",
    "def",
    "del",
    "elif",
    "else",
    "except",
    "finally",
    "for",
    "from",
    "global",
    "if",
    "import",
    "in",
    "is",
    "lambda",
    "nonlocal",
    "not",
    "or",
    "pass",
    "raise",
    "return",
    "try",
    "while",
    "with",
    "yield",
]
#: A keyword's kind is the keyword itself.
_KINDS: Dict[str, str] = {word: word for word in KEYWORDS}
_OPERATORS: Dict[str, str] = {
    operator: operator
    for operator in [
        "(",
        "[",
        "{",
        ")",
        "]",
        "}",
        "**",
        "**=",
        "//",
        "//=",
        ">>",
        ">>=",
        "<<",
        "<<=",
        "...",
        "!=",
        "<>",
        "->",
        ":=",
        "+",
        "+=",
        "-",
        "-=",
        "*",
        "*=",
        "/",
        "/=",
        "%",
        "%=",
        "&",
        "&=",
        "|",
        "|=",
        "^",
        "^=",
        "@",
        "@=",
        "=",
        "==",
        "<",
        "<=",
        ">",
        ">=",
        "~",
        ".",
        ",",
        ":",
        ";",
    ]
}
_LEADING_ZEROS = (
    "leading zeros in decimal integer literals are not permitted; "
    "use an 0o prefix for octal integers"
)
#: CPython's limits (Parser/lexer/state.h).
_MAX_BRACKETS = 200
_MAX_INDENTS = 100

_WORD = r"[A-Za-z_\x80-\xff][\w\x80-\xff]*"
_DIGITS = r"[0-9](?:_?[0-9])*"
_NUMBER = (
    r"0[xX](?:_?[0-9a-fA-F])+|0[bB](?:_?[01])+|0[oO](?:_?[0-7])+"
    rf"|(?:{_DIGITS}\.(?:{_DIGITS})?|\.{_DIGITS}|{_DIGITS})(?:[eE][-+]?{_DIGITS})?[jJ]?"
)


_OPERATOR = (
    r"\.\.\.|\.(?![0-9])|[,:~;](?!=)|:=|->|!=|<>|\*\*=?|//=?|>>=?|<<=?|[-+*/%&|^@=<>]=?|[,~;]"
)
_BLANK = r"[ \t\f]*(?:\#[^\n]*)?\n"

_TOKEN = re.compile(
    rf"""[ \t\f]*(?:
    ({_WORD})(?![\w\x80-\xff"'])                 # 1 a name or keyword
    |({_OPERATOR})                               # 2
    |([(\[{{])                                   # 3
    |([)\]}}])                                   # 4
    |((?:\#[^\n]*)?\n(?:{_BLANK})*)([ \t\f]*)    # 5, 6 the end of a line, the next indentation
    |((?:[bBuUrR]|[bB][rR]|[rR][bB])?(?:{QUOTED}))   # 7
    |({_NUMBER})                                 # 8
    |((?:[fFtT][rR]?|[rR][fFtT])(\"\"\"|\'\'\'|\"|\'))   # 9, 10 an f-string's start
    |(\\\n)                                      # 11 a continuation
    |({_WORD})                                   # 12 a name before a quote
    |(.)                                         # 13
    )""",
    re.VERBOSE | re.DOTALL | re.ASCII,
)
_START = re.compile(rf"((?:{_BLANK})*)([ \t\f]*)")
_COMMENT = re.compile(r"#[^\n]*")
_AFTER_NUMBER = re.compile(
    r"(?:and|else|for|if|in|is|or|not)(?![\w\x80-\xff])|[\w\x80-\xff]", re.ASCII
)


class Tokenizer(FStringScanner):
    """Finds all tokens of a text when it is made; raises ``SyntaxError``."""

    __slots__ = ()

    def __init__(self, text: str, filename: str = "<unknown>") -> None:
        """Find the tokens of ``text``, which is UTF-8 with a character for each byte."""
        super().__init__(text, filename)
        self._scan()

    # ------------------------------------------------------------------ the loop

    def _scan(self) -> None:
        text = self.text
        size = len(text)
        put_kind, put_text = self.kinds.append, self.texts.append
        put_start, put_end = self.starts.append, self.ends.append
        brackets, frames = self.brackets, self.frames
        kind_of = _KINDS.get
        operators = _OPERATORS
        indents = [0]
        alternatives = [0]
        match = _START.match(text)
        assert match
        if match.end(1):
            self._comments_in(match.start(1), match.end(1))
            self._lines(0, match.end(1))
        position = self._indentation(match.end(1), match.end(), indents, alternatives)
        line, line_start = self.line, self.line_start
        while position < size:
            for match in _TOKEN.finditer(text, position):
                group = match.lastindex
                if group == 1:
                    word = match[1]
                    start, end = match.span(1)
                    kind = kind_of(word, NAME)
                    if kind is NAME and not word.isascii():
                        word = self._identifier(word, start)
                    put_kind(kind)
                    put_text(word)
                    put_start((line, start - line_start))
                    put_end((line, end - line_start))
                elif group == 2:
                    word = match[2]
                    start, end = match.span(2)
                    if frames and brackets[-1][0] == "f{" and word in (":", ":="):
                        put_kind(":")
                        put_text(":")
                        put_start((line, start - line_start))
                        put_end((line, start + 1 - line_start))
                        brackets[-1] = ("f:", brackets[-1][1])
                        position = self._in_fstring(start + 1)
                        break
                    word = operators[word]
                    put_kind(word)
                    put_text(word)
                    put_start((line, start - line_start))
                    put_end((line, end - line_start))
                elif group == 3:
                    word = match.group(3)
                    place = (line, match.start(3) - line_start)
                    put_kind(operators[word])
                    put_text(word)
                    put_start(place)
                    put_end((line, place[1] + 1))
                    brackets.append((word, place))
                    if len(brackets) >= _MAX_BRACKETS:
                        self.fail("too many nested parentheses", match.start(3))
                elif group == 4:
                    word = match.group(4)
                    start = match.start(4) - line_start
                    opening = brackets.pop()[0] if brackets else ""
                    if CLOSING.get(opening) != word:
                        if word != "}" or opening not in ("f{", "f:", "f;"):
                            self._unmatched(word, opening, match.start(4))
                        put_kind("}")
                        put_text("}")
                        put_start((line, start))
                        put_end((line, start + 1))
                        position = self._in_fstring(match.end())
                        break
                    put_kind(operators[word])
                    put_text(word)
                    put_start((line, start))
                    put_end((line, start + 1))
                elif group == 6:
                    start, behind = match.span(5)
                    if text[start] == "#" or behind - start > 1:
                        self._comments_in(start, behind)
                    if not brackets:
                        if text[start] == "#":
                            start = text.index("\n", start)
                        put_kind(NEWLINE)
                        put_text("\n")
                        put_start((line, start - line_start))
                        put_end((line, start + 1 - line_start))
                    if behind - start == 1:
                        line += 1
                        self.line_starts.append(behind)
                        self.line = line
                        self.line_start = line_start = behind
                    else:
                        self._lines(match.start(5), behind)
                        line, line_start = self.line, self.line_start
                    if not brackets:
                        column = match.end() - behind
                        if column == indents[-1] == alternatives[-1] and (
                            not column or text.count(" ", behind, match.end()) == column
                        ):
                            if behind < size and text[match.end()] != "\\":
                                continue
                        position = self._indentation(behind, match.end(), indents, alternatives)
                        line, line_start = self.line, self.line_start
                        if position != match.end():
                            break
                elif group == 7:
                    word = match[7]
                    start, end = match.span(7)
                    put_kind(STRING)
                    put_text(word)
                    put_start((line, start - line_start))
                    if "\n" in word:
                        self._lines(start, end)
                        line, line_start = self.line, self.line_start
                    put_end((line, end - line_start))
                elif group == 8:
                    put_kind(NUMBER)
                    put_text(match.group(8))
                    put_start((line, match.start(8) - line_start))
                    put_end((line, match.end() - line_start))
                    self._check_number(match.group(8), match.end())
                else:
                    position = self._rest(match)
                    line, line_start = self.line, self.line_start
                    break
            else:
                break
            line, line_start = self.line, self.line_start
        if frames:
            self._unterminated_fstring()
        if brackets:
            opening, place = brackets[-1]
            self.fail_at(f"'{opening[-1]}' was never closed", place)
        end_place = (self.line, 0)
        for _ in indents[1:]:
            self._put(DEDENT, "", end_place, end_place)
        for _ in range(3):  # so that a parser may look two tokens ahead
            self._put(ENDMARKER, "", end_place, end_place)

    def _comments_in(self, start: int, end: int) -> None:
        """Keep the comments of ``text[start:end]``, where nothing else but white space is."""
        line, line_start, seen = self.line, self.line_start, start
        for match in _COMMENT.finditer(self.text, start, end):
            newlines = self.text.count("\n", seen, match.start())
            if newlines:
                line += newlines
                line_start = self.text.rindex("\n", seen, match.start()) + 1
            seen = match.start()
            self.comments.append(Comment(line, seen - line_start, match.group()))
            if self.frames:
                place = (line, seen - line_start)
                self.features.append(
                    Feature("f-string-701", place, (line, match.end() - line_start))
                )

    # ------------------------------------------------------------- indentation

    def _indentation(self, start: int, end: int, indents: List[int], others: List[int]) -> int:
        """Compare the white space ``text[start:end]`` of a line with the line before.

        Returns where the line goes on: behind a backslash that continues the indentation.
        """
        text = self.text
        column = other = kept = 0
        position = start
        while True:
            while position < end:
                character = text[position]
                if character == "\t":
                    column = (column // 8 + 1) * 8
                    other += 1
                elif character == "\f":
                    column = other = 0
                else:
                    column += 1
                    other += 1
                position += 1
            if not text.startswith("\\\n", position):
                break
            kept = kept or column
            if position + 2 >= len(text):
                self.fail("unexpected EOF while parsing", position)
            self._lines(position, position + 2)
            column = other = 0
            position = end = position + 2
            while end < len(text) and text[end] in " \t\f":
                end += 1
        if kept:
            column = other = kept
        if position >= len(text) or text[position] in "#\n":
            return position
        place = (self.line, position - self.line_start)
        if column == indents[-1]:
            if other != others[-1]:
                self._tabs(position)
        elif column > indents[-1]:
            if len(indents) >= _MAX_INDENTS:
                self.fail("too many levels of indentation", position, IndentationError)
            if other <= others[-1]:
                self._tabs(position)
            indents.append(column)
            others.append(other)
            self._put(INDENT, text[start:position], (place[0], 0), place)
        else:
            while column < indents[-1]:
                indents.pop()
                others.pop()
                self._put(DEDENT, "", place, place)
            if column != indents[-1]:
                message = "unindent does not match any outer indentation level"
                self.fail(message, position, IndentationError)
            if other != others[-1]:
                self._tabs(position)
        return position

    def _tabs(self, position: int) -> NoReturn:
        self.fail("inconsistent use of tabs and spaces in indentation", position, TabError)

    # ---------------------------------------------------------- rare ones, strings

    def _rest(self, match: re.Match[str]) -> int:
        """Take a token that is rare; returns where to go on."""
        group = match.lastindex
        assert group
        start = match.start(group)
        place = (self.line, start - self.line_start)
        if group == 9:
            prefix = match.group(9).rstrip("'\"").lower()
            raw = "r" in prefix
            self.frames.append((match.group(10), raw, len(self.brackets), len(self.kinds)))
            self._put(
                FSTRING_START, match.group(9), place, (self.line, match.end() - self.line_start)
            )
            if len(self.frames) > 150:
                self.fail("too many nested f-strings or t-strings", start)
            return self._in_fstring(match.end())
        if group == 11:
            if match.end() >= len(self.text):
                self.fail("unexpected EOF while parsing", start)
            self._lines(start, match.end())
            return match.end()
        if group == 12:
            word = match.group(12)
            word = word if word.isascii() else self._identifier(word, start)
            end = (self.line, match.end() - self.line_start)
            self._put(_KINDS.get(word, NAME), word, place, end)
            return match.end()
        character = match.group(13)
        if character == "!" and self.frames and self.brackets[-1][0] == "f{":
            self._put("!", "!", place, (place[0], place[1] + 1))
            return match.end()
        self._invalid(character, start)

    def _invalid(self, character: str, start: int) -> NoReturn:
        if character in "'\"":
            if self.text.startswith(character * 3, start):
                lines = self.text.count("\n", start)
                last = self.line + lines - 1
                detail = f" (detected at line {last})"
                self.fail(f"unterminated triple-quoted string literal{detail}", start)
            if self.frames and self.frames[-1][0][0] == character:
                self.fail("f-string: expecting '}'", start)
            detail = f" (detected at line {self.line})"
            self.fail(f"unterminated string literal{detail}", start)
        if character == "\\":
            self.fail("unexpected character after line continuation character", start + 1)
        if character.isprintable():
            self.fail("invalid syntax", start)
        self.fail(f"invalid non-printable character U+{ord(character):04X}", start)

    # -------------------------------------------------------------------- checks

    def _identifier(self, word: str, start: int) -> str:
        """Check a name with characters beyond ASCII; gives it in NFKC form (PEP 3131)."""
        try:
            name = word.encode("latin-1").decode("utf-8")
        except UnicodeDecodeError:
            self.fail("invalid UTF-8", start)
        if not name.isidentifier():
            length = next(n for n in range(len(name)) if not name[: n + 1].isidentifier())
            bad = name[length]
            at = start + len(name[:length].encode("utf-8"))
            if bad.isprintable():
                self.fail(f"invalid character '{bad}' (U+{ord(bad):04X})", at)
            self.fail(f"invalid non-printable character U+{ord(bad):04X}", at)
        return unicodedata.normalize("NFKC", name)

    def _check_number(self, number: str, end: int) -> None:
        """What may not follow a number, and what may not be one."""
        if number[0] == "0" and number.isdigit() and number.strip("0"):
            self.fail(_LEADING_ZEROS, end - len(number))
        if number[0] == "0" and "_" in number and number.replace("_", "").isdigit():
            if number.strip("0_"):
                self.fail(_LEADING_ZEROS, end - len(number))
        match = _AFTER_NUMBER.match(self.text, end)
        if match and len(match.group()) == 1:
            names = {"0x": "hexadecimal", "0o": "octal", "0b": "binary"}
            base = (number + match.group())[:2].lower()
            kind = names.get(base, "imaginary" if number[-1] in "jJ" else "decimal")
            self.fail(f"invalid {kind} literal", end - 1)

    def _unmatched(self, word: str, opening: str, start: int) -> NoReturn:
        if not opening:
            self.fail(f"unmatched '{word}'", start)
        if opening[0] == "f":
            self.fail(f"f-string: closing parenthesis '{word}' does not match opening '{{'", start)
        message = f"closing parenthesis '{word}' does not match opening parenthesis '{opening}'"
        self.fail(message, start)
