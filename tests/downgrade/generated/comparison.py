"""A program as it is written on 3.12 or 3.13, and lowered on an older Python: the same output."""

from __future__ import annotations

import collections
import re
import zlib
from typing import Any, Counter, Dict, Set, Tuple

from downgrade import downgrade
from downgrade.syntax import parse_text
from downgrade.targets import OLDEST, Version, show
from tests.support.interpreters import Server

from .programs import Program

NEW: Tuple[Version, ...] = ((3, 13), (3, 12))
OLD: Tuple[Version, ...] = ((3, 8), (3, 9), (3, 10), (3, 11))


class Difference(AssertionError):
    """A program does something else when it is lowered."""


class Comparison:
    """Asks the interpreters, and counts."""

    def __init__(self, servers: Dict[Version, Server]) -> None:
        """``servers`` are those of ``generated.server``, of all versions that are to run."""
        self.servers = servers
        #: constructs that were compared; reasons of those that can't be lowered
        self.used: Counter[str] = collections.Counter()
        self.refused: Counter[str] = collections.Counter()
        self.compared = 0
        #: how often 3.13 was asked, as 3.12 had a fault
        self.faults = 0
        #: how many were drawn that had been looked at
        self.repeated = 0
        #: hashes of the texts that were compared or refused
        self._texts: Set[int] = set()

    @property
    def looked_at(self) -> int:
        """How many distinct programs were compared or refused."""
        return len(self._texts)

    def check(self, program: Program, old: Version = OLDEST, host: bool = False) -> None:
        """Compare; with ``host``, lower it on 3.8 as well. ``Difference`` if anything differs.

        A text that had no difference before isn't looked at again.
        """
        if hash(program.text) in self._texts:
            self.repeated += 1
            return
        self._compare(program, old, host)
        self._texts.add(hash(program.text))

    def _compare(self, program: Program, old: Version, host: bool) -> None:
        result = downgrade(program.text, OLDEST)
        if result.messages:
            # an error, or a note on what isn't kept
            reason = max(result.messages, key=lambda one: one.error)
            self.refused[re.sub("'.*'|type parameter .* in", "..", reason.text)] += 1
            return
        text = result.text
        if text.count("\n") != program.text.count("\n"):
            raise Difference(f"lines move:\n{program.text}\n-----\n{text}")
        if downgrade(text, OLDEST).text != text:
            raise Difference(f"lowered twice it changes:\n{program.text}\n-----\n{text}")
        since = max([f.since for f in parse_text(program.plain).features], default=OLDEST)
        new = NEW[0] if since > NEW[1] else NEW[zlib.crc32(text.encode()) % 2]
        old = old if old in self.servers else OLDEST
        lowered = {"text": text, "shims": sorted(result.shims)}
        self.servers[new].send({"text": program.plain})
        self.servers[old].send(lowered)
        expected = self.servers[new].receive()["output"]
        output = self.servers[old].receive()["output"]
        if new == NEW[1] and _is_fault(expected, program):
            self.faults += 1
            expected = self.servers[NEW[0]].ask({"text": program.plain})["output"]
        if output != expected:
            raise Difference(
                f"{first_difference(expected, output)}\n{show(new)} and {show(old)}:\n"
                f"{program.text}\n----- lowered:\n{text}\n----- expected:\n{expected}"
                f"----- output:\n{output}"
            )
        if host:
            other = self.servers[OLDEST].ask({"text": program.text, "lower": show(OLDEST)})
            if other["text"] != text:
                raise Difference(f"3.8 lowers it otherwise:\n{program.text}\n{other['text']}")
        self.compared += 1
        self.used.update(program.used)

    def summary(self) -> Dict[str, Any]:
        """How many were compared, with which constructs, and why others were not."""
        return {
            "distinct programs compared": self.compared,
            "drawn again": self.repeated,
            "asked of 3.13 for faults of 3.12": self.faults,
            "used": dict(self.used.most_common()),
            "refused": dict(self.refused.most_common()),
        }


def _is_fault(output: str, program: Program) -> bool:
    """Whether 3.12.1 may have done something that 3.13 knows for a fault.

    It has a SystemError, "no locals found when storing '__V'", and after a generic class inside
    of a class it mangles private names with the name of that one, so that they aren't found.
    """
    return "SystemError(" in output or ("NameError(" in output and "__V" in program.plain)


def first_difference(expected: str, output: str) -> str:
    """The first line that differs."""
    lines, others = expected.splitlines(), output.splitlines()
    for number, (one, other) in enumerate(zip(lines, others), 1):
        if one != other:
            return f"line {number} of the output: {one!r}, lowered {other!r}"
    return f"{len(lines)} lines of output, lowered {len(others)}"
