"""Convolutions by oneDNN: which calls they are, and their gradients.

``conv2d`` and ``depthwise_conv2d`` of float32 images, channels first. Where a result isn't finite
Paddle computes it anew: it multiplies the zeros around an image too, so that an infinite weight
makes NaN there.
"""

from __future__ import annotations

from typing import Any, Callable, List, NamedTuple, Optional, Sequence, Tuple

import paddle
from paddle.base import core

from ... import _C
from ...graph import Node
from ...tensor_meta import TensorMeta
from .library import Argument, Query, engine
from .steps import Operand, Steps

__all__ = ["Convolution", "OfConvolutions", "convolution"]

_ops: Any = paddle._C_ops
_Taker = Callable[[Tuple[int, ...], Any], Any]


def _functions(name: str) -> Tuple[Any, ...]:
    found = [getattr(module, name, None) for module in (core.pir.ops, core.eager.ops)]
    return tuple(each for each in found if each is not None)


_CONV = _functions("conv2d")
_DEPTHWISE = _functions("depthwise_conv2d")
_NAMES = ("input", "filter", "strides", "paddings", "padding_algorithm")
_LAST = {True: ("groups", "dilations"), False: ("dilations", "groups")}


class Convolution(NamedTuple):
    """A call of a convolution.

    Args:
        x: the images.
        weights: the filters, [out, in / groups, height, width].
        strides: down and to the right.
        paddings: at the top, the bottom, the left and the right.
        dilations: 1 for none.
        groups: into how many the channels are cut.
    """

    x: Node
    weights: Node
    strides: Tuple[int, ...]
    paddings: Tuple[int, ...]
    dilations: Tuple[int, ...]
    groups: int


def _numbers(value: Any, counts: Sequence[int]) -> Optional[Tuple[int, ...]]:
    if not isinstance(value, (tuple, list)) or len(value) not in counts:
        return None
    return tuple(value) if all(type(each) is int for each in value) else None


def convolution(node: Node) -> Optional[Convolution]:
    """What a call convolves; ``None`` for another call, or one that isn't oneDNN's to do."""
    if node.op != "call_function" or node.kwargs or len(node.args) != 8:
        return None
    depthwise = any(node.target is each for each in _DEPTHWISE)
    if not depthwise and not any(node.target is each for each in _CONV):
        return None
    x, weights, strides, paddings, algorithm, one, two, layout = node.args
    groups, dilations = (one, two) if depthwise else (two, one)
    found = [_numbers(strides, [2]), _numbers(paddings, [2, 4]), _numbers(dilations, [2])]
    steps, around, spread = found
    if steps is None or around is None or spread is None or type(groups) is not int:
        return None
    if algorithm == "VALID":
        around = (0, 0)
    elif algorithm != "EXPLICIT" or min(around) < 0:
        return None
    if layout != "NCHW" or not isinstance(x, Node) or not isinstance(weights, Node):
        return None
    if len(around) == 2:
        around = (around[0], around[0], around[1], around[1])
    return Convolution(x, weights, steps, around, spread, groups)


def _meta(node: Node) -> Optional[TensorMeta]:
    meta = node.meta.get("tensor_meta")
    return meta if isinstance(meta, TensorMeta) else None


def _meets(size: int, kernel: int, step: int, before: int, spread: int, results: int) -> bool:
    """Whether each result has an element of the image among those it is computed of."""
    return all(
        any(0 <= at * step - before + tap * spread < size for tap in range(kernel))
        for at in range(results)
    )


def fits(node: Node, found: Convolution, smallest: int) -> bool:
    """Whether oneDNN does it as Paddle does, and it is worth the call."""
    metas = [_meta(each) for each in (node, found.x, found.weights)]
    shapes: List[Tuple[int, ...]] = []
    for meta in metas:
        if meta is None or meta.dtype != paddle.float32 or len(meta.shape) != 4:
            return False
        if any(type(size) is not int or size <= 0 for size in meta.shape):
            return False
        if meta.place is not None and not meta.place.is_cpu_place():
            return False
        shapes.append(tuple(int(size) for size in meta.shape))
    result, image, weights = shapes
    for axis in (0, 1):
        if not _meets(
            *(image[2 + axis], weights[2 + axis], found.strides[axis]),
            *(found.paddings[2 * axis], found.dilations[axis], result[2 + axis]),
        ):
            return False
    work = weights[1] * weights[2] * weights[3]
    for size in result:
        work *= size
    return work >= smallest


def _address(tensor: Any) -> int:
    return int(tensor.data_ptr())


