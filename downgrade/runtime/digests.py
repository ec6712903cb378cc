"""``hashlib.file_digest`` (3.11)."""

from __future__ import annotations

import hashlib
from typing import Any

__all__ = ["file_digest"]


def file_digest(fileobj: Any, digest: Any, /) -> Any:
    """``hashlib.file_digest``: the hash of the rest of a file that is open for reading bytes."""
    made = hashlib.new(digest) if isinstance(digest, str) else digest()
    if hasattr(fileobj, "getbuffer"):
        made.update(fileobj.getbuffer())
        return made
    if not (hasattr(fileobj, "readinto") and hasattr(fileobj, "readable") and fileobj.readable()):
        raise ValueError(f"'{fileobj!r}' is not a file-like object in binary reading mode.")
    buffer = memoryview(bytearray(2**18))
    while True:
        size = fileobj.readinto(buffer)
        if size is None:
            raise BlockingIOError("I/O operation would block.")
        if not size:
            return made
        made.update(buffer[:size])
