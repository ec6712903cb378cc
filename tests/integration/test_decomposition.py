"""Calls taken apart: what they become, their values, their gradients."""

from __future__ import annotations

from typing import Any, Callable, Dict, List, Tuple

import numpy as np
import paddle
import paddle.nn.functional as F
import pytest

import paddlefx
from paddlefx.graph import passes
from paddlefx.graph.printing import rows

Case = Tuple[Callable[..., Any], List[List[int]], str]

_TANH = "full full_1 full_2 full_3 multiply multiply_1 multiply_2 add multiply_3 tanh add_1"
_TANH_BY_POWER = (
    "full full_1 full_2 full_3 full_4 elementwise_pow multiply add multiply_1 tanh add_1 "
    "multiply_2 multiply_3"
)
_GROUPS = (
    "reshape sum_1 full divide multiply multiply_1 sum_2 full_1 divide_1 subtract full_2 maximum "
    "full_3 add rsqrt subtract_1"
)
_ROW = "sum_1 full divide subtract multiply sum_2 full_1 divide_1 full_2 add rsqrt multiply_1"

#: Functions, the shapes of their arguments, and the calls that they become; in two forms where
#: Paddle 3.0 has another rule.
CASES: Dict[str, Case] = {
    "gelu": (
        F.gelu,
        [[3, 4]],
        "full full_1 full_2 multiply erf add multiply_1 multiply_2",
    ),
    "gelu by tanh": (
        lambda x: F.gelu(x, True),
        [[3, 4]],
        f"{_TANH} multiply_4 multiply_5 | {_TANH_BY_POWER}",
    ),
    "softmax": (lambda x: F.softmax(x, 0), [[3, 4]], "max_1 subtract exp sum_1 divide"),
    "log_softmax": (F.log_softmax, [[3, 4]], "max_1 subtract exp sum_1 log subtract_1"),
    "silu": (F.silu, [[5]], "sigmoid multiply"),
    "mean": (lambda x: x.mean(1), [[3, 4]], "sum_1 full divide"),
    "layer_norm": (lambda x: F.layer_norm(x, [4]), [[3, 4]], _ROW),
    "group_norm": (
        lambda x, w, b: F.group_norm(x, 2, 1e-5, w, b),
        [[2, 4, 3, 3], [4], [4]],
        f"{_GROUPS} multiply_2 reshape_1 multiply_3 reshape_2 add_1 reshape_3",
    ),
    "instance_norm": (
        lambda x, w, b: F.instance_norm(x, weight=w, bias=b),
        [[2, 4, 3, 3], [4], [4]],
        f"reshape {_ROW} reshape_1 reshape_2 multiply_2 reshape_3 add_1",
    ),
}


def captured(function: Callable[..., Any], *arguments: Any) -> Any:
    (layer,) = paddlefx.explain(lambda *given: function(*given))(*arguments).graphs
    return layer


def calls(layer: Any) -> List[str]:
    return [row.name for row in rows(layer.graph) if row.op == "call_function"]


@pytest.mark.parametrize("name", sorted(CASES))
def test_what_a_call_becomes_and_gives(name: str) -> None:
    function, shapes, wanted = CASES[name]
    tensors = [paddle.randn(shape) for shape in shapes]
    for tensor in tensors:
        tensor.stop_gradient = False
    layer = captured(function, *tensors)
    made = passes.run_passes(layer, [passes.decomposition])
    assert sorted(calls(made)) in [sorted(form.split()) for form in wanted.split("|")]
    (found,) = made(*tensors)
    plain = function(*tensors)
    assert found.dtype == plain.dtype and found.shape == plain.shape
    np.testing.assert_allclose(found.numpy(), plain.numpy(), 2e-5, 2e-6)
    weights = paddle.arange(1, plain.size + 1, dtype="float32").reshape(plain.shape) / plain.size
    of_found = paddle.grad((found * found * weights).sum(), tensors)
    of_plain = paddle.grad((plain * plain * weights).sum(), tensors)
    for one, two in zip(of_found, of_plain):
        np.testing.assert_allclose(one.numpy(), two.numpy(), 2e-4, 2e-5)


def test_what_is_known_of_the_parts_is_what_they_are() -> None:
    tensors = [paddle.randn(shape) for shape in CASES["group_norm"][1]]
    tensors[0].stop_gradient = False
    layer = captured(CASES["group_norm"][0], *tensors)
    made = passes.run_passes(layer, [passes.decomposition])
    before = {
        node.name: node.meta["tensor_meta"] for node in made.graph.nodes if node.op != "output"
    }
    assert passes.propagation(made) == 0, before


def test_only_those_that_are_named() -> None:
    def function(x: Any) -> Any:
        return F.softmax(F.gelu(x), -1)

    layer = captured(function, paddle.randn([3, 4]))
    assert passes.decomposition(layer, frozenset({"softmax"})) == 1
    layer.graph.lint()
    assert calls(layer) == ["gelu", "max_1", "subtract", "exp", "sum_1", "divide"]


def test_a_norm_with_a_scale_keeps_paddles_gradient() -> None:
    """Paddle leaves a scale that needs no gradient out of the gradient of x."""
    scale = paddle.rand([4]) + 0.5
    x = paddle.randn([3, 4])

    def function(x: Any) -> Any:
        return F.layer_norm(x, [4], scale)

    assert passes.decomposition(captured(function, x)) == 1
    x.stop_gradient = False
    assert passes.decomposition(captured(function, x)) == 0


def test_nothing_else_is_changed_by_it() -> None:
    """Paddle's switch is as it was, and relu, whose primitives have other gradients, stays."""
    from paddle.base import core

    assert not core._is_fwd_prim_enabled()
    layer = captured(lambda x: F.relu(F.silu(x)), paddle.randn([4]))
    assert passes.decomposition(layer) == 1
    assert "relu" in calls(layer)
    assert not core._is_fwd_prim_enabled()
