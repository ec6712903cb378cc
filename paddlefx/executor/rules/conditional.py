"""``paddlefx.cond`` in capture: both functions become graphs, a node chooses between them."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any, Dict, List, NamedTuple, Optional, Tuple

from ...conditional import Conditional, cond
from ...graph import Graph, GraphLayer, Node, iter_nodes, map_nodes
from ...tensor_meta import TensorMeta
from ..breaks import Kind, ObservedException
from ..iterators import iteration
from ..operators import arithmetic
from ..tensors import operations as tensors
from ..values import (
    CellVariable,
    ConstantVariable,
    DictVariable,
    FunctionVariable,
    MethodVariable,
    NullVariable,
    NumberVariable,
    SequenceVariable,
    SetVariable,
    TensorVariable,
    Variable,
)

if TYPE_CHECKING:
    from ..machine import Machine

__all__ = ["rule"]

_HINT = (
    "both functions have to give new tensors of the same shapes and dtypes, and to change "
    "nothing from outside"
)

#: The nesting of a result: what tells two results apart beside the tensors in them.
Structure = Any


class _Branch(NamedTuple):
    """What one of the functions did.

    Args:
        nodes: those that it added to the graph, taken out of it again.
        tensors: the tensors in its result, each once.
        structure: the nesting, the constants, and which of the tensors stands where.
    """

    nodes: List[Node]
    tensors: List[TensorVariable]
    structure: Structure


def rule(machine: Machine, args: List[Variable], kwargs: Dict[str, Variable]) -> Variable:
    """``cond(pred, true_fn, false_fn, operands)``.

    Raises:
        GraphBreak: ``pred`` is a tensor, and the functions can't both be graphs.
    """
    names = ("pred", "true_fn", "false_fn", "operands")
    given = dict(zip(names, args), **kwargs)
    if len(args) + len(kwargs) != len(given) or not {*names[:3]} <= given.keys() <= {*names}:
        machine.break_graph(Kind.CALL, "a call of cond() with other arguments than it takes")
    pred = machine.realise(given["pred"])
    operands = iteration.unpacked(machine, given["operands"]) if "operands" in given else []
    choices = (given["true_fn"], given["false_fn"])
    if not isinstance(pred, TensorVariable):
        return machine.call(choices[0 if arithmetic.truth(machine, pred) else 1], operands, {})
    tensors.known_shape(machine, pred)
    if any(size != 1 for size in pred.meta.shape):
        machine.break_graph(Kind.DATA, "the truth of a tensor that hasn't one element")
    machine.inlined += 1  # from here on only a restart undoes what was done
    true, false = (_run(machine, function, operands) for function in choices)
    if true.structure != false.structure:
        machine.break_graph(Kind.DATA, "the functions of cond() give different results", _HINT)
    for one, other in zip(true.tensors, false.tensors):
        if one.meta != other.meta or one.cls is not other.cls:
            machine.break_graph(
                Kind.DATA, "the functions of cond() give tensors of different kinds", _HINT
            )
    return _chosen(machine, pred, true, false)


def _run(machine: Machine, function: Variable, operands: List[Variable]) -> _Branch:
    """Run a function here, and take what it recorded out of the graph again."""
    before = set(machine.graph.nodes)
    logged = len(machine.side_effects.log)
    watched = _Watch(machine, [function, *operands])
    try:
        result = machine.call(function, list(operands), {})
    except ObservedException as signal:
        kind = signal.variable.python_type().__name__
        machine.break_graph(Kind.EXCEPTION, f"a function of cond() raises {kind}")
    if len(machine.side_effects.log) != logged or watched.changed():
        machine.break_graph(
            Kind.SIDE_EFFECT, "a function of cond() changes something from outside", _HINT
        )
    new = [
        node for node in machine.graph.nodes if node.op == "call_function" and node not in before
    ]
    made = set(new)
    for node in new:
        if "tensor_meta" not in node.meta:
            machine.break_graph(
                Kind.SIDE_EFFECT, "a function of cond() changes the framework's state", _HINT
            )
        for place in machine.framework.mutates(node.target, node.args, node.kwargs):
            if any(target not in made for target in iter_nodes(node.args[place])):
                machine.break_graph(
                    Kind.SIDE_EFFECT, "a function of cond() changes a tensor in place", _HINT
                )
    found: List[TensorVariable] = []
    structure = _structure(machine, result, found)
    if any(tensor.node not in made for tensor in found):
        machine.break_graph(
            Kind.DATA,
            "a function of cond() gives a tensor that it didn't make",
            "let it give a copy: x.clone()",
        )
    return _Branch(new, found, structure)


class _Watch:
    """What the captured frame has made itself and a function can reach: it may not change."""

    def __init__(self, machine: Machine, roots: List[Variable]) -> None:
        self._held: Dict[int, Tuple[Variable, Optional[List[Any]]]] = {}
        pending = list(roots)
        while pending:
            value = pending.pop()
            if value.source is not None or id(value) in self._held:
                continue
            if isinstance(value, FunctionVariable):
                self._held[id(value)] = (value, None)
                pending += [*value.closure, *value.defaults, *value.kwdefaults.values()]
                continue
            if isinstance(value, MethodVariable):
                pending += [value.receiver, *([value.function] if value.function else [])]
                continue
            if isinstance(value, (TensorVariable, ConstantVariable, NumberVariable, NullVariable)):
                continue
            state = self._state(value)
            if state is None:
                machine.break_graph(
                    Kind.SIDE_EFFECT,
                    f"a function of cond() may change a {value.python_type().__name__}",
                    _HINT,
                )
            self._held[id(value)] = (value, state)
            pending += [part for part in state if isinstance(part, Variable)]

    @staticmethod
    def _state(value: Variable) -> Optional[List[Any]]:
        """What it holds, to be compared by identity; ``None`` when that isn't known."""
        if isinstance(value, CellVariable):
            return [value.contents] if value.contents is not None else []
        if isinstance(value, SequenceVariable) and value.owner is None:
            return list(value.items)
        if isinstance(value, DictVariable) and value.owner is None:
            return [part for pair in value.items.items() for part in pair]
        if isinstance(value, SetVariable) and value.owner is None:
            return list(value.items)
        return None

    def changed(self) -> bool:
        """Whether one of them holds something else by now."""
        return any(
            state is not None and list(map(id, self._state(value) or ())) != list(map(id, state))
            for value, state in self._held.values()
        )


