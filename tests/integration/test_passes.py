"""Passes one by one: graphs before and after, written out."""

from __future__ import annotations

import functools
from typing import Any, Callable, List

import numpy as np
import paddle
import pytest

import paddlefx
from paddlefx.graph import Graph, GraphError, GraphLayer, passes
from paddlefx.graph.printing import rows

_x = paddle.arange(24, dtype="float32").reshape([4, 6])


def captured(function: Callable[..., Any], *args: Any) -> Any:
    """The one graph of a function."""
    (layer,) = paddlefx.explain(function)(*args).graphs
    return layer


def listing(layer: Any) -> List[str]:
    """The graph's calls and its output, a line each."""
    return [
        f"{row.name} = {row.target}({row.args})"
        for row in rows(layer.graph)
        if row.op not in ("placeholder", "get_attr")
    ]


def edited(layer: Any, *chosen: Callable[..., int]) -> List[str]:
    """The listing of what passes make; what it gives for an input is as before."""
    made = passes.run_passes(layer, chosen)
    for one, two in zip(layer(_x.clone()), made(_x.clone())):
        np.testing.assert_array_equal(one.numpy(), two.numpy())
    return listing(made)


def test_dead_code_of_every_kind() -> None:
    graph = Graph()
    x = graph.placeholder("x")
    call = graph.call_function
    ops: Any = paddle._C_ops
    a = call(ops.exp, (x,), name="a")
    b = call(ops.tanh, (x,), name="b")
    call(ops.relu_, (b,), name="unseen_write")
    graph.get_attr("w")
    c = call(ops.abs, (x,), name="c")
    call(ops.relu_, (c,), name="seen_write")
    call(ops.uniform, ([2], paddle.float32, 0.0, 1.0, 0, paddle.CPUPlace()), name="draw")
    d = call(ops.reshape, (c, [-1]), name="d")
    call(ops.sigmoid, (a,), name="unused")
    graph.output((d,))
    from paddlefx import frameworks

    layer = frameworks.active().make_graph_layer(graph, {"w": _x})
    made = passes.run_passes(layer, [passes.dead_code])
    assert [node.name for node in made.graph.nodes] == [
        "x", "c", "seen_write", "draw", "d", "output"
    ]  # fmt: skip
    assert len(layer.graph) == 11, "the layer given stays as it is"


def test_states_with_nothing_between() -> None:
    def function(x: Any) -> Any:
        with paddle.no_grad():
            with paddle.enable_grad():
                y = x * 1
            y = x + 1
        return y

    layer = captured(function, _x)
    assert edited(layer, passes.dead_code) == [
        "set_grad_enabled_2 = paddle_effects.set_grad_enabled(False)",
        "add = operator.add(%x, 1)",
        "set_grad_enabled_3 = paddle_effects.set_grad_enabled(True)",
        "output = output((%add,))",
    ]


def test_common_subexpressions() -> None:
    def function(x: Any) -> Any:
        a = paddle.exp(x) + paddle.exp(x)
        b = paddle.exp(x)
        return a * 2, a[0], b

    assert edited(captured(function, _x), passes.common_subexpressions) == [
        "exp = _C_ops.exp(%x)",
        "add = operator.add(%exp, %exp)",
        "mul = operator.mul(%add, 2)",
        "getitem = operator.getitem(%add, 0)",
        "output = output((%mul, %getitem, %exp))",
    ]


def test_what_is_computed_twice_for_two_outputs_stays_twice() -> None:
    def function(x: Any) -> Any:
        return paddle.exp(x), paddle.exp(x), x[0], x[0]

    layer = captured(function, _x)
    assert edited(layer, passes.common_subexpressions) == listing(layer)


def test_a_write_between_keeps_both() -> None:
    def function(x: Any) -> Any:
        y = x * 2
        a = paddle.exp(y).sum()
        y.add_(x)
        return a + paddle.exp(y).sum()

    layer = captured(function, _x)
    assert edited(layer, passes.common_subexpressions) == listing(layer)


def test_zeros_of_both_signs_are_two_constants() -> None:
    def function(x: Any) -> Any:
        return (x * 0.0 + x * -0.0) + (x + 1) * (x + True)

    layer = captured(function, _x)
    assert edited(layer, passes.common_subexpressions) == listing(layer)


def test_flags_that_say_what_is_there() -> None:
    def function(x: Any) -> Any:
        a = paddle.full([6], 2.0)
        b = paddle.full([6], 3.0)
        b.stop_gradient = False
        return x * a + b

    layer = captured(function, _x)
    assert [line for line in listing(layer) if "stop_gradient" in line and "%full," in line]
    lines = edited(layer, passes.dead_code)
    assert [line for line in lines if "stop_gradient" in line and "%full," in line] == []
    assert [line for line in lines if "%full_1, False" in line]


