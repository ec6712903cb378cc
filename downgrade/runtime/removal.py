"""``shutil.rmtree(onexc=...)`` (3.12)."""

from __future__ import annotations

import shutil
from typing import Any

__all__ = ["rmtree"]

_rmtree: Any = shutil.rmtree


def rmtree(
    path: Any, ignore_errors: bool = False, onerror: Any = None, *, onexc: Any = None, **other: Any
) -> None:
    """``onexc`` is given the exception alone, and comes before ``onerror``."""
    if onexc is not None:

        def onerror(function: Any, place: Any, info: Any) -> Any:
            return onexc(function, place, info[1])

    _rmtree(path, ignore_errors, onerror, **other)


rmtree.avoids_symlink_attacks = _rmtree.avoids_symlink_attacks  # type: ignore[attr-defined]
