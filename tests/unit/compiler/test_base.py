"""What every backend has: options, notes, falling back to eager."""

from __future__ import annotations

import operator
from typing import Any

import pytest

from paddlefx.compiler import Compiler
from paddlefx.errors import CompileError
from paddlefx.graph import Graph, GraphLayer
from paddlefx.tensor_meta import TensorMeta


def layer(stop_gradient: bool = True) -> GraphLayer:
    graph = Graph()
    x = graph.placeholder("x")
    total = graph.call_function(operator.add, (x, x))
    total.meta["tensor_meta"] = TensorMeta((2,), "float32", stop_gradient)
    graph.output((total,))
    return GraphLayer(graph)


class Refusing(Compiler):
    name = "refusing"

    def compile(self, graph_layer: Any, example_inputs: Any) -> Any:
        raise CompileError("it has an add", hint="leave it")


class Inference(Compiler):
    name = "inference"
    gives_gradients = False

    def compile(self, graph_layer: Any, example_inputs: Any) -> Any:
        return lambda *inputs: ("compiled",)


def test_what_can_not_be_compiled_runs_eagerly_and_says_so() -> None:
    graph_layer = layer()
    assert Refusing()(graph_layer, [])(2) == (4,)
    assert graph_layer.notes == ("runs eagerly: it has an add",)


def test_without_fallback_it_is_an_error() -> None:
    with pytest.raises(CompileError, match="it has an add"):
        Refusing(allow_fallback=False)(layer(), [])


def test_gradients_never_reach_a_backend_that_gives_none() -> None:
    assert Inference()(layer(), [])(2) == ("compiled",)
    training = layer(stop_gradient=False)
    assert Inference()(training, [])(2) == (4,)
    assert "gives no gradients" in training.notes[0]
    with pytest.raises(CompileError, match="no gradients"):
        Inference(allow_fallback=False)(layer(stop_gradient=False), [])


@pytest.mark.parametrize("mode", ["rich", "plain"])
def test_the_graph_is_printed_before_it_is_compiled(
    mode: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Inference(print_tabular_mode=mode)(layer(), [])
    assert "operator.add" in capsys.readouterr().out


def test_a_mode_that_is_none() -> None:
    with pytest.raises(ValueError, match="'html'"):
        Inference(print_tabular_mode="html")


def test_a_note_stays_once() -> None:
    graph_layer = layer()
    graph_layer.note("one")
    graph_layer.note("two")
    graph_layer.note("one")
    assert graph_layer.notes == ("one", "two")
