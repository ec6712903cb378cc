"""Our own parser: the newest grammar, on every host."""

from __future__ import annotations

import sys
import threading
from typing import Callable, List, TypeVar, Union

from . import nodes
from .collection import collection_paused
from .compound import StatementParser
from .features import NEWEST, OLDEST, Feature, Version, newer_than
from .source import as_bytes
from .tokenizer import Tokenizer
from .tokens import Tokens

Result = TypeVar("Result")
#: For expressions nested deeper than the host's recursion limit: CPython's own is some 6000.
_DEEP_RECURSION = 60_000
_DEEP_STACK = 512 << 20


class Parsed:
    """A parsed text: its nodes, its tokens with comments, the constructs that it uses."""

    __slots__ = ("features", "module", "tokens")

    def __init__(self, module: nodes.Module, tokens: Tokens) -> None:
        self.module = module
        self.tokens = tokens
        #: In the order of the text.
        self.features: List[Feature] = sorted(tokens.features, key=lambda use: use.start)


def parse_text(
    source: Union[str, bytes], filename: str = "<unknown>", version: Version = NEWEST
) -> Parsed:
    """Parse a file under the grammar of ``version``, without the host's help.

    Bytes are decoded by their coding comment. Raises ``SyntaxError`` for what CPython's parser
    refuses, and for a construct that is newer than ``version``.
    """
    text = as_bytes(source, filename)

    def parse() -> Parsed:
        with collection_paused():
            tokens = Tokenizer(text, filename)
            return Parsed(StatementParser(tokens).module(), tokens)

    parsed = deeply(parse)
    refuse_newer(parsed.features, version, parsed.tokens)
    return parsed


def parse_expression(
    source: str, filename: str = "<unknown>", version: Version = NEWEST
) -> nodes.Expression:
    """Parse one expression, such as an annotation in quotes; raises ``SyntaxError``."""
    text = as_bytes(source, filename).lstrip(" \t")

    def parse() -> nodes.Expression:
        tokens = Tokenizer(text, filename)
        expression = StatementParser(tokens).expression_alone()
        refuse_newer(tokens.features, version, tokens)
        return expression

    return deeply(parse)


def refuse_newer(features: List[Feature], version: Version, tokens: Tokens) -> None:
    """Raise ``SyntaxError`` at the first construct that is newer than ``version``."""
    if version < OLDEST or version > NEWEST:
        raise ValueError(f"no grammar of Python {version[0]}.{version[1]} is known")
    newer = newer_than(features, version)
    if newer:
        tokens.fail_at(newer[0].message, newer[0].start, newer[0].end)


def deeply(function: Callable[[], Result]) -> Result:
    """Call ``function``; if its recursion is too deep, again on a big stack of its own."""
    try:
        return function()
    except RecursionError:
        pass
    results: List[Result] = []
    errors: List[BaseException] = []

    def run() -> None:
        limit = sys.getrecursionlimit()
        sys.setrecursionlimit(max(limit, _DEEP_RECURSION))
        try:
            results.append(function())
        except BaseException as error:
            errors.append(error)
        finally:
            sys.setrecursionlimit(limit)

    size = threading.stack_size(_DEEP_STACK)
    try:
        thread = threading.Thread(target=run)
        thread.start()
        thread.join()
    finally:
        threading.stack_size(size)
    if errors:
        raise errors[0]
    return results[0]
