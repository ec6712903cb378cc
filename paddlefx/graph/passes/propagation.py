"""Shapes and dtypes of every node.

in: a graph, and descriptions of its inputs. out: the same graph with ``node.meta["tensor_meta"]``
as the framework infers it, operation by operation. For graphs after an edit, and for inputs of
other shapes.
"""

from __future__ import annotations

from typing import Any, Dict, Optional, Sequence

from ...errors import InferenceError
from ...tensor_meta import TensorMeta
from ..graph import GraphError
from ..graph_layer import GraphLayer
from ..node import Node, map_nodes

__all__ = ["propagation"]


def propagation(layer: GraphLayer, inputs: Optional[Sequence[Any]] = None) -> int:
    """Infer the description of each node anew.

    Args:
        layer: the metas of its graph are changed.
        inputs: for each placeholder a tensor, a TensorMeta or a Python number; by default the
            metas that the placeholders have.

    Returns:
        how many descriptions are others than before.

    Raises:
        GraphError: a call doesn't fit its arguments, or nothing is known of an input or a call;
            the text names the node and the user's line.
    """
    values: Dict[Node, Any] = {}
    placeholders = layer.graph.placeholders
    if inputs is not None and len(inputs) != len(placeholders):
        raise GraphError(f"the graph has {len(placeholders)} inputs, {len(inputs)} are described")
    for index, node in enumerate(placeholders):
        given = node.meta.get("tensor_meta") if inputs is None else inputs[index]
        if given is None:
            raise GraphError(f"nothing is known of input {node.name!r}")
        values[node] = _described(layer, given)
    # Changes of the gradient mode happen for real: inference asks for it.
    with layer.operations.kept_state():
        for node in layer.graph.nodes:
            if node.op == "get_attr":
                values[node] = _described(layer, layer.attributes[node.target])
            elif node.op == "call_function":
                values[node] = _inferred(layer, node, values)
    changed = 0
    for node, value in values.items():
        if _is_described(value) and node.meta.get("tensor_meta") != value:
            node.meta["tensor_meta"] = value
            changed += 1
    return changed


def _described(layer: GraphLayer, value: Any) -> Any:
    return layer.operations.tensor_meta(value) if layer.operations.is_tensor(value) else value


def _is_described(value: Any) -> bool:
    if isinstance(value, (tuple, list)) and not isinstance(value, TensorMeta):
        return any(_is_described(item) for item in value)
    return isinstance(value, TensorMeta)


def _inferred(layer: GraphLayer, node: Node, values: Dict[Node, Any]) -> Any:
    operations = layer.operations
    args = map_nodes(node.args, values.__getitem__)
    kwargs = map_nodes(node.kwargs, values.__getitem__)
    effects = operations.effects(node)
    if effects.state:
        node.target(*args, **kwargs)
        return None
    if getattr(node.target, "graphs", None) is not None:
        return node.meta.get("tensor_meta")  # its two graphs were inferred for these operands
    if args and all(isinstance(item, (int, float)) for item in args):
        if getattr(node.target, "__module__", "") == "_operator":
            return node.target(*args)  # of sizes and other numbers
    try:
        result = operations.infer(node.target, args, kwargs)
        changed = operations.infer_mutation(node.target, args, kwargs) if effects.writes else {}
    except InferenceError as error:
        where = "" if node.position is None else f" ({node.position})"
        raise GraphError(f"{node.name}{where}: {error}") from error
    for index, meta in changed.items():
        written = node.args[index]
        if isinstance(written, Node):
            values[written] = meta
    return result
