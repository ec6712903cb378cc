"""The shortest way to run a node eagerly.

in: a node as it was captured. out: the C++ function that the captured form ends in:

- ``paddle._C_ops.relu`` asks whether there is a tracer, then calls ``core.eager.ops.relu``:
  call that one. A graph runs only where its guards saw dynamic mode.
- ``out=None`` says nothing (``eager_utils.cc``, ``GetInputOutTensorFromKwargs``), and costs a
  fifth of such a call: leave it out. ``axis`` alone, by name, is the second argument.
- ``x + y`` of two tensors of one dtype is ``core.eager.ops.add`` behind a slot look-up and the
  rules for scalars and promotion (``eager_math_op_patch.cc``), which have nothing to do then.
- ``x[index]`` goes through a Python method that turns lists and ranges into arrays, then
  ``Tensor._getitem_dygraph``: without such parts call the latter.
"""

from __future__ import annotations

import operator
import types
from typing import Any, Callable, Dict, Optional, Tuple

import paddle
from paddle.base import core

from ..graph import Call, Node
from ..tensor_meta import TensorMeta

__all__ = ["lower"]


def _direct() -> Dict[int, Tuple[Any, Callable[..., Any]]]:
    """By the identity of a dispatcher in ``paddle._C_ops``, the eager function behind it."""
    found: Dict[int, Tuple[Any, Callable[..., Any]]] = {}
    for name in dir(core.eager.ops):
        dispatcher = getattr(core.pir.ops, name, None)
        function = getattr(core.eager.ops, name)
        if isinstance(dispatcher, types.BuiltinFunctionType) and not name.startswith("_"):
            found[id(dispatcher)] = (dispatcher, function)
    return found


_DIRECT = _direct()

_FLOATING = (paddle.float32, paddle.float64, paddle.float16, paddle.bfloat16)

#: Operators on two floating tensors of one dtype.
_OPERATORS: Dict[Any, Callable[..., Any]] = {
    operator.add: core.eager.ops.add,
    operator.sub: core.eager.ops.subtract,
    operator.mul: core.eager.ops.multiply,
    operator.truediv: core.eager.ops.divide,
    operator.lt: core.eager.ops.less_than,
    operator.le: core.eager.ops.less_equal,
    operator.eq: core.eager.ops.equal,
    operator.ne: core.eager.ops.not_equal,
    operator.gt: core.eager.ops.greater_than,
    operator.ge: core.eager.ops.greater_equal,
}

#: Operations whose second argument is ``axis`` (``args_mapper.cc`` and ``python_api_info.yaml``).
_REDUCTIONS = {
    id(getattr(core.eager.ops, name)): name
    for name in ("all", "amax", "amin", "any", "argmax", "argmin", "logsumexp", "sum")
}

_getitem: Any = paddle.Tensor.__dict__["_getitem_dygraph"]
_setitem: Any = paddle.Tensor.__dict__["_setitem_dygraph"]


def _meta(value: Any) -> Optional[TensorMeta]:
    if isinstance(value, Node):
        meta = value.meta.get("tensor_meta")
        if isinstance(meta, TensorMeta):
            return meta
    return None


def _plain_index(index: Any) -> Optional[Tuple[Any, ...]]:
    """The index as the C++ method takes it; ``None`` when the Python method has work to do."""
    items = index if type(index) is tuple else (index,)
    for item in items:
        if item is None or item is Ellipsis or type(item) is int or _meta(item) is not None:
            continue
        if type(item) is slice:
            parts = (item.start, item.stop, item.step)
            if all(part is None or type(part) is int for part in parts):
                continue
        return None
    return items


def _called(function: Any, args: Tuple[Any, ...], kwargs: Dict[str, Any]) -> Call:
    """The call with fewer arguments by name, which are looked up in a dict one by one."""
    named = {name: value for name, value in kwargs.items() if name != "out" or value is not None}
    if id(function) in _REDUCTIONS and len(args) == 1 and list(named) == ["axis"]:
        return Call(function, (*args, named["axis"]))
    return Call(function, args, tuple(named.items()))


def lower(node: Node) -> Optional[Call]:
    """A faster call with the same effect; ``None`` when there is none."""
    direct = _DIRECT.get(id(node.target))
    if direct is not None:
        return _called(direct[1], node.args, node.kwargs)
    if node.kwargs:
        return None
    if node.target is operator.getitem or node.target is operator.setitem:
        if _meta(node.args[0]) is None:
            return None
        index = _plain_index(node.args[1])
        if index is None:
            return None
        if node.target is operator.getitem:
            return Call(_getitem, (node.args[0], index))
        return Call(_setitem, (node.args[0], index, node.args[2]))
    function = _OPERATORS.get(node.target)
    if function is None:
        return None
    left, right = _meta(node.args[0]), _meta(node.args[1])
    if left is None or right is None or left.dtype != right.dtype:
        return None
    return Call(function, node.args) if left.dtype in _FLOATING else None
