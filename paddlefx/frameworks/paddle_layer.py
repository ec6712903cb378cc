"""A captured graph as a ``paddle.nn.Layer``."""

from __future__ import annotations

from typing import Any, Dict, Optional

import paddle

from ..graph import Call, Graph, GraphLayer, Node, Operations
from . import paddle_saving
from .paddle_lowering import lower

__all__ = ["PaddleGraphLayer"]


class PaddleGraphLayer(GraphLayer, paddle.nn.Layer):
    """A :class:`GraphLayer` that Paddle takes for a layer.

    Parameters and buffers are the user's own objects; ``parameters()``, ``state_dict()`` and
    the like see them under their targets with ``.`` written ``_``.
    """

    def __init__(self, graph: Graph, attributes: Dict[str, Any]) -> None:
        paddle.nn.Layer.__init__(self, name_scope="paddlefx_graph")
        GraphLayer.__init__(self, graph, attributes)
        for target, value in attributes.items():
            self._register(target, value)

    def _register(self, target: str, value: Any) -> None:
        if isinstance(value, paddle.Tensor):
            # Into Layer's own dicts: add_parameter() and register_buffer() may rename.
            kind = "_parameters" if isinstance(value, _PARAMETER) else "_buffers"
            self.__dict__[kind][target.replace(".", "_")] = value

    def add_attribute(self, name: str, value: Any) -> str:
        """Give the layer an attribute; a tensor is one of its buffers or parameters."""
        target = GraphLayer.add_attribute(self, name, value)
        self._register(target, value)
        return target

    def save(self, path: Any) -> None:
        """Write the graph and its tensors into one file; :meth:`load` reads it.

        Raises:
            GraphError: a target or constant can't be saved, with its node.
        """
        paddle_saving.save(path, self.graph, self.attributes)

    @classmethod
    def load(cls, path: Any) -> PaddleGraphLayer:
        """The layer that :meth:`save` wrote. Load files only that you trust.

        Raises:
            GraphError: the file is none of these, or needs what isn't installed.
        """
        return cls(*paddle_saving.load(path))

    def __deepcopy__(self, memo: Dict[int, Any]) -> PaddleGraphLayer:
        attributes = paddle_saving.copied_attributes(self.attributes, memo)
        made = memo[id(self)] = type(self)(self.graph.copy()[0], attributes)
        made.training = self.training
        return made

    @property
    def operations(self) -> Operations:
        """Paddle."""
        from . import get

        return get("paddle")

    def lower(self, node: Node) -> Optional[Call]:
        """The eager kernel's own entry; see :func:`lower`."""
        return lower(node)

    def forward(self, *inputs: Any) -> Any:
        """Run the graph."""
        return GraphLayer.forward(self, *inputs)

    def __call__(self, *inputs: Any, **kwargs: Any) -> Any:
        return paddle.nn.Layer.__call__(self, *inputs, **kwargs)

    def __repr__(self) -> str:
        return GraphLayer.__repr__(self)


_PARAMETER = paddle.base.framework.EagerParamBase
