"""The literal parts of f- and t-strings (PEP 701, PEP 750)."""

from __future__ import annotations

import re
from typing import NoReturn

from .features import Feature
from .tokens import FSTRING_END, FSTRING_MIDDLE, Place, Tokens

_MAX_NESTED_FIELDS = 3


def _triple(quote: str) -> str:
    return rf"{quote * 3}[^{quote}\\]*(?:(?:\\.|{quote}(?!{quote * 2}))[^{quote}\\]*)*{quote * 3}"


def _single(quote: str) -> str:
    return rf"{quote}(?!{quote * 2})[^{quote}\\\n]*(?:\\.[^{quote}\\\n]*)*{quote}"


#: A whole string that isn't an f-string, without its prefix.
QUOTED = "|".join((_single('"'), _single("'"), _triple('"'), _triple("'")))
_PLAIN = re.compile(QUOTED, re.DOTALL)


def _middle(quote: str, raw: bool, spec: str) -> str:
    """The expression for the literal part of an f-string, or of a format specification.

    ``spec`` is "" outside one, "f:" in one, "f;" in one behind a field.
    """
    newline = "" if len(quote) == 3 else r"\n"
    mark = quote[0]
    parts = [rf"[^{{}}\\{newline}{mark}]+", r"\\(?=[{}])", r"\\[^{}]"]
    if not raw:
        parts.insert(0, r"\\N\{[^{}]*\}")
    if len(quote) == 3:
        parts.append(rf"{mark}(?!{mark * 2})")
    if spec != "f:":
        parts.append(r"\{\{")
    if not spec:
        parts.append(r"\}\}")
    return f"(?:{'|'.join(parts)})*"


_MIDDLES = {
    (quote, raw, spec): re.compile(_middle(quote, raw, spec), re.DOTALL)
    for quote in ("'", '"', "'''", '"""')
    for raw in (False, True)
    for spec in ("", "f:", "f;")
}


class FStringScanner(Tokens):
    """Finds the tokens between an f-string's start and its end, outside the fields."""

    __slots__ = ()

    def _put(self, kind: str, text: str, start: Place, end: Place) -> None:
        self.kinds.append(kind)
        self.texts.append(text)
        self.starts.append(start)
        self.ends.append(end)

    def _lines(self, start: int, end: int) -> None:
        """Count the lines that begin in ``text[start:end]`` (behind its newlines)."""
        if start < end == start + self.text.count("\n", start, end):  # in front of a part of a text
            self.line_starts.extend(range(start + 1, end + 1))
            self.line += end - start
            self.line_start = end
            return
        find = self.text.find
        found = find("\n", start, end)
        while found >= 0:
            self.line_start = found + 1
            self.line_starts.append(found + 1)
            self.line += 1
            found = find("\n", found + 1, end)

    def _in_fstring(self, position: int) -> int:
        """Take the literal parts of the innermost f-string up to a field or its end."""
        text = self.text
        while True:
            quote, raw, outside, index = self.frames[-1]
            spec = self.brackets[-1][0] if len(self.brackets) > outside else ""
            if spec and self.kinds[-1] == "}":
                # from 3.13 on, ``{{`` is a brace behind a field, as outside a specification
                spec = "f;"
                self.brackets[-1] = (spec, self.brackets[-1][1])
            match = _MIDDLES[quote, raw, spec].match(text, position)
            assert match
            start, position = position, match.end()
            place = (self.line, start - self.line_start)
            if position > start:
                middle = match.group()
                if "\n" in middle:
                    self._lines(start, position)
            here = (self.line, position - self.line_start)
            if position > start:
                self._put(FSTRING_MIDDLE, middle, place, here)
                if spec == "f;" and "{{" in middle:
                    self.features.append(Feature("brace-behind-field", place, here))
            if text.startswith("{", position):
                self.brackets.append(("f{", here))
                self._put("{", "{", here, (here[0], here[1] + 1))
                levels = sum(bracket in ("f:", "f;") for bracket, _ in self.brackets[outside:])
                if levels >= _MAX_NESTED_FIELDS:
                    self.fail("f-string: expressions nested too deeply", position)
                if levels == 2:
                    self.features.append(Feature("f-string-701", here, here))
                return position + 1
            if spec and text.startswith("}", position):
                self.brackets.pop()
                self._put("}", "}", here, (here[0], here[1] + 1))
                position += 1
                continue
            if spec and len(quote) == 1 and text.startswith("\n", position):
                message = (
                    "f-string: newlines are not allowed in format specifiers "
                    "for single quoted f-strings"
                )
                self.fail_at(message, here)
            if not spec and text.startswith(quote, position):
                position += len(quote)
                end_place = (self.line, position - self.line_start)
                self._put(FSTRING_END, quote, here, end_place)
                self._finish(index, quote, position)
                return position
            if text.startswith("}", position):
                self.fail("f-string: single '}' is not allowed", position)
            if spec and text.startswith(quote, position):
                self.fail("f-string: expecting '}', or format specs", position)
            self._unterminated_fstring()

    def _finish(self, index: int, quote: str, end: int) -> None:
        """Close the innermost f-string, and say if only PEP 701 or PEP 750 allow it."""
        self.frames.pop()
        start = self.starts[index]
        offset = self.offset(self.ends[index]) - len(quote)
        plain = _PLAIN.match(self.text, offset)
        if "t" in self.texts[index].lower():
            self.features.append(Feature("t-string", start, self.ends[-1]))
        elif not plain or plain.end() != end:
            self.features.append(Feature("f-string-701", start, self.ends[-1]))

    def _unterminated_fstring(self) -> NoReturn:
        quote, _, _, index = self.frames[-1]
        kind = "t" if "t" in self.texts[index].lower() else "f"
        triple = "triple-quoted " if len(quote) == 3 else ""
        message = f"unterminated {triple}{kind}-string literal (detected at line {self.line})"
        self.fail_at(message, self.starts[index])
