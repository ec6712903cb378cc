"""What ``TimeoutError`` means since 3.11: the timeouts of sockets, asyncio and futures too."""

from __future__ import annotations

import sys
from typing import Tuple, Type

__all__ = ["timeout_errors"]

_PLACES = (
    ("socket", "timeout"),
    ("asyncio.exceptions", "TimeoutError"),
    ("concurrent.futures._base", "TimeoutError"),
)


def timeout_errors() -> Tuple[Type[BaseException], ...]:
    """``TimeoutError``, and the classes that became the same in 3.10 and 3.11.

    Those of modules that aren't imported are left out: nobody can have raised them.
    """
    found: Tuple[Type[BaseException], ...] = (TimeoutError,)
    for module, name in _PLACES:
        error = getattr(sys.modules.get(module), name, TimeoutError)
        if error not in found:
            found += (error,)
    return found
