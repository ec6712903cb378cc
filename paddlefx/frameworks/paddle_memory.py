"""Where Paddle tensors keep their data."""

from __future__ import annotations

from typing import Any, Optional, Tuple

from paddle.base import core

__all__ = ["memory_of"]


def memory_of(tensor: Any) -> Optional[Tuple[int, int]]:
    """The address and size in bytes of a tensor's data, which lies in one piece in CPU memory.

    ``None`` when it doesn't: sparse, strided and distributed tensors, those on a device, and
    those without memory.
    """
    if not tensor.is_dense() or not tensor._is_initialized() or not tensor.is_contiguous():
        return None
    if _DEVICES and not tensor.place.is_cpu_place():
        return None
    size = tensor.element_size()
    for dimension in tensor.shape:
        size *= dimension
    return tensor.data_ptr(), size


#: Whether this Paddle knows other places than the CPU; asking a tensor's place takes 2 us.
_DEVICES = (
    core.is_compiled_with_cuda()
    or core.is_compiled_with_xpu()
    or bool(core.get_all_custom_device_type())
)
