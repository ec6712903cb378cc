"""The literals that an f-string or t-string is written as, and the fields in each."""

from __future__ import annotations

import re
from typing import Any, List, NamedTuple, Sequence, Tuple, Union

from ..source import Source
from ..syntax import nodes

OPENING = re.compile(r"([a-zA-Z]*)('''|\"\"\"|'|\")")
_NAMED_CHARACTER = re.compile(r"\\N\{[^{}]*\}")
Field = Union[nodes.FormattedValue, nodes.Interpolation]


class Literal(NamedTuple):
    """One of the string literals that an f-string consists of."""

    start: int
    end: int
    prefix: str
    quote: str
    fields: Tuple[Any, ...]


def literals(source: Source, node: nodes.expr, fields: Sequence[Field]) -> List[Literal]:
    """Cut an f-string into the literals it consists of."""
    text, end = source.text, source.end(node)
    found: List[Literal] = []
    rest = list(fields)
    offset = source.start(node)
    while offset < end:
        opening = OPENING.match(text, offset)
        assert opening is not None, text[offset : offset + 20]
        prefix, quote = opening.groups()
        at = opening.end()
        mine: List[Field] = []
        while not text.startswith(quote, at):
            if rest and at == source.start(rest[0]):
                mine.append(rest.pop(0))
                at = source.end(mine[-1])
            elif text[at] == "\\":
                named = _NAMED_CHARACTER.match(text, at) if "r" not in prefix.lower() else None
                if named:
                    at = named.end()
                else:
                    at += 1 if rest and at + 1 == source.start(rest[0]) else 2
            else:
                at += 1
        at += len(quote)
        found.append(Literal(offset, at, prefix, quote, tuple(mine)))
        offset = source.skip(at)
    return found


def end_of_value(source: Source, field: Field) -> int:
    """Behind the expression of a field, with its parentheses."""
    start = source.start(field)
    pairs = [one for one in source.parenthesised(field.value) if one.start > start]
    return pairs[-1].end if pairs else source.end(field.value)
