"""What reading an attribute of a tensor in the graph means."""

from __future__ import annotations

import types
from typing import Any, Dict, FrozenSet

import paddle

from ..tensor_meta import TensorMeta
from .base import SELF, AttributeRule
from .paddle_ops import DATA_READS

__all__ = ["attribute_rule"]

_Tensor: Any = paddle.Tensor
_one = paddle.empty([1])
_SHAPE_TYPE: Any = type(_one.shape)
_SIZE_TYPE: Any = type(_one.size)
_LAYOUT: Any = _one.layout
_TYPE: Any = _one.type
_DATA_IS_SELF: bool = _one.data is _one
del _one

#: Belong to the tensor object or its memory, so an input's value isn't in its meta.
_OBJECT_STATE: Dict[str, str] = {
    "grad": "a gradient is eager state",
    "grad_": "a gradient is eager state",
    "grad_fn": "the autograd node exists only after the graph has run",
    "inplace_version": "the version counter is eager state",
    "strides": "strides are known only after the graph has run",
    "offset": "the place in memory is known only after the graph has run",
    "block": "static graphs only",
    "process_mesh": "distributed tensors can't be captured",
    "placements": "distributed tensors can't be captured",
    "num_shard": "distributed tensors can't be captured",
    "trainable": "a parameter's state",
    "optimize_attr": "a parameter's state",
    "regularizer": "a parameter's state",
    "__dict__": "attributes that users put on a tensor",
    "__cuda_array_interface__": "hands out memory",
}

_HINT = "read it outside of the compiled function, or let the break stand: it is right"

_DYNAMIC: FrozenSet[str] = frozenset({"_grad_name", "_grad_value", "_grad_ivar"})


def _size(shape: Any) -> int:
    total = 1
    for size in shape:
        total *= size
    return total


def attribute_rule(meta: TensorMeta, name: str, intermediate: bool) -> AttributeRule:
    """What ``tensor.name`` is for a tensor of this meta.

    Args:
        meta: the tensor's.
        name: the attribute.
        intermediate: an operation of the graph makes it.
    """
    if name in ("shape", "_local_shape"):
        return AttributeRule("constant", _SHAPE_TYPE(list(meta.shape)))
    if name == "dtype":
        return AttributeRule("constant", meta.dtype)
    if name == "stop_gradient":
        return AttributeRule("constant", meta.stop_gradient)
    if name == "requires_grad" and hasattr(_Tensor, name):
        return AttributeRule("constant", not meta.stop_gradient)
    if name == "ndim":
        return AttributeRule("constant", len(meta.shape))
    if name == "size":
        if _SIZE_TYPE is int:
            return AttributeRule("constant", _size(meta.shape))
        return AttributeRule("constant", _SIZE_TYPE(_SHAPE_TYPE(list(meta.shape))))
    if name == "place":
        place = meta.place
        if place is None:
            place = paddle.base.framework._current_expected_place()
        return AttributeRule("constant", _as_place(place))
    if name == "layout":
        return AttributeRule("constant", _LAYOUT)
    if name == "type":
        return AttributeRule("constant", _TYPE)
    if name == "T":
        return _transposed(meta, list(range(len(meta.shape)))[::-1], len(meta.shape) == 1)
    if name == "mT" and len(meta.shape) >= 2:
        order = list(range(len(meta.shape)))
        order[-1], order[-2] = order[-2], order[-1]
        return _transposed(meta, order, False)
    if name == "data":
        if _DATA_IS_SELF:
            return AttributeRule("self")
        return AttributeRule("op", _Tensor.__dict__["detach"], (SELF,))
    if intermediate and name == "persistable":
        return AttributeRule("constant", False)
    if intermediate and name == "is_leaf":
        return AttributeRule("constant", meta.stop_gradient)
    if name in ("persistable", "is_leaf"):
        return _broken("it belongs to the tensor object, not to its shape and dtype")
    if name == "name":
        return AttributeRule("later", str)
    if name in _OBJECT_STATE or name in _DYNAMIC:
        return _broken(_OBJECT_STATE.get(name, "a gradient is eager state"))
    return _from_type(name)


def _as_place(place: Any) -> Any:
    """``tensor.place`` is a generic ``Place``, the expected place a ``CPUPlace`` or the like."""
    generic = paddle.base.core.Place()
    generic.set_place(place)
    return generic


def _transposed(meta: TensorMeta, order: Any, same: bool) -> AttributeRule:
    if same:
        return AttributeRule("self")
    return AttributeRule("op", paddle._C_ops.transpose, (SELF, order))


def _broken(reason: str) -> AttributeRule:
    return AttributeRule("break", reason=reason, hint=_HINT)


def _from_type(name: str) -> AttributeRule:
    """A method, a property, or nothing: what the tensor type says."""
    for kind in _Tensor.__mro__:
        if name in kind.__dict__:
            value = kind.__dict__[name]
            break
    else:
        return AttributeRule("missing", reason=f"a Tensor has no attribute {name!r}")
    read = DATA_READS.get(name)
    if read is not None:
        # The method itself may be taken; calling it breaks (Framework.data_read).
        return AttributeRule("method", value, reason=read.reason, hint=read.hint)
    if isinstance(value, property):
        return AttributeRule("inline", value.fget)
    if isinstance(value, types.GetSetDescriptorType):
        return _broken(f"{name} is read from the eager tensor")
    if isinstance(value, (staticmethod, classmethod)):
        return _broken(f"{name} is a method of the type")
    return AttributeRule("method", value)
