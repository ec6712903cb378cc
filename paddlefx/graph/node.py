"""One node of the tensor graph.

The vocabulary is torch.fx's (``torch/fx/node.py``): an operation kind, a target,
arguments that may nest, and the users that the graph keeps up to date.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable, Dict, Iterator, List, NamedTuple, Optional, Tuple

from ..nested import gather

if TYPE_CHECKING:
    from .graph import Graph

__all__ = ["OPS", "Node", "SourcePosition", "input_nodes", "iter_nodes", "map_nodes"]

#: Every kind of node: an input, an attribute of the GraphLayer, a call, the result.
OPS = ("placeholder", "get_attr", "call_function", "output")


class SourcePosition(NamedTuple):
    """The user's source line that a node came from.

    Args:
        filename: the file as ``co_filename`` gives it.
        lineno: its line, 1-based.
        function: the qualified name of the function.
    """

    filename: str
    lineno: Optional[int]
    function: str

    def __str__(self) -> str:
        line = "?" if self.lineno is None else self.lineno
        return f"{self.filename}:{line} in {self.function}"


def map_nodes(value: Any, function: Callable[[Node], Any]) -> Any:
    """``value`` with every node in it replaced by ``function(node)``.

    Lists, tuples (named ones too), dicts and slices are rebuilt; all else is
    passed on as it is.
    """
    if isinstance(value, Node):
        return function(value)
    if isinstance(value, tuple):
        items = [map_nodes(item, function) for item in value]
        if hasattr(value, "_fields"):
            return type(value)(*items)
        return tuple(items)
    if isinstance(value, list):
        return [map_nodes(item, function) for item in value]
    if isinstance(value, dict):
        return {key: map_nodes(item, function) for key, item in value.items()}
    if isinstance(value, slice):
        return slice(
            map_nodes(value.start, function),
            map_nodes(value.stop, function),
            map_nodes(value.step, function),
        )
    return value


def iter_nodes(value: Any) -> Iterator[Node]:
    """The nodes in a nested argument, in order, repeated ones repeated."""
    return iter(gather((value,), Node))


def input_nodes(args: Tuple[Any, ...], kwargs: Optional[Dict[str, Any]]) -> List[Node]:
    """The nodes among the arguments of a call, each once, in order of first use."""
    found = gather(args, Node)
    if kwargs:
        found += gather(kwargs.values(), Node)
    return list(dict.fromkeys(found)) if len(found) > 1 else found


class Node:
    """One step of a :class:`~paddlefx.graph.Graph`; only the graph makes them.

    Args:
        graph: the graph that it belongs to.
        name: its name, unique in the graph, a Python identifier.
        op: one of :data:`OPS`.
        target: the name of an input or attribute, the callable, or ``"output"``.
        args: positional arguments: nodes and constants, nested at will.
        kwargs: keyword arguments.
        meta: ``"tensor_meta"``, a :class:`~paddlefx.tensor_meta.TensorMeta` or a nested
            structure of them; ``"position"``, a :class:`SourcePosition`; ``"stack"``, the
            positions of the user's frames, outermost first; anything that a pass adds.
        inputs: the nodes among the arguments, where the graph has looked for them.
    """

    __slots__ = (
        "__weakref__",
        "_args",
        "_kwargs",
        "_next",
        "_prev",
        "erased",
        "graph",
        "meta",
        "name",
        "op",
        "target",
        "users",
    )

    def __init__(
        self,
        graph: Graph,
        name: str,
        op: str,
        target: Any,
        args: Tuple[Any, ...] = (),
        kwargs: Optional[Dict[str, Any]] = None,
        meta: Optional[Dict[str, Any]] = None,
        inputs: Optional[List[Node]] = None,
    ) -> None:
        self.graph = graph
        self.name = name
        self.op = op
        self.target = target
        self.meta: Dict[str, Any] = {} if meta is None else meta
        self.users: Dict[Node, None] = {}
        self.erased = False
        self._prev: Node = self
        self._next: Node = self
        self._args: Tuple[Any, ...] = tuple(args)
        self._kwargs: Dict[str, Any] = {} if kwargs is None else dict(kwargs)
        for node in input_nodes(args, kwargs) if inputs is None else inputs:
            node.users[self] = None

    @property
    def args(self) -> Tuple[Any, ...]:
        """The positional arguments; assigning updates the users of the nodes in them."""
        return self._args

    @args.setter
    def args(self, args: Tuple[Any, ...]) -> None:
        self._set_arguments(args, self._kwargs)

    @property
    def kwargs(self) -> Dict[str, Any]:
        """The keyword arguments; assign a new dict, don't change this one."""
        return self._kwargs

    @kwargs.setter
    def kwargs(self, kwargs: Dict[str, Any]) -> None:
        self._set_arguments(self._args, kwargs)

    def _set_arguments(self, args: Tuple[Any, ...], kwargs: Dict[str, Any]) -> None:
        for node in self.all_input_nodes:
            node.users.pop(self, None)
        self._args = tuple(args)
        self._kwargs = dict(kwargs)
        for node in self.all_input_nodes:
            node.users[self] = None

    @property
    def all_input_nodes(self) -> List[Node]:
        """The nodes among the arguments, each once, in order of first use."""
        return input_nodes(self._args, self._kwargs)

    @property
    def next(self) -> Node:
        """The node after it; the graph's root behind the last."""
        return self._next

    @property
    def prev(self) -> Node:
        """The node before it; the graph's root before the first."""
        return self._prev

    def append(self, node: Node) -> None:
        """Move ``node`` right behind this one."""
        self.graph.move_before(node, self._next)

    def prepend(self, node: Node) -> None:
        """Move ``node`` right before this one."""
        self.graph.move_before(node, self)

    def replace_input_with(self, old: Node, new: Any) -> None:
        """Use ``new``, a node or a constant, wherever this node's arguments hold ``old``."""

        def swap(node: Node) -> Any:
            return new if node is old else node

        self._set_arguments(map_nodes(self._args, swap), map_nodes(self._kwargs, swap))

    def replace_all_uses_with(
        self, new: Any, keep: Optional[Callable[[Node], bool]] = None
    ) -> List[Node]:
        """Let every user take ``new`` instead of this node; the users changed.

        Args:
            new: the node, or the constant, to use.
            keep: users for which it is true stay as they are.
        """
        changed = []
        for user in list(self.users):
            if user is new or (keep is not None and keep(user)):
                continue
            user.replace_input_with(self, new)
            changed.append(user)
        return changed

    @property
    def position(self) -> Optional[SourcePosition]:
        """The user's source line, when known."""
        position: Optional[SourcePosition] = self.meta.get("position")
        return position

    def __repr__(self) -> str:
        return self.name

    def format_node(self) -> str:
        """A line like ``%add = call_function[target=operator.add](args=(%x, %y))``."""
        from .printing import format_argument, target_name

        if self.op == "placeholder":
            return f"%{self.name} = placeholder[target={self.target}]"
        if self.op == "get_attr":
            return f"%{self.name} = get_attr[target={self.target}]"
        if self.op == "output":
            return f"return {format_argument(self._args[0] if self._args else None)}"
        text = f"%{self.name} = call_function[target={target_name(self.target)}]"
        parts = [format_argument(argument) for argument in self._args]
        parts += [f"{key}={format_argument(value)}" for key, value in self._kwargs.items()]
        return f"{text}({', '.join(parts)})"
