"""Tensors in capture: their attributes, operators, items and operations become graph nodes."""

from __future__ import annotations

import builtins
import operator
import types
from typing import TYPE_CHECKING, Any, Callable, Dict, List, Optional, Tuple

from ...errors import InferenceError
from ...frameworks.base import SELF, ConstantCall, ModeGuard, StateChange
from ...graph import Node
from ...guards import GuardKind
from ...source import AttributeSource, ConstantSource, Source
from ...symbolic import Specialise, compute
from ...tensor_meta import TensorMeta
from ..breaks import GraphBreak, Kind
from ..containers import arrays
from ..operators import numbers
from ..values import (
    ConstantVariable,
    DictVariable,
    MethodVariable,
    NotConstant,
    NumberVariable,
    ObjectVariable,
    SequenceVariable,
    SliceVariable,
    TensorAttributeVariable,
    TensorVariable,
    Variable,
)
from ..wrapping import from_python, is_literal, wrap
from . import reading, symbolic_shapes
from .own_attributes import held_tensor, in_class, own_attribute

if TYPE_CHECKING:
    from ..machine import Machine

__all__ = [
    "change_state",
    "constant_call",
    "get_attribute",
    "get_item",
    "guard_mode",
    "operate",
    "read_data",
    "record",
    "set_item",
    "state_call",
    "store_attribute",
]

Operator = Callable[..., Any]

_SYMBOLS: Dict[Operator, Tuple[str, bool]] = {
    operator.add: ("+", False),
    operator.sub: ("-", False),
    operator.mul: ("*", False),
    operator.truediv: ("/", False),
    operator.floordiv: ("//", False),
    operator.mod: ("%", False),
    operator.pow: ("**", False),
    operator.matmul: ("@", False),
    operator.lshift: ("<<", False),
    operator.rshift: (">>", False),
    operator.and_: ("&", False),
    operator.or_: ("|", False),
    operator.xor: ("^", False),
    operator.iadd: ("+", True),
    operator.isub: ("-", True),
    operator.imul: ("*", True),
    operator.itruediv: ("/", True),
    operator.ifloordiv: ("//", True),
    operator.imod: ("%", True),
    operator.ipow: ("**", True),
    operator.imatmul: ("@", True),
    operator.ilshift: ("<<", True),
    operator.irshift: (">>", True),
    operator.iand: ("&", True),
    operator.ior: ("|", True),
    operator.ixor: ("^", True),
    operator.lt: ("<", False),
    operator.le: ("<=", False),
    operator.eq: ("==", False),
    operator.ne: ("!=", False),
    operator.gt: (">", False),
    operator.ge: (">=", False),
}
_UNARY: Dict[Operator, str] = {
    operator.neg: "unary-",
    operator.pos: "unary+",
    operator.invert: "unary~",
}
#: The method behind each symbol, and the one of the right operand.
_METHODS: Dict[str, Tuple[str, str]] = {
    "+": ("__add__", "__radd__"),
    "-": ("__sub__", "__rsub__"),
    "*": ("__mul__", "__rmul__"),
    "/": ("__truediv__", "__rtruediv__"),
    "//": ("__floordiv__", "__rfloordiv__"),
    "%": ("__mod__", "__rmod__"),
    "**": ("__pow__", "__rpow__"),
    "@": ("__matmul__", "__rmatmul__"),
    "<<": ("__lshift__", "__rlshift__"),
    ">>": ("__rshift__", "__rrshift__"),
    "&": ("__and__", "__rand__"),
    "|": ("__or__", "__ror__"),
    "^": ("__xor__", "__rxor__"),
    "<": ("__lt__", "__gt__"),
    "<=": ("__le__", "__ge__"),
    "==": ("__eq__", "__eq__"),
    "!=": ("__ne__", "__ne__"),
    ">": ("__gt__", "__lt__"),
    ">=": ("__ge__", "__le__"),
    "unary-": ("__neg__", ""),
    "unary+": ("__pos__", ""),
    "unary~": ("__invert__", ""),
}


def guard_mode(machine: Machine, guards: Tuple[ModeGuard, ...]) -> None:
    """The capture holds only while this state of the framework stays.

    What the captured code itself has set needs no guard.
    """
    for item in guards:
        if (id(item.owner), item.path) in machine.changed_state:
            continue
        key = (id(item.owner), item.path, id(item.value))
        if key in machine.guarded_modes:
            continue
        machine.guarded_modes[key] = item
        source: Source = ConstantSource(item.owner, item.name)
        for name in item.path:
            source = AttributeSource(source, name)
        kind = GuardKind.VALUE if type(item.value) in _PLAIN else GuardKind.IS
        machine.guard(source, kind, item.value)


