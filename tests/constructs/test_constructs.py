"""Each construct gives what it gives plain, for the declared number of graphs and breaks.

``tests/golden/constructs.json`` holds the counts of each, which are those of every version;
``PADDLEFX_REFRESH=1`` writes it anew, with those constructs that are as declared by now.
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


@pytest.mark.parametrize("name", [name for name in CONSTRUCTS if REFRESH or name in COUNTS])
def test_construct(name: str) -> None:
    construct = CONSTRUCTS[name]
    found = run(construct)
    if name not in COUNTS and (found.differs or wrong_count(construct, found)):
        return  # not yet as declared
    assert found.differs is None
    assert wrong_count(construct, found) is None, "\n".join(found.reasons)
    if REFRESH:
        COUNTS[name] = found.counts
        lines = [f"{json.dumps(key)}: {json.dumps(COUNTS[key])}" for key in sorted(COUNTS)]
        GOLDEN.write_text("{\n" + ",\n".join(lines) + "\n}\n", "utf-8")
    assert found.counts == COUNTS[name]
