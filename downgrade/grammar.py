"""Text to nodes, and the constructs that it uses."""

from __future__ import annotations

from typing import AbstractSet, List, NamedTuple, Tuple, Union

from .source import Source
from .syntax import Parsed, nodes, parse_text
from .syntax.features import Feature
from .targets import NEWEST, Version


class Reread(NamedTuple):
    """What ``Parsed`` has, of a text that was parsed in parts."""

    module: nodes.Module
    #: in the order of the text
    features: List[Feature]


class _Part(NamedTuple):
    """Lines (from 1, the last one included) and the statements of a module that end there."""

    first: int
    last: int
    body: List[nodes.stmt]


def read(text: str, filename: str = "<text>") -> Parsed:
    """Parse a module by the newest grammar; ``SyntaxError`` where it doesn't fit."""
    return parse_text(text, filename)


def parse(text: str, version: Version = NEWEST, filename: str = "<text>") -> nodes.Module:
    """Parse a module by the grammar of ``version``; ``SyntaxError`` where it doesn't fit."""
    return parse_text(text, filename, version).module


def reread(
    before: Union[Parsed, Reread], source: Source, changed: AbstractSet[int], filename: str
) -> Union[Parsed, Reread]:
    """Parse a text that differs from an earlier one in the ``changed`` lines (from 1) only.

    ``before`` is what the earlier one was parsed to. Only statements of the module with changed
    lines, or with such lines in front of them, are parsed; the others' nodes are taken along.
    """
    parts = _parts(before.module.body)
    if not parts:
        return read(source.text, filename)
    # Lines may have been added at the end.
    parts[-1] = parts[-1]._replace(last=max(parts[-1].last, len(source.starts)))
    body: List[nodes.stmt] = []
    again: List[Tuple[int, int]] = []
    features: List[Feature] = []
    index = 0
    while index < len(parts):
        first, last, statements = parts[index]
        index += 1
        if changed.isdisjoint(range(first, last + 1)):
            body += statements
            continue
        while index < len(parts) and not changed.isdisjoint(
            range(parts[index].first, parts[index].last + 1)
        ):
            last = parts[index].last
            index += 1
        end = source.starts[last] if last < len(source.starts) else len(source.text)
        # Lines in front, so that the numbers are right.
        text = "\n" * (first - 1) + source.text[source.starts[first - 1] : end]
        try:
            parsed = parse_text(text, filename)
        except SyntaxError:
            return read(source.text, filename)
        body += parsed.module.body
        features += parsed.features
        again.append((first, last))
    features += [
        one
        for one in before.features
        if not any(first <= one.start[0] <= last for first, last in again)
    ]
    features.sort(key=lambda one: one.start)
    return Reread(nodes.Module(body), features)


def _parts(body: List[nodes.stmt]) -> List[_Part]:
    """The lines of a module, cut behind its statements; what shares a line stays together."""
    parts: List[_Part] = []
    end = 0
    for statement in body:
        if parts and statement.lineno <= end:
            parts[-1].body.append(statement)
            end = max(end, statement.end_lineno)
            parts[-1] = parts[-1]._replace(last=end)
        else:
            parts.append(_Part(end + 1, statement.end_lineno, [statement]))
            end = statement.end_lineno
    return parts
