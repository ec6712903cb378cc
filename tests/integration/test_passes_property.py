"""Passes over random graphs: values, gradients, writes, draws and shared memory stay as they are."""

from __future__ import annotations

import functools
from typing import Any, Callable, Dict

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from paddlefx.graph import passes
from tests.support.random_graphs import check_same, random_layer

_STEPS = st.lists(
    st.tuples(st.integers(0, 12), st.integers(0, 30), st.integers(0, 30)), min_size=3, max_size=25
)
_OUTPUTS = st.lists(st.integers(0, 40), min_size=1, max_size=4)

PASSES: Dict[str, Callable[..., int]] = {
    "dead code": passes.dead_code,
    "common subexpressions": passes.common_subexpressions,
    "merging gradients": functools.partial(passes.common_subexpressions, gradients=True),
    "constant folding": passes.constant_folding,
    "propagation": passes.propagation,
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("gradients", [False, True], ids=["plain", "gradients"])
@pytest.mark.parametrize("name", sorted(PASSES))
@settings(max_examples=50, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(steps=_STEPS, outputs=_OUTPUTS)
def test_what_a_layer_does_stays(name: str, gradients: bool, steps: Any, outputs: Any) -> None:
    layer = random_layer(steps, outputs, gradients)
    made = passes.run_passes(layer, [PASSES[name]])
    check_same(layer, made, gradients, exact=name != "merging gradients")


@pytest.mark.filterwarnings("ignore")
@settings(max_examples=50, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(steps=_STEPS, outputs=_OUTPUTS)
def test_frozen_weights_and_all_passes(steps: Any, outputs: Any) -> None:
    layer = random_layer(steps, outputs, False)
    frozen = functools.partial(passes.constant_folding, frozen=True)
    chosen = [passes.common_subexpressions, frozen, passes.dead_code, passes.propagation]
    check_same(layer, passes.run_passes(layer, chosen), False)


@pytest.mark.filterwarnings("ignore")
@settings(max_examples=50, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(steps=_STEPS, outputs=_OUTPUTS)
def test_propagation_finds_what_was_there(steps: Any, outputs: Any) -> None:
    layer = random_layer(steps, outputs, True)
    metas = [node.meta.get("tensor_meta") for node in layer.graph.nodes]
    for node in layer.graph.nodes:
        if node.op == "call_function":
            node.meta.pop("tensor_meta", None)
    passes.propagation(layer)
    assert [node.meta.get("tensor_meta") for node in layer.graph.nodes] == metas
