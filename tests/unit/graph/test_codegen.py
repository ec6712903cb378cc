"""Graphs as Python source: what it says, what it gives, when it frees."""

from __future__ import annotations

import math
import operator
import weakref
from typing import Any, Callable, List, Set

import pytest

from paddlefx.graph import Call, Graph, GraphError, GraphLayer
from paddlefx.graph.codegen import _Namespace, write_python


def source_of(build: Callable[[Graph, Any], Any]) -> List[str]:
    graph = Graph()
    x = graph.placeholder("x")
    graph.output(build(graph, x))
    return graph.python_code().source.splitlines()[1:]


@pytest.mark.parametrize(
    ("function", "args", "text"),
    [
        (operator.add, (1,), "x + 1"),
        (operator.pow, (-2,), "x ** (-2)"),
        (operator.matmul, (-0.5,), "x @ (-0.5)"),
        (operator.neg, (), "-x"),
        (operator.invert, (), "~x"),
        (operator.getitem, (0,), "x[0]"),
        (operator.getitem, ((slice(1, None), ..., None),), "x[1:, ..., None]"),
        (operator.getitem, ((slice(None, None, -1),),), "x[::-1,]"),
        (operator.getitem, ((),), "x[()]"),
        (operator.iadd, (1,), "op_iadd(x, 1)"),
        (max, ([1, 2], (3,), {"a": None}), "op_max(x, [1, 2], (3,), {'a': None})"),
        (max, (slice(1, 2),), "op_max(x, slice(1, 2, None))"),
    ],
)
def test_expressions(function: Any, args: Any, text: str) -> None:
    name = source_of(lambda graph, x: graph.call_function(function, (x, *args)))
    left, _, right = name[0].strip().partition(" = ")
    assert right == text
    assert name[1] == f"    return {left}"


def test_keywords() -> None:
    lines = source_of(lambda graph, x: graph.call_function(sorted, (x,), {"reverse": True}))
    assert lines[0].strip() == "sorted_1 = op_sorted(x, reverse=True)"


def test_statement_and_unused_result() -> None:
    def build(graph: Graph, x: Any) -> Any:
        graph.call_function(operator.setitem, (x, (slice(1), 0), 2))
        graph.call_function(print, (x,))
        return x

    assert source_of(build) == ["    x[:1, 0] = 2", "    op_print(x)", "    return x"]


def test_what_source_cant_spell_is_in_the_namespace() -> None:
    class Dtype:
        def __repr__(self) -> str:
            return "paddle.float32"

    dtype = Dtype()
    graph = Graph()
    x = graph.placeholder("x")
    values = (dtype, dtype, math.inf, 1 + 2j, True)
    graph.output((graph.call_function(max, (x, *values)),))
    code = graph.python_code()
    assert "op_max(x, float32, float32, number, number_1, True)" in code.source
    assert code.namespace["float32"] is dtype
    assert code.namespace["number"] == math.inf


def test_names_dont_collide() -> None:
    graph = Graph()
    op_max = graph.placeholder("op_max")
    forward = graph.placeholder("forward")
    graph.output((graph.call_function(max, (op_max, forward)),))
    assert GraphLayer(graph)(3, 4) == (4,)


def test_locals_are_freed_behind_their_last_use() -> None:
    alive: List[Any] = []

    class Value:
        pass

    def make() -> Value:
        value = Value()
        alive.append(weakref.ref(value))
        return value

    def count(*values: Any) -> int:
        return sum([1 for ref in alive if ref() is not None])

    graph = Graph()
    first = graph.call_function(make)
    second = graph.call_function(make)
    both = graph.call_function(count, (first, second))
    third = graph.call_function(make)
    one = graph.call_function(count, (third,))
    none = graph.call_function(count)
    graph.output((both, one, none))
    assert GraphLayer(graph)() == (2, 1, 0)


def test_line_numbers() -> None:
    graph = Graph()
    x = graph.placeholder("x")
    total = graph.call_function(operator.add, (x, 1))
    graph.output((graph.call_function(operator.mul, (total, 2)),))
    code = graph.python_code()
    assert code.linenos == {"add": 2, "mul": 3, "output": 5}
    assert code.source.splitlines()[3] == "    add = None"


def test_lowering() -> None:
    graph = Graph()
    x = graph.placeholder("x")
    graph.output((graph.call_function(operator.add, (x, [1])),))

    def lower(node: Any) -> Any:
        return Call(max, (*node.args, (2,))) if node.op == "call_function" else None

    code = write_python(graph.nodes, {}, "forward", lower)
    assert "add = op_max(x, constant, constant_1)" in code.source
    assert code.namespace["constant"] == [1]


def test_large_graph() -> None:
    graph = Graph()
    value = graph.placeholder("x")
    for _ in range(5000):
        value = graph.call_function(operator.add, (value, 1))
    graph.output((value,))
    assert GraphLayer(graph)(0) == (5000,)


def test_layer_runs_and_recompiles() -> None:
    graph = Graph()
    x, w = graph.placeholder("x"), graph.get_attr("fc.weight")
    total = graph.call_function(operator.add, (x, w))
    graph.output((total,))
    layer = GraphLayer(graph, {"fc.weight": 10})
    assert layer(1) == (11,)
    assert layer.attributes == {"fc.weight": 10}
    assert "add = x + fc_weight" in layer.code
    assert repr(layer) == "GraphLayer(4 nodes)"
    total.target = operator.mul
    layer.recompile()
    assert layer.forward(2) == (20,)


def test_layer_lints() -> None:
    graph = Graph()
    graph.output((graph.get_attr("w"),))
    with pytest.raises(GraphError):
        GraphLayer(graph)


class _Counting(Set[str]):
    """A set that counts what it is asked."""

    asked = 0

    def __contains__(self, item: object) -> bool:
        self.asked += 1
        return super().__contains__(item)


def test_names_of_many_constants_are_found_at_once() -> None:
    taken = _Counting(["constant_3", "x"])
    namespace = _Namespace(taken)
    names = [namespace.unused("constant") for _ in range(1000)]
    assert names[:5] == ["constant", "constant_1", "constant_2", "constant_4", "constant_5"]
    assert len(set(names)) == 1000
    assert namespace.unused("x") == "x_1"
    assert taken.asked < 3000
