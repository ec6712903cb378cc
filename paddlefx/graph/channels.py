"""Products and normalisations by channel, as a framework tells them: what folds into weights."""

from __future__ import annotations

from typing import NamedTuple, Optional

from .node import Node

__all__ = ["ChannelNorm", "ChannelProduct"]


class ChannelNorm(NamedTuple):
    """``(x - mean) / sqrt(variance + epsilon) * scale + bias`` along an axis of ``x``.

    Args:
        x: the input.
        mean: of shape ``[channels]``, as are the others.
        variance: likewise.
        scale: likewise; ``None``: one.
        bias: likewise; ``None``: zero.
        epsilon: a small number.
        axis: the axis of ``x`` that has the channels.
        result: which item of the node's result it is.
    """

    x: Node
    mean: Node
    variance: Node
    scale: Optional[Node]
    bias: Optional[Node]
    epsilon: float
    axis: int
    result: int


class ChannelProduct(NamedTuple):
    """A convolution or matrix product with a weight, perhaps with a bias added.

    Args:
        node: the product.
        weight: the place of the weight among its arguments.
        axis: the axis of the weight that has the channels of the result.
        bias: the place of the bias among its arguments, which may not be there; ``None``: a
            bias has to be added by a call of its own.
        added: the bias, of shape ``[channels]``, that such a call adds.
    """

    node: Node
    weight: int
    axis: int
    bias: Optional[int] = None
    added: Optional[Node] = None
