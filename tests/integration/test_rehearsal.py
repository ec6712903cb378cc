"""Rehearsals on copies leave no trace."""

from __future__ import annotations

import time

import numpy as np
import paddle
import pytest
from paddle import nn

import paddlefx
from paddlefx.compiler import get
from paddlefx.compiler.auto import AutoCompiler
from paddlefx.compiler.choice import Candidate
from paddlefx.compiler.rehearsal import Rehearsal
from paddlefx.errors import CompileError


class Net(nn.Layer):
    """Has all that a call may change."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2D(3, 8, 3)
        self.norm = nn.BatchNorm2D(8)
        self.dropout = nn.Dropout(0.5)
        self.register_buffer("count", paddle.zeros([1]))

    def forward(self, x):
        self.count.add_(paddle.ones([1]))
        return self.dropout(self.norm(self.conv(x))) * 2


def state(net):
    return {name: value.numpy().copy() for name, value in net.state_dict().items()}


def captured(net, *args):
    """The graph of a call, and what it was called with."""
    found = []

    def backend(graph_layer, inputs):
        found.append((graph_layer, list(inputs)))
        return graph_layer.forward

    paddlefx.optimize(net, backend=backend)(*args)
    (made,) = found
    return made


@pytest.mark.parametrize("backend", ["eager", "llvm"])
def test_nothing_is_left_of_it(backend):
    paddle.seed(3)
    net, x = Net(), paddle.randn([2, 3, 8, 8])
    x.stop_gradient = False
    graph, inputs = captured(net, x)
    heard = []
    net.conv.weight.register_hook(lambda gradient: heard.append(gradient))
    x.register_hook(lambda gradient: heard.append(gradient))
    before = state(net)
    paddle.seed(7)
    wanted = paddle.rand([4]).numpy()
    paddle.seed(7)
    rehearsal = Rehearsal(graph, inputs, time.perf_counter)
    eager, found = rehearsal.compare(get(backend).compile_strictly, True)
    assert eager > 0
    assert found > 0
    np.testing.assert_array_equal(paddle.rand([4]).numpy(), wanted)
    for name, value in state(net).items():
        np.testing.assert_array_equal(value, before[name])
    assert not heard
    assert x.grad is None
    assert all(parameter.grad is None for parameter in net.parameters())
    assert not any(parameter.inplace_version for parameter in net.parameters())


def test_a_mode_that_was_on_is_on():
    net, x = nn.Linear(4, 4), paddle.randn([2, 4])
    rehearsal = Rehearsal(*captured(net, x), time.perf_counter)
    rehearsal.compare(get("eager").compile_strictly, True)
    assert paddle.is_grad_enabled()
    with paddle.no_grad():
        rehearsal.compare(get("eager").compile_strictly, False)
        assert not paddle.is_grad_enabled()


def test_what_is_too_large_is_not_copied(monkeypatch):
    import paddlefx.compiler.rehearsal as module

    monkeypatch.setattr(module, "_MOST_COPIED", 64)
    net, x = nn.Linear(4, 4), paddle.randn([2, 4])
    with pytest.raises(CompileError, match="too large"):
        Rehearsal(*captured(net, x), time.perf_counter)


def test_a_training_step_is_the_plain_one_before_and_after_the_choice():
    def made():
        paddle.seed(1)
        net = nn.Sequential(nn.Linear(256, 512), nn.GELU(), nn.Dropout(0.1), nn.Linear(512, 256))
        return net, paddle.optimizer.SGD(0.01, parameters=net.parameters())

    auto = AutoCompiler()
    auto.candidates = (Candidate("blas", None, (0.0, 0.0)),)
    x = paddle.randn([64, 256])
    nets = [made(), made()]
    compiled = paddlefx.optimize(nets[1][0], backend=auto)
    for step in range(40):
        losses = []
        for (net, optimizer), call in zip(nets, (nets[0][0], compiled)):
            paddle.seed(step)
            loss = (call(x) ** 2).mean()
            loss.backward()
            optimizer.step()
            optimizer.clear_grad()
            losses.append(float(loss))
        assert abs(losses[0] - losses[1]) <= 1e-5 * abs(losses[0])
    (choice,) = auto._chosen.values()
    assert [name for name, _ in choice.tried] == ["blas"]
    assert choice.tried[0][1].endswith(" ms")
