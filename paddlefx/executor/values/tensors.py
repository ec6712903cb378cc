"""A tensor that doesn't exist yet."""

from __future__ import annotations

from typing import TYPE_CHECKING, List, Optional

from ...graph import Node
from ...ir.instr import Op
from ...source import Source
from ...tensor_meta import TensorMeta
from .base import Variable

if TYPE_CHECKING:
    from ..breaking.residual import ResidualWriter

__all__ = ["TensorAttributeVariable", "TensorVariable"]


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


class TensorAttributeVariable(Variable):
    """What an attribute of a tensor gives that only the tensor itself knows, such as its name.

    Args:
        tensor: the tensor.
        name: the attribute's name; nothing in a frame that is captured changes it.
        cls: the exact type of the value.
    """

    __slots__ = ("cls", "name", "tensor")

    def __init__(self, tensor: TensorVariable, name: str, cls: type) -> None:
        super().__init__(None)
        self.tensor = tensor
        self.name = name
        self.cls = cls

    def python_type(self) -> type:
        return self.cls

    def parts(self) -> List[Variable]:
        return [self.tensor]

    def rebuild(self, writer: ResidualWriter) -> None:
        """Read it when the graph has run."""
        writer.load(self.tensor)
        writer.add(Op.LOAD_ATTR, self.name)

    def __repr__(self) -> str:
        return f"TensorAttributeVariable({self.tensor.node.name}.{self.name})"
