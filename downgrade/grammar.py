"""Text to nodes, under the grammar of a version."""

from __future__ import annotations

from . import syntax
from .syntax import nodes
from .targets import NEWEST, Version


def parse(text: str, version: Version = NEWEST, filename: str = "<text>") -> nodes.Module:
    """Parse a module by the grammar of ``version``; ``SyntaxError`` where it doesn't fit."""
    return syntax.parse(text, filename, version)
