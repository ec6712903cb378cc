"""What a plain ``optimize`` doesn't need is imported when it is asked for."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

import paddlefx.graph

_SCRIPT = """
import gc, json, sys
import paddlefx
collected = []
gc.callbacks.append(lambda phase, info: collected.append(phase))
paddlefx.optimize
print(json.dumps([len(collected), gc.isenabled(), sorted(sys.modules)]))
"""


def test_what_shows_and_rewrites_graphs_stays_away():
    done = subprocess.run(
        [sys.executable, "-c", _SCRIPT], check=True, stdout=subprocess.PIPE, text=True
    )
    collections, collects, modules = json.loads(done.stdout.splitlines()[-1])
    assert "paddlefx.translate" in modules
    for name in ("drawing", "interpreter", "proxy", "rewriter", "viewer"):
        assert f"paddlefx.graph.{name}" not in modules
    assert "webbrowser" not in modules
    # A few while opcodes and _C are imported; hundreds of modules would make dozens.
    assert collections <= 12
    assert collects


@pytest.mark.parametrize("name", paddlefx.graph.__all__)
def test_every_name_of_graph_is_there(name):
    found = getattr(paddlefx.graph, name)
    assert getattr(paddlefx.graph, name) is found
    assert found.__module__.startswith("paddlefx.graph.")


def test_other_names_of_graph_are_refused():
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        paddlefx.graph.nothing  # noqa: B018
