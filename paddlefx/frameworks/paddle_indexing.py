"""The shape of ``x[index]`` as Paddle's eager tensors give it.

Source: ``tensor__getitem_dygraph`` in ``paddle/fluid/pybind/eager_method.cc`` and
``slice_utils.h``: integers, slices and ``None`` are applied first, then index arrays together;
arrays that stand side by side leave their dimensions there, others put them in front.
"""

from __future__ import annotations

from typing import Any, List, NamedTuple, Optional, Sequence, Tuple

import numpy as np

from ..errors import InferenceError
from ..tensor_meta import TensorMeta

__all__ = ["broadcast_shapes", "index_shape", "is_mask", "takes_all"]

_BOOLS: Tuple[type, ...] = (bool, np.bool_)
_INTEGERS: Tuple[Any, ...] = (int, np.integer)


class _Array(NamedTuple):
    """An index array: its shape, and the dimensions of the tensor that it takes."""

    shape: Tuple[int, ...]
    takes: int


def broadcast_shapes(shapes: Sequence[Tuple[int, ...]]) -> Tuple[int, ...]:
    """NumPy's broadcasting rule.

    Raises:
        InferenceError: they don't fit.
    """
    rank = max([len(shape) for shape in shapes], default=0)
    result = []
    for axis in range(-rank, 0):
        sizes = {shape[axis] for shape in shapes if -axis <= len(shape)} - {1}
        if len(sizes) > 1:
            raise InferenceError(
                f"shapes {' and '.join([str(list(s)) for s in shapes])} don't broadcast"
            )
        result.append(sizes.pop() if sizes else 1)
    return tuple(result)


def _is_bool(dtype: Any) -> bool:
    return "bool" in str(dtype).lower()


def _array_of(item: Any) -> Optional[_Array]:
    """An index array's shape; ``None`` when ``item`` isn't one.

    Raises:
        InferenceError: a boolean mask that the graph computes.
    """
    if isinstance(item, TensorMeta):
        if _is_bool(item.dtype):
            raise InferenceError(
                "indexing with a boolean tensor gives a shape that depends on its data",
                hint="use paddle.where, or multiply by the mask",
            )
        return _Array(item.shape, 1)
    if isinstance(item, (list, tuple, range)):
        if any(isinstance(element, TensorMeta) for element in item):
            raise InferenceError("an index list that holds tensors can't be captured")
        item = np.array(list(item))
    if isinstance(item, np.ndarray):
        if item.dtype == np.bool_:
            return _Array((int(item.sum()),), item.ndim)
        return _Array(item.shape, 1)
    return None


def _integer(item: Any) -> Optional[int]:
    if isinstance(item, _BOOLS):
        return None
    if isinstance(item, _INTEGERS):
        return int(item)
    return None


def _slice_length(item: slice, size: int) -> int:
    for part in (item.start, item.stop, item.step):
        if isinstance(part, TensorMeta):
            raise InferenceError(
                "a slice with a tensor as its bound gives a shape that depends on data",
                hint="use a Python int as the bound",
            )
        if part is not None and _integer(part) is None:
            raise InferenceError(f"a slice with {type(part).__name__} as its bound")
    try:
        return len(range(*item.indices(size)))
    except (TypeError, ValueError) as error:
        raise InferenceError(f"slice: {error}") from error


def _items(index: Any) -> List[Any]:
    """The parts of an index; a TensorMeta is a tuple too, but one part."""
    if isinstance(index, tuple) and not isinstance(index, TensorMeta):
        return list(index)
    return [index]


def is_mask(shape: Tuple[int, ...], index: Any) -> bool:
    """Whether the index is one boolean tensor of the same shape.

    Paddle 3.0 refuses one of fewer dimensions where it assigns.
    """
    items = _items(index)
    return (
        len(items) == 1
        and isinstance(items[0], TensorMeta)
        and _is_bool(items[0].dtype)
        and bool(items[0].shape)
        and items[0].shape == shape
    )


def takes_all(shape: Tuple[int, ...], index: Any) -> bool:
    """Whether the index only has slices that leave everything: the result is the tensor itself."""
    items = _items(index)
    if not all(item is Ellipsis or isinstance(item, slice) for item in items):
        return False
    axis = 0
    for item in items:
        if item is Ellipsis:
            axis = len(shape) - (len(items) - 1 - items.index(item))
        else:
            if item.step not in (None, 1) or _slice_length(item, shape[axis]) != shape[axis]:
                return False
            axis += 1
    return True


def _refuse_new_axis_before_array(items: List[Any], arrays: List[Optional[_Array]]) -> None:
    """Paddle 3.0 to 3.3 miscount the dimensions then, and read beyond the tensor's memory."""
    new_axis = False
    for item, array in zip(items, arrays):
        if array is not None and new_axis:
            raise InferenceError(
                "None before an index array is miscounted by Paddle",
                hint="index with the array first and add the dimension with unsqueeze()",
            )
        new_axis = new_axis or item is None or isinstance(item, _BOOLS)


def index_shape(shape: Tuple[int, ...], index: Any) -> Tuple[int, ...]:
    """The shape of a tensor of ``shape`` indexed with ``index``.

    Args:
        shape: the tensor's.
        index: what stands in the brackets; TensorMeta for tensors.

    Raises:
        InferenceError: it is out of range, of a kind that Paddle refuses, or the result
            depends on data.
    """
    items = _items(index)
    arrays: List[Optional[_Array]] = [
        None if item is Ellipsis else _array_of(item) for item in items
    ]
    used = 0
    for item, array in zip(items, arrays):
        if array is not None:
            used += array.takes
        elif item is not None and item is not Ellipsis and not isinstance(item, _BOOLS):
            used += 1
    if used > len(shape):
        raise InferenceError(f"too many indices: {used} for a tensor of {len(shape)} dimensions")
    if sum([item is Ellipsis for item in items]) > 1:
        raise InferenceError("an index can have one ellipsis")

    _refuse_new_axis_before_array(items, arrays)

    # First integers, slices, None and booleans; index arrays leave what they take.
    result: List[Any] = []
    axis = 0
    for item, array in zip(items, arrays):
        if item is Ellipsis:
            rest = len(shape) - used
            result += shape[axis : axis + rest]
            axis += rest
        elif array is not None:
            result.append(array)
            axis += array.takes
        elif item is None:
            result.append(1)
        elif isinstance(item, _BOOLS):
            result.append(_Array((1 if item else 0,), 0))
        elif isinstance(item, slice):
            result.append(_slice_length(item, shape[axis]))
            axis += 1
        else:
            number = _integer(item)
            if number is None:
                raise InferenceError(f"a tensor can't be indexed with {type(item).__name__}")
            if not -shape[axis] <= number < shape[axis]:
                raise InferenceError(
                    f"index {number} is out of range for a dimension of {shape[axis]}"
                )
            axis += 1
    result += shape[axis:]

    places = [place for place, item in enumerate(result) if isinstance(item, _Array)]
    if not places:
        return tuple(result)
    taken = broadcast_shapes([result[place].shape for place in places])
    adjacent = places[-1] - places[0] == len(places) - 1
    kept = [item for item in result if not isinstance(item, _Array)]
    at = places[0] if adjacent else 0
    return tuple(kept[:at]) + taken + tuple(kept[at:])
