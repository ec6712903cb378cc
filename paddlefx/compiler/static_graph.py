"""Backends that Paddle's static graph feeds: they are given a PIR program."""

from __future__ import annotations

import abc
from typing import Any, Callable, ClassVar, List, Mapping, Sequence

from .. import frameworks
from ..errors import CompileError
from ..frameworks.paddle_program import (
    Output,
    OutputKind,
    StaticProgram,
    leaves_mode,
    program_of,
    without_static_form,
)
from ..graph import GraphLayer
from ..graph.passes.conv_batch_norm import conv_batch_norm
from ..graph.passes.partition import count_calls, partition, regions_of
from ..graph.passes.visible_views import visible_views
from .base import CompiledGraph, Compiler
from .node_by_node import GuardedRegion
from .replay import replayed

__all__ = ["StaticGraphCompiler"]


class StaticGraphCompiler(Compiler):
    """Compiles a captured graph by way of Paddle's static graph.

    A subclass writes :meth:`compile_program`. What writes to tensors, draws random numbers or
    gives views that somebody can tell from copies runs eagerly between the parts that have a
    static form: a program has its own memory.
    """

    gives_gradients = False
    freezes_weights = True
    #: By the name of an operation of ``paddle._C_ops``, what to call on a program's values.
    instead: ClassVar[Mapping[str, Callable[..., Any]]] = {}

    @abc.abstractmethod
    def compile_program(self, program: StaticProgram) -> Callable[[List[Any]], Sequence[Any]]:
        """A callable that takes the tensors fed, in order, and gives those fetched, in order.

        It may be called by several threads at once. What it gives shares memory with nothing.

        Args:
            program: the program with its weights.

        Raises:
            CompileError: it can't.
        """

    #: A part of a graph with fewer operations than this isn't worth the call.
    least_operations: int = 3

    def compile(self, graph_layer: GraphLayer, example_inputs: Sequence[Any]) -> CompiledGraph:
        """The graph, its parts with a static form run by what :meth:`compile_program` makes.

        Raises:
            CompileError: no part worth it has a static form; or not all has, and ``full_graph``
                is on.
        """
        del example_inputs
        framework = frameworks.active()
        layer = _without_needless(graph_layer)
        refused = without_static_form(layer, instead=self.instead)
        for node in visible_views(layer.graph, framework):
            refused.setdefault(node, f"{node.name} may share memory that is seen elsewhere")
        parts = partition(
            layer,
            lambda node: node not in refused,
            framework.is_impure,
            lambda nodes: not refused or len(nodes) >= self.least_operations,
        )
        reasons = list(dict.fromkeys(refused.values()))
        regions = regions_of(parts)
        if reasons and (self.full_graph or not regions):
            raise CompileError("; ".join(reasons[:3]))
        if not regions:
            raise CompileError("the graph computes nothing")
        for reason in reasons:
            graph_layer.note(f"a part runs eagerly: {reason}")
        taken = 0
        for node in regions:
            region = node.target
            node.target = self._region(region, graph_layer)
            if isinstance(node.target, GuardedRegion):
                taken += count_calls(region)
        calls = count_calls(layer)
        if taken < calls:
            counted = f"({calls - taken} of {calls} operations)"
            graph_layer.note(f"{self.name} leaves a part to the framework {counted}")
        return replayed(parts)

    def _region(self, region: GraphLayer, graph_layer: GraphLayer) -> Callable[..., Any]:
        try:
            program = program_of(_folded(region), instead=self.instead)
            if not program.values or not program.inputs:
                raise CompileError("it computes nothing of its inputs")
            compiled = called(program, region, self.compile_program(program))
        except CompileError as error:
            if self.full_graph or not self.allow_fallback:
                raise
            graph_layer.note(f"a part runs eagerly: {error.reason}")
            return replayed(region)
        guarded = GuardedRegion(compiled, replayed(region), frameworks.active().all_finite)
        guarded.note = graph_layer.note
        return guarded


def _without_needless(layer: GraphLayer) -> GraphLayer:
    """A copy of a graph without calls that change nothing of a program.

    Those end the gradient of what has none; or they switch gradients, which nothing in the graph
    needs, and leave them as they were.
    """
    framework = frameworks.active()
    switches = leaves_mode(layer)
    graph, copies = layer.graph.copy()
    for node in reversed(layer.graph.nodes):
        if node in switches or (not node.users and framework.only_detaches(node)):
            graph.erase_node(copies[node])
    return type(layer)(graph, layer.attributes)


def _folded(region: GraphLayer) -> GraphLayer:
    """A region with its batch norms in the weights before them; itself where it has none.

    Paddle's own pass doesn't know the form in which the norms are captured. What runs eagerly in
    the region's place isn't changed.
    """
    graph, _ = region.graph.copy()
    copy = type(region)(graph, region.attributes)
    if not conv_batch_norm(copy):
        return region
    made = [tensor for name, tensor in copy.attributes.items() if name not in region.attributes]
    return copy if frameworks.active().all_finite(made) else region


def called(
    program: StaticProgram,
    graph_layer: GraphLayer,
    run: Callable[[List[Any]], Sequence[Any]],
) -> CompiledGraph:
    """A compiled graph around what runs its program.

    Args:
        program: says what is fed, and what the outputs are.
        graph_layer: holds the attributes among the outputs.
        run: takes the tensors fed, gives those fetched.
    """
    fed, outputs, attributes = program.inputs, program.outputs, graph_layer.attributes

    def forward(*inputs: Any) -> Any:
        results = run([inputs[index] for index in fed])
        return tuple([_output(output, results, inputs, attributes) for output in outputs])

    return forward


def _output(output: Output, results: Sequence[Any], inputs: Sequence[Any], attributes: Any) -> Any:
    if output.kind is OutputKind.STATIC:
        return results[output.value]
    if output.kind is OutputKind.INPUT:
        return inputs[output.value]
    return attributes[output.value] if output.kind is OutputKind.WEIGHT else output.value