def test_gradients_are_merged_when_asked_for() -> None:
    def function(x: Any) -> Any:
        return (paddle.tanh(x) * paddle.tanh(x)).sum()

    x = _x.clone()
    x.stop_gradient = False
    layer = captured(function, x)
    assert edited(layer, passes.common_subexpressions) == listing(layer)
    merge = functools.partial(passes.common_subexpressions, gradients=True)
    assert edited(layer, merge)[0] == "tanh = _C_ops.tanh(%x)"
    assert len(edited(layer, merge)) == len(listing(layer)) - 1


def test_constants_are_folded() -> None:
    def function(x: Any) -> Any:
        scale = paddle.full([6], 2.0) * 3 + paddle.arange(6, dtype="float32")
        return x * scale, paddle.zeros([2])

    layer = captured(function, _x)
    lines = edited(layer, passes.constant_folding)
    assert lines[0].startswith("mul_1 = operator.mul(%x, %add") and len(lines) == 4, lines
    made = passes.run_passes(layer, [passes.constant_folding])
    (constant,) = made.graph.find_nodes(op="get_attr")
    assert made.attributes[constant.target].numpy().tolist() == [6, 7, 8, 9, 10, 11]
    assert constant.target in [name for name, _ in made.named_buffers()]
    assert passes.constant_folding(made) == 0
    first, second = made(_x)[1], made(_x)[1]
    assert first is not second, "what the caller gets is new in each call"


class Weighted(paddle.nn.Layer):
    """A layer whose forward is a function of the input and a parameter, without gradients."""

    def __init__(self, function: Callable[..., Any], shape: Any) -> None:
        super().__init__()
        self.function = function
        size = int(np.prod(shape))
        self.weight = self.create_parameter(shape)
        self.weight.set_value(paddle.arange(size, dtype="float32").reshape(shape))

    @paddle.no_grad()
    def forward(self, x: Any) -> Any:
        return self.function(x, self.weight)


def test_weights_are_folded_where_they_are_frozen() -> None:
    def function(x: Any, weight: Any) -> Any:
        return x @ (weight.t() * 2)

    layer = captured(Weighted(function, [6, 6]), _x)
    assert edited(layer, passes.constant_folding) == listing(layer)
    frozen = functools.partial(passes.constant_folding, frozen=True)
    lines = edited(layer, frozen)
    assert len([line for line in lines if "matmul(" in line]) == 1
    assert not [line for line in lines if "transpose" in line or "mul_1 =" in line]
    made = passes.run_passes(layer, [frozen])
    assert len(made.graph.find_nodes(op="get_attr")) == 1


def test_a_weight_that_the_graph_writes_to_is_no_constant() -> None:
    def function(x: Any, count: Any) -> Any:
        doubled = count * 2
        count.add_(paddle.ones([1]))
        return x + doubled

    layer = captured(Weighted(function, [1]), _x)
    made = passes.run_passes(layer, [functools.partial(passes.constant_folding, frozen=True)])
    assert [made(_x)[0][0, 0].item() for _ in range(3)] == [2, 4, 6]  # capture ran it once


def test_large_constants_are_computed_in_each_call() -> None:
    def function(x: Any) -> Any:
        return x + paddle.full([4, 6], 3.0).sum()

    layer = captured(function, _x)
    small = functools.partial(passes.constant_folding, limit=10)
    assert any("full" in line for line in edited(layer, small))
    assert not any("full" in line for line in edited(layer, passes.constant_folding))


def test_shapes_of_other_inputs() -> None:
    def function(x: Any) -> Any:
        return paddle.nn.functional.softmax(x.transpose([1, 0]) * 2).sum(-1), x.astype("int32")

    layer = captured(function, _x)
    made = passes.run_passes(
        layer, [functools.partial(passes.propagation, inputs=[paddle.ones([3, 5], "float64")])]
    )
    output = made.graph.output_node.args[0]
    metas = [node.meta["tensor_meta"] for node in output]
    assert [(meta.shape, meta.dtype) for meta in metas] == [
        ((5,), paddle.float64),
        ((3, 5), paddle.int32),
    ]
    before = [node.meta["tensor_meta"].shape for node in layer.graph.output_node.args[0]]
    assert before == [(6,), (4, 6)]


def test_shapes_that_do_not_fit_name_the_node_and_the_line() -> None:
    def function(x: Any) -> Any:
        return x + paddle.ones([4, 6])

    layer = captured(function, _x)
    with pytest.raises(GraphError, match=r"add.*test_passes.py:\d+ in .*function"):
        passes.propagation(layer, [paddle.ones([5, 7])])
    with pytest.raises(GraphError, match="1 inputs, 2 are described"):
        passes.propagation(layer, [_x, _x])


def test_a_layer_without_a_framework() -> None:
    graph = Graph()
    graph.output((graph.placeholder("x"),))
    with pytest.raises(GraphError, match="belongs to no framework"):
        passes.run_passes(GraphLayer(graph), [passes.dead_code])