def _structure(machine: Machine, value: Variable, found: List[TensorVariable]) -> Structure:
    """The nesting of a result; the tensors in it are added to ``found``."""
    value = machine.realise(value)
    if isinstance(value, TensorVariable):
        for index, known in enumerate(found):
            if known is value:
                return ("tensor", index)
        found.append(value)
        return ("tensor", len(found) - 1)
    if isinstance(value, SequenceVariable) and value.cls in (list, tuple) and value.source is None:
        return (value.cls, [_structure(machine, item, found) for item in value.items])
    if isinstance(value, DictVariable) and value.cls is dict and value.source is None:
        return (
            dict,
            [(key, _structure(machine, item, found)) for key, item in value.items.items()],
        )
    if isinstance(value, ConstantVariable):
        return ("constant", type(value.value), value.value)
    return machine.break_graph(
        Kind.OPERATION, f"a function of cond() gives a {value.python_type().__name__}", _HINT
    )


def _chosen(machine: Machine, pred: TensorVariable, true: _Branch, false: _Branch) -> Variable:
    """The node that chooses, and its results in the nesting of the functions'."""
    made = {*true.nodes, *false.nodes}
    outer = list(
        dict.fromkeys(
            node
            for branch in (true, false)
            for user in branch.nodes
            for node in user.all_input_nodes
            if node not in made
        )
    )
    layers = [_layer(machine, branch, outer) for branch in (true, false)]
    for branch in (true, false):
        for node in reversed(branch.nodes):
            machine.graph.erase_node(node)
    frame = machine.frames[-1]
    position = frame.position
    metas = tuple(tensor.meta for tensor in true.tensors)
    node = machine.graph.call_function(
        Conditional(*layers),
        (pred.node, *outer),
        {},
        {"tensor_meta": metas, "position": position},
    )
    results: List[Variable] = []
    for index, tensor in enumerate(true.tensors):
        meta: TensorMeta = tensor.meta
        part = machine.graph.call_function(
            operator.getitem, (node, index), {}, {"tensor_meta": meta, "position": position}
        )
        results.append(TensorVariable(part, meta, tensor.cls))
    return _rebuilt(true.structure, results)


def _layer(machine: Machine, branch: _Branch, outer: List[Node]) -> GraphLayer:
    """The nodes of a function as a graph of their own that takes ``outer``."""
    graph = Graph()
    mapping: Dict[Node, Node] = {}
    for node in outer:
        mapping[node] = graph.placeholder(node.name, dict(node.meta))
    for node in branch.nodes:
        mapping[node] = graph.call_function(
            node.target,
            map_nodes(node.args, mapping.__getitem__),
            map_nodes(node.kwargs, mapping.__getitem__),
            dict(node.meta),
            node.name,
        )
    graph.output(tuple(mapping[tensor.node] for tensor in branch.tensors))
    layer: GraphLayer = machine.framework.make_graph_layer(graph, {})
    return layer


def _rebuilt(structure: Structure, results: List[Variable]) -> Variable:
    kind = structure[0]
    if kind == "tensor":
        result: Variable = results[structure[1]]
        return result
    if kind == "constant":
        return ConstantVariable(structure[2])
    if kind is dict:
        return DictVariable({key: _rebuilt(item, results) for key, item in structure[1]})
    return SequenceVariable([_rebuilt(item, results) for item in structure[1]], kind)


RULES = {("paddlefx.conditional", cond.__name__): rule}
