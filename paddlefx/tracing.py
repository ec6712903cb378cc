"""``symbolic_trace``: a function or layer as a graph that can be read, edited and run."""

from __future__ import annotations

from typing import Any, Dict, Iterator, List, Sequence

from . import frameworks
from .api import optimize
from .compiler import CompiledGraph, Compiler
from .compiler.replay import replayed
from .errors import GraphBreakError
from .graph import Graph, GraphLayer, Node, map_nodes

__all__ = ["symbolic_trace"]


def symbolic_trace(fn_or_layer: Any, *example_inputs: Any) -> GraphLayer:
    """The tensor operations of a call, as one graph.

    The function runs once, on the example inputs, with all that it does. What it does besides
    computing tensors, such as assigning attributes, is not in the graph. Python values, shapes
    and dtypes are those of this call.

    Args:
        fn_or_layer: what :func:`~paddlefx.optimize` takes.
        example_inputs: its positional arguments: tensors, Python values, and lists, tuples and
            dicts of them.

    Returns:
        A layer whose inputs are the tensors among ``example_inputs``, in order, and whose result
        is built as the function's is. Parameters, and other tensors that the function reads,
        are its attributes, by identity.

    Raises:
        GraphBreakError: not all of it can be captured in one graph: where, why and a way out; or
            the result holds something else than tensors, Python values and containers of them.
        ValueError: one tensor comes twice among the inputs.
    """
    framework = frameworks.active()
    inputs = [value for value in _flat(example_inputs) if framework.is_tensor(value)]
    if len({id(tensor) for tensor in inputs}) != len(inputs):
        raise ValueError("symbolic_trace() takes each tensor once: pass a copy of it")
    tracer = _Tracer()
    result = optimize(fn_or_layer, backend=tracer, full_graph=True, dynamic=False)(*example_inputs)
    if len(tracer.runs) > 1:
        raise GraphBreakError(
            "the call ran more than one graph", hint="trace the function that computes"
        )
    for run in tracer.runs:
        return _layer(run, inputs, result)
    return _layer(_Run(framework.make_graph_layer(_nothing(), {})), inputs, result)


class _Run:
    """One run of a graph: what went in and what came out."""

    def __init__(self, layer: GraphLayer) -> None:
        self.layer = layer
        self.inputs: Sequence[Any] = ()
        self.outputs: Sequence[Any] = ()


class _Tracer(Compiler):
    """Runs graphs eagerly, and keeps them with what they were run on."""

    name = "symbolic_trace"

    def __init__(self) -> None:
        super().__init__(allow_fallback=False)
        self.runs: List[_Run] = []

    def compile(self, graph_layer: GraphLayer, example_inputs: Sequence[Any]) -> CompiledGraph:
        """The graph's eager form, which records the run."""
        del example_inputs
        run = replayed(graph_layer)

        def traced(*inputs: Any) -> Any:
            seen = _Run(graph_layer)
            seen.inputs, seen.outputs = inputs, run(*inputs)
            self.runs.append(seen)
            return seen.outputs

        return traced


def _nothing() -> Graph:
    graph = Graph()
    graph.output(())
    return graph


def _flat(value: Any) -> Iterator[Any]:
    if isinstance(value, (list, tuple)):
        for item in value:
            yield from _flat(item)
    elif isinstance(value, dict):
        yield from _flat(list(value.values()))
    else:
        yield value


def _layer(run: _Run, inputs: Sequence[Any], result: Any) -> GraphLayer:
    """The graph with the caller's inputs and result."""
    framework = frameworks.active()
    old = run.layer.graph
    graph = Graph()
    attributes: Dict[str, Any] = dict(run.layer.attributes)
    mapping: Dict[Node, Any] = {}
    made: Dict[int, Node] = {}  # by the identity of a tensor that lives as long as the run
    given = dict(zip([id(value) for value in run.inputs], old.placeholders))
    for index, tensor in enumerate(inputs):
        known = given.get(id(tensor))
        name = f"input_{index}" if known is None else known.name
        made[id(tensor)] = graph.placeholder(name, {"tensor_meta": framework.tensor_meta(tensor)})

    def attribute(name: str, tensor: Any) -> Node:
        if id(tensor) not in made:
            while name in attributes:
                name += "_"
            attributes[name] = tensor
            meta = {"tensor_meta": framework.tensor_meta(tensor)}
            made[id(tensor)] = graph.get_attr(name, meta)
        return made[id(tensor)]

    for node in old.nodes:
        if node.op == "placeholder":
            value = run.inputs[old.placeholders.index(node)]
            mapping[node] = attribute(node.name, value) if framework.is_tensor(value) else value
        elif node.op == "get_attr":
            mapping[node] = made[id(attributes[node.target])] = graph.get_attr(
                node.target, dict(node.meta)
            )
        elif node.op == "call_function":
            args = map_nodes(node.args, mapping.__getitem__)
            kwargs = map_nodes(node.kwargs, mapping.__getitem__)
            mapping[node] = graph.call_function(
                node.target, args, kwargs, dict(node.meta), node.name
            )
    output: Any = () if old.output_node is None else old.output_node.args[0]
    for node, value in zip(output, run.outputs):
        made.setdefault(id(value), mapping[node])

    def built(value: Any) -> Any:
        if framework.is_tensor(value):
            return made[id(value)] if id(value) in made else attribute("constant", value)
        if type(value) in (list, tuple):
            return type(value)([built(item) for item in value])
        if isinstance(value, tuple) and hasattr(value, "_fields"):
            return type(value)(*[built(item) for item in value])
        if type(value) is dict:
            return {key: built(item) for key, item in value.items()}
        if value is None or isinstance(value, (bool, int, float, complex, str, bytes)):
            return value
        if framework.is_constant(value):
            return value
        raise GraphBreakError(
            f"the result holds {type(value).__name__}",
            hint="return tensors, Python values, and lists, tuples and dicts of them",
        )

    graph.output(built(result))
    return framework.make_graph_layer(graph, attributes)
