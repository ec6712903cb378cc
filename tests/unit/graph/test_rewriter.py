"""Patterns found in graphs and replaced; no tensor framework needed."""

from __future__ import annotations

import math
import operator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paddlefx.graph import (
    Graph,
    GraphError,
    GraphLayer,
    Proxy,
    call,
    find_pattern,
    graph_of,
    replace_pattern,
)


def run(graph: Graph, *inputs: Any) -> Any:
    graph.lint()
    return GraphLayer(graph)(*inputs)


def test_graph_of_writes_operators_calls_and_nesting() -> None:
    graph = graph_of(lambda x, y: {"sum": 2 + x, "parts": [call(max, x, -y), y[1:x]]})
    assert str(graph).splitlines()[1:] == [
        "    %x = placeholder[target=x]",
        "    %y = placeholder[target=y]",
        "    %add = call_function[target=operator.add](2, %x)",
        "    %neg = call_function[target=operator.neg](%y)",
        "    %max_1 = call_function[target=max](%x, %neg)",
        "    %getitem = call_function[target=operator.getitem](%y, slice(1, %x, None))",
        "    return {'sum': %add, 'parts': [%max_1, %getitem]}",
    ]


def test_call_without_a_proxy_is_the_call() -> None:
    assert call(max, 1, 2) == 2


@pytest.mark.parametrize("function", [bool, list, lambda x: [*x]])
def test_what_a_proxy_cannot_tell(function: Any) -> None:
    with pytest.raises(TypeError):
        graph_of(function if function is not bool else lambda x: bool(x))


def test_replaces_every_place() -> None:
    graph = graph_of(lambda x, y: ((x + y) * 2, (y + x) * 2 + (x + x) * 2))
    found = replace_pattern(graph, lambda a, b: (a + b) * 2, lambda a, b: a * 2 + b * 2)
    assert len(found) == 3
    assert run(graph, 3, 4) == (14, 26)
    assert len(graph.find_nodes(op="call_function", target=operator.mul)) == 6


def test_places_that_follow_each_other() -> None:
    graph = graph_of(lambda x: (((x + 1) + 1) + 1) + 1)
    assert len(replace_pattern(graph, lambda a: a + 1, lambda a: a - -1)) == 4
    assert run(graph, 5) == 9
    assert not graph.find_nodes(op="call_function", target=operator.add)


def test_a_value_that_others_use_keeps_its_node() -> None:
    graph = graph_of(lambda x: ((x + 1) * 2, x + 1))
    shared = graph_of(lambda x: (lambda total: (total * 2, total))(x + 1))
    pattern = graph_of(lambda a: (a + 1) * 2)
    assert len(find_pattern(graph, pattern)) == 1
    assert find_pattern(shared, pattern) == []


def test_several_outputs() -> None:
    graph = graph_of(lambda x: (lambda total: (total * 2, total - 7))(x + 1))
    both = lambda a: (lambda total: (total, total * 2))(a + 1)  # noqa: E731
    found = replace_pattern(graph, both, lambda a: (a - -1, (a - -1) + (a - -1)))
    assert len(found) == 1
    assert run(graph, 3) == (8, -3)


def test_an_output_that_is_used_too_early_stays() -> None:
    graph = Graph()
    x = graph.placeholder("x")
    total = graph.call_function(operator.add, (x, 1))
    early = graph.call_function(operator.neg, (total,))
    graph.output((early, graph.call_function(operator.mul, (total, 2))))
    both = graph_of(lambda a: (lambda total: (total, total * 2))(a + 1))
    assert not replace_pattern(graph, both, lambda a: (a - -1, (a - -1) + (a - -1)))
    assert run(graph, 3) == (-4, 8)


def test_an_input_is_the_same_everywhere_and_may_be_a_constant() -> None:
    graph = graph_of(lambda x, y: (x * x, x * y, y * 3))
    square = graph_of(lambda a: a * a)
    assert [match.inputs[square.placeholders[0]] for match in find_pattern(graph, square)] == [
        graph.placeholders[0]
    ]
    product = graph_of(lambda a, b: a * b)
    assert [match.inputs[product.placeholders[1]] for match in find_pattern(graph, product)][2] == 3


def test_constants_have_a_type() -> None:
    graph = graph_of(lambda x: (x + 1, x + True, x + 1.0))
    assert len(find_pattern(graph, lambda a: a + 1)) == 1


def test_keywords_and_nested_arguments() -> None:
    graph = graph_of(lambda x, y: call(sorted, [x, (y, x)], key=None, reverse=True))
    assert find_pattern(graph, lambda a, b: call(sorted, [a, (b, a)], key=None, reverse=True))
    assert not find_pattern(graph, lambda a, b: call(sorted, [a, (b, a)], reverse=True))
    assert not find_pattern(graph, lambda a, b: call(sorted, [a, (a, b)], key=None, reverse=False))
    assert not find_pattern(graph, lambda a, b: call(sorted, (a, (b, a)), key=None, reverse=True))


def test_where_and_an_impure_node_between() -> None:
    def build() -> Graph:
        graph = Graph()
        x = graph.placeholder("x")
        total = graph.call_function(operator.add, (x, 1))
        graph.call_function(print, (x,))
        graph.output(graph.call_function(operator.mul, (total, 2)))
        return graph

    rule = (lambda a: (a + 1) * 2), (lambda a: a * 2 + 2)
    assert not replace_pattern(build(), *rule, where=lambda match: False)
    assert not replace_pattern(build(), *rule, is_impure=lambda node: node.target is print)
    graph = build()
    assert replace_pattern(graph, *rule, is_impure=lambda node: False)
    assert run(graph, 4) == 10


def test_an_output_that_becomes_an_input_or_a_constant() -> None:
    graph = graph_of(lambda x: (x + 0, (x * 0) - 1))
    replace_pattern(graph, lambda a: a + 0, lambda a: a)
    replace_pattern(graph, lambda a: a * 0, lambda a: call(math.floor, 0.5))
    with pytest.raises(GraphError, match="inputs and outputs"):
        replace_pattern(graph, lambda a: a * 0, lambda a, b: a)
    assert run(graph, 8) == (8, -1)


def test_a_pattern_that_cannot_be_found_is_refused() -> None:
    with pytest.raises(GraphError, match="computed from"):
        find_pattern(two_sums(), lambda a: (a + 1, a + 2))
    with pytest.raises(GraphError, match="its last output"):
        find_pattern(two_sums(), lambda a: a)


def two_sums() -> Graph:
    return graph_of(lambda x: (x + 1, x + 2))


@given(st.lists(st.sampled_from(["+1", "*2", "-x"]), max_size=30), st.integers(-9, 9))
def test_rewriting_keeps_the_value(steps: Any, value: int) -> None:
    def function(x: Any) -> Any:
        y = x
        for step in steps:
            y = y + 1 if step == "+1" else y * 2 if step == "*2" else y - x
        return y

    graph = graph_of(function)
    found = replace_pattern(graph, lambda a: (a + 1) * 2, lambda a: a * 2 + 2)
    found += replace_pattern(graph, lambda a, b: (a - b) - b, lambda a, b: a - b * 2)
    assert run(graph, value) == function(value)
    assert isinstance(function(1), int) and not any(isinstance(m, Proxy) for m in found)
