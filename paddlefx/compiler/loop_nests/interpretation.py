"""A plan computed by Paddle's own operations, one by one.

in: a plan and its tensors. out: what its kernel would give, as tensors that autograd records:
gradients of gradients are made of it.
"""

from __future__ import annotations

import operator
from typing import Any, Callable, Dict, List, Sequence, Tuple

import paddle
import paddle.nn.functional as F

from .expression import Value, ordered
from .nest import Output
from .planning import Plan

__all__ = ["computed"]

_DTYPES = {"float": "float32", "double": "float64", "i32": "int32", "i64": "int64", "i1": "bool"}


def _nothing_of(source: Any) -> Any:
    """Zeros with the gradient of what is finite."""
    bounded = paddle.where(paddle.isfinite(source), source, paddle.zeros_like(source))
    return bounded - bounded.detach()


_FUNCTIONS: Dict[str, Callable[..., Any]] = {
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "div": operator.truediv,
    "neg": operator.neg,
    "lt": paddle.less_than,
    "le": paddle.less_equal,
    "eq": paddle.equal,
    "ne": paddle.not_equal,
    "gt": paddle.greater_than,
    "ge": paddle.greater_equal,
    "max": paddle.maximum,
    "min": paddle.minimum,
    "select": paddle.where,
    "fixed": paddle.Tensor.detach,
    "through": lambda value, source: value.detach() + _nothing_of(source),
    "sigmoid": F.sigmoid,
    "log_sigmoid": F.log_sigmoid,
    **{
        name: getattr(paddle, name)
        for name in ("abs", "sqrt", "floor", "ceil", "trunc", "exp", "expm1", "log", "log1p")
    },
    "tanh": paddle.tanh,
    "erf": paddle.erf,
}
_BITS = ("and", "or", "xor")


class _Interpreter:
    def __init__(self, plan: Plan, tensors: Sequence[Any]) -> None:
        self.plan = plan
        rank = len(plan.shape)
        self.row: Tuple[int, ...] = plan.dims[-1] if plan.dims else ()
        self.shape = [1] * rank
        self.inputs: List[Any] = []
        for tensor, operand in zip(tensors, plan.nest.inputs):
            shape = self._aligned(list(tensor.shape), operand.moves)
            self.inputs.append(tensor.reshape(shape))
            self.shape = [max(a, b) for a, b in zip(self.shape, shape)]
        self.known: Dict[Value, Any] = {}

    def _aligned(self, own: List[int], moves: Tuple[bool, ...]) -> List[int]:
        """A shape of the group's rank, from where the operand moves."""
        moving = {d for group, move in zip(self.plan.dims, moves) if move for d in group}
        sizes = [size for size in own if size != 1]
        return [sizes.pop(0) if d in moving else 1 for d in range(len(self.plan.shape))]

    def of(self, value: Value) -> Any:
        for part in ordered([value]):
            if part not in self.known:
                self.known[part] = self._computed(part)
        return self.known[value]

    def _computed(self, value: Value) -> Any:
        if value.op == "input":
            return self.inputs[value.payload]
        dtype = _DTYPES[value.dtype]
        ones = [1] * len(self.shape)
        if value.op == "constant":
            return paddle.full(ones, value.payload, dtype)
        if value.op == "extent":
            count = 1
            for d in self.row:
                count *= self.shape[d]
            return paddle.full(ones, count, dtype)
        operands = [self.known[argument] for argument in value.args]
        if value.op == "cast":
            return operands[0].astype(dtype)
        if value.op in _BITS:
            kind = "logical" if value.dtype == "i1" else "bitwise"
            return getattr(paddle, f"{kind}_{value.op}")(*operands)
        if value.op.startswith("reduce_"):
            name = value.op[len("reduce_") :]
            return getattr(paddle, name)(operands[0], axis=list(self.row), keepdim=True)
        return _FUNCTIONS[value.op](*operands)

    def output(self, output: Output, shape: Sequence[int]) -> Any:
        """A result: broadcast to the group's shape, summed where it lacks a dimension."""
        result = self.of(output.value)
        plan = self.plan
        full = list(self.shape)
        if not output.moves[-1]:
            for d in self.row:
                full[d] = 1
        result = result.expand(full)
        summed = [
            d for group, move in zip(plan.dims[:-1], output.moves[:-1]) if not move for d in group
        ]
        if summed:
            result = result.sum(summed, keepdim=True)
        return result.reshape(list(shape))


def computed(plan: Plan, tensors: Sequence[Any], shapes: Sequence[Sequence[int]]) -> List[Any]:
    """The plan's outputs.

    Args:
        plan: what to compute.
        tensors: one for each input.
        shapes: the outputs'.
    """
    interpreter = _Interpreter(plan, tensors)
    return [interpreter.output(output, shape) for output, shape in zip(plan.nest.outputs, shapes)]
