"""Building, editing and checking graphs; no tensor framework needed."""

from __future__ import annotations

import io
import operator
from collections import namedtuple
from typing import Any

import pytest

from paddlefx.graph import Graph, GraphError, Node, SourcePosition, iter_nodes, map_nodes
from paddlefx.tensor_meta import TensorMeta


def add_mul() -> Graph:
    graph = Graph()
    x, y = graph.placeholder("x"), graph.placeholder("y")
    total = graph.call_function(operator.add, (x, y))
    graph.output((graph.call_function(operator.mul, (total, x)),))
    return graph


def names(graph: Graph) -> Any:
    return [node.name for node in graph.nodes]


def test_nodes_are_in_order() -> None:
    graph = add_mul()
    assert names(graph) == ["x", "y", "add", "mul", "output"]
    assert [node.name for node in reversed(graph.nodes)] == names(graph)[::-1]
    assert len(graph) == len(graph.nodes) == 5
    graph.lint()


def test_placeholders_stay_in_front() -> None:
    graph = Graph()
    x = graph.placeholder("x")
    weight = graph.get_attr("layer.weight")
    y = graph.placeholder("y")
    graph.output((x, weight, y))
    assert names(graph) == ["x", "y", "layer_weight", "output"]
    assert [node.target for node in graph.placeholders] == ["x", "y"]
    graph.lint({"layer.weight": 1})


def test_users_follow_the_arguments() -> None:
    graph = add_mul()
    x, y, total, product, output = graph.nodes
    assert list(x.users) == [total, product]
    total.args = (y, y)
    assert list(x.users) == [product]
    assert total.all_input_nodes == [y]
    assert list(product.users) == [output]


def test_nested_arguments_count_as_uses() -> None:
    graph = Graph()
    a, b, c, d = [graph.placeholder(name) for name in "abcd"]
    call = graph.call_function(max, ([a, (b,)], {"k": c}, slice(None, d)), {"key": a})
    assert call.all_input_nodes == [a, b, c, d]
    assert all(call in node.users for node in (a, b, c, d))


def test_map_and_iter_rebuild_containers() -> None:
    graph = Graph()
    a = graph.placeholder("a")
    pair = namedtuple("pair", "left right")
    value = [pair(a, 1), {"k": slice(a, None)}, "text"]
    mapped = map_nodes(value, lambda node: node.name)
    assert mapped == [pair("a", 1), {"k": slice("a", None)}, "text"]
    assert type(mapped[0]) is pair
    assert list(iter_nodes(value)) == [a, a]


def test_insertion_points() -> None:
    graph = add_mul()
    total = graph.find_nodes(op="call_function", target=operator.add)[0]
    with graph.inserting_before(total):
        graph.call_function(operator.neg, (graph.placeholders[0],))
    with graph.inserting_after(total):
        graph.call_function(operator.pos, (total,))
    assert names(graph) == ["x", "y", "neg", "add", "pos", "mul", "output"]
    graph.lint()


def test_nodes_move() -> None:
    graph = add_mul()
    _, y, total, product, _ = graph.nodes
    other = graph.call_function(operator.neg, (y,))
    total.prepend(other)
    assert names(graph)[2:4] == ["neg", "add"]
    other.append(other)
    product.prepend(other)
    assert names(graph)[2:4] == ["add", "neg"]
    graph.lint()


def test_replace_and_erase() -> None:
    graph = add_mul()
    x, y, total, product, _ = graph.nodes
    with pytest.raises(GraphError, match="is used by mul"):
        graph.erase_node(total)
    assert graph.replace_all_uses_with(total, y) == [product]
    assert product.args == (y, x)
    graph.erase_node(total)
    assert names(graph) == ["x", "y", "mul", "output"]
    assert total not in x.users
    with pytest.raises(GraphError, match="is not in this graph"):
        graph.erase_node(total)
    graph.lint()


def test_erasing_while_iterating() -> None:
    graph = Graph()
    x = graph.placeholder("x")
    for _ in range(5):
        graph.call_function(operator.neg, (x,))
    graph.output((x,))
    for node in graph.nodes:
        if node.op == "call_function":
            graph.erase_node(node)
    assert names(graph) == ["x", "output"]


def test_dead_code_goes_and_effects_stay() -> None:
    graph = Graph()
    x = graph.placeholder("x")
    unused = graph.call_function(operator.neg, (x,))
    graph.call_function(operator.pos, (unused,))
    effect = graph.call_function(print, (x,))
    graph.get_attr("weight")
    graph.output((x,))
    assert graph.eliminate_dead_code(lambda node: node.target is print) == 3
    assert names(graph) == ["x", effect.name, "output"]