_PLAIN = (int, float, str, bool, type(None), bytes)


def constant_call(
    machine: Machine, function: Any, args: List[Variable], kwargs: Dict[str, Variable]
) -> Optional[Variable]:
    """The result of a call that only asks for the framework's state, when it is one."""
    if kwargs or _of_others(machine, function):
        return None  # before its arguments are looked at, and so guarded
    try:
        known = tuple(
            item.meta if isinstance(item, TensorVariable) else item.as_constant() for item in args
        )
    except NotConstant:
        return None
    except Specialise:
        return _computed_call(machine, function, args)
    found: Optional[ConstantCall] = machine.framework.constant_call(function, known)
    if found is None:
        return None
    guard_mode(machine, found.guards)
    return machine.opaque(found.value)


def _computed_call(machine: Machine, function: Any, args: List[Variable]) -> Optional[Variable]:
    """A pure function of the framework, of sizes that vary: its result is fitted to them."""
    try:
        metas = tuple(to_argument(machine, item)[1] for item in args)
    except GraphBreak:
        return None
    found = symbolic_shapes.answer(machine, function, metas)
    return None if found is None else from_python(machine, found[0])


def _of_others(machine: Machine, function: Any) -> bool:
    """Whether it is a Python function that isn't the framework's, or one of ``builtins``."""
    kind = type(function)
    if kind is not types.FunctionType:
        return kind is types.BuiltinFunctionType and function.__self__ is builtins
    return bool(str(function.__module__).partition(".")[0] != machine.framework.name)


def change_state(machine: Machine, change: StateChange) -> None:
    """Set the framework's state: in the graph, and for the rest of capture in this thread.

    Inference and :func:`constant_call` then answer as the plain program's operations would.
    """
    now = change.current()
    place = (id(change.owner), change.path)
    if place not in machine.changed_state:
        name = ".".join(change.path).lstrip("_")
        guard_mode(machine, change.guards or (ModeGuard(change.owner, change.path, now, name),))
    if now == change.value:
        return
    machine.changed_state.add(place)
    change.target(change.value)
    machine.graph.call_function(change.target, (change.value,), {}, _origin(machine))
    machine.worked = machine.steps


def _origin(machine: Machine) -> Dict[str, Any]:
    """The ``position`` and the ``stack`` of a node that is made now."""
    stack = tuple([frame.position for frame in machine.frames])
    return {"position": stack[-1], "stack": stack}


def state_call(
    machine: Machine, function: Any, args: List[Variable], kwargs: Dict[str, Variable]
) -> Optional[Variable]:
    """A call that only sets the framework's state, or counts something, when it is one."""
    framework = machine.framework
    if _of_others(machine, function):
        return None  # before its arguments, which may be long, are looked at
    try:
        known = tuple(item.as_constant() for item in args)
        named = {key: item.as_constant() for key, item in kwargs.items()}
    except (NotConstant, Specialise):
        return None
    change = None if named else framework.state_call(function, known)
    if change is not None:
        change_state(machine, change)
        return ConstantVariable(None)
    kind = framework.delayed_call(function)
    if kind is None:
        return None
    return machine.side_effects.call_later(function, known, named, kind)


def store_attribute(machine: Machine, target: TensorVariable, name: str, value: Variable) -> None:
    """``tensor.name = value``.

    Raises:
        GraphBreak: it has to run for real.
    """
    found = machine.framework.attribute_store(name, value.python_type())
    if isinstance(found, types.FunctionType) and not machine.framework.mutates(found):
        setter = machine.wrap(found, ConstantSource(found, f"Tensor.{name}"))
        machine.call(setter, [target, value], {})
        return
    if found is None or not value.is_constant():
        machine.break_graph(Kind.SIDE_EFFECT, f"assignment to attribute {name!r} of a tensor")
    record(machine, found, [target, value], {}, data=False)
    if not target.meta.stop_gradient:
        machine.made_leaves[id(target)] = target


def get_attribute(machine: Machine, value: TensorVariable, name: str) -> Variable:
    """``tensor.name``.

    Raises:
        GraphBreak: it can't be known before the graph runs.
    """
    own = own_attribute(machine, value, name)
    return class_attribute(machine, value, name) if own is None else own


