"""Strings, f-strings and t-strings out of their tokens: CPython's Parser/action_helpers.c."""

from __future__ import annotations

from typing import List, NamedTuple, Optional, Tuple, Union

from . import nodes
from .literals import decoded, middle_value, string_value
from .stream import TokenStream
from .tokens import FSTRING_END, FSTRING_MIDDLE, FSTRING_START, NAME, STRING, Place

_REPR = ord("r")


class _Part(NamedTuple):
    """One token's worth of a concatenation of strings."""

    start: Place
    end: Place
    kind: str  # "", "f" or "t"
    values: List[nodes.expr]
    value: Union[str, bytes]
    prefix_u: bool


class StringParser(TokenStream):
    """Parses what begins with a STRING or FSTRING_START token."""

    __slots__ = ()

    def field_expression(self) -> nodes.expr:
        """Parse the expression in a field: ``yield`` or ``star_expressions``."""
        raise NotImplementedError

    def strings(self) -> nodes.expr:
        """Parse one string or several side by side: a Constant, JoinedStr or TemplateStr."""
        i = self.i
        kinds = self.kinds
        if kinds[i] == STRING and kinds[i + 1] != STRING and kinds[i + 1] != FSTRING_START:
            self.i = i + 1
            token = self.texts[i]
            line, column = self.starts[i]
            end_line, end_column = self.ends[i]
            kind = "u" if token[0] == "u" else None
            return nodes.Constant(
                line, column, end_line, end_column, self._string_value(token), kind
            )
        parts: List[_Part] = []
        while kinds[self.i] in (STRING, FSTRING_START):
            parts.append(self._part())
        return self._concatenated(parts)

    def _string_value(self, token: str) -> Union[str, bytes]:
        try:
            return string_value(token)
        except ValueError as error:
            self.fail(str(error), self.starts[self.i - 1], self.ends[self.i - 1])

    def _part(self) -> _Part:
        i = self.i
        token = self.texts[i]
        if self.kinds[i] == STRING:
            self.i = i + 1
            value = self._string_value(token)
            return _Part(self.starts[i], self.ends[i], "", [], value, token[0] == "u")
        prefix = token.rstrip("'\"").lower()
        kind = "t" if "t" in prefix else "f"
        self.i = i + 1
        values = self._values("r" in prefix, kind)
        if self.kinds[self.i] != FSTRING_END:
            self.fail("f-string: expecting '}'")
        self.i += 1
        return _Part(self.starts[i], self.ends[self.i - 1], kind, values, "", False)

    def _values(self, raw: bool, kind: str) -> List[nodes.expr]:
        """Parse the literal parts and fields up to the end of the string or specification."""
        values: List[nodes.expr] = []
        while True:
            i = self.i
            found = self.kinds[i]
            if found == FSTRING_MIDDLE:
                self.i = i + 1
                try:
                    value = middle_value(self.texts[i], raw)
                except ValueError as error:
                    self.fail(str(error), self.starts[i], self.ends[i])
                if value:
                    values.append(nodes.Constant(*self.starts[i], *self.ends[i], value, None))
            elif found == "{":
                values += self._field(raw, kind)
            else:
                return values

    def _field(self, raw: bool, kind: str) -> List[nodes.expr]:
        """Parse ``{expression = !r :spec}``: the field, behind its text if ``=`` asks for that."""
        opening = self.i
        start = self.starts[opening]
        self.i += 1
        where = "t-string" if kind == "t" else "f-string"
        if self.kinds[self.i] in ("}", "!", ":", "="):
            sign = self.texts[self.i]
            self.fail(f"{where}: valid expression required before '{sign}'")
        value = self.field_expression()
        debug = self.kinds[self.i] == "="
        if debug:
            self.i += 1
        text_end = self.i
        conversion = -1
        if self.kinds[self.i] == "!":
            self.i += 1
            conversion = self._conversion(where)
            behind = self.ends[self.i - 1]
            if self.starts[self.i] != behind:
                self.uses("f-string-701", behind, self.starts[self.i])
        spec: Optional[nodes.JoinedStr] = None
        if self.kinds[self.i] == ":":
            colon = self.starts[self.i]
            self.i += 1
            values = self._values(raw, "f")  # in a t-string too
            spec = nodes.JoinedStr(*colon, *self.ends[self.i - 1], self._merged(values))
        if self.kinds[self.i] != "}":
            expected = "'!', or ':', or '}'" if conversion < 0 and spec is None else "'}'"
            if not debug and conversion < 0 and spec is None:
                expected = "'=', or " + expected
            self.fail(f"{where}: expecting {expected}")
        end = self.ends[self.i]
        self.i += 1
        tokens = self.tokens
        text = tokens.text[tokens.offset(self.ends[opening]) : tokens.offset(self.starts[text_end])]
        if "\\" in text:
            self.uses("f-string-701", start, end)
        if debug and conversion < 0 and spec is None:
            conversion = _REPR
        node: nodes.expr
        if kind == "t":
            written = _without_comments(decoded(text)).rstrip()
            if debug:
                written = written[:-1].rstrip()
            node = nodes.Interpolation(*start, *end, value, written, conversion, spec)
        else:
            node = nodes.FormattedValue(*start, *end, value, conversion, spec)
        if not debug:
            return [node]
        line, column = self.starts[text_end]
        shown = _without_comments(decoded(text))
        return [nodes.Constant(start[0], start[1] + 1, line, column, shown, None), node]

    def _conversion(self, where: str) -> int:
        i = self.i
        if self.kinds[i] != NAME:
            self.fail(f"{where}: invalid conversion character")
        if self.starts[i] != self.ends[i - 1]:
            message = f"{where}: conversion type must come right after the exclamation mark"
            self.fail(message)
        letter = self.texts[i]
        if letter not in ("s", "r", "a"):
            self.fail(
                f"{where}: invalid conversion character '{letter}': expected 's', 'r', or 'a'"
            )
        self.i += 1
        return ord(letter)

    # ---------------------------------------------------------- concatenation

    def _concatenated(self, parts: List[_Part]) -> nodes.expr:
        start, end = parts[0].start, parts[-1].end
        kinds = {part.kind for part in parts}
        if "t" in kinds and len(kinds) > 1:
            self.fail("cannot mix t-string literals with string or bytes literals", start, end)
        as_bytes = {isinstance(part.value, bytes) for part in parts}
        if len(as_bytes) == 2:
            self.fail("cannot mix bytes and nonbytes literals", start, end)
        kind = "u" if parts[0].prefix_u else None
        if as_bytes == {True}:
            joined = b"".join(part.value for part in parts if isinstance(part.value, bytes))
            return nodes.Constant(*start, *end, joined, kind)
        if kinds == {""}:
            text = "".join(part.value for part in parts if isinstance(part.value, str))
            return nodes.Constant(*start, *end, text, kind)
        values: List[nodes.expr] = []
        for part in parts:
            if part.kind:
                values += part.values
            else:
                u = "u" if part.prefix_u else None
                values.append(nodes.Constant(*part.start, *part.end, part.value, u))
        values = self._merged(values)
        if "t" in kinds:
            return nodes.TemplateStr(*start, *end, values)
        return nodes.JoinedStr(*start, *end, values)

    def _merged(self, values: List[nodes.expr]) -> List[nodes.expr]:
        """Make one of Constants side by side, and drop empty ones."""
        merged: List[nodes.expr] = []
        i = 0
        while i < len(values):
            node = values[i]
            i += 1
            if not isinstance(node, nodes.Constant):
                merged.append(node)
                continue
            last = node
            texts = [str(node.value)]
            while i < len(values):
                following = values[i]
                if not isinstance(following, nodes.Constant):
                    break
                last = following
                texts.append(str(last.value))
                i += 1
            text = "".join(texts)
            if text:
                start: Tuple[int, int] = (node.lineno, node.col_offset)
                end = (last.end_lineno, last.end_col_offset)
                merged.append(nodes.Constant(*start, *end, text, node.kind))
        return merged


def _without_comments(text: str) -> str:
    """The text that ``=`` shows: CPython leaves out from a ``#`` to the line's end."""
    if "#" not in text:
        return text
    kept: List[str] = []
    quote = ""
    i = 0
    while i < len(text):
        character = text[i]
        if quote:
            if character == quote:
                quote = ""
        elif character in "'\"":
            quote = character
        elif character == "#":
            while i < len(text) and text[i] != "\n":
                i += 1
            continue
        kept.append(character)
        i += 1
    return "".join(kept)
