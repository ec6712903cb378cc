"""``graphlib`` (3.9): the package ``graphlib-backport`` has a module of the same name."""

from __future__ import annotations

from .moved_modules import first_module

__all__ = ["graphlib"]

graphlib = first_module("graphlib")
