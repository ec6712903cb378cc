"""The clock of the tests of `auto`."""

from __future__ import annotations

import sys
from typing import Iterator

import pytest

from paddlefx.compiler import auto, registry
from tests.support.costing import Clock, Differences, Threads


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[Clock]:
    made = Clock()
    monkeypatch.setattr(auto, "time", made)
    monkeypatch.setattr(auto.frameworks, "active", Threads)
    monkeypatch.setitem(sys.modules, "paddlefx.compiler.difference", Differences())
    registered = dict(registry._registered)
    yield made
    registry._registered.clear()
    registry._registered.update(registered)
    for name in ("slow", "fast", "faster", "refusing", "inference"):
        registry._instances.pop(name, None)
