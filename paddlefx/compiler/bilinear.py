"""Operations that are linear in each of two tensors: products of matrices, convolutions."""

from __future__ import annotations

import functools
from typing import Any, Callable, List, Protocol, Sequence

from .edges import record, require_hooks

__all__ = ["Bilinear", "recorded"]


class Bilinear(Protocol):
    """A product of matrices, a convolution ...

    A gradient has the shape of its side. With ``differentiable`` it is computed by Paddle's own
    operations, which have gradients themselves.
    """

    def result(self, x: Any, y: Any) -> Any:
        """What it gives."""

    def left_gradient(self, y: Any, gradient: Any, differentiable: bool) -> Any:
        """The gradient by ``x``, of the result's."""

    def right_gradient(self, x: Any, gradient: Any, differentiable: bool) -> Any:
        """The gradient by ``y``, of the result's."""


class _Call:
    """A call that autograd records.

    Args:
        operation: what is computed.
        versions: how often the sides had been written to.
        wanted: which sides have a gradient.
    """

    def __init__(
        self, operation: Bilinear, versions: Sequence[int], wanted: Sequence[bool]
    ) -> None:
        self._operation = operation
        self._versions = versions
        self._wanted = wanted

    def forward(self, tensors: Sequence[Any]) -> Any:
        """The result."""
        return self._operation.result(*tensors)

    def backward(
        self, tensors: Sequence[Any], received: Sequence[Any], differentiable: bool
    ) -> List[Callable[[], Any]]:
        """What computes the gradients by the sides that have one."""
        (gradient,) = received
        by = (self._operation.left_gradient, self._operation.right_gradient)

        def compute(side: int) -> Any:
            other = _unchanged(tensors[1 - side], self._versions[1 - side])
            return by[side](other, gradient, differentiable)

        return [functools.partial(compute, side) for side in (0, 1) if self._wanted[side]]


def _unchanged(tensor: Any, version: int) -> Any:
    """A tensor, if it is as it was.

    Raises:
        RuntimeError: it was written to.
    """
    if tensor.inplace_version != version:
        raise RuntimeError(
            f"a tensor that a gradient needs was written to in place: its version is "
            f"{tensor.inplace_version}, and was {version} in the forward pass"
        )
    return tensor


def recorded(operation: Bilinear, wanted: Sequence[bool]) -> Callable[[Any, Any], Any]:
    """The operation as a function of tensors that autograd records.

    Args:
        operation: computes result and gradients.
        wanted: which sides have a gradient; one at least.

    Raises:
        CompileError: this Paddle can't record it.
    """
    require_hooks()
    places = [side for side in (0, 1) if wanted[side]]

    def call(x: Any, y: Any) -> Any:
        versions = (x.inplace_version, y.inplace_version)
        return record(_Call(operation, versions, wanted), (x, y), places)

    return call
