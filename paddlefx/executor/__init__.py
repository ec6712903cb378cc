"""Symbolic execution: a program and a frame become a graph, guards and a residual program."""

from .breaks import BreakReason, GiveUp
from .capture import Capture, Resume, execute
from .services import Services

__all__ = ["BreakReason", "Capture", "GiveUp", "Resume", "Services", "execute"]
