"""Examples with prompts (``>>>`` and ``...``), as ``doctest`` reads them."""

from __future__ import annotations

import re
from typing import Dict, List, NamedTuple, Sequence, Tuple

from ..rule import Message
from .fragments import Line, LowerText, lower_lines

_PROMPT = re.compile(r"([ \t]*)(>>>)(?: (.*)|$)")


class Read(NamedTuple):
    """A line of a text with examples.

    Args:
        line: what it is among the code.
        indent: what stands before its prompt, or would.
        text: the line as it is.
        prompt: ``>>>``, ``...`` or nothing.
        made: it is no line of the text, but room between two.
    """

    line: Line
    indent: str
    text: str
    prompt: str = ""
    made: bool = False


def has_prompts(lines: Sequence[str]) -> bool:
    """Whether the first line that isn't blank has a prompt."""
    for line in lines:
        if line.strip():
            return _PROMPT.match(line) is not None
    return False


def read_prompts(lines: Sequence[str], number: int, spacious: bool = False) -> List[Read]:
    """Tell code from everything else; ``number`` is the first line's.

    A blank line right above an example is room for another one. With ``spacious`` there is room
    above and below every example.
    """
    found: List[Read] = []
    indent = None
    for place, text in enumerate(lines, number):
        match = _PROMPT.match(text)
        if match:
            above = found[-1] if found else None
            indent = match.group(1)
            if spacious:
                found.append(Read(Line(None, place, room=True), indent, "", made=True))
            elif above is not None and above.line.wall and not above.text.strip():
                found[-1] = Read(Line(None, place - 1, room=True), indent, above.text)
            found.append(Read(Line(match.group(3) or "", place), indent, text, ">>>"))
            continue
        more = None if indent is None else re.match(rf"{indent}\.\.\.(?: (.*)|$)", text)
        if more:
            found.append(Read(Line(more.group(1) or "", place), indent or "", text, "..."))
            continue
        if spacious and indent is not None:
            found.append(Read(Line(None, place - 1, room=True), indent, "", made=True))
        indent = None
        found.append(Read(Line("", place, wall=True), "", text))
    if spacious and indent is not None:
        found.append(Read(Line(None, number + len(lines) - 1, room=True), indent, "", made=True))
    return found


def lower_examples(
    read: Sequence[Read], lower: LowerText, rule: str
) -> Tuple[List[str], List[Message], Dict[str, int]]:
    """The lines after lowering, what was said, and the rules' counts.

    An example that can't be read is left as it is, with a note of ``rule``; so are the lines of
    one that shows a mistake in the syntax.
    """
    left: List[Message] = []
    while True:
        try:
            codes, result = lower_lines([one.line for one in read], lower)
        except SyntaxError as error:
            number = error.lineno or 0
            after = _without(read, number)
            if after == read:
                raise
            read = after
            left.append(Message(rule, False, number, 1, f"left as it is: {error.msg}"))
        else:
            messages = sorted([*result.messages, *left], key=lambda one: one.line)
            return _written(read, codes), messages, result.counts


def _without(read: Sequence[Read], number: int) -> List[Read]:
    """The lines with walls for the example that has a line in it."""
    found = list(read)
    place = next(
        (place for place, one in enumerate(read) if one.prompt and one.line.number >= number), None
    )
    while place is not None and read[place].prompt == "...":
        place -= 1
    while place is not None:
        found[place] = read[place]._replace(line=Line("", read[place].line.number, wall=True))
        place += 1
        if place == len(read) or read[place].prompt != "...":
            place = None
    return found


def _written(read: Sequence[Read], codes: Sequence[str]) -> List[str]:
    """The lines with new code; room that was made and isn't needed goes."""
    lines: List[str] = []
    for (line, indent, text, prompt, made), code in zip(read, codes):
        if line.wall or code == (line.code or ""):
            if not made:
                lines.append(text)
        elif not (line.code or "").strip() and not code[:1].isspace():
            # A statement of its own; behind a block, the line that ended that becomes one.
            lines.append(f"{indent}>>> {code}")
        else:
            lines.append(f"{indent}{prompt} {code}")
    return lines
