"""``paddlefx backends`` in this process."""

from __future__ import annotations

import json
from typing import Any

import pytest

from paddlefx.__main__ import main
from paddlefx.compiler import registry


@pytest.fixture
def absent(monkeypatch: pytest.MonkeyPatch) -> None:
    row = registry.BuiltIn(".no_such_module", "TPU", "for a TPU", "tpu", ("no-such-package",))
    monkeypatch.setitem(registry._BUILT_IN, "tpu", row)


def test_each_backend_is_listed(absent: None, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["backends", "--color", "never"]) == 0
    shown = capsys.readouterr().out
    for name in registry.known():
        assert f"\n{name}  " in f"\n{shown}"
    assert "allow_fallback=True" in shown
    part = shown[shown.index("tpu  for a TPU") :]
    assert "no-such-package not installed" in part
    assert "not available: backend 'tpu' needs a package" in part
    assert "pip install paddlefx[tpu]" in part


def test_as_json(absent: None, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["backends", "--json"]) == 0
    found = {row["name"]: row for row in json.loads(capsys.readouterr().out)}
    assert found["eager"]["here"] and found["eager"]["gradients"]
    assert found["eager"]["options"]["full_graph"] is False
    # What means nothing where eager always takes part isn't offered.
    assert set(found["auto"]["options"]) == {"candidates", "print_tabular_mode"}
    assert not found["tpu"]["here"]
    assert found["tpu"]["install"] == "pip install paddlefx[tpu]"


def test_backends_of_others_are_listed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def mine(graph_layer: Any, example_inputs: Any) -> Any:
        return graph_layer.forward

    monkeypatch.setitem(registry._registered, "mine", mine)
    monkeypatch.delitem(registry._instances, "mine", raising=False)
    assert main(["backends", "--color", "never"]) == 0
    assert "mine  from another package" in capsys.readouterr().out
    monkeypatch.delitem(registry._instances, "mine")
