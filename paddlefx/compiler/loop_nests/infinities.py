"""Kernels that leave infinities and NaN to the framework, where its own answers are odd.

In Paddle float32 ``sqrt(inf)`` is NaN in vectors and infinite behind the last whole one,
``(-inf) ** 3`` is infinite, ``log_sigmoid(-inf)`` NaN, and what NaN makes of a softmax depends on
where in the row it stands. No formula gives that; arithmetic, ``exp``, ``tanh`` and the like are
IEEE's in both.
"""

from __future__ import annotations

import operator
from typing import Any, Callable, FrozenSet, Optional, Type

from ... import frameworks
from ...graph import Graph, GraphLayer
from ...graph.node import map_nodes
from ..replay import replayed
from .expression import ordered
from .grouping import Cluster
from .planning import Plan

__all__ = ["plainly"]

#: Operations of kernels behind which the framework's answers may be odd, and calls.
_ODD: FrozenSet[str] = frozenset(("sqrt", "log_sigmoid", "through"))
_ODD_CALLS: FrozenSet[Optional[str]] = frozenset(("pow", "gelu"))


def plainly(cluster: Cluster, layer: Type[GraphLayer]) -> Optional[Callable[..., Any]]:
    """What to call instead of a kernel when something isn't finite; ``None`` when that is right.

    Args:
        cluster: what the kernel computes; nothing of it has an effect.
        layer: the class of the framework's layers.
    """
    plan = cluster.plan
    assert plan is not None
    return replayed(layer(_alone(cluster, plan), {})) if _odd(cluster, plan) else None


def _odd(cluster: Cluster, plan: Plan) -> bool:
    parts = ordered([output.value for output in plan.nest.outputs])
    framework: Any = frameworks.active()
    name = framework.op_name
    return any(part.op in _ODD for part in parts) or any(
        name(node.target) in _ODD_CALLS or node.target is operator.pow for node in cluster.nodes
    )


def _alone(cluster: Cluster, plan: Plan) -> Graph:
    """The graph of a cluster's nodes, called as its kernel is."""
    graph = Graph()
    new = {
        node: graph.placeholder(f"a{number}")
        for number, node in enumerate(dict.fromkeys(plan.inputs))
    }
    for node, copy in new.items():
        copy.meta.update(node.meta)
    for node in cluster.nodes:
        args = map_nodes(node.args, new.__getitem__)
        kwargs = map_nodes(node.kwargs, new.__getitem__)
        new[node] = graph.call_function(node.target, args, kwargs, dict(node.meta))
    results = tuple([new[node] for node in plan.outputs])
    graph.output(results[0] if len(results) == 1 else results)
    return graph
