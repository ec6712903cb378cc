"""A captured graph as a graph of Paddle's operators.

in: a graph of calls. out: an operator graph (:mod:`paddlefx.graph.operators`).

Paddle itself writes it: without a tracer in this thread the very calls append operations to a
PIR program (:mod:`.paddle_inference` says how), which fills in defaults, promotes dtypes and
turns Python numbers into operations. They are read back by name, with their attributes. A call
that PIR can't take, that has an effect, or whose result PIR sees otherwise than the kernel gives
it, stays as it is; what it gives is an input of the program.
"""

from __future__ import annotations

import operator
from typing import Any, Callable, Dict, FrozenSet, List, Optional, Tuple

import paddle

from ..errors import CompileError
from ..graph import Graph, GraphLayer, Node, map_nodes
from ..graph.operators import ORIGIN, operator_named
from ..tensor_meta import TensorMeta
from .paddle_inference import canonical_dtype
from .paddle_static import is_leaf_call, static_call, static_mode

__all__ = ["OperatorReader", "operator_graph"]

_pir: Any = paddle.base.libpaddle.pir
_ops: Any = paddle._C_ops

#: Operands that are attributes where a constant stands: ``yaml`` calls them IntArray and Scalar.
_ATTRIBUTES = frozenset(
    (
        *("axis", "dims", "end", "ends", "factor", "fill_value", "k", "kernel_size", "max", "min"),
        *("num", "num_columns", "num_or_sections", "num_rows", "output_shape", "output_size", "p"),
        *("pad", "pad_value", "paddings", "q", "repeat_times", "scale", "sections", "shape"),
        *("shifts", "start", "starts", "step", "strides", "value"),
    )
)

#: Operators whose operand of such a name is a tensor all the same.
_TENSORS: FrozenSet[Tuple[str, str]] = frozenset(
    {
        ("batch_norm", "scale"),
        ("group_norm", "scale"),
        ("instance_norm", "scale"),
        ("layer_norm", "scale"),
        ("set_value_with_tensor", "values"),
    }
)

#: Attributes that say nothing of the result.
_UNSEEN = frozenset({"op_callstack", "place", "stop_gradient", "struct_name"})

#: The largest whole number that an attribute, a double, has exactly.
_EXACT = 2**53


def operator_graph(layer: GraphLayer, is_impure: Callable[[Node], bool]) -> GraphLayer:
    """The operators that a captured graph is made of.

    Args:
        layer: the captured graph.
        is_impure: true for nodes with an effect; they stay as they are.

    Returns:
        A graph with the same inputs, attributes and outputs. Nodes have ``tensor_meta`` and,
        under :data:`~paddlefx.graph.operators.ORIGIN`, the captured node.
    """
    return OperatorReader(layer, is_impure).read()


class _Opaque:
    """Stands in PIR's place for what isn't a tensor there."""

    def __init__(self, node: Node) -> None:
        self.node = node


class _Unreadable(Exception):
    """A call stays as it was captured."""


