"""Text to nodes, and the constructs that it uses."""

from __future__ import annotations

from typing import AbstractSet, List, NamedTuple, Set, Union

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
    """Lines (from 1, the last one included) and the statements of a block that end there."""

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

    ``before`` is what the earlier one was parsed to, and isn't to be used any more. Only
    statements of the module, or of a class there, with changed lines, or with such lines in front
    of them, are parsed; the others' nodes are taken along.
    """
    parts = _parts(before.module.body)
    if not parts:
        return read(source.text, filename)
    # Lines may have been added at the end.
    parts[-1] = parts[-1]._replace(last=max(parts[-1].last, len(source.starts)))
    again = _Again(source, changed, filename)
    try:
        body = again.block(parts)
    except SyntaxError:
        return read(source.text, filename)
    lines = again.lines
    features = again.features + [one for one in before.features if one.start[0] not in lines]
    features.sort(key=lambda one: one.start)
    return Reread(nodes.Module(body), features)


class _Again:
    """The statements of a text that are parsed anew."""

    def __init__(self, source: Source, changed: AbstractSet[int], filename: str) -> None:
        self.source, self.changed, self.filename = source, changed, filename
        #: what they use, and the lines that they are on
        self.features: List[Feature] = []
        self.lines: Set[int] = set()

    def block(self, parts: List[_Part], column: int = 0) -> List[nodes.stmt]:
        """The statements of a block that begin at this column."""
        body: List[nodes.stmt] = []
        index = 0
        while index < len(parts):
            first, last, statements = parts[index]
            index += 1
            if self._is_kept(parts[index - 1]):
                body += statements
                continue
            line = self._is_inside(parts[index - 1])
            if line:
                node = statements[0]
                assert isinstance(node, nodes.ClassDef)
                below = _parts(node.body)
                below[0] = below[0]._replace(first=line)
                node.body = self.block(below, node.body[0].col_offset)
                body += statements
                continue
            while index < len(parts) and not self._is_kept(parts[index]):
                if self._is_inside(parts[index]):
                    break
                last = parts[index].last
                index += 1
            body += self._parsed(first, last, column)
        return body

    def _is_kept(self, part: _Part) -> bool:
        return self.changed.isdisjoint(range(part.first, part.last + 1))

    def _is_inside(self, part: _Part) -> int:
        """The first line of a class's block if the part is a class and all changes are in there."""
        node = part.body[0]
        if not isinstance(node, nodes.ClassDef) or len(part.body) > 1:
            return 0
        first = node.body[0]
        line = first.lineno
        if isinstance(first, (nodes.FunctionDef, nodes.AsyncFunctionDef, nodes.ClassDef)):
            line = min([line, *(one.lineno for one in first.decorator_list)])
            if first.decorator_list and not self.source.line(line).lstrip().startswith("@"):
                return 0
        lines = self.changed & set(range(part.first, part.last + 1))
        # Its last line says where the class ends; behind it may be something else.
        inside = node.lineno < line <= min(lines) and max(lines) < node.end_lineno
        return line if inside else 0

    def _parsed(self, first: int, last: int, column: int) -> List[nodes.stmt]:
        starts, text = self.source.starts, self.source.text
        end = starts[last] if last < len(starts) else len(text)
        header = "if 1:\n" if column else ""
        # Lines in front, so that the numbers are right.
        before = "\n" * (first - 1 - bool(header)) + header
        parsed = parse_text(before + text[starts[first - 1] : end], self.filename)
        self.features += parsed.features
        self.lines.update(range(first, last + 1))
        body = parsed.module.body
        if header:
            block = body[0]
            assert isinstance(block, nodes.If)
            if len(body) > 1 or block.orelse or block.body[0].col_offset != column:
                raise SyntaxError("the block has another indentation")
            body = block.body
        return body


def _parts(body: List[nodes.stmt]) -> List[_Part]:
    """The lines of a block, cut behind its statements; what shares a line stays together."""
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
