"""Passes over a captured graph, one a module, and what they ask of it."""

from __future__ import annotations

from .aliasing import Aliasing, Memory, OutputSharing

__all__ = ["Aliasing", "Memory", "OutputSharing"]
