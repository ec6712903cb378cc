"""Fenced blocks of Python in Markdown (CommonMark): each is lowered on its own.

A block that isn't Python by what it says, or that can't be read, is left as it is; so is one below
``<!-- downgrade: off -->``. Blocks with prompts are lowered as doctests are.
"""

from __future__ import annotations

import re
from typing import Dict, List, NamedTuple

from ..rule import Message
from .fragments import Line, Lowered, LowerText, add_counts, lower_lines
from .prompts import has_prompts, lower_examples, read_prompts

_FENCE = re.compile(r"([ \t]*)(`{3,}|~{3,})([^\r\n]*)")
_LANGUAGE = re.compile(r"[\s{.]*([\w+-]+)")
_PYTHON = frozenset({"py", "py3", "pycon", "python", "python3", "ipython", "ipython3"})
_OFF = re.compile(r"\s*<!--\s*downgrade:\s*off\s*-->\s*$")
_LINE = re.compile(r"([^\r\n]+|(?=[\r\n]))(\r\n|\r|\n|$)")
NAME = "markdown"


class _Block(NamedTuple):
    """The lines ``first:last`` between two fences, and their indentation."""

    first: int
    last: int
    indent: str


def lower_markdown(text: str, lower: LowerText) -> Lowered:
    """Lower the blocks of Python in a text."""
    whole = [match.groups() for match in _LINE.finditer(text)]
    lines = [line for line, _ in whole]
    messages: List[Message] = []
    counts: Dict[str, int] = {}
    out: List[str] = []
    done = 0
    for block in _blocks(lines):
        out += [line + end for line, end in whole[done : block.first]]
        done = block.last
        inside = whole[block.first : block.last]
        try:
            after = _lower(block, lines, lower, messages, counts)
        except (SyntaxError, ValueError) as error:
            number = getattr(error, "lineno", None) or block.first + 1
            reason = getattr(error, "msg", None) or str(error)
            messages.append(Message(NAME, False, number, 1, f"left as it is: {reason}"))
            continue_with = [line + end for line, end in inside]
        else:
            kept = {_dedented(line, block.indent): line for line, _ in inside}
            end = inside[0][1] if inside else ""
            continue_with = [kept.get(one, block.indent + one) + end for one in after]
        out += continue_with
    out += [line + end for line, end in whole[done:]]
    result = "".join(out)
    return Lowered(result, result != text, tuple(messages), counts)


def _blocks(lines: List[str]) -> List[_Block]:
    """The fenced blocks of Python."""
    found: List[_Block] = []
    place = 0
    off = False
    while place < len(lines):
        match = _FENCE.match(lines[place])
        if match is None or (match.group(2)[0] == "`" and "`" in match.group(3)):
            if lines[place].strip():
                off = _OFF.match(lines[place]) is not None
            place += 1
            continue
        indent, fence, info = match.groups()
        first = place = place + 1
        closing = re.compile(rf"[ \t]*{re.escape(fence[0])}{{{len(fence)},}}[ \t]*$")
        while place < len(lines) and not closing.match(lines[place]):
            place += 1
        language = _LANGUAGE.match(info)
        if language and language.group(1).lower() in _PYTHON and not off and place < len(lines):
            found.append(_Block(first, place, indent))
        off = False
        place += 1
    return found


def _dedented(line: str, indent: str) -> str:
    """A line of a block whose fence is indented: without as much of it as it has."""
    if line.startswith(indent):
        return line[len(indent) :]
    return line.lstrip() if len(line) - len(line.lstrip()) < len(indent) else line


def _lower(
    block: _Block,
    lines: List[str],
    lower: LowerText,
    messages: List[Message],
    counts: Dict[str, int],
) -> List[str]:
    """The lines of a block after lowering, without the block's indentation."""
    number = block.first + 1
    code = [_dedented(line, block.indent) for line in lines[block.first : block.last]]
    if has_prompts(code):
        read = read_prompts(code, number, spacious=True)
        after, said, counted = lower_examples(read, lower, NAME)
    else:
        room = [
            Line(None, number, room=True),
            *(Line(line, place) for place, line in enumerate(code, number)),
            Line(None, block.last, room=True),
        ]
        codes, result = lower_lines(room, lower)
        after = [line for line, one in zip(codes, room) if line or not one.room]
        said, counted = list(result.messages), result.counts
    messages += said
    add_counts(counts, counted)
    return after
