"""The bytes of a file as the text that the tokenizer reads."""

from __future__ import annotations

import io
import tokenize
from typing import Union

from .errors import syntax_error


def as_bytes(source: Union[str, bytes], filename: str = "<unknown>") -> str:
    """Give the text in UTF-8 of which each byte is one character, with newlines as ``\\n``.

    Bytes are decoded as their BOM or coding comment says (PEP 263); a string's comment says
    nothing. Raises ``SyntaxError`` for what can't be decoded, and for null bytes.
    """
    if isinstance(source, bytes):
        encoding = source_encoding(source, filename)
        try:
            source = source.decode(encoding)
        except (UnicodeDecodeError, LookupError) as error:
            raise SyntaxError(f"(unicode error) {error}", (filename, 1, 1, "")) from None
    try:
        text = source.encode("utf-8").decode("latin-1")
    except UnicodeEncodeError as error:
        raise SyntaxError(f"(unicode error) {error}", (filename, 1, 1, "")) from None
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        message = "source code cannot contain null bytes"
        raise syntax_error(SyntaxError, message, text, filename, (line, 0))
    return text


def source_encoding(source: bytes, filename: str = "<unknown>") -> str:
    """The encoding of a file (PEP 263): "utf-8-sig" if it has a BOM; raises ``SyntaxError``."""
    try:
        return tokenize.detect_encoding(io.BytesIO(source).readline)[0]
    except SyntaxError as error:
        raise SyntaxError(str(error.msg), (filename, 1, 1, "")) from None