class OperatorReader:
    """Replays the graph into a program, and reads that."""

    def __init__(self, layer: GraphLayer, is_impure: Callable[[Node], bool]) -> None:
        self.layer = layer
        self.is_impure = is_impure
        self.graph = Graph()
        self.attributes = dict(layer.attributes)
        self.constants: Dict[Node, Any] = {}
        #: By captured node, what PIR has for it: values, nested as the call gave them.
        self.replayed: Dict[Node, Any] = {}
        #: By the id of a value, its node; a list of nodes for a list of tensors.
        self.nodes: Dict[Any, Any] = {}
        self.program: Any = _pir.Program()
        self.seen = 0
        self.inputs = 0
        self.origin: Optional[Node] = None

    def read(self) -> GraphLayer:
        # What is made of constants alone is a constant: made now, in dynamic mode.
        for node in self.layer.graph.find_nodes(op="call_function"):
            if is_leaf_call(node) and not node.all_input_nodes:
                with paddle.no_grad():
                    self.constants[node] = node.target(*node.args, **node.kwargs)
        with static_mode(self.program):
            for node in self.layer.graph.nodes:
                self.origin = node
                self._enter(node)
        self.graph.eliminate_dead_code(self._stays)
        return type(self.layer)(self.graph, self.attributes)

    def _stays(self, node: Node) -> bool:
        origin = node.meta.get(ORIGIN)
        return node.target is getattr(origin, "target", None) and self.is_impure(node)

    # -- captured nodes

    def _enter(self, node: Node) -> None:
        meta = {**node.meta, ORIGIN: node}
        if node.op == "placeholder":
            self._standing(node, self.graph.placeholder(node.name, meta))
        elif node.op == "get_attr":
            value = self.attributes[node.target]
            new = self.graph.get_attr(node.target, meta)
            if isinstance(value, paddle.Tensor):
                self._standing(node, new)
            else:
                self.replayed[node] = _Opaque(new)
        elif node in self.constants:
            target = node.name
            while target in self.attributes:
                target += "_"
            self.attributes[target] = self.constants[node]
            self._standing(node, self.graph.get_attr(target, meta))
        elif node.op == "output":
            self.graph.output(map_nodes(node.args[0], self._node_of), meta)
        else:
            self._call(node)

    def _call(self, node: Node) -> None:
        try:
            result = self._replay(node)
            found = self._read_new()
        except _Unreadable:
            self._skip_new()
            self._stay(node)
            return
        self.replayed[node] = result
        self.nodes.update(found)
        try:
            map_nodes(node, self._node_of)
        except KeyError:
            self._stay(node)

    def _stay(self, node: Node) -> None:
        """An opaque node: the call as it was captured."""
        args = map_nodes(node.args, self._node_of)
        kwargs = map_nodes(node.kwargs, self._node_of)
        meta = {**node.meta, ORIGIN: node}
        self._standing(node, self.graph.call_function(node.target, args, kwargs, meta, node.name))

    def _standing(self, node: Node, new: Node) -> None:
        """Inputs of the program stand for what ``new`` gives."""
        self.replayed[node] = self._inputs_for(new, node.meta.get("tensor_meta"))

    def _inputs_for(self, new: Node, meta: Any) -> Any:
        if isinstance(meta, TensorMeta):
            if any(type(size) is not int or size < 0 for size in meta.shape):
                return _Opaque(new)
            place = paddle.base.core.Place()
            name = f"input_{self.inputs}"
            try:
                value = _ops.data(name, list(meta.shape), meta.dtype, place)
            except Exception:
                return _Opaque(new)
            self.inputs += 1
            self.nodes[value.id] = new
            return value
        if type(meta) in (tuple, list) and all(isinstance(m, TensorMeta) for m in meta):
            values = []
            for index, part in enumerate(meta):
                item = self.graph.call_function(
                    operator.getitem, (new, index), {}, {"tensor_meta": part, ORIGIN: self.origin}
                )
                values.append(self._inputs_for(item, part))
            return type(meta)(values)
        return _Opaque(new)

    def _node_of(self, node: Node) -> Any:
        """The new graph's nodes for a captured one, nested as its result is."""

        def swap(value: Any) -> Any:
            if isinstance(value, _Opaque):
                return value.node
            if isinstance(value, (tuple, list)):
                return type(value)([swap(item) for item in value])
            if isinstance(value, _pir.Value):
                return self.nodes[value.id]
            return value

        return swap(self.replayed[node])

    # -- into PIR

    def _replay(self, node: Node) -> Any:
        if self.is_impure(node):
            raise _Unreadable

        def value_of(argument: Node) -> Any:
            value = self.replayed[argument]
            if _has_opaque(value):
                raise _Unreadable
            return value

        args = map_nodes(node.args, value_of)
        kwargs = map_nodes(node.kwargs, value_of)
        if kwargs.get("out", 0) is None:
            kwargs = {name: value for name, value in kwargs.items() if name != "out"}
        try:
            return static_call(node, args, kwargs)
        except CompileError as error:
            raise _Unreadable from error

    # -- out of PIR

    def _operations(self) -> List[Any]:
        # Those for inputs stand in front.
        operations: List[Any] = self.program.global_block().ops[self.inputs :]
        return operations

    def _skip_new(self) -> None:
        self.seen = len(self._operations())

    def _read_new(self) -> Dict[Any, Any]:
        """The nodes of the operations that the last call appended, by value."""
        operations = self._operations()
        new, self.seen = operations[self.seen :], len(operations)
        found: Dict[Any, Any] = {}
        made: List[Node] = []
        try:
            for operation in new:
                self._read(operation, found, made)
        except _Unreadable:
            for node in reversed(made):
                self.graph.erase_node(node)
            raise
        return found

    def _read(self, operation: Any, found: Dict[Any, Any], made: List[Node]) -> None:
        name = operation.name()
        results = operation.results()

        def node_of(value: Any) -> Any:
            node = found.get(value.id)
            return self.nodes.get(value.id) if node is None else node

        operands = [operand.source() for operand in operation.operands()]
        if name == "builtin.combine":
            found[results[0].id] = [node_of(value) for value in operands]
            return
        if name in ("builtin.split", "builtin.slice"):
            source = node_of(operands[0])
            places = [operation.attrs()["index"]] if name == "builtin.slice" else range(1 << 30)
            for place, result in zip(places, results):
                if isinstance(source, list):
                    found[result.id] = source[place]
                else:
                    found[result.id] = self._part(source, place, _meta_of(result), made)
            return
        if not name.startswith("pd_op."):
            raise _Unreadable
        name = name[len("pd_op.") :].rstrip("_")
        args: List[Any] = []
        kwargs = {key: item for key, item in operation.attrs().items() if key not in _UNSEEN}
        names = operation.get_input_names()
        for label, value in zip(names, operands):
            if _pir.is_fake_value(value):
                args.append(None)
                continue
            known = _NOTHING
            if label in _ATTRIBUTES and (name, label) not in _TENSORS:
                known = _constant(value)
            if known is _NOTHING:
                node = node_of(value)
                if node is None:
                    raise _Unreadable
                args.append(node)
            else:
                kwargs[label] = known
        while args and args[-1] is None:
            args.pop()
        metas = [None if _pir.is_fake_value(r) else _meta_of(r) for r in results]
        several = len(metas) > 1
        node = self._made(
            operator_named(name), tuple(args), kwargs, tuple(metas) if several else metas[0], made
        )
        if not several:
            found[results[0].id] = node
            return
        for place, (result, meta) in enumerate(zip(results, metas)):
            if meta is not None:
                found[result.id] = self._part(node, place, meta, made)

    def _part(self, node: Node, place: int, meta: Any, made: List[Node]) -> Node:
        return self._made(operator.getitem, (node, place), {}, meta, made)

    def _made(
        self,
        target: Any,
        args: Tuple[Any, ...],
        kwargs: Dict[str, Any],
        meta: Any,
        made: List[Node],
    ) -> Node:
        assert self.origin is not None
        details = {**self.origin.meta, "tensor_meta": meta, ORIGIN: self.origin}
        name = self.origin.name if isinstance(meta, TensorMeta) else None
        node = self.graph.call_function(target, args, kwargs, details, name)
        made.append(node)
        return node


