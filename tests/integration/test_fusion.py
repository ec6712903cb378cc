"""Fusion groups: which calls go together, and that a group can run at once."""

from __future__ import annotations

from typing import Any, Callable, Dict, List, Set

import paddle
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import paddlefx
from paddlefx.graph import Node, passes
from paddlefx.graph.passes import Aliasing, FusionGroup, fusion_groups
from tests.support.random_graphs import check_same, random_layer

_x = paddle.arange(24, dtype="float32").reshape([4, 6])


def groups_of(function: Callable[..., Any], *args: Any) -> List[FusionGroup]:
    (layer,) = paddlefx.explain(function)(*args).graphs
    return fusion_groups(layer)


def names(nodes: Any) -> List[str]:
    return [node.target.__name__ for node in nodes]


def test_a_chain_is_one_group() -> None:
    def function(x: Any) -> Any:
        y = paddle.tanh(x) * 2 + 1
        return paddle.exp(y) - y

    (group,) = groups_of(function, _x)
    assert names(group.nodes) == ["tanh", "mul", "add", "exp", "sub"]
    assert [node.op for node in group.inputs] == ["placeholder"]
    assert names(group.outputs) == ["sub"]
    assert group.shape == (4, 6) and group.reduced == 0
    assert {node.meta["fusion_group"] for node in group.nodes} == {"group 0"}


def test_a_softmax_and_a_layer_norm_written_out() -> None:
    def softmax(x: Any) -> Any:
        e = paddle.exp(x - x.max(axis=-1, keepdim=True))
        return e / e.sum(axis=-1, keepdim=True)

    def norm(x: Any) -> Any:
        centred = x - x.mean(axis=-1, keepdim=True)
        variance = (centred * centred).mean(axis=-1, keepdim=True)
        return centred * paddle.rsqrt(variance + 1e-5) + x

    for function, count in ((softmax, 5), (norm, 8)):
        (group,) = groups_of(function, _x)
        assert len(group.nodes) == count and len(group.outputs) == 1
        assert group.shape == (4, 6) and group.reduced == 1


def test_normalisations_and_their_neighbours() -> None:
    weight, bias = paddle.ones([6]), paddle.zeros([6])

    def function(x: Any, y: Any) -> Any:
        z = paddle.nn.functional.layer_norm(x + y, [6], weight, bias)
        return paddle.nn.functional.gelu(z) + x

    (group,) = groups_of(function, _x, _x + 1)
    assert names(group.nodes) == ["add", "layer_norm", "gelu", "add"] and group.reduced == 1
    (alone,) = groups_of(lambda x: paddle.nn.functional.softmax(x, -1), _x)
    assert names(alone.nodes) == ["softmax"]
    assert groups_of(lambda x: paddle.nn.functional.softmax(x, 0), _x) == []


def test_what_is_not_one_loop_nest() -> None:
    def two_shapes(x: Any) -> Any:
        y = paddle.tanh(x) * 2
        z = y[0] + 1
        return paddle.exp(z) * z, y

    found = groups_of(two_shapes, _x)
    assert [names(group.nodes) for group in found] == [["tanh", "mul"], ["add", "exp", "mul"]]

    def around(x: Any) -> Any:
        y = paddle.tanh(x) + 1
        return y * (y @ paddle.ones([6, 6]))  # a path leads out of the group and back

    assert [names(group.nodes) for group in groups_of(around, _x)] == [["tanh", "add"]]

    def axes(x: Any) -> Any:
        y = x * 2
        return y.sum(axis=-1, keepdim=True) + y, y.sum(axis=[0, 1]) + 1

    assert [group.reduced for group in groups_of(axes, _x)][0] == 1

    def ends(x: Any) -> Any:
        y = x.sum(axis=0) + 1
        return y * 2

    (group,) = groups_of(ends, _x)
    assert names(group.nodes) == ["add", "mul"] and group.shape == (6,)


