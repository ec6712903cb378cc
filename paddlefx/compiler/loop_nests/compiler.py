"""Backends that write a kernel for each group of calls; all else runs as the framework's own
operations between them.
"""

from __future__ import annotations

import abc
import operator
from typing import Any, Callable, Dict, List, Sequence, Type

from ... import frameworks
from ...errors import CompileError
from ...graph import Graph, GraphLayer, Node
from ...graph.node import map_nodes
from ..base import CompiledGraph, Compiler
from ..replay import replayed
from .buffers import Buffers
from .calls import Kernel, bound
from .grouping import Cluster, clusters
from .infinities import plainly
from .nest import LoopNest
from .recording import recorded

__all__ = ["LoopNestCompiler"]


class LoopNestCompiler(Compiler):
    """A backend that compiles one :class:`~.nest.LoopNest` at a time.

    Args:
        reuse_outputs: how much memory of results to keep for later calls, in bytes for each
            shape; 0 for none.
        smallest: a lone operation of few instructions on fewer elements is left to the framework.
        options: those of :class:`~paddlefx.compiler.base.Compiler`.
    """

    takes_numbers = True
    #: Whether what isn't finite is computed by the framework where its own answers are odd.
    leaves_infinities = False

    def __init__(
        self, *, reuse_outputs: int = 1 << 28, smallest: int = 1 << 16, **options: Any
    ) -> None:
        super().__init__(**options)
        self.buffers = Buffers(reuse_outputs)
        self.smallest = smallest

    @abc.abstractmethod
    def kernel(self, nest: LoopNest) -> Kernel:
        """What computes a nest.

        Raises:
            CompileError: nothing does.
        """

    def compile(self, graph_layer: GraphLayer, example_inputs: Sequence[Any]) -> CompiledGraph:
        """The graph with kernels for its groups, as straight-line Python."""
        del example_inputs
        return replayed(self.fused(graph_layer))

    def fused(self, graph_layer: GraphLayer) -> GraphLayer:
        """The graph with a call for each group; itself where it has none.

        Raises:
            CompileError: not all is in groups, and ``full_graph`` is on.
        """
        found = clusters(graph_layer, frameworks.active().is_impure, self.smallest)
        fused = [cluster for cluster in found if cluster.plan is not None]
        inside = sum([len(cluster.nodes) for cluster in fused])
        calls = len(graph_layer.graph.find_nodes(op="call_function"))
        graph_layer.note(f"{self.name}: {inside} of {calls} operations in {len(fused)} kernels")
        if self.full_graph and inside < calls:
            others = [
                cluster.nodes[0].format_node()
                for cluster in found
                if cluster.plan is None and cluster.nodes[0].op == "call_function"
            ]
            raise CompileError(f"{self.name} has no kernels for {'; '.join(others)}")
        if not fused:
            return graph_layer
        graph = self._fused(found, type(graph_layer))
        return type(graph_layer)(graph, dict(graph_layer.attributes))

    def _function(self, cluster: Cluster, layer: Type[GraphLayer]) -> Callable[..., Any]:
        """A group's kernel as a function; with its gradients, if autograd records it."""
        plan, gradients = cluster.plan, cluster.gradients
        assert plan is not None
        if gradients is None:
            instead = plainly(cluster, layer) if self.leaves_infinities else None
            nest = plan.nest._replace(watched=instead is not None)
            return bound(plan, self.kernel(nest), self.buffers, instead)
        forward = bound(plan, self.kernel(plan.nest), self.buffers)
        backward = bound(gradients, self.kernel(gradients.nest), self.buffers)
        return recorded(forward, backward, plan, gradients)

    def _fused(self, found: List[Cluster], layer: Type[GraphLayer]) -> Graph:
        graph = Graph()
        new: Dict[Node, Node] = {}
        for cluster in found:
            plan = cluster.plan
            if plan is None:
                (node,) = cluster.nodes
                args = map_nodes(node.args, new.__getitem__)
                kwargs = map_nodes(node.kwargs, new.__getitem__)
                new[node] = graph.create_node(
                    node.op, node.target, args, kwargs, node.name, dict(node.meta)
                )
                continue
            function = self._function(cluster, layer)
            inputs = tuple(new[node] for node in dict.fromkeys(plan.inputs))
            metas = tuple(node.meta.get("tensor_meta") for node in plan.outputs)
            meta = {**cluster.nodes[-1].meta, "tensor_meta": metas}
            if len(metas) == 1:
                meta["tensor_meta"] = metas[0]
                name = plan.outputs[0].name
                new[plan.outputs[0]] = graph.call_function(function, inputs, None, meta, name)
                continue
            call = graph.call_function(function, inputs, None, meta, "fused")
            for number, node in enumerate(plan.outputs):
                new[node] = graph.call_function(
                    operator.getitem, (call, number), None, dict(node.meta), node.name
                )
        graph.lint()
        return graph
