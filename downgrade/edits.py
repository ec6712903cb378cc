"""Replacements in a text that keep every other character, and the number of its lines.

A ``Change`` is what one rule does at one place: some edits that make sense together only. Changes
that touch the same characters don't mix: the second one waits for the next pass, which reads the
text anew.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import Callable, Dict, List, NamedTuple, Set, Tuple

from .source import count_newlines

Key = Tuple[int, int, int]


class Edit(NamedTuple):
    """Characters ``start:end`` become ``text``; at one place a smaller ``order`` comes first."""

    start: int
    end: int
    text: str
    order: int = 0


class Lines(AssertionError):
    """A rule's edit would move the lines behind it: an error of the rule."""


class Edits:
    """The edits of a pass: accepted together or not at all, change by change."""

    def __init__(self, text: str) -> None:
        """Begin with no edit of ``text``."""
        self.text = text
        #: disjoint replaced spans, sorted
        self._spans: List[Tuple[int, int]] = []
        self._inserts: Dict[int, int] = {}
        self._edits: List[Tuple[Key, Edit]] = []

    def __len__(self) -> int:
        """How many edits were accepted."""
        return len(self._edits)

    def accept(self, edits: List[Edit]) -> bool:
        """Take all of ``edits``, or none if one touches what another change has touched.

        An insertion touches nothing, unless it is inside a replaced part. ``Lines`` if an edit
        changes the number of lines; at the end of the text it may add some.
        """
        for edit in edits:
            before = count_newlines(self.text[edit.start : edit.end])
            after = count_newlines(edit.text)
            if before != after and not (edit.start == len(self.text) and after > before):
                raise Lines(f"{self.text[edit.start : edit.end]!r} -> {edit.text!r}")
        if any(self._touches(edit) for edit in edits):
            return False
        for edit in edits:
            key = (edit.start, edit.order, len(self._edits))
            self._edits.append((key, edit))
            if edit.end > edit.start:
                self._spans.insert(
                    bisect_left(self._spans, (edit.start, edit.end)), (edit.start, edit.end)
                )
            else:
                self._inserts[edit.start] = self._inserts.get(edit.start, 0) + 1
        return True

    def _touches(self, edit: Edit) -> bool:
        start, end, _, _ = edit
        at = bisect_left(self._spans, (start, end))
        if end > start:
            if at < len(self._spans) and self._spans[at][0] < end:
                return True
            if at and self._spans[at - 1][1] > start:
                return True
            return any(start < offset < end for offset in self._inserts)
        return bool(at) and self._spans[at - 1][0] < start < self._spans[at - 1][1]

    def lines(self, line_of: Callable[[int], int]) -> Set[int]:
        """The numbers of the lines that the accepted edits change."""
        return {
            line
            for _, edit in self._edits
            for line in range(line_of(edit.start), line_of(edit.end) + 1)
        }

    def apply(self) -> str:
        """Give the text with all accepted edits made."""
        parts: List[str] = []
        done = 0
        # At one place insertions come before what is replaced there.
        for (start, _, _), edit in sorted(
            self._edits, key=lambda item: (item[0][0], item[1].end > item[1].start, item[0])
        ):
            parts.append(self.text[done:start])
            parts.append(edit.text)
            done = max(edit.end, done)
        parts.append(self.text[done:])
        return "".join(parts)
