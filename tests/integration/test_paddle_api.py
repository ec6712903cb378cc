"""The sweep over Paddle's functions: its verdicts, and the page it writes."""

from __future__ import annotations

import paddle
import pytest

from benchmarks.paddle_api import sweep
from benchmarks.paddle_api.report import page
from benchmarks.paddle_api.sweep import Verdict, functions, verdict


@pytest.mark.parametrize(
    "heading, name, state",
    [
        ("paddle", "abs", "one graph"),
        ("paddle", "tanh_", "one graph"),
        ("paddle", "nonzero", "breaks"),
        ("paddle", "empty", "one graph"),
        ("paddle.Tensor", "index_add", "one graph"),
        ("paddle.Tensor", "tolist", "breaks"),
        ("paddle.nn.functional", "dropout", "one graph"),
        ("paddle.nn.functional", "sigmoid_focal_loss", "one graph"),
        ("paddle", "nan_to_num", "one graph"),
        ("paddle", "unfold", "one graph"),
        ("paddle.fft", "rfft", "one graph"),
        ("paddle.linalg", "lstsq", "one graph"),
    ],
)
def test_verdicts(heading, name, state):
    found = verdict(heading, name)
    assert found.state == state, found
    assert bool(found.why) == (state != "one graph")


def test_another_result_is_seen(monkeypatch):
    calls = []

    def moving(x):
        calls.append(0)
        return x * (1 if len(calls) < 5 else 2)

    monkeypatch.setattr(paddle, "moving", moving, raising=False)
    monkeypatch.setattr(sweep.paddlefx, "optimize", lambda function: function)
    assert verdict("paddle", "moving").state == "differs"


def test_what_is_left_out():
    names = list(functions("paddle"))
    assert "abs" in names and len(names) > 300
    assert not {"seed", "set_device", "no_grad", "Tensor"} & set(names)


def test_the_page():
    found = {
        ("paddle", "abs"): Verdict("one graph"),
        ("paddle", "nonzero"): Verdict("breaks", "a | b"),
        ("paddle.fft", "fft"): Verdict("not called"),
    }
    text = page(found)
    assert "| `paddle` | 2 | 1 | 1 |  |  |  |" in text
    assert "| all | 3 | 1 | 1 |  |  | 1 |" in text
    assert "| `nonzero` | breaks | a \\| b |" in text
    assert "Not called: `fft`." in text
