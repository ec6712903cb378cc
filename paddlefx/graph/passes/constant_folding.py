"""Computing now what is the same in every call.

in: a graph. out: the same graph in which calls of constants, and of the layer's tensors where
these are frozen, are attributes of the layer. What they were computed from goes if nothing else
reads it.

A folded tensor is one object for all calls. So a call stays where its result is seen from outside
or is written to, and where a gradient flows through it.
"""

from __future__ import annotations

from typing import Any, Dict, Iterator

from ...errors import InferenceError
from ...tensor_meta import TensorMeta
from ..graph_layer import GraphLayer
from ..node import Node, map_nodes
from .aliasing import Aliasing
from .dead_code import dead_code

__all__ = ["constant_folding"]


def constant_folding(layer: GraphLayer, *, frozen: bool = False, limit: int = 1 << 16) -> int:
    """Fold constants.

    Args:
        layer: its graph is changed, and gets attributes.
        frozen: the layer's tensors never change, or the caller makes the layer anew when they do.
        limit: a result with more elements than this, and than its arguments have together, is
            computed in each call.

    Returns:
        how many nodes went.
    """
    before = len(layer.graph)
    dead_code(layer)
    aliasing = Aliasing(layer.graph, layer.operations)
    operations = layer.operations
    values: Dict[Node, Any] = {}
    for node in layer.graph.nodes:
        if node.op == "get_attr":
            value = layer.attributes[node.target]
            is_constant = frozen or node.meta.get("constant", False)
            if is_constant and operations.is_tensor(value) and not aliasing.is_written(node):
                values[node] = value
        elif node.op == "call_function" and _folds(layer, aliasing, node, values):
            args = map_nodes(node.args, values.__getitem__)
            kwargs = map_nodes(node.kwargs, values.__getitem__)
            try:
                found = operations.evaluated(node.target, args, kwargs)
            except InferenceError:
                continue  # the error comes when the graph runs
            known = node.meta.get("tensor_meta")
            if operations.same_tensors(known, found) and _fits(layer, node, values, limit):
                values[node] = found
    for node, value in values.items():
        if node.op != "call_function" or not operations.is_tensor(value):
            continue
        if all(user in values for user in node.users):
            continue
        with layer.graph.inserting_before(node):
            meta = {**node.meta, "constant": True}
            constant = layer.graph.get_attr(layer.add_attribute(node.name, value), meta)
        node.replace_all_uses_with(constant)
    dead_code(layer)
    return before - len(layer.graph)


def _folds(layer: GraphLayer, aliasing: Aliasing, node: Node, values: Dict[Node, Any]) -> bool:
    known = list(_metas(node.meta.get("tensor_meta")))
    return (
        bool(known)
        and all(meta.stop_gradient and _is_static(meta) for meta in known)
        and all(argument in values for argument in node.all_input_nodes)
        and aliasing.is_pure(node)
        and layer.operations.computes(node.target)
        and not aliasing.is_written(node)
        and not aliasing.is_seen(node)
    )


def _fits(layer: GraphLayer, node: Node, values: Dict[Node, Any], limit: int) -> bool:
    """Whether keeping the result costs no more memory than what it is made from."""
    given = 0
    for argument in node.all_input_nodes:
        if layer.operations.is_tensor(values[argument]):
            given += _elements(layer.operations.tensor_meta(values[argument]))
    made = sum([_elements(meta) for meta in _metas(node.meta.get("tensor_meta"))])
    return made <= max(limit, given)


def _elements(meta: TensorMeta) -> int:
    count = 1
    for size in meta.shape:
        count *= size
    return count


def _is_static(meta: TensorMeta) -> bool:
    return all(type(size) is int and size >= 0 for size in meta.shape)


def _metas(value: Any) -> Iterator[TensorMeta]:
    if isinstance(value, TensorMeta):
        yield value
    elif isinstance(value, (tuple, list)):
        for item in value:
            yield from _metas(item)
