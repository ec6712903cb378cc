"""Functions of ``os`` that came after 3.8."""

from __future__ import annotations

import os
from typing import Optional

__all__ = ["process_cpu_count", "waitstatus_to_exitcode"]


def waitstatus_to_exitcode(status: int) -> int:
    """``os.waitstatus_to_exitcode`` of 3.9: a signal's number is negative."""
    if os.name == "nt":
        return status >> 8
    if os.WIFEXITED(status):
        return os.WEXITSTATUS(status)
    if os.WIFSIGNALED(status):
        return -os.WTERMSIG(status)
    if os.WIFSTOPPED(status):
        raise ValueError(f"process stopped by delivery of signal {os.WSTOPSIG(status)}")
    raise ValueError(f"invalid wait status: {status}")


def process_cpu_count() -> Optional[int]:
    """``os.process_cpu_count`` of 3.13: how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count()
