"""A kernel as a Python function of tensors.

in: a plan and its kernel. out: a function that takes the plan's input tensors and returns the
output, or the tuple of outputs. It is written as source with the sizes in it, so that a call
does no more than it must: a microsecond and a half beside the kernel and the result's memory.
"""

from __future__ import annotations

from typing import Any, Callable, Dict, List, Optional, Protocol

import paddle
from paddle.base import core

from .buffers import Buffers
from .planning import Plan
from .reading import meta_of

__all__ = ["Kernel", "bound"]

#: Fewer elements are computed in less time than it takes to give the GIL away and back.
_WITHOUT_GIL = 1 << 15
#: Results of fewer elements are in the allocator's own lists.
_REUSED = 1 << 14

_empty = core.eager.ops.empty


class Kernel(Protocol):
    """A compiled nest: called with the sizes that are ``None`` in it, then the addresses of its
    inputs and of its outputs, which are contiguous. One of a watched nest gives 1 when something
    isn't finite, and else 0.
    """

    #: The function, for what takes less than to give the GIL away and back.
    holding: Any
    #: The same without the GIL.
    releasing: Any


def bound(
    plan: Plan,
    kernel: Kernel,
    buffers: Buffers,
    instead: Optional[Callable[..., Any]] = None,
) -> Callable[..., Any]:
    """The function.

    Args:
        plan: what the kernel computes.
        kernel: the compiled nest.
        buffers: where results' memory comes from.
        instead: called with the tensors when something isn't finite that goes in or comes out, which
            the kernel tells.
    """
    scope: Dict[str, Any] = {"empty": _empty, "place": paddle.CPUPlace(), "call": kernel.holding}
    scope["kernel"] = kernel  # an equal one is this one as long as it's there
    static = all(size >= 0 for size in plan.shape)
    elements = 1
    for size in plan.shape:
        elements *= size
    if not static or elements >= _WITHOUT_GIL:
        scope["call"] = kernel.releasing
    # One tensor may stand for two operands.
    names: Dict[Any, str] = {}
    for node in plan.inputs:
        names.setdefault(node, f"a{len(names)}")
    order = [names[node] for node in plan.inputs]
    lines: List[str] = [f"def fused({', '.join(names.values())}):"]
    given = ", ".join(names.values())
    if instead is not None:
        scope["instead"] = instead
    lines += [
        f"    if not {name}.is_contiguous(): {name} = {name}.contiguous()"
        for name in names.values()
    ]

    def size_of(d: int) -> str:
        size = plan.shape[d]
        if size >= 0:
            return str(size)
        number, place = plan.where[d]
        return f"{order[number]}.shape[{place}]"

    arguments: List[str] = []
    if not plan.dims:
        arguments.append("1")
    for dims, known in zip(plan.dims, plan.nest.sizes):
        if known is not None:
            continue
        product = 1
        varying = []
        for d in dims:
            if plan.shape[d] >= 0:
                product *= plan.shape[d]
            else:
                varying.append(size_of(d))
        if product != 1 or not varying:
            varying.insert(0, str(product))
        arguments.append(" * ".join(varying))
    arguments += [f"{name}.data_ptr()" for name in order]
    results = []
    for number, node in enumerate(plan.outputs):
        meta = meta_of(node)
        assert meta is not None
        name = f"o{number}"
        results.append(name)
        count = 1
        for size in meta.shape:
            count *= size
        scope[f"dtype{number}"] = meta.dtype
        if any(size < 0 for size in meta.shape):
            sizes = ", ".join(_output_sizes(meta.shape, size_of))
            lines.append(f"    {name} = empty([{sizes}], dtype{number}, place)")
        elif count < _REUSED:
            scope[f"shape{number}"] = list(meta.shape)
            lines.append(f"    {name} = empty(shape{number}, dtype{number}, place)")
        else:
            scope[f"take{number}"] = buffers.taker(meta.shape, meta.dtype)
            lines.append(f"    {name} = take{number}()")
        arguments.append(f"{name}.data_ptr()")
    call = f"call({', '.join(arguments)})"
    lines.append(f"    {call}" if instead is None else f"    if {call}: return instead({given})")
    single = len(results) == 1
    lines.append(f"    return {results[0] if single else '(' + ', '.join(results) + ')'}")
    exec("\n".join(lines), scope)
    function: Callable[..., Any] = scope["fused"]
    function.__name__ = "fused"
    return function


def _output_sizes(shape: Any, size_of: Callable[[int], str]) -> List[str]:
    """An output's sizes: its dimensions are the group's, but for ones and a dropped row."""
    sizes = []
    for d, size in enumerate(shape):
        sizes.append(str(size) if size >= 0 else size_of(d))
    return sizes
