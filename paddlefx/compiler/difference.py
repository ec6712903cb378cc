"""How far the results of a backend may be from the framework's.

An engine that fuses and reorders may be wrong about an operation on some dtype or shape. What
it makes is run beside the eager form once, with the values of a real call, and isn't used when
they differ by more than rounding.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import paddle

__all__ = ["difference"]

#: By dtype, how far apart two results may be, relative to the largest element of the tensor or
#: to :data:`SMALLEST`: a sum that cancels has the rounding of its terms.
TOLERANCES = {
    paddle.float64: 1e-9,
    paddle.float32: 1e-4,
    paddle.float16: 1e-2,
    paddle.bfloat16: 5e-2,
    paddle.complex64: 1e-4,
    paddle.complex128: 1e-9,
}
SMALLEST = 0.1


def difference(plain: Any, found: Any) -> str:
    """How two results differ by more than rounding; empty when they don't.

    Args:
        plain: tensors, constants and tuples of them.
        found: as it should be.
    """
    if type(plain) is not type(found):
        return f"a {type(found).__name__}, not a {type(plain).__name__}"
    if isinstance(plain, (tuple, list)):
        if len(plain) != len(found):
            return f"{len(found)} of {len(plain)} results"
        pairs = (difference(one, two) for one, two in zip(plain, found))
        return next((text for text in pairs if text), "")
    if not isinstance(plain, paddle.Tensor):
        return "" if plain is found or plain == found else "another constant"
    if plain is found:
        return ""
    if (plain.shape, plain.dtype) != (found.shape, found.dtype):
        return f"{_described(found)}, not {_described(plain)}"
    one, two = _array(plain), _array(found)
    tolerance = TOLERANCES.get(plain.dtype)
    if tolerance is None:
        return "" if np.array_equal(one, two) else f"other values of {_described(plain)}"
    finite = one[np.isfinite(one)]
    scale = float(np.abs(finite).max()) if finite.size else 0.0
    if np.allclose(one, two, tolerance, tolerance * max(scale, SMALLEST), equal_nan=True):
        return ""
    return f"other values of {_described(plain)}"


def _described(tensor: Any) -> str:
    return f"{str(tensor.dtype).rpartition('.')[2]}{list(tensor.shape)}"


def _array(tensor: Any) -> Any:
    if tensor.dtype in (paddle.float16, paddle.bfloat16):
        tensor = tensor.astype("float32")
    return tensor.detach().numpy()