_NOTHING: Any = object()


def _constant(value: Any) -> Any:
    """The number, or the list of them, that an operand is; ``_NOTHING`` when it is computed."""
    source = value.get_defining_op()
    name = source.name()
    attributes = source.attrs()
    if name == "pd_op.full_int_array":
        return [int(item) for item in attributes["value"]]
    if name == "pd_op.full":
        number, dtype = attributes["value"], str(attributes["dtype"]).lower()
        if "int" not in dtype and "bool" not in dtype:
            return number
        if abs(number) > _EXACT:
            raise _Unreadable
        return bool(number) if "bool" in dtype else int(number)
    return _NOTHING


def _meta_of(value: Any) -> Any:
    """The meta of a value; a list of them for a list of tensors."""
    if not value.is_dense_tensor_type():
        kinds = value.type().as_vec_type()
        if kinds is None:
            raise _Unreadable
        return [
            TensorMeta(tuple(kind.shape), canonical_dtype(kind.dtype), True)
            for kind in kinds.as_list()
        ]
    return TensorMeta(tuple(value.shape), canonical_dtype(value.dtype), True)


def _has_opaque(value: Any) -> bool:
    if isinstance(value, (tuple, list)):
        return any(_has_opaque(item) for item in value)
    return isinstance(value, _Opaque)
