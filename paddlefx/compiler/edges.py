"""Computations of our own for autograd, by Paddle's own nodes and hooks.

A ``PyLayer`` won't do. Paddle (3.0 and 3.3) dies where its backward runs a second time, with
``retain_graph`` too; ``paddle.grad`` by some of the inputs marks the edges of a node that don't lead
to them, and takes no gradients for those, which a ``PyLayer`` isn't told; and each class that was
applied is kept for ever.

So the nodes are Paddle's: a reshape of each input, whose result is given one element instead of its
own; these are joined, and a reshape of that is given the computation's result. A hook at the
result keeps its gradient and passes on a small one; a hook behind each input's reshape puts in the
gradient by it. Paddle's engine asks for none where ``paddle.grad`` doesn't want it, and a
second pass without ``retain_graph`` is its own error.
"""

from __future__ import annotations

import functools
from typing import Any, Callable, Dict, List, Optional, Protocol, Sequence

import paddle

from ..errors import CompileError

__all__ = ["Computation", "record", "require_hooks"]

_ops: Any = paddle._C_ops
_PLACE = paddle.CPUPlace()


class Computation(Protocol):
    """One call."""

    def forward(self, tensors: Sequence[Any]) -> Any:
        """A tensor, or a tuple of them, of the tensors that the call is given."""

    def backward(
        self, tensors: Sequence[Any], received: Sequence[Any], differentiable: bool
    ) -> List[Callable[[], Any]]:
        """What computes the gradients by the tensors with edges, of those of the results.

        With ``differentiable`` they have gradients themselves.
        """


def _small(count: int, dtype: Any) -> Any:
    return _ops.full([count], 0.0, dtype, _PLACE)


def _as(tensor: Any, dtype: Any) -> Any:
    return tensor if tensor.dtype == dtype else _ops.cast(tensor, dtype)


class _Pass:
    """What the hooks of a call share.

    Args:
        computation: the call.
        tensors: what it was given.
        results: what it gave.
        edges: how many inputs have a gradient.
    """

    def __init__(
        self,
        computation: Computation,
        tensors: Sequence[Any],
        results: Sequence[Any],
        edges: int,
    ) -> None:
        self._computation = computation
        self._tensors = tensors
        self._results = [(result.shape, result.dtype) for result in results]
        self._edges = edges
        self._received: Dict[int, Any] = {}
        self._gradients: Optional[List[Callable[[], Any]]] = None

    def receive(self, gradient: Any, place: int) -> Any:
        """The gradient of a result."""
        self._received[place] = gradient
        self._gradients = None
        # A hook's result has to have the dtype of what it is given, and may have any shape.
        return _small(self._edges, gradient.dtype)

    def give(self, passed: Any, place: int) -> Any:
        """The gradient by an input."""
        # What Paddle computed on the way has a history only where gradients of it are wanted.
        differentiable = passed.grad_fn is not None
        if differentiable:
            return self._computed(place, True)
        with paddle.no_grad():
            return self._computed(place, False)

    def _computed(self, place: int, differentiable: bool) -> Any:
        if self._gradients is None:
            received = [self._received.pop(number, None) for number in range(len(self._results))]
            for number, (shape, dtype) in enumerate(self._results):
                if received[number] is None:
                    received[number] = _ops.full(shape, 0.0, dtype, _PLACE)
            self._gradients = self._computation.backward(self._tensors, received, differentiable)
        return self._gradients[place]()


def record(computation: Computation, tensors: Sequence[Any], wanted: Sequence[int]) -> Any:
    """What a computation gives, recorded by autograd.

    Args:
        computation: the call.
        tensors: what it is given.
        wanted: the places of those that it has gradients by, in their order; one at least.
    """
    recording = paddle.is_grad_enabled()
    with paddle.no_grad():
        made = computation.forward(tensors)
    if not recording:
        return tuple(made) if isinstance(made, list) else made
    results = list(made) if isinstance(made, (tuple, list)) else [made]
    shared = _Pass(computation, tensors, results, len(wanted))
    edges = []
    for place, at in enumerate(wanted):
        edge = _ops.reshape(tensors[at], tensors[at].shape)
        _small(1, edge.dtype)._share_underline_tensor_to(edge)
        edge.register_hook(functools.partial(shared.give, place=place))
        edges.append(_as(edge, results[0].dtype))
    joined = _ops.concat(edges, 0)
    joined = _ops.multiply(joined, joined)
    given = []
    for place, result in enumerate(results):
        recorded = _ops.reshape(_as(joined, result.dtype), [len(wanted)])
        result._share_underline_tensor_to(recorded)
        recorded.register_hook(functools.partial(shared.receive, place=place))
        given.append(recorded)
    return tuple(given) if isinstance(made, (tuple, list)) else given[0]


class _Doubled:
    """Twice a tensor, for the trial."""

    def forward(self, tensors: Sequence[Any]) -> Any:
        """Twice the first."""
        return _ops.scale(tensors[0], 2.0, 0.0, True)

    def backward(
        self, tensors: Sequence[Any], received: Sequence[Any], differentiable: bool
    ) -> List[Callable[[], Any]]:
        """Twice the gradient."""
        return [lambda: _ops.scale(received[0], 2.0, 0.0, True)]


@functools.lru_cache(maxsize=None)
def _tried() -> bool:
    if not hasattr(paddle.Tensor, "_share_underline_tensor_to"):
        return False
    with paddle.enable_grad():
        tensor = _ops.full([2, 3], 1.0, paddle.float32, _PLACE)
        tensor.stop_gradient = False
        result = record(_Doubled(), [tensor], [0])
        for _ in range(2):
            (gradient,) = paddle.grad(result, [tensor], [result], retain_graph=True)
            if gradient.shape != [2, 3] or gradient.numpy().tolist() != [[4.0] * 3] * 2:
                return False
    return True


def require_hooks() -> None:
    """Make sure that it works here.

    Raises:
        CompileError: this Paddle can't record computations of our own.
    """
    if not _tried():
        raise CompileError("this Paddle can't record computations of others")
