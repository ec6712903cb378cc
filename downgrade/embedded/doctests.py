"""The examples in docstrings: those of one docstring share their names.

A line of a file can't be added, so what an example needs goes on its own line or on the blank one
above it. In a package the imports are relative, as the examples' names are the module's.
"""

from __future__ import annotations

import ast
import re
from typing import Dict, Iterator, List, Optional, Tuple

from ..grammar import read
from ..rule import Message
from ..slots import is_docstring
from ..source import Source
from ..syntax import nodes
from ..syntax.node import walk
from .fragments import Lowered, LowerText, add_counts
from .prompts import lower_examples, read_prompts

_LITERAL = re.compile(r"([rRuU]?)(\"\"\"|'''|\"|')")
_OWNERS = (nodes.Module, nodes.ClassDef, nodes.FunctionDef, nodes.AsyncFunctionDef)
NAME = "doctest"


def lower_docstrings(text: str, lower: LowerText, filename: str = "<text>") -> Lowered:
    """Lower the examples in the docstrings of a module's text.

    Raises:
        SyntaxError: the module can't be read. An example that can't be is left, with a note.
    """
    if ">>>" not in text:
        return Lowered(text, False, (), {})
    source = Source(text)
    messages: List[Message] = []
    counts: Dict[str, int] = {}
    parts: List[str] = []
    done = 0
    for node in _docstrings(read(text, filename).module):
        start, end = source.span(node)
        literal = text[start:end]
        if ">>>" not in literal:
            continue
        new = _lower(literal, node.lineno, lower, messages, counts)
        if new is not None:
            parts += [text[done:start], new]
            done = end
    parts.append(text[done:])
    after = "".join(parts)
    return Lowered(after, after != text, tuple(messages), counts)


def _docstrings(tree: nodes.Module) -> Iterator[nodes.Expr]:
    """The docstrings, in the order of the text."""
    found: List[nodes.Expr] = []
    for owner in walk(tree):
        if isinstance(owner, _OWNERS) and owner.body and is_docstring(owner.body, 0):
            statement = owner.body[0]
            assert isinstance(statement, nodes.Expr)
            found.append(statement)
    return iter(sorted(found, key=lambda one: (one.lineno, one.col_offset)))


def _lower(
    literal: str,
    number: int,
    lower: LowerText,
    messages: List[Message],
    counts: Dict[str, int],
) -> Optional[str]:
    """The literal with its examples lowered; None if it stays as it is."""
    opening = _LITERAL.match(literal)
    if opening is None:
        return None
    prefix, quote = opening.groups()
    raw = literal[opening.end() : -len(quote)]
    ends = [*re.findall(r"\r\n|\r|\n", raw), ""]
    written = re.split(r"\r\n|\r|\n", raw)
    is_raw = prefix in ("r", "R")
    lines = [line if is_raw else _decoded(line) for line in written]
    if quote in raw or None in lines:  # two literals side by side, or a line that goes on
        messages.append(Message(NAME, False, number, 1, "its examples are left as they are"))
        return None
    plain = [line for line in lines if line is not None]
    found = read_prompts(plain, number)
    try:
        after, said, counted = lower_examples(found, lower, NAME)
    except SyntaxError as error:
        text = f"the examples are left as they are: {error.msg}"
        messages.append(Message(NAME, False, error.lineno or number, 1, text))
        return None
    messages += said
    if after == plain:
        return None
    new = [
        old if line == before else (line if is_raw else line.replace("\\", "\\\\"))
        for line, before, old in zip(after, plain, written)
    ]
    whole = opening.group() + "".join(map("".join, zip(new, ends))) + quote
    if _value(whole) != "\n".join(after):
        text = "what its examples become can't be written in these quotes"
        messages.append(Message(NAME, True, number, 1, text))
        return None
    add_counts(counts, counted)
    return whole


def _decoded(line: str) -> Optional[str]:
    """What a line of a string that isn't raw says; None if it doesn't end where it seems to."""
    if "\\" not in line:
        return line
    quotes = next((one for one in ('"""', "'''") if one not in line), None)
    value = None if quotes is None else _value(f"{quotes}{line} {quotes}")
    return None if value is None or "\n" in value else value[:-1]


def _value(literal: str) -> Optional[str]:
    try:
        found: Tuple[object, ...] = (ast.literal_eval(literal),)
    except (SyntaxError, ValueError):
        return None
    return found[0] if isinstance(found[0], str) else None
