"""A ``SyntaxError`` with file, line, column and the line's text, as CPython's own."""

from __future__ import annotations

from typing import Optional, Tuple


def syntax_error(
    kind: type,
    message: str,
    text: str,
    filename: str,
    start: Tuple[int, int],
    end: Optional[Tuple[int, int]] = None,
) -> SyntaxError:
    """Make the error for places (line from 1, byte from 0) of ``text``, UTF-8 as characters.

    ``offset`` counts characters from 1, as CPython's does.
    """
    lines = text.split("\n")

    def column(place: Tuple[int, int]) -> int:
        line = lines[place[0] - 1] if place[0] <= len(lines) else ""
        before = line[: place[1]].encode("latin-1").decode("utf-8", "replace")
        return len(before) + 1 + max(0, place[1] - len(line))

    line = lines[start[0] - 1] if start[0] <= len(lines) else ""
    shown = line.encode("latin-1").decode("utf-8", "replace") + "\n"
    error: SyntaxError = kind(message, (filename, start[0], column(start), shown))
    if end is not None:
        error.end_lineno, error.end_offset = end[0], column(end)  # type: ignore[attr-defined]
    return error
