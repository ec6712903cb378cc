"""An optimised Layer is still that Layer to its user."""

from __future__ import annotations

import copy

import paddle
import pytest
from paddle import nn

import paddlefx
from tests.support.same import assert_same


class Net(nn.Layer):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 4)
        self.norm = nn.BatchNorm1D(4)
        self.scale = 2.0

    def forward(self, x):
        return self.norm(self.fc(x)) * self.scale

    def helper(self):
        return "helper"


@pytest.fixture
def net():
    return Net()


@pytest.fixture
def x():
    return paddle.randn([3, 4])


def test_it_is_a_layer_of_its_class(net):
    optimized = paddlefx.optimize(net)
    assert isinstance(optimized, nn.Layer)
    assert isinstance(optimized, Net)
    assert optimized.helper() == "helper"


def test_parameters_and_state(net, x):
    optimized = paddlefx.optimize(net)
    assert [id(item) for item in optimized.parameters()] == [id(item) for item in net.parameters()]
    assert list(optimized.state_dict()) == list(Net().state_dict())
    assert [name for name, _ in optimized.named_sublayers()] == ["fc", "norm"]
    other = Net()
    other.eval()
    optimized.eval()
    before = optimized(x)
    optimized.set_state_dict(other.state_dict())
    assert not bool((before == optimized(x)).all())
    assert_same(optimized(x), other(x))


def test_save_and_load(net, x, tmp_path):
    optimized = paddlefx.optimize(net)
    optimized.eval()
    expected = optimized(x)
    paddle.save(optimized.state_dict(), str(tmp_path / "net.pdparams"))
    other = Net()
    other.set_state_dict(paddle.load(str(tmp_path / "net.pdparams")))
    other.eval()
    assert_same(paddlefx.optimize(other)(x), expected)


def test_train_and_eval_switch(net, x):
    plain = Net()
    plain.set_state_dict(net.state_dict())
    optimized = paddlefx.optimize(net)
    for mode in ("train", "eval", "train", "eval", "eval"):
        getattr(optimized, mode)()
        getattr(plain, mode)()
        assert optimized.training == plain.training == optimized.norm.training
        assert_same(optimized(x), plain(x))
    # BatchNorm1D writes another name of its data format at its first call: one more in train mode.
    assert paddlefx.stats()["translations"] == 3


def test_attributes_are_read_and_written(net, x):
    optimized = paddlefx.optimize(net)
    optimized.eval()
    first = optimized(x)
    optimized.scale = 4.0
    assert net.scale == 4.0
    assert_same(optimized(x), first * 2.0)
    net.scale = 2.0
    assert optimized.scale == 2.0
    assert_same(optimized(x), first)


def test_a_parameter_that_is_replaced_or_changed(net, x):
    optimized = paddlefx.optimize(net)
    optimized.eval()
    optimized(x)
    with paddle.no_grad():
        net.fc.weight.set_value(paddle.zeros([4, 4]))
    assert_same(optimized(x), net.forward(x))
    net.fc = nn.Linear(4, 4)
    assert_same(optimized(x), net.norm(net.fc(x)) * net.scale)


def test_hooks_fire(net, x):
    seen = []

    def before(layer, inputs):
        seen.append("before")
        return (inputs[0] * 2,)

    def after(layer, inputs, output):
        seen.append("after")
        return output + 1

    net.eval()
    expected = net(x * 2) + 1
    optimized = paddlefx.optimize(net)
    optimized(x)
    handles = [
        optimized.register_forward_pre_hook(before),
        optimized.register_forward_post_hook(after),
    ]
    assert_same(optimized(x), expected)
    assert_same(optimized(x), expected)
    assert seen == ["before", "after"] * 2
    for handle in handles:
        handle.remove()
    assert_same(optimized(x), net.forward(x))
    assert seen == ["before", "after"] * 2


def test_hooks_of_a_sublayer_fire(net, x):
    calls = []
    net.eval()
    optimized = paddlefx.optimize(net)
    optimized(x)
    handle = net.fc.register_forward_post_hook(lambda layer, inputs, output: calls.append(1))
    optimized(x)
    optimized(x)
    assert calls == [1, 1]
    handle.remove()
    optimized(x)
    assert calls == [1, 1]


def test_deepcopy_is_a_net_of_its_own(net, x):
    optimized = paddlefx.optimize(net)
    optimized.eval()
    expected = optimized(x)
    twin = copy.deepcopy(optimized)
    assert isinstance(twin, Net)
    assert_same(twin(x), expected)
    with paddle.no_grad():
        twin.fc.weight.set_value(paddle.zeros([4, 4]))
    assert_same(optimized(x), expected)
    assert not bool((twin(x) == expected).all())


def test_two_instances_of_one_class(x):
    nets = [Net(), Net()]
    for item in nets:
        item.eval()
    expected = [item(x) for item in nets]
    optimized = [paddlefx.optimize(item) for item in nets]
    for _ in range(2):
        assert_same([item(x) for item in optimized], expected)


def test_a_part_of_a_larger_layer(net, x):
    net.eval()
    expected = net(x)
    outer = nn.Sequential(paddlefx.optimize(net), nn.ReLU())
    assert_same(outer(x), nn.functional.relu(expected))
    assert len(outer.parameters()) == len(net.parameters())
    assert_same(paddlefx.optimize(outer)(x), nn.functional.relu(expected))


def test_keyword_arguments_and_nested_outputs(x):
    class Options(nn.Layer):
        def forward(self, x, *, scale=1.0, extra=None):
            return {"out": x * scale, "extra": extra}

    net = Options()
    optimized = paddlefx.optimize(net)
    for kwargs in ({}, {"scale": 3.0}, {"extra": x}, {"scale": 3.0}):
        assert_same(optimized(x, **kwargs), net.forward(x, **kwargs))
