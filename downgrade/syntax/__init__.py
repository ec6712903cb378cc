"""What the text of a module says: its nodes, its tokens, the constructs it uses."""

from __future__ import annotations

from typing import Union

from . import nodes
from .features import NEWEST, Version
from .parser import Parsed, parse_expression, parse_text

__all__ = ["NEWEST", "Parsed", "Version", "parse", "parse_expression", "parse_text"]


def parse(
    source: Union[str, bytes], filename: str = "<unknown>", version: Version = NEWEST
) -> nodes.Module:
    """Parse a file under the grammar of ``version``; the same nodes on every host.

    Raises ``SyntaxError`` for what CPython's parser refuses, and for a construct that is newer
    than ``version``. ``parse_text`` gives tokens, comments and constructs too.
    """
    return parse_text(source, filename, version).module
