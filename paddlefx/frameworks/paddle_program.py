"""A captured graph as a program of Paddle's static graph (PIR).

in: a graph of eager operations. out: a ``paddle.static.Program`` with a ``data`` operation for
each input, the parameters as ``builtin.parameter`` or as more inputs, and a ``fetch`` for each
output.
"""

from __future__ import annotations

import enum
import operator
from typing import (
    Any,
    Callable,
    Dict,
    Iterator,
    List,
    Mapping,
    NamedTuple,
    Optional,
    Sequence,
    Tuple,
)

import paddle
from paddle.base import core

from ..errors import CompileError
from ..graph import GraphLayer, Node, map_nodes
from ..tensor_meta import TensorMeta
from .paddle_inference import canonical_dtype, flat_metas
from .paddle_static import (
    SWITCHES,
    assigned,
    compile_error,
    is_leaf_call,
    static_call,
    static_mode,
)

__all__ = [
    "Output",
    "OutputKind",
    "StaticProgram",
    "leaves_mode",
    "program_of",
    "without_static_form",
]

_pir: Any = paddle.base.libpaddle.pir
_pir_ops: Any = paddle._pir_ops
_place: Any = core.Place()


class OutputKind(enum.Enum):
    """Where an output of a graph comes from."""

    STATIC = "the program computes it"
    INPUT = "it is an input itself"
    WEIGHT = "it is an attribute of the layer itself"
    CONSTANT = "it is no tensor"


class Output(NamedTuple):
    """An output of a graph.

    Args:
        kind: where it comes from.
        value: the index of the fetch or of the placeholder, the name of the attribute, or the
            constant itself.
    """

    kind: OutputKind
    value: Any


class StaticProgram(NamedTuple):
    """What :func:`program_of` makes.

    Args:
        program: the PIR program; inputs are called ``input_0``, outputs ``output_0`` and so on.
        inputs: the placeholders that are fed, by their indices; the others aren't used.
        weights: by the name of a ``builtin.parameter``, the tensor; where weights are fed, by
            the name of the input.
        feeds: by name, the values of all inputs.
        values: the values of the program that are fetched, in order.
        outputs: what the graph returns, in order.
    """

    program: Any
    inputs: Tuple[int, ...]
    weights: Dict[str, Any]
    feeds: Dict[str, Any]
    values: Tuple[Any, ...]
    outputs: Tuple[Output, ...]


def program_of(
    graph_layer: GraphLayer,
    *,
    frozen: bool = True,
    random: bool = False,
    dynamic: Sequence[Sequence[int]] = (),
    instead: Optional[Mapping[str, Callable[..., Any]]] = None,
) -> StaticProgram:
    """The program of a captured graph.

    Args:
        graph_layer: the graph; each node has its ``tensor_meta``.
        frozen: parameters become ``builtin.parameter``, gradients stop everywhere, and outputs
            are fetched: a program for inference. Otherwise parameters are inputs, and the caller
            appends what it wants.
        random: operations may draw random numbers.
        dynamic: for each placeholder, the dimensions that may vary (-1 in the program).
        instead: by the name of an operation of ``paddle._C_ops``, what to call on values.

    Raises:
        CompileError: a node has no static form; it names the node, its target and the line.
    """
    try:
        return _Builder(graph_layer, frozen, random, dynamic, instead or {}).run()
    except CompileError as error:
        # Without the frames below: their values die with their program, and a value without
        # one can't even be printed.
        failed = CompileError(
            error.reason, filename=error.filename, lineno=error.lineno, hint=error.hint
        )
    raise failed


def without_static_form(
    layer: GraphLayer, *, instead: Optional[Mapping[str, Callable[..., Any]]] = None
) -> Dict[Node, str]:
    """The calls of a graph that can't be in a program for inference, with the reasons.

    Args:
        layer: a captured graph.
        instead: as for :func:`program_of`.
    """
    refused: Dict[Node, str] = {}
    values: Dict[Node, Any] = {}
    with static_mode():
        for node in layer.graph.nodes:
            meta = node.meta.get("tensor_meta")
            if node.op == "output":
                continue
            if node.op == "call_function" and not is_leaf_call(node):
                args = map_nodes(node.args, values.__getitem__)
                kwargs = map_nodes(node.kwargs, values.__getitem__)
                if _is_step(node, args):
                    values[node] = args[0][args[1]]
                    continue
                try:
                    _check_elements(node)
                    values[node] = static_call(node, args, kwargs, instead=instead)
                    continue
                except CompileError as error:
                    refused[node] = error.reason
            elif node.op == "call_function" and node.all_input_nodes:
                refused[node] = f"{node.name} makes a tensor of what the graph computes"
            elif node.op == "get_attr" and not isinstance(meta, TensorMeta):
                meta = _described(layer.attributes[node.target])
            values[node] = _stand_in(meta)
    return refused


