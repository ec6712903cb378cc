"""Convolutions and pooling."""

from __future__ import annotations

from typing import Any, List, Sequence, Tuple

from ...graph import Node
from ..node_by_node import Unsupported
from .model import ModelVisitor, Value, first_only

__all__ = ["NetworkOperators"]


def _pairs(paddings: Sequence[int], algorithm: str, rank: int) -> Tuple[List[int], List[int]]:
    """The padding before and behind each axis."""
    if algorithm == "VALID":
        return [0] * rank, [0] * rank
    if algorithm != "EXPLICIT":
        raise Unsupported(f"padding {algorithm}")
    if len(paddings) == rank:
        return list(paddings), list(paddings)
    if len(paddings) == 2 * rank:
        return list(paddings[::2]), list(paddings[1::2])
    raise Unsupported(f"padding of {len(paddings)} numbers")


class NetworkOperators(ModelVisitor):
    """Convolutions and pooling, channels first."""

    # -- convolutions

    def conv2d(
        self,
        node: Node,
        x: Value,
        weight: Value,
        *,
        strides: Sequence[int],
        paddings: Sequence[int],
        padding_algorithm: str,
        dilations: Sequence[int],
        groups: int,
        data_format: str,
        **rest: Any,
    ) -> Value:
        """A convolution of 2 or 3 spatial axes."""
        del rest
        self._need_float(x, weight)
        spatial = len(x.shape) - 2
        if not data_format.startswith("NC"):
            raise Unsupported(data_format)
        before, behind = _pairs(paddings, padding_algorithm, spatial)
        return self._call(
            "Conv",
            [x, weight],
            node,
            strides=list(strides),
            pads=[*before, *behind],
            dilations=list(dilations),
            group=groups,
            kernel_shape=list(weight.shape[2:]),
        )

    depthwise_conv2d = conv3d = conv2d

    def conv2d_transpose(
        self,
        node: Node,
        x: Value,
        weight: Value,
        *,
        strides: Sequence[int],
        paddings: Sequence[int],
        padding_algorithm: str,
        dilations: Sequence[int],
        groups: int,
        data_format: str,
        **rest: Any,
    ) -> Value:
        """A convolution backwards; what the result's size adds is padded behind."""
        del rest
        self._need_float(x, weight)
        if not data_format.startswith("NC"):
            raise Unsupported(data_format)
        spatial = len(x.shape) - 2
        before, behind = _pairs(paddings, padding_algorithm, spatial)
        extra = []
        for axis in range(spatial):
            reach = dilations[axis] * (weight.shape[2 + axis] - 1) + 1
            least = (x.shape[2 + axis] - 1) * strides[axis] + reach - before[axis] - behind[axis]
            extra.append(node.meta["tensor_meta"].shape[2 + axis] - least)
        if min(extra) < 0 or any(more >= stride for more, stride in zip(extra, strides) if more):
            raise Unsupported("such an output size")
        return self._call(
            "ConvTranspose",
            [x, weight],
            node,
            strides=list(strides),
            pads=[*before, *behind],
            output_padding=extra,
            dilations=list(dilations),
            group=groups,
            kernel_shape=list(weight.shape[2:]),
        )

    depthwise_conv2d_transpose = conv3d_transpose = conv2d_transpose

    # -- pooling

    def pool2d(
        self,
        node: Node,
        x: Value,
        *,
        kernel_size: Any,
        strides: Sequence[int],
        paddings: Sequence[int],
        exclusive: bool,
        data_format: str,
        pooling_type: str,
        global_pooling: bool,
        adaptive: bool,
        padding_algorithm: str,
        **rest: Any,
    ) -> Value:
        """The largest, or the mean, of each window."""
        del rest
        self._need_float(x)
        if not data_format.startswith("NC") or not isinstance(kernel_size, list):
            raise Unsupported(data_format)
        result = node.meta["tensor_meta"].shape[2:]
        return self._pooled(
            node,
            x,
            pooling_type,
            self._windows(
                x,
                kernel_size,
                strides,
                paddings,
                padding_algorithm,
                global_pooling,
                adaptive,
                result,
            ),
            inclusive=not exclusive and not adaptive,
        )

    pool3d = pool2d

    def max_pool2d_with_index(
        self,
        node: Node,
        x: Value,
        *,
        kernel_size: Any,
        strides: Sequence[int],
        paddings: Sequence[int],
        global_pooling: bool,
        adaptive: bool,
        **rest: Any,
    ) -> Any:
        """The largest of each window, where nobody wants to know its place."""
        self._need_float(x)
        first_only(node)
        if any(size != 1 for size in rest.get("dilations", ())):
            raise Unsupported("dilations")
        meta = node.meta["tensor_meta"][0]
        windows = self._windows(
            x,
            list(kernel_size),
            strides,
            paddings,
            "EXPLICIT",
            global_pooling,
            adaptive,
            meta.shape[2:],
        )
        return [self._pooled(x._replace(shape=meta.shape), x, "max", windows, inclusive=False)]

    max_pool3d_with_index = max_pool2d_with_index

    def _windows(
        self,
        x: Value,
        kernel: Sequence[int],
        strides: Sequence[int],
        paddings: Sequence[int],
        algorithm: str,
        global_pooling: bool,
        adaptive: bool,
        result: Sequence[int],
    ) -> Tuple[List[int], List[int], List[int]]:
        """Sizes, steps and padding of the windows, so that ONNX has as many as the result."""
        sizes = list(x.shape[2:])
        none = [0] * len(sizes)
        if global_pooling:
            return sizes, [1] * len(sizes), [*none, *none]
        if adaptive:
            if any(size % count for size, count in zip(sizes, result)):
                raise Unsupported("windows of different sizes")
            each = [size // count for size, count in zip(sizes, result)]
            return each, list(each), [*none, *none]
        before, behind = _pairs(paddings, algorithm, len(sizes))
        for axis, count in enumerate(result):
            # ceil_mode is a padding behind the last window.
            reach = (count - 1) * strides[axis] + kernel[axis]
            behind[axis] = max(behind[axis], reach - sizes[axis] - before[axis])
            if max(before[axis], behind[axis]) >= kernel[axis]:
                raise Unsupported("a window of nothing but padding")
        return list(kernel), list(strides), [*before, *behind]

    def _pooled(
        self, like: Any, x: Value, kind: str, windows: Tuple[Any, Any, Any], inclusive: bool
    ) -> Value:
        kernel, strides, pads = windows
        if kernel == list(x.shape[2:]) and not any(pads) and kind == "avg":
            return self._call("GlobalAveragePool", [x], like)
        extra = {} if kind == "max" else {"count_include_pad": int(inclusive)}
        op = "MaxPool" if kind == "max" else "AveragePool"
        return self._call(op, [x], like, kernel_shape=kernel, strides=strides, pads=pads, **extra)

    def pixel_shuffle(
        self, node: Node, x: Value, *, upscale_factor: int, data_format: str
    ) -> Value:
        """Channels to pixels."""
        if data_format != "NCHW":
            raise Unsupported(data_format)
        self._need_float(x)
        return self._call("DepthToSpace", [x], node, blocksize=upscale_factor, mode="CRD")
