"""What is known of a tensor before it exists."""

from __future__ import annotations

from typing import Any, NamedTuple, Tuple

__all__ = ["TensorMeta"]


class TensorMeta(NamedTuple):
    """A tensor's static description.

    Args:
        shape: its dimensions, all known.
        dtype: the framework's own dtype object.
        stop_gradient: whether autograd stops here.
        place: the framework's own device object; ``None`` when not known.
    """

    shape: Tuple[int, ...]
    dtype: Any
    stop_gradient: bool
    place: Any = None
