"""What passes over graphs ask of Paddle: effects of calls, weights by channel, loops."""

from __future__ import annotations

from typing import Any, Dict, FrozenSet, Optional, Tuple

from ..conditional import Conditional
from ..graph import (
    ChannelNorm,
    ChannelProduct,
    Effects,
    Graph,
    Loop,
    Node,
    Sharing,
    iter_nodes,
)
from . import paddle_effects
from .base import Framework
from .paddle_channels import channel_norm, channel_product
from .paddle_loops import loop_of
from .paddle_operators import NATIVE, OperatorInference
from .paddle_views import VIEW_METHODS, operation_effects

__all__ = ["PaddleGraphs"]


class PaddleGraphs(Framework):
    """The part of Paddle's adapter that reads nodes; the rest gives it its tables."""

    #: Methods of a tensor that are nodes, by identity, with their names.
    _methods: Dict[int, Tuple[str, Any]]
    #: Functions that make tensors of constants, by identity.
    _leaves: Dict[int, Any]
    #: Activations of the old form, by identity.
    _legacy: Any
    _operators: OperatorInference

    def op_name(self, target: Any) -> Optional[str]:
        """An operation's name in ``paddle._C_ops``; ``None`` for other targets."""
        raise NotImplementedError

    def effects(self, node: Node) -> Effects:
        """By name for operations, by what :meth:`mutates` says for what else is one node."""
        target = node.target
        if hasattr(target, "saved_by"):
            return Effects(state=True)
        name = self.op_name(target)
        if name is not None:
            writes = self.mutates(target, node.args, node.kwargs)
            return operation_effects(name, node, writes, self.is_random(target, node.args))
        arguments = node.all_input_nodes
        views = tuple([Sharing(argument) for argument in arguments])
        if isinstance(target, Conditional):
            # Its functions change nothing from outside; what they give may be views.
            return Effects(shares=views, random=self.is_impure(node))
        writes = self.mutates(target, node.args, node.kwargs)
        if writes:
            written = tuple([n for i in writes for n in iter_nodes(node.args[i])])
            return Effects(written, idle=paddle_effects.sets_nothing(node))
        if id(target) in self._leaves or id(target) in self._legacy:
            return Effects()
        method = self._methods.get(id(target))
        if target is NATIVE["[]"] or (method is not None and method[0] in VIEW_METHODS):
            return Effects(shares=views[:1])
        if method is not None or self._operators.knows(target):
            return Effects()
        return Effects(tuple(arguments), views, random=True, opaque=True)  # a user's own function

    def channel_norm(self, node: Node) -> Optional[ChannelNorm]:
        """``batch_norm`` with its running statistics."""
        return channel_norm(self.op_name(node.target), node)

    def channel_product(self, node: Node) -> Optional[ChannelProduct]:
        """Convolutions and ``linear``."""
        return channel_product(self.op_name, node)

    def loop(self, node: Node) -> Optional[Loop]:
        """Elementwise operations, reductions, softmax and layer norm."""
        return loop_of(self.op_name(node.target), node)

    def decomposition(self, node: Node, names: Optional[FrozenSet[str]]) -> Optional[Graph]:
        """By Paddle's own rules."""
        from .paddle_decomposition import decomposition

        name = self.op_name(node.target)
        if names is not None and name not in names:
            return None
        return decomposition(name, node, self.make_graph_layer)
