"""``symbolic_trace``: one graph that runs as the function does, can be edited, or an error."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np
import paddle
import pytest

import paddlefx
from paddlefx.graph import GraphLayer

_x = paddle.arange(6, dtype="float32").reshape([2, 3])


def test_inputs_and_result_are_the_functions() -> None:
    def function(pair: Any, scale: float, last: Any) -> Any:
        a, b = pair
        return {"sum": a + b * scale, "rest": [last, (a, 3, None)], "name": "x"}

    layer = paddlefx.symbolic_trace(function, (_x, _x + 1), 2.0, _x * 3)
    assert isinstance(layer, GraphLayer) and isinstance(layer, paddle.nn.Layer)
    assert len(layer.graph.placeholders) == 3
    one, two, three = _x * 5, _x * 7, _x * 9
    expected, found = function((one, two), 2.0, three), layer(one, two, three)
    assert np.array_equal(found["sum"].numpy(), expected["sum"].numpy())
    assert found["rest"][0] is three and found["rest"][1] == (one, 3, None)
    assert found["name"] == "x" and list(found) == list(expected)


def test_unused_inputs_keep_their_places() -> None:
    layer = paddlefx.symbolic_trace(lambda x, y, z: z * 2, _x, _x + 1, _x + 2)
    found = layer(_x, _x, _x * 10)
    assert np.array_equal(found.numpy(), (_x * 20).numpy())


def test_parameters_and_outer_tensors_are_attributes() -> None:
    outer = _x + 1

    class Net(paddle.nn.Layer):
        """A linear map, a buffer and a tensor from outside."""

        def __init__(self) -> None:
            super().__init__()
            self.linear = paddle.nn.Linear(3, 2)
            self.register_buffer("shift", paddle.ones([2]))

        def forward(self, x: Any) -> Any:
            return self.linear(x + outer) + self.shift

    net = Net()
    layer = paddlefx.symbolic_trace(net, _x)
    values = list(layer.attributes.values())
    for tensor in (net.linear.weight, net.linear.bias, net.shift, outer):
        assert any(value is tensor for value in values)
    assert {id(p) for p in layer.parameters()} == {id(p) for p in net.parameters()}
    layer(_x).sum().backward()
    ours = net.linear.weight.grad.numpy().copy()
    net.clear_gradients()
    net(_x).sum().backward()
    assert np.array_equal(ours, net.linear.weight.grad.numpy())
    with paddle.no_grad():
        net.shift.set_value(paddle.zeros([2]))
    assert np.array_equal(layer(_x).numpy(), net(_x).numpy())


def test_a_function_that_computes_nothing() -> None:
    layer = paddlefx.symbolic_trace(lambda x, n: (x, n), _x, 4)
    assert layer(_x) == (_x, 4)


def test_writes_stay() -> None:
    def function(x: Any) -> Any:
        x.add_(paddle.ones([3]))
        return x

    layer = paddlefx.symbolic_trace(function, _x.clone())
    value = _x.clone()
    assert layer(value) is value and np.array_equal(value.numpy(), (_x + 1).numpy())


def test_a_break_is_named() -> None:
    def function(x: Any) -> Any:
        y = x * 2
        print(y.numpy())
        return y + 1

    with pytest.raises(paddlefx.GraphBreakError, match="test_tracing.py"):
        paddlefx.symbolic_trace(function, _x)


def test_what_cannot_be_in_a_result_is_named() -> None:
    class Holder:
        """Any object."""

        def __init__(self, value: Any) -> None:
            self.value = value

    with pytest.raises(paddlefx.GraphBreakError, match="the result holds Holder"):
        paddlefx.symbolic_trace(lambda x: Holder(x * 2), _x)


def test_one_tensor_twice() -> None:
    with pytest.raises(ValueError, match="each tensor once"):
        paddlefx.symbolic_trace(lambda x, y: x + y, _x, _x)


def test_an_edited_graph_runs() -> None:
    layer = paddlefx.symbolic_trace(lambda x, y: (x + y) * x, _x, _x + 1)
    (add,) = layer.graph.find_nodes(op="call_function", target=operator.add)
    with layer.graph.inserting_after(add):
        difference = layer.graph.call_function(operator.sub, add.args)
    add.replace_all_uses_with(difference)
    layer.graph.erase_node(add)
    layer.graph.lint()
    layer.recompile()
    assert np.array_equal(layer(_x * 3, _x).numpy(), ((_x * 3 - _x) * _x * 3).numpy())
