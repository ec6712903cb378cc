"""A tensor that doesn't exist yet."""

from __future__ import annotations

from typing import Optional

from ...graph import Node
from ...source import Source
from ...tensor_meta import TensorMeta
from .base import Variable

__all__ = ["TensorVariable"]


class TensorVariable(Variable):
    """A node of the graph and what is known of its result.

    Args:
        node: a placeholder, an attribute of the graph layer, or an operation.
        meta: shape, dtype and stop_gradient.
        cls: the tensor class the plain program sees.
        source: set for tensors that came from outside the frame.
    """

    __slots__ = ("cls", "meta", "node")

    def __init__(
        self, node: Node, meta: TensorMeta, cls: type, source: Optional[Source] = None
    ) -> None:
        super().__init__(source)
        self.node = node
        self.meta = meta
        self.cls = cls

    def python_type(self) -> type:
        return self.cls

    def __repr__(self) -> str:
        return f"TensorVariable({self.node.name}, {self.meta.shape})"
