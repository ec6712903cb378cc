"""Backends: each turns a captured graph into a callable."""

from __future__ import annotations

from .base import CompiledGraph, Compiler
from .registry import get, known, register

__all__ = ["CompiledGraph", "Compiler", "get", "known", "register"]
