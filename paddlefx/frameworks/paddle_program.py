"""A captured graph as a program of Paddle's static graph (PIR).

in: a graph of eager operations. out: a ``paddle.static.Program`` with a ``data`` operation for
each input, the parameters as ``builtin.parameter`` or as more inputs, and a ``fetch`` for each
output.

Every operation is called as it was captured, on values of the program instead of tensors:
without a tracer the functions of ``paddle._C_ops`` append to a program
(:mod:`.paddle_inference`), and Paddle patches the operators onto its values
(``paddle/pir/math_op_patch.py``). The result of each call is compared with what the eager one
is known to give, so a difference between the two forms is an error here, not a wrong answer.
"""

from __future__ import annotations

import contextlib
import enum
import operator
import os
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
from paddle.base import framework as paddle_framework

from ..errors import CompileError
from ..graph import GraphLayer, Node, SourcePosition, map_nodes
from ..tensor_meta import TensorMeta
from . import paddle_effects, paddle_state
from .paddle_inference import PROGRAM_LOCK, canonical_dtype, no_call_stacks
from .paddle_operators import METHODS
from .paddle_ops import is_random_call, written_arguments

__all__ = [
    "Output",
    "OutputKind",
    "StaticProgram",
    "is_leaf_call",
    "program_of",
    "static_call",
    "static_mode",
]

_pir: Any = paddle.base.libpaddle.pir
_pir_ops: Any = paddle._pir_ops
_Tensor: Any = paddle.Tensor
_place: Any = core.Place()
_PACKAGE = os.path.dirname(os.path.abspath(paddle.__file__))

_OPERATIONS: Dict[int, Tuple[str, Any]] = {
    id(getattr(core.pir.ops, name)): (name, getattr(core.pir.ops, name))
    for name in dir(core.pir.ops)
    if not name.startswith("_")
}
_LEAVES = {id(function): function for function in paddle_state.leaf_functions()}


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


@contextlib.contextmanager
def static_mode(program: Optional[Any] = None) -> Iterator[Any]:
    """In this thread, operations are appended to a program: the given one, or a new one.

    Dynamic mode is back afterwards, whatever happens, with the program and the insertion point
    that were current before. Other threads stay in dynamic mode; no two build at once.
    """
    with PROGRAM_LOCK, no_call_stacks():
        program = _pir.Program() if program is None else program
        before = _pir.get_current_insertion_point()
        # Not through its __setattr__, which sets what threads begin with that start meanwhile.
        mode: Dict[str, Any] = paddle_framework.global_var.__dict__
        tracer = mode["_dygraph_tracer_"]
        mode["_dygraph_tracer_"] = None
        core._switch_tracer(None)
        try:
            with paddle.pir.core.program_guard(program):
                yield program
        finally:
            mode["_dygraph_tracer_"] = tracer
            core._switch_tracer(tracer)
            _pir.set_insertion_point(before)


def compile_error(node: Node, why: str, hint: Optional[str] = None) -> CompileError:
    """The error for a node that has no static form, with the user's line."""
    name = getattr(node.target, "__name__", str(node.target))
    position = _users_position(node)
    return CompileError(
        f"{node.name} ({name}): {why}",
        filename=None if position is None else position.filename,
        lineno=None if position is None else position.lineno,
        hint=hint,
    )


def _users_position(node: Node) -> Optional[SourcePosition]:
    """The innermost line that isn't Paddle's own, nor of what is installed beside it."""
    stack: Tuple[SourcePosition, ...] = node.meta.get("stack") or ()
    for folder in (os.path.dirname(_PACKAGE), _PACKAGE):
        for position in reversed(stack):
            if not position.filename.startswith(folder + os.sep):
                return position
    return node.position


def _assigned(x: Any) -> Any:
    return paddle._C_ops.assign(x)


def _same(x: Any, *place: Any) -> Any:
    """A method that changes nothing where there is one device."""
    del place
    return x


def _linear(x: Any, weight: Any, bias: Any = None) -> Any:
    product = paddle._C_ops.matmul(x, weight, False, False)
    return product if bias is None else paddle._C_ops.add(product, bias)


def _methods() -> Dict[int, Tuple[Any, Callable[..., Any]]]:
    """By the identity of an eager function, it and what to call on values of a program."""
    found: Dict[int, Tuple[Any, Callable[..., Any]]] = {}

    def enter(function: Any, static: Callable[..., Any]) -> None:
        if function is not None:
            found[id(function)] = (function, static)

    for name, (operator_function, swapped) in METHODS.items():
        if name != "_setitem_dygraph":
            enter(
                _Tensor.__dict__.get(name),
                _swapped(operator_function) if swapped else operator_function,
            )
    enter(_Tensor.__dict__.get("clone"), _assigned)
    enter(_Tensor.__dict__.get("_copy_to"), _assigned)
    enter(_Tensor.__dict__.get("detach"), _detached)
    enter(_Tensor.__dict__.get("_tensor_use_gpudnn"), _same)
    enter(getattr(core.eager.ops, "linear", None), _linear)
    return found