def class_attribute(machine: Machine, value: TensorVariable, name: str) -> Variable:
    """What the class says ``tensor.name`` is, as for operators.

    Raises:
        GraphBreak: it can't be known before the graph runs.
    """
    known_shape(machine, value)
    outside = value.source is not None
    if outside and name == machine.framework.gradient_attribute and not machine.changed_inputs:
        return _gradient(machine, value, name)
    meta = symbolic_shapes.concrete(value.meta)
    rule = machine.framework.tensor_attribute(meta, name, intermediate=not outside)
    if rule.kind == "constant":
        if meta.shape is not value.meta.shape and isinstance(rule.value, list):
            return SequenceVariable(
                [from_python(machine, size) for size in value.meta.shape], type(rule.value)
            )
        if meta.shape is not value.meta.shape and name == "size":
            return _size(machine, value.meta, type(rule.value))
        return from_python(machine, rule.value)
    if rule.kind == "self":
        return value
    if rule.kind == "op":
        args: List[Variable] = [
            value if arg is SELF else from_python(machine, arg) for arg in rule.args
        ]
        return record(machine, rule.value, args, {})
    if rule.kind == "inline":
        getter = machine.wrap(rule.value, ConstantSource(rule.value, f"Tensor.{name}"))
        return machine.call(getter, [value], {})
    if rule.kind == "method":
        function = machine.wrap(rule.value, ConstantSource(rule.value, f"Tensor.{name}"))
        return MethodVariable(value, function, name)
    if rule.kind == "later":
        if value.source is not None and value.node.op == "get_attr":
            held = machine.attributes[value.node.target]
            return machine.wrap(getattr(held, name), AttributeSource(value.source, name))
        return TensorAttributeVariable(value, name, rule.value)
    if rule.kind == "missing":
        if in_class(value, name) is not None:
            return machine.break_graph(Kind.DATA, f"{value.cls.__name__}.{name}")
        machine.raise_observed(
            AttributeError(f"{value.cls.__name__!r} object has no attribute {name!r}"), worded=True
        )
    return machine.break_graph(Kind.DATA, rule.reason, rule.hint or None)


def _size(machine: Machine, meta: TensorMeta, kind: type) -> Variable:
    """The number of elements, some of the sizes being symbolic."""
    total: Any = 1
    if kind is not int:  # some versions of the framework have a class of their own for it
        next(symbolic_shapes.symbols_in(meta)).specialise()
    for size in meta.shape:
        if type(total) is int and type(size) is int:
            total *= size
        else:
            total = compute(operator.mul, total, size)
    return from_python(machine, total)


def _gradient(machine: Machine, value: TensorVariable, name: str) -> Variable:
    """The gradient of a tensor from outside, an input too: nothing in a graph changes it.

    Each reading makes a new object, as the plain program's does.
    """
    assert value.source is not None
    held = held_tensor(machine, value)
    return wrap(machine, getattr(held, name), AttributeSource(value.source, name))


def operate(machine: Machine, function: Operator, values: List[Variable]) -> Variable:
    """An operator with a tensor among its operands."""
    if len(values) == 1:
        symbol, in_place = _UNARY[function], False
    else:
        symbol, in_place = _SYMBOLS[function]
    target = machine.framework.op_for_operator(symbol, in_place)
    if target is not None:
        return record(machine, target, values, {})
    forward, backward = _METHODS[symbol]
    if in_place:
        augmented = "__i" + forward[2:]
        if getattr(machine.framework.tensor_types[0], augmented, None) is not None:
            forward = augmented
    first = values[0]
    if isinstance(first, TensorVariable):
        result = machine.call(class_attribute(machine, first, forward), values[1:], {})
        if not (isinstance(result, ConstantVariable) and result.value is NotImplemented):
            return result
    if len(values) == 2 and isinstance(values[1], TensorVariable):
        return machine.call(class_attribute(machine, values[1], backward), values[:1], {})
    return machine.break_graph(Kind.OPERATION, f"operator {symbol} of a tensor")


def get_item(machine: Machine, value: TensorVariable, key: Variable) -> Variable:
    """``tensor[key]``."""
    target = machine.framework.op_for_operator("[]")
    if target is not None:
        return record(machine, target, [value, key], {})
    return machine.call(class_attribute(machine, value, "__getitem__"), [key], {})


def set_item(machine: Machine, target: TensorVariable, key: Variable, value: Variable) -> None:
    """``tensor[key] = value``."""
    store = machine.framework.op_for_operator("[]=")
    if store is not None:
        record(machine, store, [target, key, value], {})
        return
    machine.call(class_attribute(machine, target, "__setitem__"), [key, value], {})


