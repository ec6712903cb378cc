"""A failing program made small: lines go, and blocks lose their heads, while it still fails.

Hypothesis shrinks the choices behind a program, which takes minutes; programs of lines that are
indented can be made small directly. Source: Zeller and Hildebrandt, "Simplifying and isolating
failure-inducing input" (2002).
"""

from __future__ import annotations

import time
from typing import Callable, Iterator, List

from tests.property.checks import compiled
from tests.property.sources import AROUND

__all__ = ["reduced"]

Lines = List[str]


def reduced(source: str, fails: Callable[[str], bool], seconds: float = 40) -> str:
    """The smallest program found, within a time, that compiles and for which ``fails`` holds."""
    head = AROUND if source.startswith(AROUND) else ""
    lines = source[len(head) :].splitlines()
    end = time.monotonic() + seconds

    def good(candidate: Lines) -> bool:
        text = head + "\n".join(candidate) + "\n"
        try:
            compiled(text)
        except (SyntaxError, ValueError):
            return False
        return fails(text)

    smaller = True
    while smaller:
        smaller = False
        for candidate in _candidates(lines):
            if time.monotonic() > end:
                return head + "\n".join(lines) + "\n"
            if good(candidate):
                lines, smaller = candidate, True
                break
    return head + "\n".join(lines) + "\n"


def _depth(line: str) -> int:
    return len(line) - len(line.lstrip())


def _candidates(lines: Lines) -> Iterator[Lines]:
    """Smaller programs, the smallest first: runs of lines gone, passed over, or out of a block."""
    size = len(lines) // 2
    while size:
        for start in range(0, len(lines), size):
            part = lines[start : start + size]
            yield lines[:start] + lines[start + size :]
            passed = [" " * _depth(line) + "pass" for line in part]
            if passed != part:
                yield lines[:start] + passed + lines[start + size :]
        size //= 2
    for start, line in enumerate(lines):
        stop = start + 1
        while stop < len(lines) and _depth(lines[stop]) > _depth(line):
            stop += 1
        if stop > start + 1:
            block = [inner[4:] for inner in lines[start + 1 : stop]]
            yield lines[:start] + block + lines[stop:]
