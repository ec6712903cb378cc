"""Modules that the standard library took in, or the packages that they come from."""

from __future__ import annotations

import importlib
import sys
from typing import Any

__all__ = ["tomllib", "zoneinfo"]


def _module(name: str, backport: str, is_here: bool) -> Any:
    try:
        return importlib.import_module(name if is_here else backport)
    except ModuleNotFoundError as missing:
        return _Missing(missing)


class _Missing:
    """Stands for a backport that isn't installed, until it is used."""

    def __init__(self, error: ModuleNotFoundError) -> None:
        self._error = error

    def __getattr__(self, name: str) -> Any:
        raise self._error


tomllib = _module("tomllib", "tomli", sys.version_info >= (3, 11))
zoneinfo = _module("zoneinfo", "backports.zoneinfo", sys.version_info >= (3, 9))