def known_shape(machine: Machine, value: TensorVariable) -> None:
    """Some kernels give a workspace beside their results whose size isn't known."""
    if any(type(size) is int and size < 0 for size in value.meta.shape):
        machine.break_graph(Kind.DATA, "a tensor whose shape depends on data")


# -- graph nodes


def to_argument(machine: Machine, value: Variable, target: Any = None) -> Tuple[Any, Any]:
    """What an argument of ``target`` becomes: with nodes for the graph, metas for inference."""
    value = machine.realise(value)
    if isinstance(value, ObjectVariable):
        from ..objects.builtin_parts import as_builtin  # which reads attributes

        value = as_builtin(machine, value, "__iter__", "__len__", "__getitem__")
    if isinstance(value, TensorVariable):
        known_shape(machine, value)
        return value.node, value.meta
    if isinstance(value, ConstantVariable) and _plain(machine, value.value):
        return value.value, value.value
    if isinstance(value, ConstantVariable):
        found = arrays.argument(machine, value, target)
        if found is not None:
            return found
    if isinstance(value, NumberVariable):
        return numbers.node_of(machine, value), value.number
    if isinstance(value, SequenceVariable):
        pairs = [to_argument(machine, item, target) for item in value.items]
        kind = tuple if issubclass(value.cls, tuple) else list
        return kind(pair[0] for pair in pairs), kind(pair[1] for pair in pairs)
    if isinstance(value, SliceVariable):
        pairs = [to_argument(machine, part, target) for part in value.bounds]
        return slice(*[pair[0] for pair in pairs]), slice(*[pair[1] for pair in pairs])
    if isinstance(value, DictVariable):
        both = {key: to_argument(machine, part, target) for key, part in value.items.items()}
        return {k: v[0] for k, v in both.items()}, {k: v[1] for k, v in both.items()}
    try:
        known = value.as_constant()
    except NotConstant:
        pass
    else:
        if is_literal(machine, known):
            return known, known
    return machine.break_graph(
        Kind.OPERATION, f"a {value.python_type().__name__} as argument of a tensor operation"
    )


def _plain(machine: Machine, value: Any) -> bool:
    """Whether a graph may hold it: a literal, or a double of numpy, which is a float."""
    return is_literal(machine, value) or isinstance(value, float)


def record(
    machine: Machine,
    target: Any,
    args: List[Variable],
    kwargs: Dict[str, Variable],
    *,
    data: bool = True,
) -> Variable:
    """Add one operation to the graph.

    Its result's shapes and dtypes come from the framework's inference.

    Args:
        machine: the capture.
        target: the operation.
        args: its arguments.
        kwargs: its keyword arguments.
        data: whether what it writes is a tensor's data, not only its description.

    Raises:
        GraphBreak: inference refuses; running it for real gives the user the real error.
    """
    framework = machine.framework
    read = read_data(machine, target, args, kwargs)
    if read is not None:
        return read
    pairs = [to_argument(machine, item, target) for item in args]
    named = {key: to_argument(machine, item, target) for key, item in kwargs.items()}
    metas = tuple(pair[1] for pair in pairs)
    named_metas = {key: pair[1] for key, pair in named.items()}
    try:
        result, changed = symbolic_shapes.infer(machine, target, metas, named_metas)
    except InferenceError as error:
        # A shape may depend on data, and that may be known.
        nodes = tuple(pair[0] for pair in pairs), {key: pair[0] for key, pair in named.items()}
        result, changed = machine.known.outcome(target, *nodes), {}
        if result is None:
            given = [reading.with_data(machine, item) for item in args]
            given_by_name = {key: reading.with_data(machine, v) for key, v in kwargs.items()}
            as_before = all(one is two for one, two in zip(given, args))
            if as_before and all(given_by_name[key] is kwargs[key] for key in kwargs):
                machine.break_graph(Kind.OPERATION, error.reason, error.hint)
            # The graph keeps the tensors: Paddle may see another thing in a tensor than in ints.
            refused = machine.known.refusal(target, nodes, (metas, named_metas))
            if refused is not None:
                machine.break_graph(Kind.OPERATION, refused.reason, refused.hint)
            metas = tuple(to_argument(machine, item, target)[1] for item in given)
            named_metas = {
                key: to_argument(machine, v, target)[1] for key, v in given_by_name.items()
            }
            try:
                result, changed = symbolic_shapes.infer(machine, target, metas, named_metas)
            except InferenceError as second:
                machine.break_graph(Kind.OPERATION, second.reason, second.hint)
    known, named_known = metas, named_metas
    if machine.symbols:
        known, named_known = map(symbolic_shapes.concrete, (metas, named_metas))
    written = framework.mutates(target, known, named_known)
    if written:
        _refuse_leaves(machine, target, args, written)
    _check_aliases(machine, args, changed)
    node = machine.graph.call_function(
        target,
        tuple(pair[0] for pair in pairs),
        {key: pair[0] for key, pair in named.items()},
        {"tensor_meta": result, **_origin(machine)},
    )
    machine.worked = machine.steps
    for index, meta in changed.items():
        argument = args[index]
        if isinstance(argument, TensorVariable):
            argument.meta = meta
    if not written:
        machine.known.note(node, node.args, node.kwargs, metas)
    elif data:
        machine.known.written(node.all_input_nodes)
    if len(written) == 1 and written[0] in changed and isinstance(result, TensorMeta):
        # An in-place operation gives back the very tensor that it wrote to.
        same: Variable = args[written[0]]
        return same
    return result_variable(machine, node, result)