def test_writes_states_and_gradients_part_groups() -> None:
    def written(x: Any) -> Any:
        y = x * 2
        z = paddle.tanh(y) + 1
        y.add_(x)
        return z * y

    assert [names(group.nodes) for group in groups_of(written, _x)] == [["mul", "tanh", "add"]]

    x = _x.clone()
    x.stop_gradient = False
    assert groups_of(lambda v: paddle.tanh(v) * 2, x) == []
    (layer,) = paddlefx.explain(lambda v: paddle.tanh(v) * 2)(x).graphs
    assert len(fusion_groups(layer, gradients=True)) == 1

    def modes(v: Any) -> Any:
        y = paddle.tanh(v) * 2
        with paddle.no_grad():
            z = y + v
        return z * y

    (layer,) = paddlefx.explain(modes)(x).graphs
    assert len(fusion_groups(layer, gradients=True)) == 1, "one call is no group"


def test_picture_and_counting() -> None:
    layer = paddlefx.symbolic_trace(lambda x: paddle.tanh(x) * 2, _x)
    made = passes.run_passes(layer, [passes.fusion])
    assert passes.fusion(made) == 1
    from paddlefx.graph.drawing import svg_of

    assert 'data-group="group 0"' in svg_of(made.graph)
    assert "data-group" not in svg_of(layer.graph)


def _units_in_order(layer: Any, groups: List[FusionGroup]) -> List[List[Node]]:
    """Groups and other nodes in an order that keeps arguments and effects; raises if none does."""
    aliasing = Aliasing(layer.graph, layer.operations)
    nodes = list(layer.graph.nodes)
    unit: Dict[Node, int] = {node: index for index, node in enumerate(nodes)}
    members: Dict[int, List[Node]] = {index: [node] for index, node in enumerate(nodes)}
    for group in groups:
        last = unit[group.nodes[-1]]
        for node in group.nodes[:-1]:
            del members[unit[node]]
            unit[node] = last
        members[last] = list(group.nodes)
    needs: Dict[int, Set[int]] = {number: set() for number in members}

    def clash(one: Node, two: Node) -> bool:
        first, second = aliasing.effects[one], aliasing.effects[two]
        if first.state or second.state or (first.random and second.random):
            return True
        if one.op != "call_function" or two.op != "call_function":
            return one.op == two.op == "placeholder" or two.op == "output"
        return any(
            aliasing.may_share(written, other)
            for effects, node in ((first, two), (second, one))
            for written in effects.writes
            for other in (node, *node.all_input_nodes)
        )

    for index, node in enumerate(nodes):
        for other in nodes[:index]:
            if unit[other] != unit[node] and (node in other.users or clash(other, node)):
                needs[unit[node]].add(unit[other])
    order: List[List[Node]] = []
    while needs:
        ready = sorted([number for number, before in needs.items() if not before & set(needs)])
        assert ready, "a group can't run at once"
        del needs[ready[0]]
        order.append(members[ready[0]])
    return order


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("gradients", [False, True], ids=["plain", "gradients"])
@settings(max_examples=80, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(
    steps=st.lists(
        st.tuples(st.integers(0, 12), st.integers(0, 30), st.integers(0, 30)),
        min_size=5,
        max_size=30,
    ),
    outputs=st.lists(st.integers(0, 40), min_size=1, max_size=4),
)
def test_groups_of_random_graphs_run_at_once(steps: Any, outputs: Any, gradients: bool) -> None:
    layer = random_layer(steps, outputs, gradients)
    made = passes.run_passes(layer, [passes.common_subexpressions, passes.dead_code])
    groups = fusion_groups(made, gradients=gradients)
    for group in groups:
        assert len(set(group.nodes)) == len(group.nodes)
    order = _units_in_order(made, groups)
    output = made.graph.output_node
    for node in [node for unit in order for node in unit if node is not output]:
        made.graph.move_before(node, output)
    made.recompile()
    check_same(layer, made, gradients)
