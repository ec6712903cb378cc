"""Operators that move elements: views where they can be, slices and copies where not."""

from __future__ import annotations

from typing import Any, List, Sequence

from ...graph import Node
from ..loop_nests.formulas import of_dtype
from ..loop_nests.operator_formulas import Element, Shape, View
from ..node_by_node import Unsupported
from .linalg import LinalgText, tensor_type

__all__ = ["ShapeOperators"]


def _shape(node: Node) -> Shape:
    return tuple(node.meta["tensor_meta"].shape)


def _known(*values: Any) -> None:
    for value in values:
        items = value if isinstance(value, (list, tuple)) else [value]
        if not all(type(item) is int for item in items):
            raise Unsupported("a size or place that is a tensor")


class ShapeOperators(LinalgText):
    """Reshape, transpose, slice, concat and their kin."""

    def reshape(self, node: Node, x: Element, **rest: Any) -> Element:
        """To the result's shape."""
        del rest
        return self._reshaped(x, _shape(node))

    flatten = squeeze = unsqueeze = reshape

    def assign(self, node: Node, x: Element) -> Element:
        """The same."""
        del node
        return x

    def transpose(self, node: Node, x: Element, *, perm: Sequence[int]) -> Element:
        """Another order of the dimensions."""
        view = self._view(x)
        rank = len(view.shape)
        place = {axis % rank: d for d, axis in enumerate(perm)}
        dims = tuple([place[d] for d in view.dims])
        return self._seen(View(view.name, view.sizes, _shape(node), dims), x.value.dtype)

    def expand(self, node: Node, x: Element, *rest: Any, **more: Any) -> Element:
        """Broadcast to the result's shape."""
        del rest, more
        return Element(x.value, _shape(node))

    expand_as = broadcast_to = expand

    def full(self, node: Node, *, shape: Any, value: Any, dtype: Any) -> Element:
        """A number everywhere."""
        del dtype
        _known(shape)
        return self._number(node, value)

    def full_like(self, node: Node, x: Element, *, value: Any, dtype: Any) -> Element:
        """The same, as large as another tensor."""
        del x, dtype
        return self._number(node, value)

    def _number(self, node: Node, value: Any) -> Element:
        if not isinstance(value, (bool, int, float)):
            raise Unsupported("a number that is a tensor")
        dtype = of_dtype(node.meta["tensor_meta"].dtype)
        return Element(self._e.constant(value, dtype), _shape(node))

    # -- parts

    def _part(
        self,
        x: Element,
        starts: Sequence[int],
        sizes: Sequence[int],
        steps: Sequence[int],
    ) -> Element:
        """A slice."""
        name, dtype = self._tensor(x), x.value.dtype
        found = self._emit(
            f"tensor.extract_slice {name}{list(starts)} {list(sizes)} {list(steps)} : "
            f"{tensor_type(x.shape, dtype)} to {tensor_type(sizes, dtype)}"
        )
        self._strided.add(found)
        return self._leaf(found, sizes, dtype)

    def _sliced(
        self,
        node: Node,
        x: Element,
        axes: Sequence[int],
        starts: Sequence[int],
        ends: Sequence[int],
        strides: Sequence[int],
    ) -> Element:
        _known(axes, starts, ends, strides)
        begin, sizes, steps = [0] * len(x.shape), list(x.shape), [1] * len(x.shape)
        for axis, start, end, stride in zip(axes, starts, ends, strides):
            if stride < 1:
                raise Unsupported("a slice backwards")
            places = range(x.shape[axis])[start:end:stride]
            begin[axis], sizes[axis], steps[axis] = places.start, len(places), stride
        return self._reshaped(self._part(x, begin, sizes, steps), _shape(node))

    def slice(
        self, node: Node, x: Element, *, axes: Any, starts: Any, ends: Any, **rest: Any
    ) -> Element:
        """Of step 1."""
        del rest
        _known(axes)
        return self._sliced(node, x, axes, starts, ends, [1] * len(axes))

    def strided_slice(
        self, node: Node, x: Element, *, axes: Any, starts: Any, ends: Any, strides: Any
    ) -> Element:
        """Of any step forwards."""
        return self._sliced(node, x, axes, starts, ends, strides)

    def split(self, node: Node, x: Element, *, sections: Any, axis: Any) -> List[Element]:
        """Parts of given sizes along an axis."""
        _known(axis)
        found, start = [], 0
        for meta in node.meta["tensor_meta"]:
            starts, axis_ = [0] * len(x.shape), axis % len(x.shape)
            starts[axis_] = start
            found.append(self._part(x, starts, meta.shape, [1] * len(x.shape)))
            start += meta.shape[axis_]
        return found

    def split_with_num(self, node: Node, x: Element, *, num: int, axis: Any) -> List[Element]:
        """Equal parts."""
        return self.split(node, x, sections=num, axis=axis)

    def unbind(self, node: Node, x: Element, *, axis: int) -> List[Element]:
        """Parts of size 1, without the axis."""
        axis %= len(x.shape)
        found = []
        for place, meta in enumerate(node.meta["tensor_meta"]):
            starts = [0] * len(x.shape)
            starts[axis] = place
            sizes = [1 if d == axis else size for d, size in enumerate(x.shape)]
            part = self._part(x, starts, sizes, [1] * len(x.shape))
            found.append(self._reshaped(part, tuple(meta.shape)))
        return found

    # -- put together

    def _joined(self, parts: Sequence[Element], axis: int, shape: Shape) -> Element:
        dtype = parts[0].value.dtype
        if any(part.value.dtype != dtype for part in parts):
            raise Unsupported("tensors of two dtypes")
        # Of an empty tensor the elimination of those would make a copy for each part.
        whole = self._filled(0, shape, dtype)
        start = 0
        for part in parts:
            offsets = [start if d == axis else 0 for d in range(len(shape))]
            whole = self._put(part, whole, offsets, shape)
            start += part.shape[axis]
        return self._leaf(whole, shape, dtype)

    def concat(self, node: Node, parts: Sequence[Element], *, axis: Any) -> Element:
        """One behind the other along an axis."""
        _known(axis)
        shape = _shape(node)
        return self._joined(parts, axis % len(shape), shape)

    def stack(self, node: Node, parts: Sequence[Element], *, axis: int) -> Element:
        """Along a new axis."""
        shape = _shape(node)
        axis %= len(shape)
        ones = tuple([1 if d == axis else size for d, size in enumerate(shape)])
        return self._joined([self._reshaped(part, ones) for part in parts], axis, shape)

    def pad(self, node: Node, x: Element, *, paddings: Any, pad_value: Any) -> Element:
        """A number around."""
        _known(paddings)
        return self._padded(x, paddings[::2], _shape(node), pad_value)

    def _padded(self, x: Element, before: Sequence[int], shape: Shape, value: Any) -> Element:
        """In a larger tensor of a number."""
        if not isinstance(value, (int, float)):
            raise Unsupported("a number that is a tensor")
        if x.shape == shape:
            return x
        dtype = x.value.dtype
        name = self._put(x, self._filled(value, shape, dtype), before, shape)
        return self._leaf(name, shape, dtype)

    def _put(self, part: Element, whole: str, offsets: Sequence[int], shape: Shape) -> str:
        """A tensor with a part of it written; in its memory, so that nothing has to be copied."""
        dtype = part.value.dtype
        where = f"{list(offsets)} {list(part.shape)} {[1] * len(shape)}"
        kind, full = tensor_type(part.shape, dtype), tensor_type(shape, dtype)
        place = self._emit(f"tensor.extract_slice {whole}{where} : {full} to {kind}")
        written = self._loop(part, place)
        return self._emit(f"tensor.insert_slice {written} into {whole}{where} : {kind} into {full}")