def read_data(
    machine: Machine, method: Any, args: List[Variable], kwargs: Dict[str, Variable]
) -> Optional[Variable]:
    """What a method gives that reads a tensor's data; ``None`` when it doesn't.

    Raises:
        GraphBreak: the data doesn't follow from shapes alone.
    """
    read = machine.framework.data_read(method)
    if read is None:
        return None
    found = reading.read(machine, method, args, kwargs)
    if found is not None:
        return found
    return machine.break_graph(Kind.DATA, read.reason, read.hint)


def _check_aliases(machine: Machine, args: List[Variable], changed: Dict[int, TensorMeta]) -> None:
    """Another input may be the same tensor: what is known of it must not go stale."""
    for index, meta in changed.items():
        argument = args[index]
        if not isinstance(argument, TensorVariable) or argument.source is None:
            continue
        if meta[:3] == argument.meta[:3]:
            continue
        machine.changed_inputs[id(argument)] = argument
        for other in list(machine.wrapped.values()):
            if isinstance(other, TensorVariable) and other is not argument:
                if machine.identities.same(machine, argument, other):
                    other.meta = meta


def seen_changed(machine: Machine, value: TensorVariable) -> None:
    """A tensor from outside is met: it may be one whose description has changed in place."""
    for changed in machine.changed_inputs.values():
        if changed is not value and machine.identities.same(machine, changed, value):
            value.meta = changed.meta


def _refuse_leaves(
    machine: Machine, target: Any, args: List[Variable], written: Tuple[int, ...]
) -> None:
    """Autograd refuses to change a leaf in place: the plain program may raise here."""
    if not machine.framework.spares_leaves(target):
        return
    for index in written:
        argument = args[index]
        if (
            isinstance(argument, TensorVariable)
            and not argument.meta.stop_gradient
            and (id(argument) in machine.made_leaves or _may_be_leaf(machine, argument))
        ):
            machine.break_graph(
                Kind.OPERATION,
                "a tensor that requires gradients, and may be a leaf, is changed in place",
                "change a copy of it, or do it under paddle.no_grad()",
            )


def _may_be_leaf(machine: Machine, value: TensorVariable) -> bool:
    """Whether no operation with a gradient made it; a guard when it is from outside."""
    if value.source is not None or value.node.op != "call_function":
        name = machine.framework.leaf_attribute
        example = machine.examples.get(value.node)
        if example is None or value.source is None or getattr(example, name):
            return True
        machine.guard(AttributeSource(value.source, name), GuardKind.VALUE, False)
        return False
    made = value.node.meta.get("tensor_meta")
    return bool(value.node.all_input_nodes) is False and (
        isinstance(made, TensorMeta) and not made.stop_gradient
    )


def result_variable(machine: Machine, node: Node, result: Any) -> Variable:
    """The symbolic value of a node's result: a tensor, or a list or tuple of results."""
    if isinstance(result, TensorMeta):
        return TensorVariable(node, result, machine.framework.tensor_types[0])
    if isinstance(result, (tuple, list)):
        items = [_part(machine, node, index, part) for index, part in enumerate(result)]
        return SequenceVariable(items, type(result))
    return from_python(machine, result)


def _part(machine: Machine, node: Node, index: int, part: Any) -> Variable:
    if not isinstance(part, (TensorMeta, tuple, list)):
        return from_python(machine, part)
    origin = {key: node.meta[key] for key in ("position", "stack") if key in node.meta}
    item = machine.graph.call_function(
        operator.getitem, (node, index), {}, {"tensor_meta": part, **origin}
    )
    machine.known.part(item, node, index)
    return result_variable(machine, item, part)
