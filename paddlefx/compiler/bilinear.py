"""Operations that are linear in each of two tensors, for autograd: one edge for each node.

``paddle.grad`` by some of the inputs marks the edges of a node that don't lead to them, and takes no
gradients for those, which a ``PyLayer`` isn't told (``py_layer_node.cc``: *backward function should
return None*). So each side has a ``PyLayer`` of its own: one gives the result, the other minus zeros
that are added to it.
"""

from __future__ import annotations

from typing import Any, Callable, List, Protocol, Sequence

import paddle
from paddle.autograd import PyLayer

__all__ = ["Bilinear", "recorded"]

_ops: Any = paddle._C_ops
_PLACE = paddle.CPUPlace()


class Bilinear(Protocol):
    """A product of matrices, a convolution ...

    A gradient has the shape of its side. With ``differentiable`` it is computed by Paddle's own
    operations, which have gradients themselves.
    """

    def result(self, x: Any, y: Any) -> Any:
        """What it gives."""

    def result_shape(self, x: Any, y: Any) -> List[int]:
        """The shape of what it gives."""

    def left_gradient(self, y: Any, gradient: Any, differentiable: bool) -> Any:
        """The gradient by ``x``, of the result's."""

    def right_gradient(self, x: Any, gradient: Any, differentiable: bool) -> Any:
        """The gradient by ``y``, of the result's."""


class _Call:
    """A call as one of its sides sees it.

    Args:
        operation: what is computed.
        other: the other side, which autograd takes no edge to.
    """

    __slots__ = ("_other", "_version", "operation")

    def __init__(self, operation: Bilinear, other: Any) -> None:
        self.operation = operation
        self._other = other
        self._version = other.inplace_version

    def other(self) -> Any:
        """The other side, if it is as it was.

        Raises:
            RuntimeError: it was written to.
        """
        if self._other.inplace_version != self._version:
            raise RuntimeError(
                f"a tensor that a gradient needs was written to in place: its version is "
                f"{self._other.inplace_version}, and was {self._version} in the forward pass"
            )
        return self._other


def _gradient(compute: Any, call: _Call, gradient: Any) -> Any:
    differentiable = paddle.is_grad_enabled()
    found = compute(call.other(), gradient, differentiable)
    if not differentiable:
        found.stop_gradient = False  # as Paddle's own gradients say
    return found


# Paddle keeps a reference to each class that was applied, so there is one for all operations.
class _Left(PyLayer):
    """The result, as of the left side."""

    @staticmethod
    def forward(ctx: Any, x: Any, call: _Call) -> Any:
        ctx.call = call
        return call.operation.result(x, call.other())

    @staticmethod
    def backward(ctx: Any, gradient: Any) -> Any:
        return _gradient(ctx.call.operation.left_gradient, ctx.call, gradient)


class _Right(PyLayer):
    """The result as of the right side; or nothing, to be added to it."""

    @staticmethod
    def forward(ctx: Any, y: Any, call: _Call, result: bool) -> Any:
        ctx.call = call
        operation, x = call.operation, call.other()
        if result:
            return operation.result(x, y)
        # Adding it leaves every number as it is, -0.0 too.
        return _ops.full([1], -0.0, y.dtype, _PLACE).expand(operation.result_shape(x, y))

    @staticmethod
    def backward(ctx: Any, gradient: Any) -> Any:
        return _gradient(ctx.call.operation.right_gradient, ctx.call, gradient)


def recorded(operation: Bilinear, wanted: Sequence[bool]) -> Callable[[Any, Any], Any]:
    """The operation as a function of tensors that autograd records.

    Args:
        operation: computes result and gradients.
        wanted: which sides have a gradient; one at least.
    """
    left, right = _Left.apply, _Right.apply
    if not wanted[1]:
        return lambda x, y: left(x, _Call(operation, y))
    if not wanted[0]:
        return lambda x, y: right(y, _Call(operation, x), True)
    return lambda x, y: _ops.add(left(x, _Call(operation, y)), right(y, _Call(operation, x), False))