@pytest.mark.parametrize(
    ("wish", "expected"),
    [
        ("x", ["x", "x_1", "x_2"]),
        ("x_1", ["x_1", "x_2", "x_3"]),
        ("a.b-c", ["a_b_c", "a_b_c_1", "a_b_c_2"]),
        ("max", ["max_1", "max_2", "max_3"]),
        ("class", ["class_1", "class_2", "class_3"]),
        ("0", ["value_0", "value_1", "value_2"]),
        ("", ["node", "node_1", "node_2"]),
    ],
)
def test_names_are_unique_identifiers(wish: str, expected: Any) -> None:
    graph = Graph()
    assert [graph.unique_name(wish) for _ in range(3)] == expected


def test_copy_is_independent() -> None:
    graph = add_mul()
    copy, mapping = graph.copy()
    assert str(copy) == str(graph)
    assert set(mapping) == set(graph.nodes)
    copy.lint()
    copy.placeholder("z")
    assert "z" not in names(graph)


def test_create_refuses() -> None:
    graph, other = add_mul(), add_mul()
    with pytest.raises(GraphError, match="no kind"):
        graph.create_node("call_method", "x")
    with pytest.raises(GraphError, match="has an output"):
        graph.output(())
    with pytest.raises(GraphError, match="is not in this graph"):
        graph.call_function(operator.neg, (next(iter(other.nodes)),))


def _used_before() -> Graph:
    graph = add_mul()
    total = graph.find_nodes(op="call_function", target=operator.add)[0]
    product = graph.find_nodes(op="call_function", target=operator.mul)[0]
    product.append(total)
    return graph


def _same_name() -> Graph:
    graph = add_mul()
    next(iter(graph.nodes)).name = "y"
    return graph


def _no_output() -> Graph:
    graph = Graph()
    graph.placeholder("x")
    return graph


def _stale_user() -> Graph:
    graph = add_mul()
    x, _, _, product, _ = graph.nodes
    list(graph.nodes)[1].users[product] = None
    return graph


def _not_callable() -> Graph:
    graph = add_mul()
    list(graph.nodes)[2].target = "add"
    return graph


@pytest.mark.parametrize(
    ("graph", "message"),
    [
        (_used_before, "before it is made"),
        (_same_name, "two nodes are called 'y'"),
        (_no_output, "no output"),
        (_stale_user, "stale user"),
        (_not_callable, "not callable"),
    ],
)
def test_lint_finds(graph: Any, message: str) -> None:
    with pytest.raises(GraphError, match=message):
        graph().lint()


def test_lint_checks_attributes() -> None:
    graph = Graph()
    graph.output((graph.get_attr("w"),))
    graph.lint()
    with pytest.raises(GraphError, match="which the layer has not"):
        graph.lint({})


def described() -> Graph:
    graph = Graph()
    meta = TensorMeta((2, 3), "paddle.float32", True)
    x = graph.placeholder("x", {"tensor_meta": meta})
    call = graph.call_function(
        operator.neg,
        (x,),
        meta={"tensor_meta": (meta, meta), "position": SourcePosition("/a/b.py", 7, "f")},
    )
    graph.output((call, [1], {"k": slice(1, None)}))
    return graph


def test_plain_table() -> None:
    out = io.StringIO()
    described().print_tabular("plain", out)
    lines = out.getvalue().splitlines()
    assert lines[0].split() == ["op", "name", "target", "args", "shape", "dtype", "source"]
    assert lines[2].split() == ["placeholder", "x", "x", "[2,", "3]", "float32"]
    assert "operator.neg" in lines[3]
    assert "[2, 3] [2, 3]" in lines[3]
    assert lines[3].endswith("b.py:7")
    assert "(%neg, [1], {'k': slice(1, None, None)})" in lines[4]


def test_rich_table() -> None:
    out = io.StringIO()
    described().print_tabular("rich", out)
    assert "operator.neg" in out.getvalue()


def test_unknown_style() -> None:
    with pytest.raises(ValueError, match="'rich' or 'plain'"):
        described().print_tabular("latex")


def test_text() -> None:
    assert str(add_mul()).splitlines() == [
        "graph():",
        "    %x = placeholder[target=x]",
        "    %y = placeholder[target=y]",
        "    %add = call_function[target=operator.add](%x, %y)",
        "    %mul = call_function[target=operator.mul](%add, %x)",
        "    return (%mul,)",
    ]
    node: Node = next(iter(add_mul().nodes))
    assert repr(node) == "x"
