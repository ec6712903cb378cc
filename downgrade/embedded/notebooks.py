"""Jupyter notebooks (nbformat 4): the cells of one share their names, magics stay.

Source: https://nbformat.readthedocs.io/en/latest/format_description.html. Outputs, metadata and the
layout of the JSON stay as they are; so does a cell that isn't Python.
"""

from __future__ import annotations

import json
import re
from typing import Any, List, NamedTuple

from .fragments import Line, Lowered, LowerText, lower_lines
from .json_text import Value, parse
from .magics import cell_magic, is_python, magic_lines

_ESCAPED = re.compile(r"(?<!\\)(?:\\\\)*\\u(?!00[0-7])[0-9a-fA-F]{4}")


class _Cell(NamedTuple):
    number: int
    source: Value
    lines: List[str]
    ends: List[str]


def lower_notebook(text: str, lower: LowerText) -> Lowered:
    """Lower the code cells of a notebook.

    Raises:
        ValueError: it isn't a notebook.
        SyntaxError: a cell can't be read; the text says which.
    """
    try:
        whole = parse(text)
    except ValueError as error:
        raise ValueError(f"it isn't JSON: {error}") from None
    if whole.get("nbformat") != 4:
        raise ValueError(f"nbformat {whole.get('nbformat')!r}: notebooks of version 4 are read")
    name = whole.get("metadata", "kernelspec", "language") or whole.get(
        "metadata", "language_info", "name"
    )
    cells = _cells(whole) if str(name or "python").lower().startswith("python") else []
    lines: List[Line] = []
    places: List[int] = []
    owners: List[int] = []
    for cell in cells:
        first, magic = len(lines), cell_magic(cell.lines)
        masked = magic_lines(cell.lines)
        places.append(first)
        head = 0
        if magic is not None:
            head = next(place for place, line in enumerate(cell.lines) if line.strip()) + 1
            lines += [Line("", place + 1, wall=True) for place in range(head)]
        lines.append(Line(None, head + 1, room=True))
        for place, line in enumerate(cell.lines[head:], head):
            if place in masked:
                lines.append(Line(masked[place], place + 1, wall=True))
            else:
                lines.append(Line(line, place + 1))
        lines += [Line(None, len(cell.lines), room=True), Line("", len(cell.lines), wall=True)]
        owners += [cell.number] * (len(lines) - first)
    if not lines:
        return Lowered(text, False, (), {})
    numbered = [line._replace(number=place) for place, line in enumerate(lines)]
    try:
        codes, result = lower_lines(numbered, lower)
    except SyntaxError as error:
        place = min(error.lineno or 0, len(lines) - 1)
        error.msg = f"{error.msg} (cell {owners[place]})"
        error.lineno = lines[place].number
        raise
    messages = tuple(
        one._replace(line=lines[one.line].number, cell=owners[one.line]) for one in result.messages
    )
    escape = text.isascii() and _ESCAPED.search(text) is not None
    parts: List[str] = []
    done = 0
    for cell, first in zip(cells, places):
        new = _new_lines(cell, lines[first:], codes[first:])
        if new != cell.lines:
            parts.append(text[done : cell.source.start])
            parts.append(_source(text, cell, new, escape))
            done = cell.source.end
    parts.append(text[done:])
    after = "".join(parts)
    return Lowered(after, after != text, messages, result.counts)


def _cells(whole: Value) -> List[_Cell]:
    """The cells whose code is Python's."""
    found: List[_Cell] = []
    assert isinstance(whole.value, dict)
    cells: Any = whole.get("cells")
    for number, cell in enumerate(cells or (), 1):
        language = cell.get("metadata", "vscode", "languageId")
        if cell.get("cell_type") != "code" or language not in (None, "python"):
            continue
        source = cell.value.get("source")
        code = source.value if isinstance(source, Value) else None
        if isinstance(code, list):
            code = "".join(one.value for one in code)
        if not isinstance(code, str) or not code.strip():
            continue
        lines = code.split("\n")
        ends = ["\r" if line.endswith("\r") else "" for line in lines]
        lines = [line[:-1] if end else line for line, end in zip(lines, ends)]
        if is_python(cell_magic(lines)) and not any("\r" in line for line in lines):
            found.append(_Cell(number, source, lines, ends))
    return found


def _new_lines(cell: _Cell, lines: List[Line], codes: List[str]) -> List[str]:
    """The lines of a cell after lowering: with those that room was made for."""
    new: List[str] = []
    taken = 0
    for line, code in zip(lines, codes):
        if line.room:
            if code:
                new.append(code)
            if taken == len(cell.lines):
                return new
        elif line.wall:
            new.append(cell.lines[taken])
            taken += 1
        else:
            new.append(code)
            taken += 1
    raise AssertionError("a cell ends with room")


def _source(text: str, cell: _Cell, lines: List[str], escape: bool) -> str:
    """The JSON of a cell's code, laid out as it was."""
    end = "\r\n" if "\r" in cell.ends else "\n"
    whole = [f"{line}{end}" for line in lines[:-1]] + lines[-1:]
    if isinstance(cell.source.value, str):
        return json.dumps("".join(whole), ensure_ascii=escape)
    assert isinstance(cell.source.value, list)
    items: List[Value] = cell.source.value
    known = {str(item.value): text[item.start : item.end] for item in items}
    between = text[items[0].end : items[1].start] if len(items) > 1 else ""
    before = text[cell.source.start : items[0].start]
    between = between or f",{before[1:] or ' '}"
    behind = text[items[-1].end : cell.source.end]
    written = [known.get(line) or json.dumps(line, ensure_ascii=escape) for line in whole if line]
    return f"{before}{between.join(written)}{behind}"
