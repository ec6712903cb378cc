"""``zlib.compress(wbits=...)`` (3.11)."""

from __future__ import annotations

import zlib
from typing import Any

__all__ = ["zlib_compress"]


def zlib_compress(data: Any, /, level: int = -1, wbits: int = 15) -> bytes:
    """Compress at once, with the window and the header that ``wbits`` means."""
    compressor = zlib.compressobj(level, zlib.DEFLATED, wbits)
    return compressor.compress(data) + compressor.flush()
