"""A kernel that autograd records.

in: the functions of a kernel and of its gradients. out: a function of tensors whose results have
a gradient. Gradients of gradients are computed by Paddle's own operations.
"""

from __future__ import annotations

import functools
from typing import Any, Callable, List, Sequence

from ..edges import record, require_hooks
from .interpretation import computed
from .planning import Plan

__all__ = ["recorded"]


def recorded(
    forward: Callable[..., Any],
    backward: Callable[..., Any],
    plan: Plan,
    gradients: Plan,
) -> Callable[..., Any]:
    """The function.

    Args:
        forward: the kernel's.
        backward: that of its gradients.
        plan: the kernel's.
        gradients: that of the gradients.
    """
    require_hooks()
    kernel = _Kernel(forward, backward, plan, gradients)
    if not kernel.others:
        return lambda *inputs: record(_Call(kernel, inputs), inputs, kernel.wanted)

    def call(*inputs: Any) -> Any:
        # What has no gradient passes the autograd node by: Paddle 3.0 dies of such results.
        made = _Call(kernel, inputs)
        found = record(made, inputs, kernel.wanted)
        results: List[Any] = [None] * (len(kernel.given) + len(kernel.others))
        for place, result in zip(kernel.given, found if kernel.several else [found]):
            results[place] = result
        for place, result in zip(kernel.others, made.aside):
            results[place] = result
        return tuple(results)

    return call


class _Kernel:
    """What all calls of a kernel have in common; the arguments are those of :func:`recorded`."""

    def __init__(
        self,
        forward: Callable[..., Any],
        backward: Callable[..., Any],
        plan: Plan,
        gradients: Plan,
    ) -> None:
        self.forward = forward
        self.backward = backward
        self.gradients = gradients
        #: The results that autograd records, and the others.
        self.given = [n for n, node in enumerate(plan.outputs) if node in gradients.inputs]
        self.others = [n for n in range(len(plan.outputs)) if n not in self.given]
        #: The inputs that have a gradient.
        self.wanted = [plan.inputs.index(node) for node in gradients.outputs]
        self.several = len(self.given) > 1


class _Call:
    """A call of a kernel that autograd records."""

    def __init__(self, kernel: _Kernel, inputs: Sequence[Any]) -> None:
        self._kernel = kernel
        self._versions = [tensor.inplace_version for tensor in inputs]
        #: The results that have no gradient.
        self.aside: List[Any] = []

    def forward(self, tensors: Sequence[Any]) -> Any:
        """The results that have a gradient."""
        kernel = self._kernel
        results = kernel.forward(*tensors)
        if not kernel.others:
            return results
        self.aside = [results[n] for n in kernel.others]
        kept = tuple([results[n] for n in kernel.given])
        return kept if kernel.several else kept[0]

    def backward(
        self, tensors: Sequence[Any], received: Sequence[Any], differentiable: bool
    ) -> List[Callable[[], Any]]:
        """The gradients by the inputs that have one.

        Raises:
            RuntimeError: an input was written to.
        """
        inputs, kernel = tensors, self._kernel
        for tensor, version in zip(inputs, self._versions):
            if tensor.inplace_version != version:
                raise RuntimeError(
                    f"a tensor that a gradient needs was written to in place: its version "
                    f"is {tensor.inplace_version}, and was {version} in the forward pass"
                )
        if differentiable:
            shapes = [inputs[place].shape for place in kernel.wanted]
            found = list(computed(kernel.gradients, [*inputs, *received], shapes))
        else:
            made = kernel.backward(*inputs, *received)
            found = [made] if len(kernel.wanted) == 1 else list(made)
        return [functools.partial(found.__getitem__, place) for place in range(len(found))]