def _swapped(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda left, right: function(right, left)


def _detached(x: Any) -> Any:
    value = paddle._C_ops.assign(x)
    value.stop_gradient = True
    return value


_METHODS = _methods()
_IS_STATE = frozenset([paddle_effects.set_grad_enabled])


def is_leaf_call(node: Node) -> bool:
    """Whether it makes a tensor of Python constants, which the eager call gives exactly."""
    return node.op == "call_function" and id(node.target) in _LEAVES


def static_call(
    node: Node,
    args: Sequence[Any],
    kwargs: Dict[str, Any],
    *,
    random: bool = False,
    instead: Optional[Mapping[str, Callable[..., Any]]] = None,
) -> Any:
    """The operation of a node on values of the current program, in :func:`static_mode`.

    Args:
        node: a ``call_function``.
        args: its arguments, values for nodes.
        kwargs: its keyword arguments.
        random: whether it may draw random numbers.
        instead: as for :func:`program_of`.

    Returns:
        a value, or a list or tuple of values and ``None``, as the eager call is structured.

    Raises:
        CompileError: it has no static form, writes to a tensor, draws random numbers, or its
            static form gives another dtype or shape.
    """
    target: Any = node.target
    found = _OPERATIONS.get(id(target))
    if found is not None and found[1] is target:
        name = found[0]
        if written_arguments(name, node.args):
            raise compile_error(node, "writes to its argument")
        if not random and is_random_call(name, node.args):
            raise compile_error(node, "draws random numbers")
        target = (instead or {}).get(name, target)
    elif id(target) in _METHODS:
        target = _METHODS[id(target)][1]
    elif target is paddle_effects.set_stop_gradient and _stops_a_new_tensor(node):
        args[0].stop_gradient = True
        return None
    elif target in _IS_STATE:
        raise compile_error(node, "changes the mode of the thread")
    elif getattr(target, "__module__", None) != "_operator" or target.__name__ == "setitem":
        raise compile_error(node, "has no static form")
    if kwargs.get("out", node) is None:
        # Paddle warns of it, whatever it is.
        kwargs = {key: value for key, value in kwargs.items() if key != "out"}
    try:
        result = target(*args, **kwargs)
    except Exception as error:
        lines = [line.strip() for line in str(error).splitlines() if line.strip()]
        text = lines[0] if lines else ""
        raise compile_error(node, f"{type(error).__name__}: {text}"[:300]) from error
    result = _without_fakes(result)
    _check(node, result, node.meta.get("tensor_meta"))
    return result


def _stops_a_new_tensor(node: Node) -> bool:
    made: Any = node.args[0]
    return node.args[1] is True and isinstance(made, Node) and made.op == "call_function"


def _without_fakes(value: Any) -> Any:
    if isinstance(value, _pir.Value):
        return None if _pir.is_fake_value(value) else value
    if isinstance(value, (list, tuple)):
        return type(value)([_without_fakes(item) for item in value])
    # An optional output that isn't there is False.
    return None if value is False else value


def _check(node: Node, value: Any, meta: Any) -> None:
    """What the eager operation gives and what the static one gives are described alike."""
    if isinstance(meta, TensorMeta):
        if not isinstance(value, _pir.Value):
            raise compile_error(node, f"gives {type(value).__name__} in a program")
        if canonical_dtype(value.dtype) != meta.dtype:
            raise compile_error(node, f"gives {value.dtype} in a program, {meta.dtype} eagerly")
        shape = tuple(value.shape)
        known = [(a, b) for a, b in zip(shape, meta.shape) if a != -1 and type(b) is int]
        if len(shape) != len(meta.shape) or any(a != b for a, b in known):
            shapes = f"{list(shape)} in a program, {list(meta.shape)} eagerly"
            raise compile_error(node, f"gives shape {shapes}")
    elif isinstance(meta, (list, tuple)) and isinstance(value, (list, tuple)):
        if len(meta) != len(value):
            raise compile_error(node, f"gives {len(value)} results in a program")
        if not node.users:
            return
        # Only what is used counts: of a kernel's workspace the shape is made up.
        for user in node.users:
            index = user.args[1] if len(user.args) > 1 and user.args[0] is node else None
            if isinstance(index, int) and isinstance(meta[index], TensorMeta):
                _check(node, value[index], meta[index])


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
        changes = [node for node in self.layer.graph.nodes if node.target in _IS_STATE]
        if changes and (not self.frozen or changes[-1].args[0] is not core._has_grad()):
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
        if node.target is operator.getitem and not isinstance(args[0], _pir.Value):
            return args[0][args[1]]
        if node.target in _IS_STATE:
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
                        value = _assigned(value)
                    fetched.append(value)
            outputs.append(found[item])
        if self.frozen:
            for index, value in enumerate(fetched):
                _pir_ops.fetch(value, f"output_{index}", index).persistable = True
        return outputs
