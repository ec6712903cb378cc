"""Operators that bring many elements together: sums, extremes, softmax, products of matrices."""

from __future__ import annotations

from typing import Any, List, Optional, Sequence

from ...graph import Node
from ..node_by_node import Unsupported, dtype_name
from .model import ModelVisitor, Value

__all__ = ["ReductionOperators"]


def _axes(axis: Any, rank: int) -> List[int]:
    """The axes as numbers from 0; none given are all."""
    if isinstance(axis, int):
        axis = [axis]
    if not isinstance(axis, (list, tuple)) or not all(type(item) is int for item in axis):
        raise Unsupported("axes that are tensors")
    return sorted({item % rank if rank else 0 for item in axis}) or list(range(rank))


class ReductionOperators(ModelVisitor):
    """Reductions, softmax, cumulative sums, matrix products."""

    def _reduce(self, op: str, x: Value, axes: Sequence[int], keepdim: bool) -> Value:
        if not x.shape:
            return x
        shape = [
            1 if axis in axes else size
            for axis, size in enumerate(x.shape)
            if keepdim or axis not in axes
        ]
        return self._call(
            op, [x, self._sizes(axes)], Value("", tuple(shape), x.dtype), keepdims=int(keepdim)
        )

    def _reduced(self, op: str, node: Node, x: Value, axis: Any, keepdim: bool) -> Value:
        dtype = dtype_name(node.meta["tensor_meta"].dtype)
        x = self._cast(x, dtype)
        if x.dtype == "bool":
            raise Unsupported("truth values")
        return self._reduce(op, x, _axes(axis, len(x.shape)), keepdim)

    def sum(self, node: Node, x: Value, *, axis: Any, keepdim: bool, dtype: Any) -> Value:
        """Sums of the result's dtype."""
        del dtype
        return self._reduced("ReduceSum", node, x, axis, keepdim)

    def mean(self, node: Node, x: Value, *, axis: Any, keepdim: bool) -> Value:
        """Of floating tensors."""
        self._need_float(x)
        return self._reduced("ReduceMean", node, x, axis, keepdim)

    def max(self, node: Node, x: Value, *, axis: Any, keepdim: bool) -> Value:
        """The largest."""
        return self._reduced("ReduceMax", node, x, axis, keepdim)

    def min(self, node: Node, x: Value, *, axis: Any, keepdim: bool) -> Value:
        """The smallest."""
        return self._reduced("ReduceMin", node, x, axis, keepdim)

    amax = max
    amin = min

    def prod(self, node: Node, x: Value, *, reduce_all: bool = False, **given: Any) -> Value:
        """Of floating tensors; Paddle 3.0 has other names for its attributes."""
        self._need_float(x)
        axis = given["dims"] if "dims" in given else given["axis"]
        keepdim = given["keep_dim"] if "keep_dim" in given else given["keepdim"]
        return self._reduced("ReduceProd", node, x, [] if reduce_all else axis, keepdim)

    def logsumexp(
        self, node: Node, x: Value, *, axis: Any, keepdim: bool, reduce_all: bool = False
    ) -> Value:
        """log(sum(exp(x))), by the largest element."""
        self._need_float(x)
        axes = _axes([] if reduce_all else axis, len(x.shape))
        top = self._reduce("ReduceMax", x, axes, True)
        powers = self._call("Exp", [self._call("Sub", [x, top], x)], x)
        total = self._call("Log", [self._reduce("ReduceSum", powers, axes, True)], top)
        return self._reshaped(self._call("Add", [total, top], top), node.meta["tensor_meta"].shape)

    def any(self, node: Node, x: Value, *, axis: Any, keepdim: bool) -> Value:
        """Whether one is true."""
        return self._truth("ReduceMax", node, x, axis, keepdim)

    def all(self, node: Node, x: Value, *, axis: Any, keepdim: bool) -> Value:
        """Whether all are true."""
        return self._truth("ReduceMin", node, x, axis, keepdim)

    def _truth(self, op: str, node: Node, x: Value, axis: Any, keepdim: bool) -> Value:
        del node
        number = self._cast(self._cast(x, "bool"), "int32")
        return self._cast(self._reduce(op, number, _axes(axis, len(x.shape)), keepdim), "bool")

    def argmax(
        self, node: Node, x: Value, *, axis: Any, keepdims: bool, flatten: bool, dtype: Any
    ) -> Value:
        """The first place of the largest."""
        del dtype
        return self._place("ArgMax", node, x, axis, keepdims, flatten)

    def argmin(
        self, node: Node, x: Value, *, axis: Any, keepdims: bool, flatten: bool, dtype: Any
    ) -> Value:
        """The first place of the smallest."""
        del dtype
        return self._place("ArgMin", node, x, axis, keepdims, flatten)

    def _place(
        self, op: str, node: Node, x: Value, axis: Any, keepdims: bool, flatten: bool
    ) -> Value:
        self._need_float(x)
        if type(axis) is not int or not x.shape:
            raise Unsupported("such an axis")
        if flatten:
            size = 1
            for length in x.shape:
                size *= length
            x, axis = self._reshaped(x, [size]), 0
        shape = list(x.shape)
        del shape[axis % len(shape)]
        place = self._call(op, [x], Value("", tuple(shape), "int64"), axis=axis, keepdims=0)
        meta = node.meta["tensor_meta"]
        return self._cast(self._reshaped(place, meta.shape), dtype_name(meta.dtype))

    def cumsum(
        self, node: Node, x: Value, *, axis: Any, flatten: bool, exclusive: bool, reverse: bool
    ) -> Value:
        """Sums up to each element."""
        if type(axis) is not int or not x.shape or x.dtype == "bool":
            raise Unsupported("such an axis")
        meta = node.meta["tensor_meta"]
        x = self._cast(x, dtype_name(meta.dtype))
        if flatten:
            x, axis = self._reshaped(x, meta.shape), 0
        inputs = [x, self._constant(axis, "int64")]
        return self._call("CumSum", inputs, x, exclusive=int(exclusive), reverse=int(reverse))

    def softmax(self, node: Node, x: Value, *, axis: int) -> Value:
        """Along an axis."""
        self._need_float(x)
        if not x.shape:
            raise Unsupported("a tensor without an axis")
        return self._call("Softmax", [x], node, axis=axis)

    def log_softmax(self, node: Node, x: Value, *, axis: int) -> Value:
        """Along an axis; no element is more than 64 below the largest, as in Paddle."""
        self._need_float(x)
        axes = _axes(axis, len(x.shape))
        shifted = self._call("Sub", [x, self._reduce("ReduceMax", x, axes, True)], node)
        shifted = self._call("Max", [shifted, self._constant(-64.0, x.dtype)], node)
        total = self._reduce("ReduceSum", self._call("Exp", [shifted], node), axes, True)
        return self._call("Sub", [shifted, self._call("Log", [total], total)], node)

    # -- matrices

    def matmul(
        self, node: Node, x: Value, y: Value, *, transpose_x: bool, transpose_y: bool
    ) -> Value:
        """A product of matrices, batches broadcast."""
        self._need_float(x, y)
        if transpose_x:
            x = self._turned(x)
        if transpose_y:
            y = self._turned(y)
        return self._product(x, y, node)

    def _product(self, x: Value, y: Value, node: Node) -> Value:
        """ONNX Runtime fuses a transpose into a product with a vector wrongly: use matrices."""
        if len(x.shape) > 1 and len(y.shape) > 1:
            return self._call("MatMul", [x, y], node)
        left = self._reshaped(x, (1, *x.shape)) if len(x.shape) == 1 else x
        right = self._reshaped(y, (*y.shape, 1)) if len(y.shape) == 1 else y
        shape = (*left.shape[:-1], right.shape[-1])
        if len(right.shape) > 2:
            shape = (*right.shape[:-2], *shape[-2:])
        product = self._call("MatMul", [left, right], Value("", shape, x.dtype))
        return self._reshaped(product, node.meta["tensor_meta"].shape)

    def _turned(self, x: Value) -> Value:
        rank = len(x.shape)
        if rank < 2:
            return x
        return self._transposed(x, [*range(rank - 2), rank - 1, rank - 2])

    def bmm(self, node: Node, x: Value, y: Value) -> Value:
        """Products of matrices, or of matrices and vectors."""
        self._need_float(x, y)
        return self._product(x, y, node)

    mv = bmm

    def dot(self, node: Node, x: Value, y: Value) -> Value:
        """Of vectors, or of the rows of two matrices."""
        self._need_float(x, y)
        product = self._call("Mul", [x, y], x)
        return self._reduce("ReduceSum", product, [len(x.shape) - 1], False)

    def addmm(
        self, node: Node, base: Value, x: Value, y: Value, *, beta: float, alpha: float
    ) -> Value:
        """beta * base + alpha * x @ y."""
        self._need_float(base, x, y)
        product = self._call("MatMul", [x, y], node)
        scaled = self._call("Mul", [product, self._constant(alpha, x.dtype)], node)
        rest = self._call("Mul", [base, self._constant(beta, x.dtype)], base)
        return self._call("Add", [rest, scaled], node)

    def p_norm(
        self,
        node: Node,
        x: Value,
        *,
        porder: float,
        axis: int,
        epsilon: float,
        keepdim: bool,
        asvector: bool,
    ) -> Value:
        """Sums of absolute values, or roots of sums of squares."""
        del epsilon
        self._need_float(x)
        axes = list(range(len(x.shape))) if asvector else _axes(axis, len(x.shape))
        op = {1.0: "ReduceL1", 2.0: "ReduceL2"}.get(porder)
        if op is None or not x.shape:
            raise Unsupported(f"a norm of order {porder}")
        result = self._reduce(op, x, axes, keepdim)
        return self._reshaped(result, node.meta["tensor_meta"].shape)

    def frobenius_norm(
        self, node: Node, x: Value, *, axis: Any, reduce_all: bool = False, **given: Any
    ) -> Value:
        """The root of the sum of squares."""
        self._need_float(x)
        keepdim = given["keep_dim"] if "keep_dim" in given else given["keepdim"]
        return self._reduced("ReduceL2", node, x, [] if reduce_all else axis, keepdim)

    def squared_l2_norm(self, node: Node, x: Value) -> Value:
        """The sum of squares."""
        self._need_float(x)
        total = self._reduce("ReduceSumSquare", x, list(range(len(x.shape))), False)
        return self._reshaped(total, node.meta["tensor_meta"].shape)

    def einsum(self, node: Node, *operands: Optional[Any], equation: str) -> Any:
        """By ONNX's Einsum; only the first result."""
        values = operands[0] if isinstance(operands[0], list) else list(operands)
        self._need_float(*values)
        if any(user.args[1] != 0 for user in node.users) or "..." in equation:
            raise Unsupported("caches, and ellipses")
        meta = node.meta["tensor_meta"][0]
        like = Value("", meta.shape, dtype_name(meta.dtype))
        return [self._call("Einsum", values, like, equation=equation.replace(" ", ""))]
