"""What the executor asks of a tensor framework."""

from __future__ import annotations

import abc
from typing import (
    Any,
    Callable,
    ContextManager,
    Dict,
    FrozenSet,
    List,
    NamedTuple,
    Optional,
    Sequence,
    Tuple,
)

from ..conditional import Conditional
from ..graph import ChannelNorm, ChannelProduct, Effects, Graph, GraphLayer, Loop, Node
from ..tensor_meta import TensorMeta
from .arrays import Arrays

__all__ = [
    "SELF",
    "AttributeRule",
    "ConstantCall",
    "DataRead",
    "Framework",
    "ModeGuard",
    "StateChange",
]


class AttributeRule(NamedTuple):
    """What reading an attribute of a tensor in the graph means.

    Args:
        kind: ``"constant"``: ``value`` is it; ``"op"``: a node calling ``value`` with ``args``
            where :data:`SELF` is the tensor; ``"self"``: the tensor itself; ``"inline"``:
            execute ``value`` (a Python function, the property's getter) on the tensor;
            ``"method"``: ``value`` from the type, bound to the tensor; ``"later"``: the tensor knows
            it when the graph has run, and ``value`` is its type; ``"break"``: it can't be
            known before the graph runs; ``"missing"``: an AttributeError.
        value: as ``kind`` says.
        args: the arguments of an op.
        reason: why it breaks the graph.
        hint: what the user can do.
    """

    kind: str
    value: Any = None
    args: Tuple[Any, ...] = ()
    reason: str = ""
    hint: str = ""


class DataRead(NamedTuple):
    """Why a method of a tensor breaks the graph, and a way out."""

    reason: str
    hint: str


class ModeGuard(NamedTuple):
    """A piece of the framework's global state that a capture relies on.

    ``owner`` with the attributes of ``path`` read one after the other must give ``value``
    (compared with ``==``); an AttributeError on the way counts as different.

    Args:
        owner: the object to start from.
        path: attribute names.
        value: what was found at capture.
        name: for people.
    """

    owner: Any
    path: Tuple[str, ...]
    value: Any
    name: str


class ConstantCall(NamedTuple):
    """The value of a call that only asks for the framework's state.

    Args:
        value: what it returns.
        guards: what must stay as it is for that.
    """

    value: Any
    guards: Tuple[ModeGuard, ...] = ()


class StateChange(NamedTuple):
    """A change of the framework's state in this thread, which operations depend on.

    Args:
        target: the node's target, called with ``value``; its attribute ``saved_by`` reads the
            state, which is given back to it when an operation of the graph raises.
        value: the new state.
        current: reads the state.
        owner: where a :class:`ModeGuard` on it starts.
        path: and the attributes that lead to it.
        guards: what stays the same where the state does; by default ``path`` gives the value.
    """

    target: Callable[[Any], Any]
    value: Any
    current: Callable[[], Any]
    owner: Any
    path: Tuple[str, ...]
    guards: Tuple[ModeGuard, ...] = ()


