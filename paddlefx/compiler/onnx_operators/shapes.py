"""Operators that move elements about, and those that make tensors of constants."""

from __future__ import annotations

from typing import Any, List, Optional, Sequence

import numpy as np

from ...graph import Node
from ...tensor_meta import TensorMeta
from ..node_by_node import Unsupported, dtype_name
from .model import ModelVisitor, Value

__all__ = ["ShapeOperators"]

_Parts = List[Value]


def _numbers(value: Any) -> List[int]:
    """A list of Python numbers.

    Raises:
        Unsupported: it holds tensors.
    """
    if isinstance(value, int):
        return [value]
    if not isinstance(value, (list, tuple)) or not all(type(item) is int for item in value):
        raise Unsupported("sizes that are tensors")
    return list(value)


class ShapeOperators(ModelVisitor):
    """Reshapes, slices, joins, look-ups, padding, constants."""

    # -- the same elements in another shape

    def _as_result(self, node: Node, x: Value, **rest: Any) -> Value:
        """The elements in the shape of the result."""
        del rest
        return self._reshaped(x, node.meta["tensor_meta"].shape)

    def reshape(self, node: Node, x: Value, **rest: Any) -> Value:
        """To the result's shape, which is known."""
        return self._as_result(node, x)

    flatten = squeeze = unsqueeze = reshape

    def transpose(self, node: Node, x: Value, *, perm: Sequence[int]) -> Value:
        """ONNX's Transpose."""
        rank = len(x.shape)
        if not rank:
            return x
        return self._transposed(x, [axis % rank for axis in perm])

    def expand(self, node: Node, x: Value, **rest: Any) -> Value:
        """Broadcast to the result's shape."""
        del rest
        shape = node.meta["tensor_meta"].shape
        if shape == x.shape:
            return x
        return self._call("Expand", [x, self._sizes(shape)], node)

    def expand_as(self, node: Node, x: Value, *others: Any, **rest: Any) -> Value:
        """Broadcast to another tensor's shape."""
        del others
        return self.expand(node, x, **rest)

    def tile(self, node: Node, x: Value, *, repeat_times: Any) -> Value:
        """Repeated along each axis."""
        times = _numbers(repeat_times)
        rank = max(len(times), len(x.shape))
        if not rank:
            return x
        x = self._reshaped(x, [1] * (rank - len(x.shape)) + list(x.shape))
        if set(times) == {1}:
            return x
        return self._call("Tile", [x, self._sizes([1] * (rank - len(times)) + times)], node)

    def flip(self, node: Node, x: Value, *, axis: Any) -> Value:
        """Backwards along axes."""
        axes = _numbers(axis)
        bounds = [[-1] * len(axes), [-(2**62)] * len(axes), axes, [-1] * len(axes)]
        return self._call("Slice", [x, *[self._sizes(bound) for bound in bounds]], node)

    def roll(self, node: Node, x: Value, *, shifts: Any, axis: Any) -> Value:
        """Around along axes, or as one row."""
        steps, axes = _numbers(shifts), _numbers(axis)
        shape = x.shape
        if not axes:
            size = int(np.prod(shape))
            x, axes = self._reshaped(x, [size]), [0]
        for step, place in zip(steps, axes):
            length = x.shape[place]
            cut = (length - step) % length if length else 0
            if cut:
                back = self._piece(x, place, cut, length)
                front = self._piece(x, place, 0, cut)
                x = self._call("Concat", [back, front], x, axis=place)
        return self._reshaped(x, shape)

    def _piece(self, x: Value, axis: int, start: int, stop: int) -> Value:
        shape = list(x.shape)
        shape[axis] = stop - start
        bounds = [self._sizes([number]) for number in (start, stop, axis)]
        return self._call("Slice", [x, *bounds], x._replace(shape=tuple(shape)))

    def tril(self, node: Node, x: Value, *, diagonal: int) -> Value:
        """The lower triangle."""
        return self._triangle(node, x, diagonal, 0)

    def triu(self, node: Node, x: Value, *, diagonal: int) -> Value:
        """The upper triangle."""
        return self._triangle(node, x, diagonal, 1)

    def _triangle(self, node: Node, x: Value, diagonal: int, upper: int) -> Value:
        if x.dtype not in ("float32", "int64"):
            raise Unsupported(x.dtype)
        return self._call("Trilu", [x, self._constant(diagonal, "int64")], node, upper=upper)

    # -- parts

    def slice(
        self,
        node: Node,
        x: Value,
        *,
        axes: Sequence[int],
        starts: Any,
        ends: Any,
        decrease_axis: Sequence[int],
        infer_flags: Any = None,
    ) -> Value:
        """From start to end along axes; single ones may go."""
        return self.strided_slice(node, x, axes=axes, starts=starts, ends=ends, strides=None)

    def strided_slice(
        self, node: Node, x: Value, *, axes: Any, starts: Any, ends: Any, strides: Any
    ) -> Value:
        """From start to end by steps."""
        places = _numbers(axes)
        steps = [1] * len(places) if strides is None else _numbers(strides)
        first, last = _numbers(starts), _numbers(ends)
        if not len(places) == len(first) == len(last) == len(steps):
            raise Unsupported("as many starts as axes")
        shape = list(x.shape)
        for place, start, end, step in zip(places, first, last, steps):
            shape[place] = len(range(*_bounds(start, end, step, x.shape[place])))
        if tuple(shape) == x.shape and all(step == 1 for step in steps):
            return self._as_result(node, x)
        bounds = [self._sizes(part) for part in (first, last, places, steps)]
        part = self._call("Slice", [x, *bounds], x._replace(shape=tuple(shape)))
        if int(np.prod(shape)) != int(np.prod(node.meta["tensor_meta"].shape)):
            raise Unsupported("such bounds")
        return self._as_result(node, part)

    def split(self, node: Node, x: Value, *, sections: Any, axis: int) -> _Parts:
        """Parts of given sizes."""
        del sections
        return self._split(node, x, axis)

    def split_with_num(self, node: Node, x: Value, *, num: int, axis: int) -> _Parts:
        """Parts of one size."""
        del num
        return self._split(node, x, axis)

    def _split(self, node: Node, x: Value, axis: int) -> _Parts:
        metas: List[TensorMeta] = node.meta["tensor_meta"]
        sizes = [meta.shape[axis] for meta in metas]
        return self._several("Split", [x, self._sizes(sizes)], metas, axis=axis)

    def unbind(self, node: Node, x: Value, *, axis: int) -> _Parts:
        """Each item along an axis."""
        place = axis % len(x.shape)
        metas: List[TensorMeta] = node.meta["tensor_meta"]
        wide = [
            meta._replace(shape=(*meta.shape[:place], 1, *meta.shape[place:])) for meta in metas
        ]
        parts = self._several("Split", [x, self._sizes([1] * len(wide))], wide, axis=place)
        return [self._reshaped(part, meta.shape) for part, meta in zip(parts, metas)]

    def unstack(self, node: Node, x: Value, *, axis: int, num: int) -> _Parts:
        """Each item along an axis."""
        del num
        return self.unbind(node, x, axis=axis)

    # -- joins

    def concat(self, node: Node, values: _Parts, *, axis: int) -> Value:
        """One behind the other."""
        if len({value.dtype for value in values}) > 1:
            raise Unsupported("different dtypes")
        if len(values) == 1:
            return values[0]
        return self._call("Concat", values, node, axis=axis)

    def stack(self, node: Node, values: _Parts, *, axis: int) -> Value:
        """Along a new axis."""
        place = axis % (len(values[0].shape) + 1)
        shape = values[0].shape
        wide = [self._reshaped(v, (*shape[:place], 1, *shape[place:])) for v in values]
        return self._call("Concat", wide, node, axis=place)

    def meshgrid(self, node: Node, values: _Parts) -> _Parts:
        """Each vector along its axis, broadcast."""
        shape = tuple([int(np.prod(value.shape)) for value in values])
        grids = []
        for place, value in enumerate(values):
            line = [1] * len(shape)
            line[place] = shape[place]
            like = value._replace(shape=shape)
            inputs = [self._reshaped(value, line), self._sizes(shape)]
            grids.append(self._call("Expand", inputs, like))
        return grids

    # -- look-ups

    def gather(self, node: Node, x: Value, index: Value, *, axis: Any) -> Value:
        """Slices by number."""
        if type(axis) is not int or len(index.shape) > 1:
            raise Unsupported("such an index")
        return self._call("Gather", [x, index], node, axis=axis)

    def index_select(self, node: Node, x: Value, index: Value, *, axis: int) -> Value:
        """Slices by number."""
        return self._call("Gather", [x, index], node, axis=axis)

    def gather_nd(self, node: Node, x: Value, index: Value) -> Value:
        """By rows of an index."""
        if index.dtype != "int64" or not index.shape[-1]:
            index = self._cast(index, "int64")
        return self._call("GatherND", [x, index], node)

    def take_along_axis(self, node: Node, x: Value, index: Value, *, axis: int) -> Value:
        """By an index of the result's shape."""
        if x.shape[:axis] != index.shape[:axis] or len(x.shape) != len(index.shape):
            raise Unsupported("an index that broadcasts")
        return self._call("GatherElements", [x, index], node, axis=axis)

    def embedding(
        self, node: Node, x: Value, weight: Value, *, padding_idx: int, sparse: bool = False
    ) -> Value:
        """Rows of a weight; those of the padding are zeros."""
        del sparse
        rows = self._call("Gather", [weight, x], node, axis=0)
        if padding_idx < 0:
            return rows
        shape = (*x.shape, 1)
        padding = self._call(
            "Equal", [x, self._constant(padding_idx, x.dtype)], Value("", x.shape, "bool")
        )
        zero = self._constant(0, weight.dtype)
        return self._call("Where", [self._reshaped(padding, shape), zero, rows], node)

    # -- padding

    def pad(
        self, node: Node, x: Value, *, paddings: Sequence[int], pad_value: Any, **rest: Any
    ) -> Value:
        """By a constant, before and behind each axis."""
        if not isinstance(pad_value, (int, float)):
            raise Unsupported("a value that is a tensor")
        return self._padded(node, x, paddings[::2], paddings[1::2], "constant", pad_value)

    def pad3d(
        self,
        node: Node,
        x: Value,
        *,
        paddings: Any,
        mode: str,
        pad_value: float,
        data_format: str,
    ) -> Value:
        """Around the spatial axes, the last first."""
        numbers = _numbers(paddings)
        channels_first = data_format.startswith("NC")
        name = {"constant": "constant", "reflect": "reflect", "replicate": "edge"}.get(mode)
        if name is None or len(numbers) != 6 or len(x.shape) != 5:
            raise Unsupported(f"mode {mode}")
        pairs = [(numbers[0], numbers[1]), (numbers[2], numbers[3]), (numbers[4], numbers[5])]
        spatial = pairs[::-1]
        ordered = [(0, 0), (0, 0), *spatial] if channels_first else [(0, 0), *spatial, (0, 0)]
        before, behind = zip(*ordered)
        return self._padded(node, x, before, behind, name, pad_value)

    def _padded(
        self,
        node: Node,
        x: Value,
        before: Sequence[int],
        behind: Sequence[int],
        mode: str,
        number: float,
    ) -> Value:
        if min(*before, *behind) < 0 or x.dtype == "bool":
            raise Unsupported("such a padding")
        if not any((*before, *behind)):
            return x
        inputs: List[Optional[Value]] = [x, self._sizes([*before, *behind])]
        if mode == "constant":
            inputs.append(self._constant(number, x.dtype))
        return self._call("Pad", inputs, node, mode=mode)

    # -- constants

    def full(self, node: Node, *, shape: Any, value: Any, dtype: Any) -> Value:
        """One number everywhere."""
        del shape, dtype
        return self._filled(node, value)

    def full_like(self, node: Node, x: Value, *, value: Any, dtype: Any) -> Value:
        """One number in the shape of a tensor."""
        del x, dtype
        return self._filled(node, value)

    def _filled(self, node: Node, number: Any) -> Value:
        meta: TensorMeta = node.meta["tensor_meta"]
        if not isinstance(number, (bool, int, float)):
            raise Unsupported("a value that is a tensor")
        scalar = self._constant(number, dtype_name(meta.dtype))
        if not meta.shape:
            return scalar
        return self._call("Expand", [scalar, self._sizes(meta.shape)], node)

    def arange(self, node: Node, *, start: Any, end: Any, step: Any, dtype: Any) -> Value:
        """Numbers in a row."""
        meta: TensorMeta = node.meta["tensor_meta"]
        name = dtype_name(meta.dtype)
        numbers = (start, end, step)
        if not all(type(item) in (int, float) for item in numbers) or name.startswith("float"):
            raise Unsupported("fractions, and bounds that are tensors")
        return self._constant(np.arange(*[int(item) for item in numbers]), name)

    def numel(self, node: Node, x: Value) -> Value:
        """How many elements a tensor has."""
        return self._filled(node, int(np.prod(x.shape)))

    def shape(self, node: Node, x: Value) -> Value:
        """The sizes of a tensor, which are known."""
        return self._constant(x.shape, dtype_name(node.meta["tensor_meta"].dtype))

    def eye(self, node: Node, *, num_rows: Any, num_columns: Any, dtype: Any) -> Value:
        """Ones on the diagonal."""
        del num_rows, num_columns, dtype
        meta: TensorMeta = node.meta["tensor_meta"]
        return self._constant(np.eye(*meta.shape), dtype_name(meta.dtype))

    def assign_value(self, node: Node, *, shape: Any, dtype: Any, values: Any) -> Value:
        """Given numbers."""
        del shape, dtype
        meta: TensorMeta = node.meta["tensor_meta"]
        if not all(isinstance(value, (bool, int, float)) for value in values):
            raise Unsupported("complex numbers")
        array = np.asarray(values, dtype_name(meta.dtype)).reshape(meta.shape)
        return self._constant(array, dtype_name(meta.dtype))


def _bounds(start: int, end: int, step: int, size: int) -> Any:
    """As ``slice.indices``, where an end below ``-size`` of a negative step is before all."""
    return slice(start, None if step < 0 and end < -size else end, step).indices(size)
