"""Whether tensors hold nothing but finite numbers."""

from __future__ import annotations

from typing import Any, Sequence

import paddle

from .. import _C

__all__ = ["all_finite"]

_FLOAT32, _FLOAT64 = paddle.float32, paddle.float64
_INTEGERS = frozenset(
    (paddle.bool, paddle.uint8, paddle.int8, paddle.int16, paddle.int32, paddle.int64)
)


def all_finite(tensors: Sequence[Any]) -> bool:
    """Whether the floating tensors among some hold neither infinities nor NaN.

    Args:
        tensors: of any shapes and dtypes; floating ones other than float32 and float64, and
            those on a device, are never certain.
    """
    for tensor in tensors:
        dtype = tensor.dtype
        if dtype in _INTEGERS:
            continue
        if dtype == _FLOAT32:
            size = 4
        elif dtype == _FLOAT64:
            size = 8
        else:
            return False
        if not tensor.place.is_cpu_place():
            return False
        if not tensor.is_contiguous():
            tensor = tensor.contiguous()
        count = tensor.size
        if count and not _C.finite(tensor.data_ptr(), count, size):
            return False
    return True
