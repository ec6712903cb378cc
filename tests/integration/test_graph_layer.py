"""Captured graphs as layers of their own: saved, loaded, copied."""

from __future__ import annotations

import copy
import io

import numpy as np
import paddle
import pytest

import paddlefx
from paddlefx.frameworks.paddle_layer import PaddleGraphLayer
from paddlefx.graph import GraphError
from tests.support.same import assert_same


def captured(function, *args):
    (layer,) = paddlefx.explain(function)(*args).graphs
    return layer


def network():
    paddle.seed(3)
    return paddle.nn.Sequential(
        paddle.nn.Conv2D(3, 4, 3),
        paddle.nn.BatchNorm2D(4),
        paddle.nn.ReLU(),
        paddle.nn.Flatten(),
        paddle.nn.Linear(144, 5),
        paddle.nn.Softmax(),
    )


def everything(x):
    """Constants of every kind that a graph holds."""
    y = paddle.full([2, 3], float("inf"), dtype="float64").astype("float32")
    z = paddle.concat([x[:, None], x[..., None, :1]], axis=-1) if x.ndim == 9 else x[0:1:1, ...]
    w = paddle.to_tensor(np.arange(3, dtype="float32"))
    with paddle.no_grad():
        v = paddle.clip(x, -1.0, 1.0)
    return paddle.minimum(y, x), z, w + v, x.astype(paddle.int32)


def loaded(layer):
    file = io.BytesIO()
    layer.save(file)
    return PaddleGraphLayer.load(file)


@pytest.mark.parametrize("again", [loaded, copy.deepcopy], ids=["load", "deepcopy"])
def test_a_network_is_the_same_again(again):
    net = network()
    net.eval()
    image = paddle.randn([2, 3, 8, 8])
    layer = captured(net, image)
    other = again(layer)
    assert other.code == layer.code and str(other.graph) == str(layer.graph)
    assert [str(n.meta.get("tensor_meta")) for n in other.graph.nodes] == [
        str(n.meta.get("tensor_meta")) for n in layer.graph.nodes
    ]
    assert_same(other(image), layer(image))
    assert [p.stop_gradient for p in other.parameters()] == [
        p.stop_gradient for p in layer.parameters()
    ]
    assert other.state_dict().keys() == layer.state_dict().keys()
    # They share nothing.
    for parameter in other.parameters():
        parameter.set_value(paddle.zeros_like(parameter))
    assert not np.array_equal(other(image)[0].numpy(), layer(image)[0].numpy())


def test_gradients_reach_loaded_parameters():
    layer = captured(network(), paddle.randn([2, 3, 8, 8]))
    other = loaded(layer)
    image = paddle.randn([2, 3, 8, 8])
    for each in (layer, other):
        each(image)[0].max().backward()
    for one, two in zip(layer.parameters(), other.parameters()):
        assert (one.grad is None) == (two.grad is None)
        if one.grad is not None:
            assert_same(two.grad, one.grad)


def test_constants_of_every_kind():
    x = paddle.randn([2, 3])
    layer = captured(everything, x)
    assert_same(loaded(layer)(x), layer(x))


def test_what_has_no_name_is_refused_with_its_node():
    @paddlefx.allow_in_graph
    def local(x):
        return x + 1.0

    layer = captured(lambda x: local(x) * 2.0, paddle.ones([2]))
    with pytest.raises(GraphError, match="node 'local'"):
        layer.save(io.BytesIO())


def test_another_file_is_refused(tmp_path):
    path = tmp_path / "other"
    path.write_bytes(b"no graph")
    with pytest.raises(GraphError, match="holds no graph"):
        PaddleGraphLayer.load(path)
