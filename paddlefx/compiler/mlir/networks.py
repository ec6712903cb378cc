"""Reductions that aren't rows, norms of channels, products of matrices, convolutions, pooling."""

from __future__ import annotations

from typing import Any, List, Sequence, Tuple

from ...graph import Node
from ...tensor_meta import TensorMeta
from ..loop_nests.expression import FLOATING, Value
from ..loop_nests.operator_formulas import Element, Shape
from ..node_by_node import Unsupported
from .linalg import Tensor, tensor_type
from .scalar import TYPES
from .shapes import ShapeOperators

__all__ = ["LinalgVisitor"]


def _shape(node: Node) -> Shape:
    meta = node.meta["tensor_meta"]
    return tuple((meta if isinstance(meta, TensorMeta) else meta[0]).shape)


def _maps(dims: str, *results: str) -> List[str]:
    names = ", ".join(dims)
    return [f"affine_map<({names}) -> ({result})>" for result in results]


def _window(size: str, step: int, offset: str, dilation: int) -> str:
    return f"{size} * {step} + {offset} * {dilation}"


class LinalgVisitor(ShapeOperators):
    """All operators that the ``mlir`` backend has."""

    # -- reductions

    def _extreme(self, op: str, node: Node, x: Element, axis: Any) -> Element:
        """A reduction as an operator of its own."""
        rank = len(x.shape)
        axes = sorted({item % rank for item in ([axis] if isinstance(axis, int) else axis)})
        axes = axes or list(range(rank))
        if not axes or x.value.dtype == "i1":
            raise Unsupported("no axis, or truth values")
        x = self._kept(x)
        return self._reduced(self._e.reduce(op, x.value), x.shape, axes, _shape(node))

    def amax(self, node: Node, x: Element, *, axis: Any, keepdim: bool) -> Element:
        """The largest."""
        del keepdim
        return self._extreme("reduce_max", node, x, axis)

    def amin(self, node: Node, x: Element, *, axis: Any, keepdim: bool) -> Element:
        """The smallest."""
        del keepdim
        return self._extreme("reduce_min", node, x, axis)

    def any(self, node: Node, x: Element, *, axis: Any, keepdim: bool) -> Element:
        """Whether one is true."""
        del keepdim
        return self._counted("reduce_max", node, x, axis)

    def all(self, node: Node, x: Element, *, axis: Any, keepdim: bool) -> Element:
        """Whether all are true."""
        del keepdim
        return self._counted("reduce_min", node, x, axis)

    def _counted(self, op: str, node: Node, x: Element, axis: Any) -> Element:
        whole = Element(self._e.cast(self._e.cast(x.value, "i1"), "i32"), x.shape)
        found = self._extreme(op, node, whole, axis)
        return Element(self._e.cast(found.value, "i1"), found.shape)

    def batch_norm(
        self,
        node: Node,
        x: Element,
        mean: Element,
        variance: Element,
        scale: Element,
        bias: Element,
        *,
        is_test: bool,
        use_global_stats: bool,
        trainable_statistics: bool,
        epsilon: float,
        data_format: str,
        momentum: float,
    ) -> List[Element]:
        """By statistics that are given."""
        del momentum
        if not (is_test or use_global_stats) or trainable_statistics:
            raise Unsupported("statistics of the batch")
        if data_format not in ("NCHW", "NCDHW", "NCL", "NC") or len(x.shape) < 2:
            raise Unsupported(data_format)
        if any(user.args[1] != 0 for user in node.users):
            raise Unsupported("another result than the first")
        channels = (x.shape[1], *[1] * (len(x.shape) - 2))
        m, v, s, b = [
            self._reshaped(item, channels).value for item in (mean, variance, scale, bias)
        ]
        e, dtype = self._e, x.value.dtype
        deviation = e.apply("sqrt", e.apply("add", v, e.constant(epsilon, dtype)))
        factor = e.apply("mul", s, e.apply("div", e.constant(1.0, dtype), deviation))
        centred = e.apply("sub", x.value, m)
        found = Element(e.apply("add", e.apply("mul", centred, factor), b), x.shape)
        return [self._kept(found) if len(node.users) > 1 else found]

    # -- products

    def _product(
        self,
        dims: str,
        maps: Sequence[str],
        kinds: Sequence[str],
        operands: Sequence[Tensor],
        shape: Shape,
        step: Tuple[str, str] = ("arith.mulf", "arith.addf"),
    ) -> Element:
        """Sums of products over the dimensions that are reductions."""
        dtype = operands[0].dtype
        if any(item.dtype != dtype for item in operands) or dtype not in FLOATING:
            raise Unsupported(f"products of {dtype}")
        kind = TYPES[dtype]
        block = [
            f"^bb0(%a: {kind}, %b: {kind}, %o: {kind}):",
            f"%v = {step[0]} %a, %b fastmath<contract> : {kind}",
            f"%s = {step[1]} %o, %v fastmath<reassoc, contract> : {kind}",
            f"linalg.yield %s : {kind}",
        ]
        given = [(item.name, tensor_type(item.shape, dtype)) for item in operands]
        start = self._filled(0.0, shape, dtype)
        name = self._generic(
            _maps(dims, *maps), kinds, given, (start, tensor_type(shape, dtype)), block
        )
        return self._leaf(name, shape, dtype)

    def _operand(self, x: Element) -> Tensor:
        return Tensor(self._tensor(x), x.shape, x.value.dtype)

    def matmul(
        self, node: Node, x: Element, y: Element, *, transpose_x: bool, transpose_y: bool
    ) -> Element:
        """Of matrices, their batches broadcast; vectors are matrices of one row or column."""
        if len(x.shape) == 1:
            x, transpose_x = self._reshaped(x, (1, *x.shape)), False
        if len(y.shape) == 1:
            y, transpose_y = self._reshaped(y, (*y.shape, 1)), False
        batch_x, batch_y = x.shape[:-2], y.shape[:-2]
        rank = max(len(batch_x), len(batch_y))
        if rank > 6:
            raise Unsupported("a product of so many dimensions")
        batch = []
        for d in range(rank):
            sizes = [s[d - rank] for s in (batch_x, batch_y) if len(s) >= rank - d]
            batch.append(max(sizes))
        names = "abcdef"[:rank]

        def seen(own: Shape, rows: str, columns: str, flipped: bool) -> str:
            labels = names[rank - len(own) :]
            places = ["0" if size == 1 else label for size, label in zip(own, labels)]
            return ", ".join([*places, *([columns, rows] if flipped else [rows, columns])])

        m = x.shape[-1] if transpose_x else x.shape[-2]
        n = y.shape[-2] if transpose_y else y.shape[-1]
        # The columns innermost: they lie side by side in y and in the result.
        found = self._product(
            names + "mkn",
            [
                seen(batch_x, "m", "k", transpose_x),
                seen(batch_y, "k", "n", transpose_y),
                ", ".join([*names, "m", "n"]),
            ],
            [*["parallel"] * rank, "parallel", "reduction", "parallel"],
            [self._operand(x), self._operand(y)],
            (*batch, m, n),
        )
        return self._reshaped(found, _shape(node))

    def bmm(self, node: Node, x: Element, y: Element) -> Element:
        """Of two batches."""
        return self.matmul(node, x, y, transpose_x=False, transpose_y=False)

    mv = dot = bmm

    def addmm(
        self, node: Node, bias: Element, x: Element, y: Element, *, beta: float, alpha: float
    ) -> Element:
        """``beta * bias + alpha * x @ y``."""
        product = self.matmul(node, x, y, transpose_x=False, transpose_y=False)
        e, dtype = self._e, product.value.dtype

        def times(value: Value, factor: float) -> Value:
            return value if factor == 1 else e.apply("mul", value, e.constant(factor, dtype))

        total = e.apply("add", times(bias.value, beta), times(product.value, alpha))
        return Element(total, product.shape)

    # -- convolutions

    def conv2d(
        self,
        node: Node,
        x: Element,
        filters: Element,
        *,
        strides: Sequence[int],
        paddings: Sequence[int],
        dilations: Sequence[int],
        padding_algorithm: str,
        groups: int,
        data_format: str,
    ) -> Element:
        """Of images, channels first; in groups of channels."""
        if data_format != "NCHW" or padding_algorithm != "EXPLICIT" or len(x.shape) != 4:
            raise Unsupported(f"{data_format}, {padding_algorithm}")
        top, bottom, left, right = _around(paddings)
        count, channels, height, width = x.shape
        kernels, inner, rows, columns = filters.shape
        padded = (count, channels, height + top + bottom, width + left + right)
        x = self._padded(x, [0, 0, top, left], padded, 0.0)
        high, wide = _shape(node)[2:]
        images = Tensor(
            self._recast(self._tensor(x), padded, (count, groups, inner, *padded[2:]), "float")
            if groups > 1
            else self._tensor(x),
            (count, groups, inner, *padded[2:]) if groups > 1 else padded,
            x.value.dtype,
        )
        if groups > 1 and x.value.dtype != "float":
            raise Unsupported(x.value.dtype)
        weights = self._operand(filters)
        each = kernels // groups
        if groups > 1:
            split = (groups, each, inner, rows, columns)
            name = self._recast(weights.name, filters.shape, split, weights.dtype)
            weights = Tensor(name, split, weights.dtype)
        group = "g, " if groups > 1 else ""
        dims = "n" + group[:1] + "fhcijw"
        place_h = _window("h", strides[0], "i", dilations[0])
        place_w = _window("w", strides[1], "j", dilations[1])
        result = (count, groups, each, high, wide) if groups > 1 else (count, kernels, high, wide)
        kinds = {"c": "reduction", "i": "reduction", "j": "reduction"}
        found = self._product(
            dims,
            [f"n, {group}c, {place_h}, {place_w}", f"{group}f, c, i, j", f"n, {group}f, h, w"],
            [kinds.get(name, "parallel") for name in dims],
            [images, weights],
            result,
        )
        return self._reshaped(found, _shape(node))

    depthwise_conv2d = conv2d

    def pool2d(
        self,
        node: Node,
        x: Element,
        *,
        kernel_size: Any,
        strides: Sequence[int],
        paddings: Sequence[int],
        pooling_type: str,
        ceil_mode: bool,
        exclusive: bool,
        global_pooling: bool,
        adaptive: bool,
        data_format: str,
        padding_algorithm: str,
    ) -> Element:
        """The largest or the mean of windows, or of all."""
        if data_format != "NCHW" or padding_algorithm != "EXPLICIT" or ceil_mode:
            raise Unsupported(f"{data_format}, {padding_algorithm}")
        count, channels, height, width = x.shape
        high, wide = _shape(node)[2:]
        e, dtype = self._e, x.value.dtype
        op = {"max": "reduce_max", "avg": "reduce_sum"}[pooling_type]
        if global_pooling or (adaptive and (high, wide) == (1, 1)):
            x = self._kept(x)
            total = e.reduce(op, x.value)
            size = e.constant(height * width, dtype)
            value = total if pooling_type == "max" else e.apply("div", total, size)
            return self._reduced(value, x.shape, [2, 3], _shape(node))
        if adaptive or not isinstance(kernel_size, (list, tuple)):
            raise Unsupported("adaptive pooling")
        around = _around(paddings)
        if any(around) and pooling_type == "avg":
            raise Unsupported("a mean over padding")
        del exclusive
        top, bottom, left, right = around
        padded = (count, channels, height + top + bottom, width + left + right)
        x = self._padded(x, [0, 0, top, left], padded, float("-inf"))
        place_h = _window("h", strides[0], "i", 1)
        place_w = _window("w", strides[1], "j", 1)
        kind = TYPES[dtype]
        if dtype not in FLOATING:
            raise Unsupported(dtype)
        step = "maximumf %o, %a" if pooling_type == "max" else "addf %o, %a"
        block = [
            f"^bb0(%a: {kind}, %b: {kind}, %o: {kind}):",
            f"%s = arith.{step} : {kind}",
            f"linalg.yield %s : {kind}",
        ]
        window = tuple(kernel_size)
        shape = _shape(node)
        first = float("-inf") if pooling_type == "max" else 0.0
        name = self._generic(
            _maps("nchwij", f"n, c, {place_h}, {place_w}", "i, j", "n, c, h, w"),
            [*["parallel"] * 4, "reduction", "reduction"],
            [
                (self._tensor(x), tensor_type(padded, dtype)),
                (self._empty(window, dtype), tensor_type(window, dtype)),
            ],
            (self._filled(first, shape, dtype), tensor_type(shape, dtype)),
            block,
        )
        found = self._leaf(name, shape, dtype)
        if pooling_type == "max":
            return found
        size = e.constant(window[0] * window[1], dtype)
        return Element(e.apply("div", found.value, size), shape)


def _around(paddings: Sequence[int]) -> Tuple[int, int, int, int]:
    """Above, below, left and right, from two numbers or from four."""
    if not all(type(item) is int for item in paddings) or len(paddings) not in (2, 4):
        raise Unsupported("paddings that are tensors")
    if len(paddings) == 2:
        return paddings[0], paddings[0], paddings[1], paddings[1]
    return paddings[0], paddings[1], paddings[2], paddings[3]
