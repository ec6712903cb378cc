"""Text to nodes, and the constructs that it uses."""

from __future__ import annotations

from .syntax import Parsed, nodes, parse_text
from .targets import NEWEST, Version


def read(text: str, filename: str = "<text>") -> Parsed:
    """Parse a module by the newest grammar; ``SyntaxError`` where it doesn't fit."""
    return parse_text(text, filename)


def parse(text: str, version: Version = NEWEST, filename: str = "<text>") -> nodes.Module:
    """Parse a module by the grammar of ``version``; ``SyntaxError`` where it doesn't fit."""
    return parse_text(text, filename, version).module
