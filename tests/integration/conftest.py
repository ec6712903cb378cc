"""Integration tests need Paddle, and fail without it."""

from __future__ import annotations

from typing import Callable, Dict, Iterator, List

import numpy as np
import paddle
import pytest

import paddlefx
from tests.support.interpreter import hook_is_on


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
def report_counts(request: pytest.FixtureRequest) -> Callable[[], None]:
    """Adds a row of ``stats()`` to the table at the end of the run."""

    def report() -> None:
        request.node.user_properties.append(("counts", dict(paddlefx.stats())))

    return report


class Counts:
    """The table; the rows come with the reports of tests, from other processes too."""

    def __init__(self) -> None:
        self.rows: Dict[str, Dict[str, int]] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        for name, row in report.user_properties:
            if name == "counts" and report.when == "call":
                self.rows[report.nodeid.partition("::")[2]] = row

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if not self.rows:
            return
        keys: List[str] = list(next(iter(self.rows.values())))
        terminalreporter.section("counts")
        width = max(len(name) for name in self.rows)
        terminalreporter.write_line(" " * width + "  " + "  ".join(keys))
        for name, row in self.rows.items():
            cells = "  ".join(f"{row[key]:>{len(key)}}" for key in keys)
            terminalreporter.write_line(f"{name:<{width}}  {cells}")


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(Counts(), "counts")