def _check_elements(node: Node) -> None:
    """Fused kernels take no tensors without elements."""
    for each in (node, *node.all_input_nodes):
        if any(0 in meta.shape for meta in flat_metas(each.meta.get("tensor_meta"))):
            raise compile_error(node, "has no elements")


def _described(value: Any) -> Any:
    """The meta of a tensor; ``None`` for something else."""
    if not isinstance(value, paddle.Tensor):
        return None
    return TensorMeta(tuple(value.shape), canonical_dtype(value.dtype), True)


def _stand_in(meta: Any) -> Any:
    """Inputs of the current program for what isn't computed in it."""
    if isinstance(meta, TensorMeta):
        value = _pir_ops.data("stand_in", [int(size) for size in meta.shape], meta.dtype, _place)
        value.stop_gradient = True
        return value
    if isinstance(meta, (tuple, list)):
        return type(meta)([_stand_in(item) for item in meta])
    return meta


def _is_step(node: Node, args: Sequence[Any]) -> bool:
    """Whether it takes one of several results of a call."""
    return node.target is operator.getitem and not isinstance(args[0], _pir.Value)


def leaves_mode(layer: GraphLayer) -> List[Node]:
    """The nodes that switch gradients, where the graph leaves them switched as they are now."""
    changes = [node for node in layer.graph.nodes if node.target in SWITCHES]
    same = bool(changes) and changes[-1].args[0] is core._has_grad()
    return changes if same else []


