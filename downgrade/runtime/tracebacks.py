"""``traceback.TracebackException(compact=...)`` (3.10)."""

from __future__ import annotations

import traceback
from typing import Any

__all__ = ["TracebackException"]

_TracebackException: Any = traceback.TracebackException


class TracebackException(_TracebackException):  # type: ignore[misc]
    """``compact`` only saves memory: what is shown is the same."""

    def __init__(self, *args: Any, compact: bool = False, **options: Any) -> None:
        super().__init__(*args, **options)
