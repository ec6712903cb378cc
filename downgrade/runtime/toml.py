"""``tomllib`` (3.11), or ``tomli``, of which it was made."""

from __future__ import annotations

from .moved_modules import first_module

__all__ = ["tomllib"]

tomllib = first_module("tomllib", "tomli")
