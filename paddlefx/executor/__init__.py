"""Symbolic execution: a program and a frame become a graph, guards and a residual program."""

from .break_writer import Resume
from .breaks import BreakReason, GiveUp
from .capture import Capture, execute
from .resume import ResumePoint
from .services import Services

__all__ = ["BreakReason", "Capture", "GiveUp", "Resume", "ResumePoint", "Services", "execute"]