class _Builder:
    """Builds one program of one graph."""

    def __init__(
        self,
        layer: GraphLayer,
        frozen: bool,
        random: bool,
        dynamic: Sequence[Sequence[int]],
        instead: Mapping[str, Callable[..., Any]],
    ) -> None:
        self.instead = instead
        self.layer = layer
        self.frozen = frozen
        self.random = random
        self.dynamic = dynamic
        self.weights: Dict[str, Any] = {}
        self._values: Dict[Node, Any] = {}
        self._names: Dict[int, str] = {}
        self._constants: Dict[Node, Any] = {}
        self._fed: Dict[str, Any] = {}
        self._is_padded = False

    def run(self) -> StaticProgram:
        graph = self.layer.graph
        placeholders = {node: index for index, node in enumerate(graph.placeholders)}
        self._check_state()
        self._evaluate_leaves()
        program = _pir.Program()
        if self.frozen:
            self._declare_parameters(program)
        fetched: List[Any] = []
        outputs: List[Output] = []
        with static_mode(program):
            if self.frozen and self._is_padded:
                _pir_ops.parameter(next(iter(self.weights))).persistable = True
            for node, index in placeholders.items():
                if node.users:
                    self._values[node] = self._input(node, index)
            for node in graph.nodes:
                if node.op == "get_attr":
                    self._values[node] = self._weight(node)
                elif node in self._constants:
                    self._values[node] = self._weight_value(self._constants[node])
                elif node.op == "call_function":
                    self._values[node] = self._call(node)
                elif node.op == "output":
                    outputs = self._outputs(node, placeholders, fetched)
        used = tuple([index for node, index in placeholders.items() if node in self._values])
        feeds = {f"input_{i}": self._values[node] for node, i in placeholders.items() if i in used}
        feeds.update(self._fed)
        return StaticProgram(program, used, self.weights, feeds, tuple(fetched), tuple(outputs))

    def _check_state(self) -> None:
        """A graph leaves the mode of the thread as it was, and then nothing in it matters."""
        changes = [node for node in self.layer.graph.nodes if node.target in SWITCHES]
        if changes and (not self.frozen or not leaves_mode(self.layer)):
            raise compile_error(changes[-1], "changes the mode of the thread")

    def _evaluate_leaves(self) -> None:
        for node in self.layer.graph.nodes:
            if is_leaf_call(node):
                if node.all_input_nodes:
                    raise compile_error(node, "makes a tensor of what the graph computes")
                self._constants[node] = node.target(*node.args, **node.kwargs)

    def _held(self) -> Iterator[Any]:
        """The tensors that the program has as parameters, each once."""
        for node in self.layer.graph.nodes:
            if node.op == "get_attr":
                yield self._attribute(node)
        yield from self._constants.values()
        if not self._constants and not self.layer.graph.find_nodes(op="get_attr"):
            # paddle.inference takes no model without parameters.
            self._is_padded = True
            yield paddle.zeros([1])

    def _attribute(self, node: Node) -> Any:
        value = self.layer.attributes[node.target]
        if not isinstance(value, paddle.Tensor) or not value.is_dense():
            raise compile_error(node, f"is a {type(value).__name__}")
        return value

    def _declare_parameters(self, program: Any) -> None:
        """Name the tensors; a parameter must be known to the program before it is read."""
        held = list(self._held())
        with static_mode() as startup:
            for tensor in held:
                if id(tensor) in self._names:
                    continue
                name = self._names[id(tensor)] = f"weight_{len(self._names)}"
                self.weights[name] = tensor
                value = _pir_ops.data(f"of_{name}", list(tensor.shape), tensor.dtype, _place)
                value.persistable = True
                _pir_ops.set_parameter(value, name)
        program.set_parameters_from(startup)

    def _input(self, node: Node, index: int) -> Any:
        meta = node.meta.get("tensor_meta")
        if not isinstance(meta, TensorMeta):
            raise compile_error(node, "is no tensor", "compile without dynamic numbers")
        if self.frozen and meta.place is not None and not meta.place.is_cpu_place():
            raise compile_error(node, f"is on {meta.place}")
        shape = [int(size) for size in meta.shape]
        for axis in self.dynamic[index] if index < len(self.dynamic) else ():
            shape[axis] = -1
        value = _pir_ops.data(f"input_{index}", shape, meta.dtype, _place)
        value.stop_gradient = self.frozen or meta.stop_gradient
        return value

    def _weight(self, node: Node) -> Any:
        return self._weight_value(self._attribute(node))

    def _weight_value(self, tensor: Any) -> Any:
        if self.frozen:
            name = self._names[id(tensor)]
            value = _pir_ops.parameter(name)
            value.persistable = True
            value.stop_gradient = True
            return value
        name = self._names.get(id(tensor), "")
        if name:
            return self._fed[name]
        name = self._names[id(tensor)] = f"weight_{len(self._names)}"
        self.weights[name] = tensor
        value = _pir_ops.data(name, list(tensor.shape), tensor.dtype, _place)
        value.stop_gradient = bool(tensor.stop_gradient)
        self._fed[name] = value
        return value

    def _call(self, node: Node) -> Any:
        def of(argument: Node) -> Any:
            return self._values[argument]

        args, kwargs = map_nodes(node.args, of), map_nodes(node.kwargs, of)
        if _is_step(node, args):
            return args[0][args[1]]
        if node.target in SWITCHES:
            return None
        return static_call(node, args, kwargs, random=self.random, instead=self.instead)

    def _outputs(
        self, node: Node, placeholders: Dict[Node, int], fetched: List[Any]
    ) -> List[Output]:
        found: Dict[Node, Output] = {}
        outputs: List[Output] = []
        result = node.args[0]
        if not isinstance(result, (tuple, list)):
            raise compile_error(node, "is no tuple of values")
        for item in result:
            if not isinstance(item, Node):
                outputs.append(Output(OutputKind.CONSTANT, item))
                continue
            if item not in found:
                if item in placeholders:
                    found[item] = Output(OutputKind.INPUT, placeholders[item])
                elif item.op == "get_attr":
                    found[item] = Output(OutputKind.WEIGHT, item.target)
                else:
                    value = self._values[item]
                    if not isinstance(value, _pir.Value):
                        raise compile_error(item, f"returns a {type(value).__name__}")
                    found[item] = Output(OutputKind.STATIC, len(fetched))
                    if value.get_defining_op().name() in ("pd_op.data", "builtin.parameter"):
                        value = assigned(value)
                    fetched.append(value)
            outputs.append(found[item])
        if self.frozen:
            for index, value in enumerate(fetched):
                _pir_ops.fetch(value, f"output_{index}", index).persistable = True
        return outputs
