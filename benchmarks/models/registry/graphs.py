"""Networks over graphs: ``pgl``."""

from __future__ import annotations

from typing import Any, List

from ..model import Call, Model, locate

__all__ = ["MODELS"]

NODES, EDGES, FEATURES = 12, 40, 8


def pgl(name: str, *args: Any, training: bool = False, **settings: Any) -> Model:
    """A convolution of ``pgl.nn``, called with a graph of its own and features of its nodes."""

    def call() -> Call:
        import numpy as np
        import paddle

        ends = np.random.RandomState(3).randint(0, NODES, (EDGES, 2))
        graph = locate("pgl:Graph")(num_nodes=NODES, edges=ends).tensor()
        return (graph, paddle.randn([NODES, FEATURES])), {}

    return Model("pgl", "graph networks", name, f"pgl.nn:{name}", args=args, kwargs=settings,
                 call=call, training=training)  # fmt: skip


MODELS: List[Model] = [
    pgl("GCNConv", FEATURES, 16),
    pgl("GCNConv", FEATURES, 16, training=True),
    pgl("GATConv", FEATURES, 8, num_heads=2),
    pgl("GATv2Conv", FEATURES, 8, num_heads=2),
    pgl("GraphSageConv", FEATURES, 16),
    pgl("GINConv", FEATURES, 16),
    pgl("APPNP", k_hop=3),
    pgl("GCNII", FEATURES, k_hop=3),
    pgl("SGCConv", FEATURES, 16, k_hop=2),
    pgl("TransformerConv", FEATURES, 8, num_heads=2),
    pgl("LightGCNConv"),
]
