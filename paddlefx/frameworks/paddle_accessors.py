"""Tensors read in C through Paddle's own C++ accessors, where a few samples prove them.

Through Python's attributes the dtype and the shape of a tensor take some 0.2 µs, which is most of
what a call's guards cost. ``csrc/tensors.c`` finds ``paddle::Tensor::dims()`` and ``dtype()`` by
their names in the loaded library and trusts them after they have told the samples' sizes and dtypes
rightly. Where that fails, guards read the attributes.
"""

from __future__ import annotations

from typing import Any, Iterator, Tuple

import numpy as np
from paddle.base import core

from .. import _C

__all__ = ["use_accessors"]

_SHAPES: Tuple[Tuple[int, ...], ...] = ((), (0,), (7,), (3, 1), (2, 5, 4), (1, 2, 1, 3, 1, 2))
_DTYPES = ("float32", "int64", "bool", "float64", "int32", "uint8", "complex64")


def _samples() -> Iterator[Tuple[Any, Tuple[int, ...], int]]:
    for number, dtype in enumerate(_DTYPES):
        shape = _SHAPES[number % len(_SHAPES)]
        # Made as paddle.to_tensor() does, but with a name of its own: the names that Paddle
        # counts up are the user's.
        tensor = core.eager.Tensor(
            value=np.zeros(shape, dtype),
            place=core.CPUPlace(),
            persistable=False,
            zero_copy=False,
            name=f"paddlefx_sample_{number}",
            stop_gradient=True,
        )
        yield tensor, tuple(tensor.shape), int(tensor.dtype.value)


def use_accessors() -> bool:
    """Let guards read tensors through C++ if that is proved to work; whether it does.

    Needs dynamic mode.
    """
    try:
        samples = tuple(_samples())
    except (AttributeError, TypeError, ValueError):  # a Paddle whose tensors are made otherwise
        return False
    return _C.use_tensor_accessors(core.__file__, core.eager.Tensor, samples)
