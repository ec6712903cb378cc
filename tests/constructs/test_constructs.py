"""Each construct gives what it gives plain, for the declared number of graphs and breaks.

``tests/golden/constructs.json`` holds the counts of each, which are those of every version;
``PADDLEFX_REFRESH=1`` writes it anew.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, Dict

import pytest

from tests.constructs.checking import run, wrong_count
from tests.constructs.every import CONSTRUCTS

GOLDEN = Path(__file__).parent.parent / "golden" / "constructs.json"
#: The counts that all versions have to give, by construct.
COUNTS: Dict[str, Any] = json.loads(GOLDEN.read_text("utf-8"))


REFRESH = bool(os.environ.get("PADDLEFX_REFRESH"))
#: Each call makes a class: how many of them are alive at a time is the interpreter's.
UNCOUNTED = ("breaks.break_in_method", "breaks.break_with_object_alive")


@pytest.mark.parametrize("name", CONSTRUCTS)
def test_construct(name: str) -> None:
    construct = CONSTRUCTS[name]
    found = run(construct)
    assert found.differs is None
    assert wrong_count(construct, found) is None, "\n".join(found.reasons)
    if name in UNCOUNTED:
        return
    if REFRESH:
        COUNTS[name] = found.counts
        lines = [f"{json.dumps(key)}: {json.dumps(COUNTS[key])}" for key in sorted(COUNTS)]
        GOLDEN.write_text("{\n" + ",\n".join(lines) + "\n}\n", "utf-8")
    assert found.counts == COUNTS[name]
