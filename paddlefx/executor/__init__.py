"""Symbolic execution: a program and a frame become a graph, guards and a residual program."""

from .breaking.break_writer import Resume
from .breaking.resume import ResumePoint
from .breaks import BreakReason, GiveUp, forget_frames
from .capture import Capture, execute
from .services import Services

__all__ = [
    "BreakReason",
    "Capture",
    "GiveUp",
    "Resume",
    "ResumePoint",
    "Services",
    "execute",
    "forget_frames",
]
