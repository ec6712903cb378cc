"""Operations that Paddle's Python writes as stores: node targets with an effect.

``tensor.stop_gradient = flag`` changes the autograd record of a tensor
(``paddle/fluid/pybind/eager_properties.cc``), ``tracer._has_grad = flag`` whether
operations of this thread are recorded (``egr::Controller::SetHasGrad``). In a graph both
are calls, in order with the operations around them.
"""

from __future__ import annotations

from typing import Any, Dict, NamedTuple, Optional, Tuple

from paddle.base import core
from paddle.base import framework as paddle_framework

from ..errors import InferenceError
from ..graph import Node
from ..tensor_meta import TensorMeta
from . import paddle_amp
from .base import StateChange

__all__ = [
    "ATTRIBUTE_STORES",
    "DELAYED_CALLS",
    "infer_set_value",
    "set_grad_enabled",
    "set_stop_gradient",
    "sets_nothing",
    "state_call",
    "state_store",
]

_globals: Any = paddle_framework.global_var
_GRAD_PATH = ("_dygraph_tracer_", "_has_grad")


def set_stop_gradient(tensor: Any, flag: bool) -> None:
    """Whether gradients stop at a tensor.

    Args:
        tensor: of any dtype and shape; changed in place.
        flag: true: none flows through it.
    """
    tensor.stop_gradient = flag


def set_grad_enabled(flag: bool) -> None:
    """Whether this thread's operations are recorded for the backward pass.

    Args:
        flag: true: they are.
    """
    core._set_has_grad(flag)


#: Read before a graph that calls it, and given back to it when an operation raises.
set_grad_enabled.saved_by = core._has_grad  # type: ignore[attr-defined]


class _Store(NamedTuple):
    """How a store to an attribute of a tensor is done in a graph.

    Args:
        target: called with the tensor and the value.
        kind: the type the value must have.
        field: the part of the meta that it changes.
    """

    target: Any
    kind: type
    field: str

    def changed(self, args: Tuple[Any, ...]) -> TensorMeta:
        """The tensor's meta after it."""
        meta: TensorMeta = args[0]._replace(**{self.field: args[1]})
        return meta


#: By attribute of the tensor.
ATTRIBUTE_STORES: Dict[str, _Store] = {
    "stop_gradient": _Store(set_stop_gradient, bool, "stop_gradient"),
}
STORES_BY_TARGET: Dict[int, _Store] = {id(s.target): s for s in ATTRIBUTE_STORES.values()}


def state_store(owner: Any, name: str, value: Any) -> Optional[StateChange]:
    """What ``owner.name = value`` changes, when ``owner`` is this thread's tracer."""
    if name == "_has_grad" and type(value) is bool and owner is _globals._dygraph_tracer_:
        return StateChange(set_grad_enabled, value, core._has_grad, _globals, _GRAD_PATH)
    if owner is not None and owner is _globals._dygraph_tracer_:
        return paddle_amp.state_store(name, value)
    return None


def state_call(function: Any, args: Tuple[Any, ...]) -> Optional[StateChange]:
    """What a call changes, when it only sets this thread's state."""
    if function is core._set_has_grad and len(args) == 1 and type(args[0]) is bool:
        return StateChange(set_grad_enabled, args[0], core._has_grad, _globals, _GRAD_PATH)
    return paddle_amp.state_call(function, args)


def _delayed_calls() -> Dict[int, Tuple[Any, type]]:
    from paddle.base import unique_name

    return {id(unique_name.generate): (unique_name.generate, str)}


#: Calls that count something and give what is rarely looked at: function, type of the result.
DELAYED_CALLS: Dict[int, Tuple[Any, type]] = _delayed_calls()


def sets_nothing(node: Node) -> bool:
    """Whether a node sets ``stop_gradient`` of a tensor to what the tensor was made with."""
    if node.target is not set_stop_gradient or not isinstance(node.args[0], Node):
        return False
    meta = node.args[0].meta.get("tensor_meta")
    return isinstance(meta, TensorMeta) and meta.stop_gradient is node.args[1]


def infer_set_value(args: Tuple[Any, ...], kwargs: Dict[str, Any]) -> None:
    """``tensor.set_value(other)`` copies another tensor of the same shape and dtype.

    Raises:
        InferenceError: it is something else; it may be an array, or Paddle refuses it.
    """
    operands = (*args, *kwargs.values())
    if (
        len(operands) != 2
        or not all(isinstance(operand, TensorMeta) for operand in operands)
        or operands[0].shape != operands[1].shape
        or operands[0].dtype != operands[1].dtype
    ):
        raise InferenceError("set_value() copies data from outside", hint="use paddle.assign")
