"""``backend="auto"`` with real backends: right before, while and after it chooses."""

from __future__ import annotations

import gc
import weakref

import paddle
import pytest
from paddle import nn

import paddlefx
from paddlefx.compiler.auto import AutoCompiler, _Candidate


@pytest.fixture(autouse=True)
def no_gradients():
    with paddle.no_grad():
        yield


def close(found, wanted):
    return float((found - wanted).abs().max()) <= 1e-5 * (1 + float(wanted.abs().max()))


def network():
    paddle.seed(0)
    made = nn.Sequential(nn.Linear(256, 512), nn.GELU(), nn.Linear(512, 256), nn.LayerNorm(256))
    made.eval()
    return made


def chosen(compiled, x, wanted):
    """Calls until it has chosen; the sentence that says what."""
    for _ in range(2000):
        assert close(compiled(x), wanted)
        told = list(AUTO._chosen.values())
        if told:
            return told[-1]
    raise AssertionError("2,000 calls, and nothing is chosen")


AUTO = AutoCompiler(candidates=["static"])


def test_it_chooses_and_stays_right_when_weights_change():
    net, x = network(), paddle.randn([64, 256])
    AUTO._chosen.clear()
    compiled = paddlefx.optimize(net, backend=AUTO)
    choice = chosen(compiled, x, net(x))
    assert choice.name in ("static", "eager")
    assert [name for name, _ in choice.tried] == ["static"]
    assert choice.tried[0][1].endswith(" ms")  # it compiled, and was timed
    net[0].weight.set_value(net[0].weight * 2)
    for _ in range(6):
        assert close(compiled(x), net(x))


def test_explain_says_what_was_chosen():
    net, x = network(), paddle.randn([64, 256])
    AUTO._chosen.clear()
    choice = chosen(paddlefx.optimize(net, backend=AUTO), x, net(x))
    notes = paddlefx.explain(net, backend=AUTO)(x).graphs[0].notes
    assert f"{choice}, measured on a graph like this" in notes
    assert str(choice) in str(paddlefx.explain(net, backend=AUTO)(x))


def test_dropout_draws_what_it_draws_without():
    net, x = nn.Sequential(nn.Linear(256, 512), nn.Dropout(0.5)), paddle.randn([64, 256])
    auto = AutoCompiler()
    auto.candidates = (_Candidate("blas", None, (0.0, 0.0)),)
    compiled = paddlefx.optimize(net, backend=auto)
    for seed in range(30):
        paddle.seed(seed)
        wanted = [net(x), net(x)]
        paddle.seed(seed)
        assert all(close(compiled(x), each) for each in wanted)
    (choice,) = auto._chosen.values()
    assert choice.tried[0][1].endswith(" ms")


def test_it_is_the_default_and_frees_what_is_dropped():
    net, x = network(), paddle.randn([64, 256])
    compiled = paddlefx.optimize(net)
    assert close(compiled(x), net(x))
    (graph,) = paddlefx.explain(net)(x).graphs
    assert graph.notes[0].startswith("auto: ")
    gone = weakref.ref(net[0].weight)
    del net, compiled, graph
    paddlefx.reset()
    gc.collect()
    assert gone() is None
