"""Backends that Paddle's static graph feeds: they are given a PIR program."""

from __future__ import annotations

import abc
from typing import Any, Callable, ClassVar, Iterator, List, Mapping, Sequence

from .. import frameworks
from ..errors import CompileError
from ..frameworks.paddle_program import Output, OutputKind, StaticProgram, program_of
from ..graph import GraphLayer
from ..graph.passes import Aliasing
from ..tensor_meta import TensorMeta
from .base import CompiledGraph, Compiler
from .replay import replayed
from .verified import verified

__all__ = ["StaticGraphCompiler"]


class StaticGraphCompiler(Compiler):
    """Compiles a captured graph by way of Paddle's static graph.

    A subclass writes :meth:`compile_program`. Graphs that write to tensors, draw random numbers
    or give results that share memory are refused: a program has its own memory.
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

    def compile(self, graph_layer: GraphLayer, example_inputs: Sequence[Any]) -> CompiledGraph:
        """The graph, run by what :meth:`compile_program` makes.

        Raises:
            CompileError: the graph, or an operation in it, has no static form.
        """
        del example_inputs
        _refuse_empty(graph_layer)
        _refuse_sharing(graph_layer)
        program = program_of(graph_layer, instead=self.instead)
        if not program.values:
            raise CompileError("the graph computes nothing")
        if not program.inputs:
            raise CompileError("the graph computes nothing of its inputs")
        compiled = called(program, graph_layer, self.compile_program(program))
        return verified(graph_layer, compiled)


def _refuse_empty(graph_layer: GraphLayer) -> None:
    """Fused kernels take no tensors without elements."""
    for node in graph_layer.graph.nodes:
        if any(0 in meta.shape for meta in _metas(node.meta.get("tensor_meta"))):
            raise CompileError(f"{node.name} has no elements")


def _metas(value: Any) -> Iterator[TensorMeta]:
    if isinstance(value, TensorMeta):
        yield value
    elif isinstance(value, (tuple, list)):
        for item in value:
            yield from _metas(item)


def _refuse_sharing(graph_layer: GraphLayer) -> None:
    """Outputs that share memory with each other, with inputs or with parameters."""
    sharing = Aliasing(graph_layer.graph, frameworks.active()).outputs()
    for index in sharing.outside:
        leaf = sharing.leaves[index]
        if leaf.op == "call_function":
            raise CompileError(f"result {leaf.name} may share memory with an input or a parameter")
    for first, second in sharing.pairs:
        one, two = sharing.leaves[first], sharing.leaves[second]
        if "call_function" in (one.op, two.op):
            raise CompileError(f"results {one.name} and {two.name} may share memory")


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
    eager = replayed(graph_layer)
    all_finite = frameworks.active().all_finite

    def forward(*inputs: Any) -> Any:
        tensors = [inputs[index] for index in fed]
        # What isn't a number goes another way in each kernel: Paddle's relu makes 0 of it.
        if not all_finite(tensors):
            return eager(*inputs)
        try:
            results = run(tensors)
        except Exception:
            # The plain function's own error, at its own operation: nothing has been written.
            return eager(*inputs)
        if not all_finite(results):
            return eager(*inputs)
        return tuple([_output(output, results, inputs, attributes) for output in outputs])

    return forward


def _output(output: Output, results: Sequence[Any], inputs: Sequence[Any], attributes: Any) -> Any:
    if output.kind is OutputKind.STATIC:
        return results[output.value]
    if output.kind is OutputKind.INPUT:
        return inputs[output.value]
    return attributes[output.value] if output.kind is OutputKind.WEIGHT else output.value
