"""The same function gives the same graphs, nodes, breaks and fallbacks on every interpreter.

``tests/golden/counts.json`` holds the counts; ``PADDLEFX_REFRESH=1`` writes it anew.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
from pathlib import Path

import paddle
import pytest

import paddlefx
from tests.integration import test_executor_breaks as breaks
from tests.integration import test_language as language

GOLDEN = Path(__file__).parent.parent / "golden" / "counts.json"

#: Where the compilers of the versions build other control flow, only the results are the same.
APART = {
    "comprehensions",  # part of its function from 3.12 on: a break in it is one in a loop
    "boolean_operators",  # jumps of nested and/or are threaded in other ways
    "while_tensor",  # from 3.10 on the first test stands before the loop, not in it
    "globals_written",
}
FUNCTIONS = {
    f"breaks.{function.__name__}": function
    for function in breaks.FUNCTIONS
    if function.__name__ not in APART
}
FUNCTIONS.update({f"language.{f.__name__}": f for f in language.ONE_GRAPH})
KEYS = ("translations", "graphs", "nodes", "graph_breaks", "fallbacks", "recompiles")


def counts(function):
    compiled = paddlefx.optimize(function)
    shape = [3] if function in breaks.FUNCTIONS else [4, 4]
    x = paddle.arange(3, dtype="float32") if shape == [3] else paddle.ones(shape)
    with contextlib.redirect_stdout(io.StringIO()):
        for scale in (1, 1, -1, 100):
            compiled(x * scale)
    stats = paddlefx.stats()
    return {key: stats[key] for key in KEYS}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_counts(name):
    found = counts(FUNCTIONS[name])
    table = json.loads(GOLDEN.read_text()) if GOLDEN.exists() else {}
    if os.environ.get("PADDLEFX_REFRESH"):
        table[name] = found
        GOLDEN.write_text(json.dumps(dict(sorted(table.items())), indent=1) + "\n")
    assert found == table[name]
