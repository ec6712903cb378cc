"""The operations that a captured call ends in are called without what they needn't be told."""

from __future__ import annotations

from typing import Any, Callable, List

import paddle
import paddle.nn.functional as F
import pytest

import paddlefx
from paddlefx.compiler.eager import EagerCompiler
from paddlefx.frameworks.paddle_lowering import _REDUCTIONS


class _Kept(EagerCompiler):
    """Keeps the text of what it compiles."""

    def __init__(self) -> None:
        self.sources: List[str] = []

    def compile(self, graph_layer: Any, example_inputs: Any) -> Any:
        self.sources.append(graph_layer.replay_code().source)
        return super().compile(graph_layer, example_inputs)


def replayed(function: Callable[[Any], Any], x: Any) -> str:
    """The source that a function of one tensor is replayed by; its result is the plain one's."""
    kept = _Kept()
    result, expected = paddlefx.optimize(function, backend=kept)(x), function(x)
    assert result.dtype == expected.dtype
    assert result.shape == expected.shape
    assert bool((result == expected).all())
    (source,) = kept.sources
    return source


@pytest.mark.parametrize("axis", [0, -1, None])
@pytest.mark.parametrize("name", sorted(_REDUCTIONS.values()))
def test_an_axis_is_passed_by_place(name: str, axis: Any) -> None:
    function = getattr(paddle, name)
    x = paddle.to_tensor([[1.0, -2.0, 3.0], [0.0, 5.0, -6.0]])
    if name in ("all", "any"):
        x = x > 0
    assert "axis=" not in replayed(lambda x: function(x, axis=axis), x)


def test_other_names_stay() -> None:
    x = paddle.to_tensor([[1.0, -2.0, 3.0], [0.0, 5.0, -6.0]])
    replayed(lambda x: paddle.sum(x, axis=1, keepdim=True), x)
    replayed(lambda x: paddle.sum(x, 1, dtype="float64"), x)
    replayed(lambda x: paddle.argmax(x, axis=1, keepdim=True), x)


def test_an_output_that_is_none_is_not_passed() -> None:
    x = paddle.to_tensor([[1.0, -2.0, 3.0], [0.0, 5.0, -6.0]])
    source = replayed(lambda x: paddle.concat([F.softmax(x), paddle.add(x, x)], axis=0), x)
    assert "out=" not in source
    assert "op_softmax(x, -1)" in source
