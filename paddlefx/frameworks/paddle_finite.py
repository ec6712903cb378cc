"""Whether tensors hold nothing but finite numbers."""

from __future__ import annotations

import ctypes
import math
from typing import Any, Sequence

import numpy as np
import paddle

__all__ = ["all_finite"]

_FLOAT32, _FLOAT64 = paddle.float32, paddle.float64
_INTEGERS = frozenset(
    (paddle.bool, paddle.uint8, paddle.int8, paddle.int16, paddle.int32, paddle.int64)
)


def all_finite(tensors: Sequence[Any]) -> bool:
    """Whether the floating tensors among some hold neither infinities nor NaN.

    One pass by BLAS: the sum of squares is finite only if all of them are. Where it isn't, the
    elements themselves are looked at, as large ones make it infinite too.

    Args:
        tensors: of any shapes and dtypes; floating ones other than float32 and float64, and
            those on a device, are never certain.
    """
    for tensor in tensors:
        dtype = tensor.dtype
        if dtype in _INTEGERS:
            continue
        if dtype == _FLOAT32:
            kind: Any = ctypes.c_float
        elif dtype == _FLOAT64:
            kind = ctypes.c_double
        else:
            return False
        if not tensor.place.is_cpu_place():
            return False
        if not tensor.is_contiguous():
            tensor = tensor.contiguous()
        size = tensor.size
        if not size:
            continue
        numbers = np.frombuffer((kind * size).from_address(tensor.data_ptr()), kind)
        with np.errstate(all="ignore"):
            if not math.isfinite(np.dot(numbers, numbers)) and not np.isfinite(numbers).all():
                return False
    return True
