"""Pieces of code with other things between them, lowered as one module.

The lines of code stand in one text, in which every other line is a wall: a statement that nothing
is written on, before or behind. Lines come back as they went, one for one, so each finds its place.
"""

from __future__ import annotations

from typing import Callable, Dict, List, NamedTuple, Optional, Sequence, Tuple

from ..engine import Result
from ..rule import Message

#: Lowers the text of a module; ``SyntaxError`` if it isn't one.
LowerText = Callable[[str], Result]
_WALL = "while 0: pass"


class Line(NamedTuple):
    """A line: of code; ``room``, which is blank and may be written on; or a wall (no code).

    Args:
        code: the code; for a wall its indentation, which is that of the statement it stands for.
        number: its line in the document, which messages name; for room the nearest one.
    """

    code: Optional[str]
    number: int
    wall: bool = False
    room: bool = False


class Lowered(NamedTuple):
    """What became of a file."""

    text: str
    changed: bool
    messages: Tuple[Message, ...]
    #: how often each rule changed something
    counts: Dict[str, int]


class Moved(AssertionError):
    """Lines don't come back as they went: an error of a rule."""


def lower_lines(lines: Sequence[Line], lower: LowerText) -> Tuple[List[str], Result]:
    """The code of each line after lowering (empty for walls), and what the engine said.

    The messages have the lines' numbers. ``SyntaxError`` if the code can't be read; its ``lineno``
    is the line's number too.
    """
    above = next((place for place, line in enumerate(lines) if not line.wall), len(lines))
    if above:  # nothing is to be written on top of a wall
        codes, result = lower_lines(lines[above:], lower)
        return [""] * above + codes, result
    texts = [f"{line.code or ''}{_WALL}" if line.wall else line.code or "" for line in lines]
    last = lines[-1].number if lines else 1
    try:
        result = lower("\n".join([*texts, _WALL, ""]))
    except SyntaxError as error:
        if error.lineno:
            error.lineno = lines[error.lineno - 1].number if error.lineno <= len(lines) else last
        raise
    after = result.text.split("\n")
    walls_stand = len(after) == len(lines) + 2 and all(
        after[place] == texts[place] for place, line in enumerate(lines) if line.wall
    )
    if not walls_stand or after[-2] != _WALL:
        raise Moved(result.text)
    messages = tuple(
        one._replace(line=lines[one.line - 1].number if one.line <= len(lines) else last)
        for one in result.messages
    )
    codes = ["" if line.wall else code for line, code in zip(lines, after)]
    return codes, result._replace(messages=messages)


def add_counts(counts: Dict[str, int], more: Dict[str, int]) -> None:
    """Add the counts of another piece."""
    for rule, count in more.items():
        counts[rule] = counts.get(rule, 0) + count
