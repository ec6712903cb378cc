"""Cases of PEP 695, 696 and 646 written by hand: scopes, inheritance, typing's own classes.

``generic_cases.txt`` has them: each is a module that prints, under a line ``# case: name``.
"""

from __future__ import annotations

import pathlib
import re
from typing import Iterator, Tuple

CASES = pathlib.Path(__file__).with_suffix(".txt")


def written() -> Iterator[Tuple[str, str]]:
    """Each case's name and text."""
    parts = re.split(r"^# case: (.+)\n", CASES.read_text("utf-8"), flags=re.MULTILINE)
    return zip(parts[1::2], parts[2::2])
