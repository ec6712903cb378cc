"""Attributes of layers: plain values, buffers, parameters and sublayers, assigned in capture."""

from __future__ import annotations

from typing import Any, Callable

import paddle
import pytest

import paddlefx
from tests.support.versus import alike


class Net(paddle.nn.Layer):
    def __init__(self) -> None:
        super().__init__()
        self.linear = paddle.nn.Linear(4, 4)
        self.other = paddle.nn.Linear(4, 4)
        self.register_buffer("mean", paddle.zeros([4]))
        self.register_buffer("kept", paddle.zeros([4]), persistable=False)
        self.last: Any = None
        self.calls = 0
        self.history: Any = []
        self.way: Callable[..., Any] = lambda x: x

    def forward(self, x: Any) -> Any:
        return self.way(x)


def same_state(ours: Net, plain: Net) -> None:
    assert list(ours.state_dict()) == list(plain.state_dict())
    for name in ("_parameters", "_sub_layers", "_buffers"):
        assert list(getattr(ours, name)) == list(getattr(plain, name)), name
    for name, value in plain._buffers.items():
        found = alike(ours._buffers[name], value)
        assert found is None, (name, found)
    hidden = ("_parameters", "_sub_layers", "_buffers", "way", "_full_name", "_helper")
    left = {key: value for key, value in ours.__dict__.items() if key not in hidden}
    right = {key: value for key, value in plain.__dict__.items() if key not in hidden}
    assert list(left) == list(right)
    assert alike(left, right) is None
    assert ours._non_persistable_buffer_names_set == plain._non_persistable_buffer_names_set


def plain_values(net: Net, x: Any) -> Any:
    net.last = "seen"
    net.new = [1]
    net.new.append(2)
    net.history.append(x + 1)
    return net.linear(x), net.last


def tensor_becomes_a_buffer(net: Net, x: Any) -> Any:
    net.mean = net.mean * 0.9 + x.mean(0)
    net.fresh = x + 1
    net.fresh = net.fresh * 2
    net.last = net.linear(x)
    return net.last + net.mean, net.fresh


def buffer_to_none_and_back(net: Net, x: Any) -> Any:
    net.mean = None
    before = net.mean
    net.mean = x.sum(0)
    return before, net.mean


def parameters_and_sublayers(net: Net, x: Any) -> Any:
    net.linear, net.other = net.other, net.linear
    net.again = net.linear
    y = net.again(x)
    net.linear.bias = None
    return net.linear(y)


def deleted(net: Net, x: Any) -> Any:
    del net.kept
    del net.last
    del net.other
    return net.linear(x), hasattr(net, "kept"), hasattr(net, "other")


def buffer_by_its_dict(net: Net, x: Any) -> Any:
    net._buffers["mean"] = x.sum(0)
    return net.mean + 1


@pytest.mark.parametrize(
    "way",
    [
        plain_values,
        tensor_becomes_a_buffer,
        buffer_to_none_and_back,
        parameters_and_sublayers,
        deleted,
        buffer_by_its_dict,
    ],
    ids=lambda f: f.__name__,
)
def test_stores(way: Callable[..., Any]) -> None:
    paddle.seed(1)
    plain = Net()
    paddle.seed(1)
    ours = Net()
    for net in (plain, ours):
        net.eval()
        net.way = lambda x, net=net: way(net, x)
    compiled = paddlefx.optimize(ours)
    for i in range(3 if way is not deleted else 1):
        x = paddle.arange(8, dtype="float32").reshape([2, 4]) + i
        expected, result = plain(x), compiled(x)
        found = alike(result, expected)
        assert found is None, found
        same_state(ours, plain)
    stats = paddlefx.stats()
    assert stats["fallbacks"] == 0, paddlefx.explain(ours)(x)
    assert stats["graph_breaks"] == 0, paddlefx.explain(ours)(x)
