"""A kernel that autograd records.

in: the functions of a kernel and of its gradients. out: a function of tensors whose results have
a gradient. Gradients of gradients are computed by Paddle's own operations.
"""

from __future__ import annotations

import functools
from typing import Any, Callable, List

import paddle
from paddle.autograd import PyLayer

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
    given = [n for n, node in enumerate(plan.outputs) if node in gradients.inputs]
    others = [n for n in range(len(plan.outputs)) if n not in given]
    wanted = [plan.inputs.index(node) for node in gradients.outputs]

    class Fused(PyLayer):
        """A kernel, for autograd."""

        @staticmethod
        def forward(ctx: Any, aside: List[Any], *inputs: Any) -> Any:
            ctx.save_for_backward(*inputs)
            ctx.versions = [tensor.inplace_version for tensor in inputs]
            results = forward(*inputs)
            if not others:
                return results
            aside.extend([results[n] for n in others])
            kept = tuple([results[n] for n in given])
            return kept if len(kept) > 1 else kept[0]

        @staticmethod
        def backward(ctx: Any, *received: Any) -> Any:
            inputs = ctx.saved_tensor()
            for tensor, version in zip(inputs, ctx.versions):
                if tensor.inplace_version != version:
                    raise RuntimeError(
                        f"a tensor that a gradient needs was written to in place: its version "
                        f"is {tensor.inplace_version}, and was {version} in the forward pass"
                    )
            if paddle.is_grad_enabled():
                shapes = [inputs[place].shape for place in wanted]
                found = computed(gradients, [*inputs, *received], shapes)
            else:
                made = backward(*inputs, *received)
                found = [made] if len(wanted) == 1 else list(made)
            results: List[Any] = [None] * len(inputs)
            for place, gradient in zip(wanted, found):
                results[place] = gradient
            return tuple(results)

    apply = Fused.apply
    if not others:
        return functools.partial(apply, None)

    def call(*inputs: Any) -> Any:
        # What has no gradient passes the autograd node by: Paddle 3.0 dies of such results.
        aside: List[Any] = []
        made = apply(aside, *inputs)
        results: List[Any] = [None] * (len(given) + len(others))
        for place, result in zip(given, made if isinstance(made, (tuple, list)) else [made]):
            results[place] = result
        for place, result in zip(others, aside):
            results[place] = result
        return tuple(results)

    return call