def _finite(tensor: Any) -> bool:
    elements = 1
    for size in tensor.shape:
        elements *= size
    return bool(_C.finite(_address(tensor), elements, 4))


def _contiguous(tensor: Any) -> Any:
    return tensor if tensor.is_contiguous() else tensor.contiguous()


class OfConvolutions:
    """A convolution and its gradients, for :func:`~paddlefx.compiler.bilinear.recorded`.

    Args:
        node: the call.
        found: what it convolves.
        take: gives a tensor of a shape and dtype, of any content.

    Raises:
        CompileError: oneDNN doesn't do it.
    """

    def __init__(self, node: Node, found: Convolution, take: _Taker) -> None:
        metas = [_meta(each) for each in (found.x, found.weights, node)]
        shapes = [tuple(int(size) for size in meta.shape) for meta in metas if meta is not None]
        self._x, self._weights, self._result = shapes
        self._take = take
        self._target, self._rest = node.target, node.args[2:]
        self._found = found
        made, groups = engine(), found.groups
        grouped: Tuple[int, ...] = self._weights
        if groups > 1:
            grouped = (groups, self._weights[0] // groups, *self._weights[1:])
        top, bottom, left, right = found.paddings
        sizes = (
            found.strides,
            [each - 1 for each in found.dilations],
            [top, left],
            [bottom, right],
        )
        chosen = [made.chosen(shape) for shape in (self._x, grouped, self._result)]
        forms = made.convolution(chosen, sizes)
        x, weights = made.plain(self._x), made.plain(grouped)
        result = made.plain(self._result)
        self._forward = Steps(
            forms["forward"],
            [
                Operand(Argument.SRC, Query.SRC, x),
                Operand(Argument.WEIGHTS, Query.WEIGHTS, weights),
                Operand(Argument.DST, Query.DST, result),
            ],
        )
        self._by_x = Steps(
            forms["data"],
            [
                Operand(Argument.WEIGHTS, Query.WEIGHTS, weights),
                Operand(Argument.DIFF_DST, Query.DIFF_DST, result),
                Operand(Argument.DIFF_SRC, Query.DIFF_SRC, x),
            ],
        )
        self._by_weights = Steps(
            forms["weights"],
            [
                Operand(Argument.SRC, Query.SRC, x),
                Operand(Argument.DIFF_DST, Query.DIFF_DST, result),
                Operand(Argument.DIFF_WEIGHTS, Query.DIFF_WEIGHTS, weights),
            ],
        )

    def _run(self, steps: Steps, one: Any, two: Any, shape: Tuple[int, ...]) -> Any:
        """What the steps give, if all of it is finite; else ``None``."""
        one, two = _contiguous(one), _contiguous(two)
        result = self._take(shape, one.dtype)
        if steps([_address(one), _address(two), _address(result)]) and _finite(result):
            return result
        return None

    def result(self, x: Any, y: Any) -> Any:
        """The convolution of images with weights."""
        found = self._run(self._forward, x, y, self._result)
        if found is None or not _finite(_contiguous(y)):
            return self._target(x, y, *self._rest)
        return found

    def left_gradient(self, y: Any, gradient: Any, differentiable: bool) -> Any:
        """By the images."""
        if not differentiable:
            found = self._run(self._by_x, y, gradient, self._x)
            if found is not None:
                return found
        images = _ops.full(list(self._x), 0.0, y.dtype, paddle.CPUPlace())
        return self._gradients(images, y, gradient)[0]

    def right_gradient(self, x: Any, gradient: Any, differentiable: bool) -> Any:
        """By the weights."""
        if not differentiable:
            found = self._run(self._by_weights, x, gradient, self._weights)
            if found is not None:
                return found
        weights = _ops.full(list(self._weights), 0.0, x.dtype, paddle.CPUPlace())
        return self._gradients(x, weights, gradient)[1]

    def _gradients(self, x: Any, weights: Any, gradient: Any) -> Any:
        """By Paddle; ``conv2d_grad``, which 3.0 lacks, as of a convolution in space, of depth 1."""
        found = self._found
        if any(self._target is each for each in _DEPTHWISE):
            return _ops.depthwise_conv2d_grad(x, weights, gradient, *self._rest)
        flat = [_ops.unsqueeze(each, [2]) for each in (x, weights, gradient)]
        both = _ops.conv3d_grad(
            *flat,
            *([1, *found.strides], [0, 0, *found.paddings], "EXPLICIT", found.groups),
            *([1, *found.dilations], "NCDHW"),
        )
        return [None if each is None else _ops.squeeze(each, [2]) for each in both]
