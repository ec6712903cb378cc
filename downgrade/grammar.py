"""Text to nodes, under the grammar of a version."""

from __future__ import annotations

from .syntax import nodes
from .syntax.from_ast import parse_by_host
from .targets import NEWEST, Version


def parse(text: str, version: Version = NEWEST, filename: str = "<text>") -> nodes.Module:
    """Parse a module by the grammar of ``version``; ``SyntaxError`` where it doesn't fit."""
    return parse_by_host(text, filename)
