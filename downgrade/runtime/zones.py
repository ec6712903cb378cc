"""``zoneinfo`` (3.9), or ``backports.zoneinfo``."""

from __future__ import annotations

from .moved_modules import first_module

__all__ = ["zoneinfo"]

zoneinfo = first_module("zoneinfo", "backports.zoneinfo")
