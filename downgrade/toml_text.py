"""Where the values of a TOML file stand in its text, so that one can be changed and nothing else.

Source: TOML 1.0 (https://toml.io/en/v1.0.0). The text has to be valid: a parser has read it.
"""

from __future__ import annotations

import re
from typing import Iterator, List, NamedTuple, Tuple

_STRING = re.compile(
    r'"""(?:[^\\]|\\.)*?"{3,5}|\'\'\'.*?\'{3,5}|"(?:[^"\\\n]|\\.)*"|\'[^\'\n]*\'', re.DOTALL
)
_GAP = re.compile(r"(?:\s|#[^\n]*)*")
_PART = r"(?:[\w-]+|\"(?:[^\"\\\n]|\\.)*\"|'[^'\n]*')"
_DOTTED = rf"({_PART}(?:[ \t]*\.[ \t]*{_PART})*)[ \t]*"
_HEADER = re.compile(rf"\[\[?[ \t]*{_DOTTED}\]\]?")
_KEY = re.compile(rf"{_DOTTED}=[ \t]*")


class Value(NamedTuple):
    """A value: the table and key that it has, and the characters ``start:end`` of its text."""

    table: str
    key: str
    start: int
    end: int


def values(text: str) -> Iterator[Value]:
    """Every ``key = value``, in the order of the text; keys of inline tables aren't cut up."""
    table, offset = "", 0
    while True:
        offset = _after(_GAP, text, offset)
        if offset >= len(text):
            return
        header = _HEADER.match(text, offset)
        if header:
            table, offset = _plain(header.group(1)), header.end()
            continue
        key = _KEY.match(text, offset)
        if key is None:
            raise ValueError(f"no key at {text[offset : offset + 20]!r}")
        end = value_end(text, key.end())
        yield Value(table, _plain(key.group(1)), key.end(), end)
        offset = end


def value_end(text: str, offset: int) -> int:
    """Just behind the value that starts at ``offset``."""
    depth = 0
    while offset < len(text):
        character = text[offset]
        if character in "\"'":
            string = _STRING.match(text, offset)
            assert string is not None, "a parser has read it"
            offset = string.end()
        elif character in "[{":
            depth, offset = depth + 1, offset + 1
        elif character in "]}":
            depth, offset = depth - 1, offset + 1
        elif depth and character == "#":
            offset = _after(_GAP, text, offset)
            continue
        elif not depth and character in "#,\n\r":
            break
        else:
            offset += 1
            continue
        if not depth:
            return offset
    return len(text[:offset].rstrip())


def elements(text: str, start: int) -> List[Tuple[int, int]]:
    """The elements of the array that starts at ``start``, each with its two ends."""
    found: List[Tuple[int, int]] = []
    offset = start + 1
    while True:
        offset = _after(_GAP, text, offset)
        if text[offset] == ",":
            offset += 1
        elif text[offset] == "]":
            return found
        else:
            end = value_end(text, offset) if text[offset] in "\"'[{" else _scalar(text, offset)
            found.append((offset, end))
            offset = end


def appended(text: str, start: int, element: str) -> str:
    """The text with another element at the end of the array that starts at ``start``."""
    found = elements(text, start)
    if not found:
        return f"{text[: start + 1]}{element}{text[start + 1 :]}"
    first, end = found[-1]
    after = _after(_GAP, text, end)
    comma = text[after] == ","
    line = text.rfind("\n", 0, first) + 1
    own_line = not text[line:first].strip() and start < line
    if not own_line:
        return f"{text[:end]}, {element}{text[end:]}"
    indent = text[line:first]
    stop = re.compile(r"[^\n]*").match(text, after if comma else end)
    assert stop is not None
    place = stop.end()
    closing = value_end(text, start) - 1
    if place > closing:  # the bracket closes on the line of the last element
        return f"{text[:end]},\n{indent}{element}{text[end:]}"
    newline = "\r\n" if text[:place].endswith("\r") else "\n"
    place -= text[:place].endswith("\r")
    rest = text[end:place] if comma else f",{text[end:place]}"
    return f"{text[:end]}{rest}{newline}{indent}{element}{',' if comma else ''}{text[place:]}"


def inserted(text: str, place: int, new: List[str]) -> str:
    """The text with elements in front of the one that starts at ``place``, in its style."""
    line = text.rfind("\n", 0, place) + 1
    own_line = not text[line:place].strip()
    newline = "\r\n" if text[:line].endswith("\r\n") else "\n"
    gap = f",{newline}{text[line:place]}" if own_line else ", "
    return text[:place] + "".join(f"{one}{gap}" for one in new) + text[place:]


def _scalar(text: str, offset: int) -> int:
    match = re.compile(r"[^,\]\s#]+").match(text, offset)
    assert match is not None
    return match.end()


def _after(pattern: re.Pattern[str], text: str, offset: int) -> int:
    match = pattern.match(text, offset)
    assert match is not None
    return match.end()


def _plain(key: str) -> str:
    """A key without spaces around its dots and without quotes."""
    return ".".join(part.strip().strip("\"'") for part in key.split("."))
