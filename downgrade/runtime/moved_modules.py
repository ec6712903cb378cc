"""Modules that the standard library took in, or the packages that they come from."""

from __future__ import annotations

import importlib
from typing import Any

__all__ = ["first_module"]


class _Missing:
    """Stands for a package that isn't installed, until it is used."""

    def __init__(self, error: ModuleNotFoundError) -> None:
        self._error = error

    def __getattr__(self, name: str) -> Any:
        raise self._error


def first_module(*names: str) -> Any:
    """Give the first of these modules that there is; else what raises once it is used."""
    for name in names:
        try:
            return importlib.import_module(name)
        except ModuleNotFoundError as error:
            missing = error
    return _Missing(missing)
