"""Running graphs node by node, and making new graphs of them; no tensor framework needed."""

from __future__ import annotations

import operator
import weakref
from typing import Any, List

import pytest

from paddlefx.graph import Graph, GraphError, GraphLayer, Interpreter, Node, Transformer, graph_of


class Box:
    """A number that can be referred to weakly."""

    def __init__(self, value: int) -> None:
        self.value = value

    def __add__(self, other: Any) -> Box:
        return Box(self.value + (other.value if isinstance(other, Box) else other))


def layer() -> GraphLayer:
    graph = graph_of(lambda x, y: [(x + y) * x, {"rest": y - 3}])
    return GraphLayer(graph)


def test_gives_what_the_layer_gives() -> None:
    assert Interpreter(layer()).run(5, 2) == layer()(5, 2) == [35, {"rest": -1}]


def test_attributes_are_the_layers() -> None:
    graph = Graph()
    x, weight = graph.placeholder("x"), graph.get_attr("weight")
    graph.output(graph.call_function(operator.mul, (x, weight)))
    assert Interpreter(GraphLayer(graph, {"weight": 7})).run(6) == 42


@pytest.mark.parametrize("inputs", [(), (1,), (1, 2, 3)])
def test_wrong_number_of_inputs(inputs: Any) -> None:
    with pytest.raises(TypeError, match=r"takes 2 inputs \(x, y\)"):
        Interpreter(layer()).run(*inputs)


def test_a_method_of_a_subclass_sees_every_node() -> None:
    seen: List[Any] = []

    class Tracing(Interpreter):
        def run_node(self, node: Node) -> Any:
            result = super().run_node(node)
            seen.append((node.name, result))
            return result

        def call_function(self, target: Any, args: Any, kwargs: Any) -> Any:
            return super().call_function(
                operator.add if target is operator.sub else target, args, kwargs
            )

    assert Tracing(layer()).run(5, 2) == [35, {"rest": 5}]
    assert [name for name, _ in seen] == ["x", "y", "add", "mul", "sub", "output"]


def test_values_go_behind_their_last_use() -> None:
    alive: List[Any] = []

    class Watching(Interpreter):
        def call_function(self, target: Any, args: Any, kwargs: Any) -> Any:
            alive.append([reference() is not None for reference in references])
            result = super().call_function(target, args, kwargs)
            references.append(weakref.ref(result))
            return result

    references: List[Any] = []
    graph = graph_of(lambda x: ((x + 1) + 2) + 3)
    assert Watching(GraphLayer(graph)).run(Box(1)).value == 7
    # While a call runs its arguments are alive, those of the call before aren't.
    assert alive == [[], [True], [False, True]]


def test_the_values_before_an_error_are_kept() -> None:
    interpreter = Interpreter(GraphLayer(graph_of(lambda x: (x + 1) / (x - x))))
    with pytest.raises(ZeroDivisionError):
        interpreter.run(4)
    assert {node.name: value for node, value in interpreter.values.items()} == {"add": 5, "sub": 0}


def test_a_transformer_without_a_change_copies() -> None:
    old = layer()
    for node in old.graph.nodes:
        node.meta["note"] = node.name
    new = Transformer(old).transform()
    assert str(new.graph) == str(old.graph) and new.graph is not old.graph
    assert [node.meta for node in new.graph.nodes] == [node.meta for node in old.graph.nodes]
    assert new(5, 2) == old(5, 2)


def test_a_transformer_changes_calls_and_adds_some() -> None:
    class Negated(Transformer):
        def call_function(self, target: Any, args: Any, kwargs: Any) -> Any:
            if target is operator.sub:
                return self.call(operator.add, args[0], self.call(operator.neg, args[1]))
            return super().call_function(target, args, kwargs)

    new = Negated(layer()).transform()
    assert new(5, 2) == [35, {"rest": -1}]
    assert [node.target for node in new.graph.find_nodes(op="call_function")] == [
        operator.add,
        operator.mul,
        operator.neg,
        operator.add,
    ]


def test_a_transformer_may_answer_with_a_constant() -> None:
    class Folded(Transformer):
        def call_function(self, target: Any, args: Any, kwargs: Any) -> Any:
            return 0 if target is operator.sub else super().call_function(target, args, kwargs)

    assert Folded(layer()).transform()(5, 2) == [35, {"rest": 0}]


def test_a_transformed_graph_has_an_output() -> None:
    class Silent(Transformer):
        def output(self, target: Any, args: Any, kwargs: Any) -> Any:
            return None

    with pytest.raises(GraphError, match="no output"):
        Silent(layer()).transform()
