"""Integration tests need Paddle, and fail without it."""

from __future__ import annotations

from typing import Dict, Iterator, List

import numpy as np
import paddle
import pytest

import paddlefx
from tests.support.interpreter import hook_is_on

COUNTS = pytest.StashKey[Dict[str, Dict[str, int]]]()


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    """Each test starts with the same random state and no memory of ours, and ends unhooked."""
    paddle.seed(0)
    np.random.seed(0)
    paddlefx.reset()
    yield
    assert not hook_is_on()
    paddlefx.reset()


@pytest.fixture
def report_counts(request: pytest.FixtureRequest) -> "Reporter":
    """Adds a row of ``stats()`` to the table at the end of the run."""
    return Reporter(request.config.stash.setdefault(COUNTS, {}), request.node.name)


class Reporter:
    def __init__(self, rows: Dict[str, Dict[str, int]], name: str) -> None:
        self.rows = rows
        self.name = name

    def __call__(self) -> None:
        self.rows[self.name] = dict(paddlefx.stats())


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    rows = terminalreporter.config.stash.get(COUNTS, {})
    if not rows:
        return
    keys: List[str] = list(next(iter(rows.values())))
    terminalreporter.section("counts")
    width = max(len(name) for name in rows)
    terminalreporter.write_line(" " * width + "  " + "  ".join(keys))
    for name, row in rows.items():
        cells = "  ".join(f"{row[key]:>{len(key)}}" for key in keys)
        terminalreporter.write_line(f"{name:<{width}}  {cells}")
