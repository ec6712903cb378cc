"""The values of literals, read as CPython's Parser/string_parser.c and pegen.c read them."""

from __future__ import annotations

import re
import unicodedata
from typing import Match, Union

#: CPython's limit for decimal literals, on hosts that don't have it too.
_MAX_DIGITS = 4300
_SIMPLE = {
    "\\": "\\",
    "'": "'",
    '"': '"',
    "a": "\a",
    "b": "\b",
    "f": "\f",
    "n": "\n",
    "r": "\r",
    "t": "\t",
    "v": "\v",
    "\n": "",
}
_ESCAPE = re.compile(
    r"\\(?:([0-7]{1,3})|x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})"
    r"|N\{([^{}]+)\}|([xuUN])|([\\'\"abfnrtv\n]))"
)
_BYTES_ESCAPE = re.compile(r"\\(?:([0-7]{1,3})|x([0-9a-fA-F]{2})|(x)|([\\'\"abfnrtv\n]))")
_LITERAL_PART = re.compile(_ESCAPE.pattern + r"|\{\{|\}\}|\\[^{}]", re.DOTALL)
_DIGITS_OF = {"x": "\\x" + "X" * 2, "u": "\\u" + "X" * 4, "U": "\\U" + "X" * 8}


def decoded(text: str) -> str:
    """The characters of a text of which each byte was one."""
    return text if text.isascii() else text.encode("latin-1").decode("utf-8")


def _unescape(match: Match[str]) -> str:
    octal, two, four, eight, name, broken, simple = match.groups()
    if simple:
        return _SIMPLE[simple]
    if octal:
        return chr(int(octal, 8))
    if name:
        try:
            return unicodedata.lookup(name)
        except KeyError:
            raise ValueError(_unicode_error(match, "unknown Unicode character name")) from None
    if broken:
        why = f"truncated {_DIGITS_OF[broken]} escape" if broken != "N" else "malformed \\N{...}"
        raise ValueError(_unicode_error(match, why))
    code = int(two or four or eight or "0", 16)
    if code > 0x10FFFF:
        raise ValueError(_unicode_error(match, "illegal Unicode character"))
    return chr(code)


def _unicode_error(match: Match[str], why: str) -> str:
    where = f"{match.start()}-{match.end() - 1}"
    return f"(unicode error) 'unicodeescape' codec can't decode bytes in position {where}: {why}"


def _unescape_part(match: Match[str]) -> str:
    text = match.group()
    if text in ("{{", "}}"):
        return text[0]
    if match.lastindex is None:
        return text
    return _unescape(match)


def _unescape_byte(match: Match[str]) -> str:
    octal, two, broken, simple = match.groups()
    if simple:
        return _SIMPLE[simple]
    if broken:
        raise ValueError(f"(value error) invalid \\x escape at position {match.start()}")
    return chr(int(octal, 8) & 0xFF if octal else int(two, 16))


def string_value(token: str) -> Union[str, bytes]:
    """The value of one plain string token; raises ``ValueError`` with the error's message."""
    quote = token.find("'")
    other = token.find('"')
    if quote < 0 or 0 <= other < quote:
        quote = other
    prefix = token[:quote].lower()
    size = 3 if token.startswith(token[quote] * 3, quote) else 1
    body = token[quote + size : -size]
    escapes = "\\" in body and "r" not in prefix
    if "b" in prefix:
        if not body.isascii():
            raise ValueError("bytes can only contain ASCII literal characters")
        return (_BYTES_ESCAPE.sub(_unescape_byte, body) if escapes else body).encode("latin-1")
    body = decoded(body)
    return _ESCAPE.sub(_unescape, body) if escapes else body


def middle_value(text: str, raw: bool) -> str:
    """The value of a literal part of an f-string, or of its format specification."""
    text = decoded(text)
    if raw or "\\" not in text:
        return text.replace("{{", "{").replace("}}", "}")
    return _LITERAL_PART.sub(_unescape_part, text)


def number_value(token: str) -> Union[int, float, complex]:
    """The value of a number; raises ``ValueError`` for an integer of too many digits."""
    text = token.replace("_", "")
    if text[-1] in "jJ":
        return complex(0.0, float(text[:-1]))
    if text[:2].lower() in ("0x", "0o", "0b"):
        return int(text, 0)
    if text.isdigit():
        if len(text) > _MAX_DIGITS:
            raise ValueError(
                f"Exceeds the limit ({_MAX_DIGITS} digits) for integer string conversion: value "
                f"has {len(text)} digits; use sys.set_int_max_str_digits() to increase the limit - "
                "Consider hexadecimal for huge integer literals to avoid decimal conversion limits."
            )
        return int(text)
    return float(text)