class Framework(abc.ABC):
    """A tensor framework as the executor sees it."""

    #: ``"paddle"``.
    name: str = ""
    #: The exact and base types of tensors.
    tensor_types: Tuple[type, ...] = ()
    #: The attribute of a tensor that tells whether it is a leaf of autograd's graph.
    leaf_attribute: str = ""
    #: The attribute that holds a tensor's gradient, or ``None``.
    gradient_attribute: str = ""
    #: The class of layers.
    layer_type: type = object
    #: The dicts of a layer in which its ``__getattr__`` looks, in this order.
    layer_tables: Tuple[str, ...] = ()
    #: The array library that it works with.
    arrays: Arrays = Arrays()
    #: The directory of the framework's own code; frames from it are inlined, never compiled.
    package_path: str = ""

    # -- values

    @abc.abstractmethod
    def is_tensor(self, value: Any) -> bool:
        """Whether it is a tensor that a graph can take."""

    @abc.abstractmethod
    def is_parameter(self, value: Any) -> bool:
        """Whether it is a trainable parameter's object."""

    @abc.abstractmethod
    def hashed_by_identity(self, cls: type) -> bool:
        """Whether the tensors of a class have hashes that only their identity decides."""

    @abc.abstractmethod
    def is_layer(self, value: Any) -> bool:
        """Whether it is a layer."""

    @abc.abstractmethod
    def is_constant(self, value: Any) -> bool:
        """Whether it is an immutable object of the framework: a dtype, a place."""

    @abc.abstractmethod
    def is_constant_type(self, cls: type) -> bool:
        """Whether its instances are such objects."""

    @abc.abstractmethod
    def tensor_meta(self, tensor: Any) -> TensorMeta:
        """The static description of a tensor."""

    @abc.abstractmethod
    def tensor_attribute(
        self, meta: TensorMeta, name: str, *, intermediate: bool = True
    ) -> AttributeRule:
        """What ``tensor.name`` is for a tensor in the graph.

        Args:
            meta: the tensor's.
            name: the attribute.
            intermediate: the graph makes it; false for an input or a parameter.
        """

    @abc.abstractmethod
    def attribute_store(self, name: str, value_type: type) -> Any:
        """What ``tensor.name = value`` is in a graph.

        Returns:
            the target of a node with the tensor and the value as arguments; a Python function
            to be inlined, the setter of a property; ``None``: it has to run for real.
        """

    @abc.abstractmethod
    def data_read(self, function: Any) -> Optional[DataRead]:
        """Why calling it on a tensor needs the tensor's data; ``None`` when it doesn't."""

    # -- operations

    @abc.abstractmethod
    def is_op(self, function: Any) -> bool:
        """Whether a call of it is one node."""

    @abc.abstractmethod
    def op_for_operator(self, symbol: str, inplace: bool = False) -> Optional[Callable[..., Any]]:
        """The node target of an operator on tensors.

        ``None`` when the framework writes it in Python: then inline the type's method.

        Args:
            symbol: ``"+"``, ``"<"``, ``"[]"``, or with the prefix ``unary``: ``"unary-"``.
            inplace: the augmented form.
        """

    @abc.abstractmethod
    def infer(self, target: Any, args: Tuple[Any, ...], kwargs: Dict[str, Any]) -> Any:
        """What a call gives: metas and constants, nested as the call's result is.

        Args:
            target: an op or a function of the ``operator`` module.
            args: its arguments, :class:`TensorMeta` where tensors go.
            kwargs: its keyword arguments.

        Raises:
            InferenceError: the framework refuses them, or the result's shape depends on data.
        """

    @abc.abstractmethod
    def infer_mutation(
        self, target: Any, args: Tuple[Any, ...], kwargs: Dict[str, Any]
    ) -> Dict[int, TensorMeta]:
        """By index, the new metas of the positional arguments that a call writes to."""

    @abc.abstractmethod
    def is_random(self, target: Any, args: Tuple[Any, ...] = ()) -> bool:
        """Whether a call draws random numbers."""

    @abc.abstractmethod
    def mutates(
        self, target: Any, args: Tuple[Any, ...] = (), kwargs: Optional[Dict[str, Any]] = None
    ) -> Tuple[int, ...]:
        """The indices of the positional arguments that a call writes to."""

    @abc.abstractmethod
    def spares_leaves(self, target: Any) -> bool:
        """Whether, in the present mode, a call raises when it would write to a leaf.

        A leaf is a tensor that requires gradients and that no operation made.
        """

    @abc.abstractmethod
    def known_sizes(self, target: Any, args: Tuple[Any, ...]) -> Optional[List[int]]:
        """The flat ints that a call gives as a tensor, where the shape of another one tells it.

        Args:
            target: the call's.
            args: metas for tensors.
        """

    @abc.abstractmethod
    def computes(self, target: Any) -> bool:
        """Whether a call's results depend on its arguments only, and it writes to nothing."""

    @abc.abstractmethod
    def computes_sizes(self, target: Any) -> bool:
        """Whether what it computes of sizes is a formula between any two sizes, if at both."""

    @abc.abstractmethod
    def copies_constants(self, target: Any) -> bool:
        """Whether it is a Python function that makes a tensor of constants: one node."""

    @abc.abstractmethod
    def copies_tensors(self, target: Any) -> bool:
        """Whether a function that makes tensors of constants is to be inlined for a tensor."""

    @abc.abstractmethod
    def number_readers(self) -> Tuple[Any, ...]:
        """Methods written in C that, one after the other, give the one element of a tensor."""

    @abc.abstractmethod
    def makes_new(self, target: Any) -> bool:
        """Whether what a call gives surely shares no memory with its arguments."""

    @abc.abstractmethod
    def evaluated(self, target: Any, args: Tuple[Any, ...], kwargs: Dict[str, Any]) -> Any:
        """What a call of real tensors gives, without a record for gradients.

        Raises:
            InferenceError: the framework refuses the arguments.
        """

    @abc.abstractmethod
    def same_tensors(self, inferred: Any, found: Any) -> bool:
        """Whether real tensors are what inference says of them."""

    @abc.abstractmethod
    def tensor_of(self, values: List[int], shape: Tuple[int, ...], dtype: Any) -> Any:
        """A real tensor of flat ints."""

    @abc.abstractmethod
    def stand_in(self, meta: TensorMeta, known: Any) -> Any:
        """A new real tensor like a described one, with the data of ``known`` if there is one."""

    @abc.abstractmethod
    def gives_data(self, method: Any) -> bool:
        """Whether a method of a tensor gives its data, by nothing but the data."""

    @abc.abstractmethod
    def values_only(self, target: Any, place: int) -> bool:
        """Whether a number as this positional argument changes values, never shape or dtype."""

    @abc.abstractmethod
    def takes_scalars(self, target: Any) -> bool:
        """Whether a call takes the array library's numbers as it takes Python's."""

    @abc.abstractmethod
    def takes_arrays(self, target: Any) -> bool:
        """Whether inference knows what arrays and scalars of :attr:`arrays` are to a call."""

    def is_impure(self, node: Node) -> bool:
        """Whether a node has an effect beside its result."""
        if isinstance(node.target, Conditional):
            return node.target.is_impure(self.is_impure)
        return bool(self.mutates(node.target, node.args, node.kwargs)) or self.is_random(
            node.target, node.args
        )

    @abc.abstractmethod
    def effects(self, node: Node) -> Effects:
        """What a ``call_function`` node does beside giving a result.

        Errs on one side only: what may be, is said to be.
        """

    def channel_norm(self, node: Node) -> Optional[ChannelNorm]:
        """A batch norm in evaluation; ``None`` for another call."""
        del node
        return None

    def channel_product(self, node: Node) -> Optional[ChannelProduct]:
        """A convolution or linear map, or the addition of a bias to one; ``None``: another call."""
        del node
        return None

    def loop(self, node: Node) -> Optional[Loop]:
        """The loop over elements or rows that a call is; ``None``: it is none."""
        del node
        return None

    def decomposition(self, node: Node, names: Optional[FrozenSet[str]]) -> Optional[Graph]:
        """A call as a graph of primitive ones, with a placeholder for each tensor that it reads.

        Args:
            node: the call.
            names: of the operations to take apart; ``None`` for all that there are rules for.

        Returns:
            ``None`` for a call that stays as it is.
        """
        del node, names
        return None

    # -- state

    def may_answer(self, function: Any) -> bool:
        """Whether ``constant_call``, ``state_call`` or ``delayed_call`` may answer a call of it.

        True where that isn't known.
        """
        del function
        return True

    @abc.abstractmethod
    def constant_call(self, function: Any, args: Tuple[Any, ...] = ()) -> Optional[ConstantCall]:
        """The value of a call that asks for the framework's state or is a pure function."""

    @abc.abstractmethod
    def constant_attribute(self, value: Any, name: str) -> Optional[ConstantCall]:
        """The value of an attribute of one of the framework's state objects."""

    @abc.abstractmethod
    def state_store(self, owner: Any, name: str, value: Any) -> Optional[StateChange]:
        """What assigning an attribute of one of the framework's state objects changes."""

    @abc.abstractmethod
    def state_call(self, function: Any, args: Tuple[Any, ...]) -> Optional[StateChange]:
        """What a call changes that only sets the framework's state in this thread."""

    @abc.abstractmethod
    def delayed_call(self, function: Any) -> Optional[type]:
        """The type of the result, when a call only counts something and can come later."""

    @abc.abstractmethod
    def kept_state(self) -> ContextManager[None]:
        """Gives back on exit the state in this thread that capture may change."""

    @abc.abstractmethod
    def mode_guards(self, kinds: Optional[FrozenSet[str]] = None) -> List[ModeGuard]:
        """The global state that any capture relies on; only the named kinds when given."""

    @abc.abstractmethod
    def ambient_guards(self) -> List[ModeGuard]:
        """What every graph relies on, cheap to read: the state that changes what operations give."""

    @abc.abstractmethod
    def mode_supported(self) -> Optional[str]:
        """Why nothing can be captured right now; ``None`` when it can."""

    @abc.abstractmethod
    def memory_of(self, tensor: Any) -> Optional[Tuple[int, int]]:
        """Where a tensor's data lies: address and bytes; ``None`` when it isn't in one piece in
        the memory of this process."""

    # -- layers

    @abc.abstractmethod
    def all_finite(self, tensors: Sequence[Any]) -> bool:
        """Whether the floating tensors among some hold neither infinities nor NaN.

        Read at about the speed of memory. True only where it is certain.
        """

    def kernel_threads(self) -> int:
        """How many threads an operation on the CPU may use."""
        return 1

    def only_detaches(self, node: Node) -> bool:
        """Whether a node does nothing but end the gradient at a tensor that the graph makes."""
        del node
        return False

    @abc.abstractmethod
    def operator_graph(self, layer: GraphLayer) -> GraphLayer:
        """A captured graph as an operator graph (:mod:`paddlefx.graph.operators`).

        What has an effect, and what no operators stand for, is an opaque node in it.
        """

    @abc.abstractmethod
    def make_graph_layer(self, graph: Graph, attributes: Dict[str, Any]) -> GraphLayer:
        """The graph as a real layer of the framework, holding the attributes by identity."""


class _Self:
    """Stands for the tensor itself among an :class:`AttributeRule`'s arguments."""

    def __repr__(self) -> str:
        return "SELF"


#: The tensor whose attribute is read.
SELF = _Self()
