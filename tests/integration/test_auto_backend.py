"""``backend="auto"`` with real backends: right before, while and after it chooses."""

from __future__ import annotations

import gc
import weakref

import paddle
import pytest
from paddle import nn

import paddlefx
from paddlefx.compiler.auto import AutoCompiler
from paddlefx.compiler.choice import Candidate


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
    auto.candidates = (Candidate("blas", None, (0.0, 0.0)),)
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


def small(x, y):
    z = x
    for _ in range(5):
        z = (z + y) * y
    return z, z.reshape([-1])


def settled(compiled, *args):
    """Calls that pay for compiling a small graph ten times over."""
    for _ in range(2000):
        compiled(*args)


def quick():
    """``auto`` with the candidate for small graphs, which costs next to nothing to compile."""
    auto = AutoCompiler()
    auto.candidates = (Candidate("llvm", False, (9.0, 9.0), (0.0, 1e-3)),)
    return auto


def test_a_small_graph_is_run_by_kernels_once_they_pay():
    x, y = paddle.randn([8, 16]), paddle.randn([8, 16])
    auto = quick()
    compiled = paddlefx.optimize(small, backend=auto)
    settled(compiled, x, y)
    (choice,) = auto._chosen.values()
    assert choice.name == "llvm"
    (entry,) = compiled.cache.entries
    (graph,) = [
        each
        for each in entry.function.__code__.co_consts
        if getattr(each, "__module__", None) == "paddlefx.graph"
    ]
    assert graph.__code__.co_names == ("run",)
    # Arithmetic has the same bits; strided tensors, too.
    for one in (x, x.transpose([1, 0]).contiguous().transpose([1, 0]), paddle.zeros([8, 16])):
        for found, wanted in zip(compiled(one, y), small(one, y)):
            assert found.equal_all(wanted)
    found = compiled(x, y)
    found[1].zero_()  # The view shares the memory of its tensor, and nobody else's.
    assert not found[0].any()
    assert compiled(x, y)[0].equal_all(small(x, y)[0])


def test_a_small_graph_of_sizes_that_vary():
    auto = quick()
    compiled = paddlefx.optimize(small, backend=auto, dynamic=True)
    y = paddle.randn([1, 16])
    settled(compiled, paddle.randn([8, 16]), y)
    (choice,) = auto._chosen.values()
    assert choice.tried[0][1].endswith(" ms")
    for rows in (3, 8, 40, 5000):
        x = paddle.randn([rows, 16])
        assert compiled(x, y)[0].equal_all(small(x, y)[0])


def test_a_small_graph_with_gradients_stays_eager():
    auto = quick()
    x, y = paddle.randn([8, 16]), paddle.randn([8, 16])
    x.stop_gradient = False
    with paddle.enable_grad():
        compiled = paddlefx.optimize(small, backend=auto)
        settled(compiled, x, y)
        (graph,) = paddlefx.explain(small, backend=auto)(x, y).graphs
        (gradient,) = paddle.grad(compiled(x, y)[0].sum(), x)
    assert not auto._chosen
    assert "too small to gain" in graph.notes[0]
    assert gradient.shape == [8, 16]
