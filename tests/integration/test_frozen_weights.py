"""Weights that are compiled in are seen to change, whatever changes them."""

from __future__ import annotations

import paddle
import pytest
from paddle import nn

import paddlefx
from paddlefx.compiler import Compiler
from tests.support.versus import alike


class Freezing(Compiler):
    """Computes with a copy of the weights as they were when it compiled."""

    name = "freezing"
    gives_gradients = False
    freezes_weights = True

    def __init__(self, **options):
        super().__init__(**options)
        self.compiled = 0
        self.calls = 0

    def compile(self, graph_layer, example_inputs):
        self.compiled += 1
        copies = {
            name: value.clone() if isinstance(value, paddle.Tensor) else value
            for name, value in graph_layer.attributes.items()
        }
        frozen = type(graph_layer)(graph_layer.graph.copy()[0], copies)

        def run(*inputs):
            self.calls += 1
            return frozen.forward(*inputs)

        return run


def _data(net):
    net.weight.data = paddle.ones([3, 2])


def _get_tensor(net):
    net.weight.get_tensor().set((net.weight + 1).numpy(), paddle.CPUPlace())


def _step(net):
    optimizer = paddle.optimizer.Adam(0.1, parameters=net.parameters())
    with paddle.enable_grad():
        net(paddle.ones([2, 3])).sum().backward()
    optimizer.step()
    optimizer.clear_grad()


CHANGES = {
    "set_value": lambda net: net.weight.set_value(net.weight * 2),
    "add_": lambda net: net.weight.add_(paddle.ones([3, 2])),
    "setitem": lambda net: net.weight.__setitem__(0, 3.0),
    "an element": lambda net: net.weight.__setitem__((2, 1), 3.0),
    "another parameter": lambda net: net.bias.set_value(net.bias + 1),
    "replaced": lambda net: setattr(net, "weight", net.create_parameter([3, 2])),
    "data": _data,
    "get_tensor": _get_tensor,
    "step": _step,
    "state dict": lambda net: net.set_state_dict(nn.Linear(3, 2).state_dict()),
    "assign": lambda net: paddle.assign(net.weight * 3, output=net.weight),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_is_seen_at_once(change):
    net = nn.Linear(3, 2)
    backend = Freezing()
    compiled = paddlefx.optimize(net, backend=backend)
    x = paddle.rand([2, 3])
    with paddle.no_grad():
        for _ in range(3):
            assert alike(compiled(x), net(x)) is None
        assert (backend.compiled, backend.calls) == (1, 3)
        CHANGES[change](net)
        for _ in range(8):
            assert alike(compiled(x), net(x)) is None
        assert backend.compiled == 2  # the weights stay: they are compiled in again
        assert backend.calls > 3


def test_weights_that_change_in_each_call_are_not_compiled_in_again():
    net = nn.Linear(3, 2)
    backend = Freezing()
    compiled = paddlefx.optimize(net, backend=backend)
    x = paddle.rand([2, 3])
    with paddle.no_grad():
        for _ in range(30):
            assert alike(compiled(x), net(x)) is None
            net.weight.add_(paddle.ones([3, 2]))
    assert backend.compiled == 1


def test_each_change_asks_for_more_patience():
    net = nn.Linear(3, 2)
    backend = Freezing()
    compiled = paddlefx.optimize(net, backend=backend)
    x = paddle.rand([2, 3])
    with paddle.no_grad():
        compiled(x)
        for calls, made in ((2, 1), (4, 2), (4, 2), (6, 3), (8, 3), (9, 4)):
            net.weight.add_(paddle.ones([3, 2]))
            for _ in range(calls):
                assert alike(compiled(x), net(x)) is None
            assert backend.compiled == made


def test_a_graph_that_trains_is_not_frozen():
    net = nn.Linear(3, 2)
    backend = Freezing()
    compiled = paddlefx.optimize(net, backend=backend)
    compiled(paddle.rand([2, 3])).sum().backward()
    assert backend.compiled == 0
    assert net.weight.grad is not None


def test_frozen_weights_are_freed_with_the_layer():
    import gc
    import weakref

    net = nn.Linear(3, 2)
    weight = weakref.ref(net.weight)
    compiled = paddlefx.optimize(net, backend=Freezing())
    with paddle.no_grad():
        compiled(paddle.rand([2, 3]))
    del net, compiled
    gc.collect()
    assert weight() is None


def test_a_weight_that_becomes_strided_runs_eagerly_until_it_is_dense_again():
    net = nn.Linear(3, 2)
    backend = Freezing()
    x = paddle.rand([2, 3])
    with paddle.no_grad():
        (layer,) = paddlefx.explain(net)(x).graphs
        compiled = backend(layer, [x])
        assert alike(compiled(x)[0], net(x)) is None
        net.weight.data = paddle.rand([2, 3]).t()
        assert not net.weight.is_contiguous()
        for _ in range(8):
            assert alike(compiled(x)[0], net(x)) is None
        assert backend.compiled == 1
        net.weight.data = paddle.rand([3, 2])
        for _ in range(8):
            assert alike(compiled(x)[0], net(x)) is None
        assert backend.compiled == 2


def test_a_weight_that_is_strided_from_the_beginning_is_not_frozen():
    net = nn.Linear(3, 2)
    net.weight.data = paddle.rand([2, 3]).t()
    backend = Freezing()
    x = paddle.rand([2, 3])
    with paddle.no_grad():
        told = paddlefx.explain(net, backend=backend)(x)
        assert alike(told.result, net(x)) is None
    assert backend.compiled == 0
    assert "a weight isn't dense memory" in told.graphs[0].notes[0]
