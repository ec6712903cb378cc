"""Lowering with losses, on request: what can't be lowered is left, and told.

A definition that needs a line where there is none gets one. Then what is below it is a line
further down than in the source; nothing else about it is lost.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import Any, Dict, Iterable, List, NamedTuple, Set

from .engine import Result, downgrade
from .rule import Message
from .source import Source
from .targets import OLDEST, Version

#: Rounds in which lines are added: those of one may ask for some more.
_MAX_ROUNDS = 20
_ADDED = (
    "a blank line is added above this one, for what has to run before it: tracebacks of what is "
    "below show other lines than the source has"
)


class _Wanted(NamedTuple):
    """A line that is added, and the rule that asked for it."""

    line: int
    rule: str


def downgrade_with_losses(text: str, target: Version = OLDEST, **options: Any) -> Result:
    """Write a module's text for ``target`` as ``engine.downgrade`` does, but without errors.

    What it would name as an error is a warning here (``Message.loss``): it is left as it is, or
    what is lost is said. The lines of messages are those of ``text``. ``SyntaxError`` as there.
    """
    now = text
    result = downgrade(now, target, lossy=True, **options)
    added: List[int] = []
    rules: Dict[int, str] = {}
    asked: Set[int] = set()
    for _ in range(_MAX_ROUNDS):
        wanted = [_Wanted(*one) for one in sorted(result.lines_wanted)]
        wanted = [one for one in wanted if _line_of(one.line, added) not in asked]
        if not wanted:
            break
        asked |= {_line_of(one.line, added) for one in wanted}
        try:
            tried = _with_lines(now, {one.line for one in wanted})
            result = downgrade(tried, target, lossy=True, **options)
        except SyntaxError:  # no statement begins there, but goes on
            break
        rules.update({_line_of(one.line, added): one.rule for one in wanted})
        added = _places(added, {one.line for one in wanted})
        now = tried
    messages = [one._replace(line=_line_of(one.line, added)) for one in result.messages]
    messages += [Message(rule, False, line, 1, _ADDED, 0, True) for line, rule in rules.items()]
    messages.sort(key=lambda one: (one.line, one.column, one))
    return result._replace(messages=tuple(messages), changed=result.text != text)


def as_losses(messages: Iterable[Message]) -> List[Message]:
    """Messages of which the errors are warnings."""
    return [one._replace(error=False, loss=True) if one.error else one for one in messages]


def _with_lines(text: str, lines: Set[int]) -> str:
    """A text with a blank line above each of ``lines``."""
    source = Source(text)
    pieces: List[str] = []
    done = 0
    for line in sorted(lines):
        start = source.starts[line - 1]
        pieces += [text[done:start], source.newline]
        done = start
    return "".join([*pieces, text[done:]])


def _places(added: List[int], lines: Set[int]) -> List[int]:
    """The lines of a text that were added, after ``lines`` of it have got one above them."""
    ordered = sorted(lines)
    moved = [line + bisect_right(ordered, line) for line in added]
    return sorted([*moved, *(line + place for place, line in enumerate(ordered))])


def _line_of(line: int, added: List[int]) -> int:
    """The line of the source that a line of a text is, in which some were added."""
    return line - bisect_right(added, line)
