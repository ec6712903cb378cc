"""What a node does beside giving a result, as a framework tells it."""

from __future__ import annotations

from typing import (
    TYPE_CHECKING,
    Any,
    ContextManager,
    Dict,
    FrozenSet,
    NamedTuple,
    Optional,
    Protocol,
    Tuple,
)

from ..tensor_meta import TensorMeta
from .channels import ChannelNorm, ChannelProduct
from .loops import Loop
from .node import Node

if TYPE_CHECKING:
    from .graph import Graph

__all__ = ["Effects", "Operations", "Sharing"]


class Sharing(NamedTuple):
    """A result of a node that may lie in the memory of one of the node's arguments.

    Args:
        argument: the argument.
        result: which item of the node's result, when that is a tuple or list; ``None``: any.
    """

    argument: Node
    result: Optional[int] = None


class Effects(NamedTuple):
    """What a node does beside computing a new result from its arguments.

    Args:
        writes: the arguments that it writes to: their data, or their autograd record.
        shares: the results that may share memory with arguments, views for one. Those that
            ``same`` tells are among them.
        same: the argument that the result is, the very object.
        random: whether it draws from a generator.
        state: whether it changes the framework's state (the gradient mode).
        idle: whether what it writes is there already, unless something else has written: a
            tensor's ``stop_gradient`` that is what it was made with.
        opaque: whether nothing is known of it: a user's own function. It may then do anything.
    """

    writes: Tuple[Node, ...] = ()
    shares: Tuple[Sharing, ...] = ()
    same: Optional[Node] = None
    random: bool = False
    state: bool = False
    idle: bool = False
    opaque: bool = False

    @property
    def pure(self) -> bool:
        """Whether it could be left out, or come twice, if nothing used its result."""
        return not (self.writes or self.random or self.state or self.opaque)


class Operations(Protocol):
    """What passes ask a tensor framework about the calls in a graph.

    :class:`paddlefx.frameworks.base.Framework` says what each method means.
    """

    def effects(self, node: Node) -> Effects:
        """What a ``call_function`` node does beside giving a result."""

    def channel_norm(self, node: Node) -> Optional[ChannelNorm]:
        """A batch norm in evaluation; ``None`` for another call."""

    def channel_product(self, node: Node) -> Optional[ChannelProduct]:
        """A convolution or linear map, or the addition of a bias to one; ``None``: another call."""

    def loop(self, node: Node) -> Optional[Loop]:
        """The loop over elements or rows that a call is; ``None``: it is none."""

    def decomposition(self, node: Node, names: Optional[FrozenSet[str]]) -> Optional[Graph]:
        """A call as a graph of primitive ones; ``None``: it stays, or isn't named."""

    def is_tensor(self, value: Any) -> bool:
        """Whether it is a tensor that a graph can take."""

    def tensor_meta(self, tensor: Any) -> TensorMeta:
        """The static description of a tensor."""

    def computes(self, target: Any) -> bool:
        """Whether a call's results depend on its arguments only, and it writes to nothing."""

    def evaluated(self, target: Any, args: Tuple[Any, ...], kwargs: Dict[str, Any]) -> Any:
        """What a call of real tensors gives, without a record for gradients."""

    def same_tensors(self, inferred: Any, found: Any) -> bool:
        """Whether real tensors are what inference says of them."""

    def infer(self, target: Any, args: Tuple[Any, ...], kwargs: Dict[str, Any]) -> Any:
        """What a call gives: metas and constants, nested as the call's result is."""

    def infer_mutation(
        self, target: Any, args: Tuple[Any, ...], kwargs: Dict[str, Any]
    ) -> Dict[int, TensorMeta]:
        """By index, the new metas of the positional arguments that a call writes to."""

    def kept_state(self) -> ContextManager[None]:
        """Gives back on exit the state in this thread that inference of a graph may change."""
