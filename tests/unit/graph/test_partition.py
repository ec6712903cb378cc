"""Partition: the regions, and that a graph in parts computes the same in the same order."""

from __future__ import annotations

import operator
from typing import Any, Callable, List, Tuple

from hypothesis import given, settings
from hypothesis import strategies as st

from paddlefx.graph import Graph, GraphLayer, Node
from paddlefx.graph.passes.partition import partition, regions_of
from paddlefx.tensor_meta import TensorMeta

META = TensorMeta((), "int64", True)


class Recorder:
    """An effect: notes what it is called with."""

    __name__ = "record"
    __module__ = ""

    def __init__(self) -> None:
        self.seen: List[int] = []

    def __call__(self, value: int) -> int:
        self.seen.append(value)
        return value + len(self.seen)


def is_impure(node: Node) -> bool:
    return isinstance(node.target, Recorder)


def listing(layer: GraphLayer) -> str:
    """The graph, with the body of each region under its call."""
    lines = []
    for node in layer.graph.nodes:
        if isinstance(node.target, GraphLayer):
            lines.append(f"{node.name} = region({', '.join(str(arg) for arg in node.args)})")
            lines += [f"    {inner.format_node()}" for inner in node.target.graph.nodes]
        else:
            lines.append(node.format_node())
    return "\n".join(lines)


def chain() -> Tuple[Graph, Recorder]:
    """``a = x + y; b = a * x; c = record(b); d = c + a; e = x - 1; return d, e``"""
    graph, record = Graph(), Recorder()
    x, y = graph.placeholder("x", {"tensor_meta": META}), graph.placeholder("y")

    def call(target: Callable[..., Any], name: str, *args: Any) -> Node:
        return graph.call_function(target, args, {}, {"tensor_meta": META}, name)

    a = call(operator.add, "a", x, y)
    b = call(operator.mul, "b", a, x)
    c = call(record, "c", b)
    d = call(operator.add, "d", c, a)
    e = call(operator.sub, "e", x, 1)
    graph.output((d, e))
    return graph, record


def test_nodes_behind_an_effect_are_a_region_of_their_own() -> None:
    graph, _ = chain()
    parts = partition(GraphLayer(graph), lambda node: True, is_impure)
    assert listing(parts) == "\n".join(
        [
            "%x = placeholder[target=x]",
            "%y = placeholder[target=y]",
            "region = region(x, y)",
            "    %x = placeholder[target=x]",
            "    %y = placeholder[target=y]",
            "    %a = call_function[target=operator.add](%x, %y)",
            "    %b = call_function[target=operator.mul](%a, %x)",
            "    return (%a, %b)",
            "%a = call_function[target=operator.getitem](%region, 0)",
            "%b = call_function[target=operator.getitem](%region, 1)",
            "%c = call_function[target=record](%b)",
            "region_1 = region(c, a, x)",
            "    %c = placeholder[target=c]",
            "    %a = placeholder[target=a]",
            "    %x = placeholder[target=x]",
            "    %d = call_function[target=operator.add](%c, %a)",
            "    %e = call_function[target=operator.sub](%x, 1)",
            "    return (%d, %e)",
            "%d = call_function[target=operator.getitem](%region_1, 0)",
            "%e = call_function[target=operator.getitem](%region_1, 1)",
            "return (%d, %e)",
        ]
    )
    assert parts(3, 4) == GraphLayer(chain()[0])(3, 4)


def test_small_regions_can_be_refused() -> None:
    graph, _ = chain()
    parts = partition(
        GraphLayer(graph),
        lambda node: node.name != "e",
        is_impure,
        lambda nodes: len(nodes) > 1,
    )
    (region,) = regions_of(parts)
    assert [n.name for n in region.target.graph.find_nodes(op="call_function")] == ["a", "b"]


def test_several_results_leave_a_region_one_by_one() -> None:
    graph = Graph()
    x = graph.placeholder("x")
    pair = graph.call_function(divmod, (x, 3), {}, {"tensor_meta": (META, META)}, "pair")
    left = graph.call_function(operator.getitem, (pair, 0), {}, {"tensor_meta": META}, "left")
    graph.output((left,))
    parts = partition(GraphLayer(graph), lambda node: True, is_impure)
    assert len(regions_of(parts)) == 1
    assert parts(17) == (5,)


def test_several_results_used_as_a_whole_stay_outside() -> None:
    graph = Graph()
    x = graph.placeholder("x")
    pair = graph.call_function(divmod, (x, 3), {}, {"tensor_meta": (META, META)}, "pair")
    graph.output(pair)
    parts = partition(GraphLayer(graph), lambda node: True, is_impure)
    assert not regions_of(parts)
    assert parts(17) == (5, 2)


_TARGETS = (operator.add, operator.sub, operator.mul, divmod, "record", "attribute")


@st.composite
def graphs(draw: Any) -> Tuple[GraphLayer, Recorder, List[str]]:
    """A graph of whole numbers, its recorder, and the names of the supported nodes."""
    graph, record = Graph(), Recorder()
    values = [graph.placeholder(f"x{index}", {"tensor_meta": META}) for index in range(2)]
    supported = []
    for index in range(draw(st.integers(1, 14))):
        target = draw(st.sampled_from(_TARGETS))
        first, second = (values[draw(st.integers(0, len(values) - 1))] for _ in range(2))
        meta = {"tensor_meta": META}
        if target == "record":
            node = graph.call_function(record, (first,), {}, meta, f"n{index}")
        elif target == "attribute":
            node = graph.get_attr("number", meta)
        elif target is divmod:
            pair = graph.call_function(
                divmod, (first, 7), {}, {"tensor_meta": (META, META)}, f"n{index}"
            )
            if draw(st.booleans()):
                supported.append(pair.name)
            node = graph.call_function(
                operator.getitem, (pair, draw(st.integers(0, 1))), {}, meta, f"part{index}"
            )
        else:
            node = graph.call_function(target, (first, second), {}, meta, f"n{index}")
        if draw(st.booleans()):
            supported.append(node.name)
        values.append(node)
    graph.output(tuple(values[-draw(st.integers(1, 4)) :]))
    return GraphLayer(graph, {"number": 11}), record, supported


@settings(max_examples=300, deadline=None)
@given(graphs(), st.integers(-9, 9), st.integers(-9, 9), st.integers(0, 3))
def test_any_partition_gives_the_same_results_and_effects(
    made: Tuple[GraphLayer, Recorder, List[str]], x: int, y: int, least: int
) -> None:
    layer, record, supported = made
    parts = partition(
        layer,
        lambda node: node.name in supported,
        is_impure,
        lambda nodes: len(nodes) >= least,
    )
    parts.graph.lint(parts.attributes)
    wanted, effects = layer(x, y), list(record.seen)
    record.seen.clear()
    assert parts(x, y) == wanted
    assert record.seen == effects
    for region in regions_of(parts):
        inside = region.target.graph.find_nodes(op="call_function")
        assert len(inside) >= least
        assert not any(is_impure(node) for node in inside)
        steps = {node for node in inside if node.name.startswith("part")}
        assert all(node.name in supported for node in inside if node not in steps)
