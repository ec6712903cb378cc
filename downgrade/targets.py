"""Versions of Python that a file can be written in, and written for."""

from __future__ import annotations

import re
from typing import List, Tuple

Version = Tuple[int, int]

#: The newest syntax that is read.
NEWEST: Version = (3, 14)
#: What ``--target`` accepts.
TARGETS: Tuple[Version, ...] = tuple((3, minor) for minor in range(8, NEWEST[1]))
OLDEST: Version = TARGETS[0]


def parse_target(text: str) -> Version:
    """Read ``3.8``, ``py38`` or ``38`` as a target. ``ValueError`` if it isn't one."""
    match = re.fullmatch(r"(?:py)?3\.?(\d{1,2})(?:\.\d+)?", text.strip())
    version = (3, int(match.group(1))) if match else None
    if version not in TARGETS:
        known = ", ".join(show(target) for target in TARGETS)
        raise ValueError(
            f"{text!r} is no target: there are {known} ({show(NEWEST)} is the newest that is read, "
            "so nothing is lowered for it)"
        )
    assert version is not None
    return version


def show(version: Version) -> str:
    """Write a version as people do: ``3.8``."""
    return f"{version[0]}.{version[1]}"


def from_requires_python(specifier: str) -> Version:
    """The oldest target that ``requires-python`` lets in.

    ``ValueError`` if it lets in none: a package that needs the newest version.
    """
    bounds = []
    for operator, major, minor in re.findall(
        r"(>=|~=|==|>|<=|<|!=)\s*(\d+)(?:\.(\d+))?", specifier
    ):
        bounds.append((operator, (int(major), int(minor or 0))))
    for target in TARGETS:
        if all(_allows(operator, bound, target) for operator, bound in bounds):
            return target
    raise ValueError(f"requires-python {specifier!r} lets no version below {show(NEWEST)} in")


def _allows(operator: str, bound: Version, version: Version) -> bool:
    """Whether some patch release of ``version`` is let in by one clause."""
    if operator in (">=", ">"):  # ``> 3.8`` lets 3.8.1 in
        return version >= bound
    if operator == "~=":
        return version >= bound and version[0] == bound[0]
    if operator == "==":
        return version == bound or bound[1] == 0
    if operator in ("<", "!="):
        return version < bound or operator == "!="
    return version <= bound


def levels(target: Version) -> List[Version]:
    """The versions whose additions are lowered for ``target``, the newest first."""
    return [(3, minor) for minor in range(NEWEST[1], target[1], -1)]
