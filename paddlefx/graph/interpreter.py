"""Running a graph node by node, and making a new graph of one; as ``torch/fx/interpreter.py``."""

from __future__ import annotations

from typing import Any, Dict, List, Optional, Tuple

from .graph import Graph, GraphError
from .graph_layer import GraphLayer
from .node import Node, map_nodes

__all__ = ["Interpreter", "Transformer"]


class Interpreter:
    """Runs the nodes of a graph in order; a subclass changes what one kind of node does.

    :meth:`run` calls :meth:`run_node` for each node, and that calls the method that is named
    after the node's kind: :meth:`placeholder`, :meth:`get_attr`, :meth:`call_function`,
    :meth:`output`. A value is dropped behind its last use.

    Args:
        layer: the graph and the attributes that it reads.
    """

    def __init__(self, layer: GraphLayer) -> None:
        self.layer = layer
        self.graph: Graph = layer.graph
        #: The values of the nodes that have run and are still used.
        self.values: Dict[Node, Any] = {}
        self._inputs: List[Any] = []
        self._last_uses = _last_uses(self.graph)

    def run(self, *inputs: Any) -> Any:
        """The graph's result for inputs, one for each placeholder, in order.

        Raises:
            TypeError: too few or too many inputs.
            Exception: what a node raises. Its text is left as it is; :attr:`values` still holds
                what the nodes before it gave.
        """
        names = [node.name for node in self.graph.placeholders]
        if len(inputs) != len(names):
            raise TypeError(
                f"the graph takes {len(names)} inputs ({', '.join(names)}), {len(inputs)} given"
            )
        self._inputs = list(inputs)
        self.values = {}
        result: Any = None
        for node in self.graph.nodes:
            result = self.run_node(node)
            self.values[node] = result
            for used in self._last_uses.get(node, ()):
                del self.values[used]
        self.values = {}
        return result

    def run_node(self, node: Node) -> Any:
        """The value of one node; those that it uses are in :attr:`values`."""
        args = map_nodes(node.args, self.values.__getitem__)
        kwargs = map_nodes(node.kwargs, self.values.__getitem__)
        return getattr(self, node.op)(node.target, args, kwargs)

    def placeholder(self, target: str, args: Tuple[Any, ...], kwargs: Dict[str, Any]) -> Any:
        """The next input."""
        del target, args, kwargs
        return self._inputs.pop(0)

    def get_attr(self, target: str, args: Tuple[Any, ...], kwargs: Dict[str, Any]) -> Any:
        """An attribute of the layer: a parameter, a buffer, another object."""
        del args, kwargs
        return self.layer.attributes[target]

    def call_function(self, target: Any, args: Tuple[Any, ...], kwargs: Dict[str, Any]) -> Any:
        """The result of a call."""
        return target(*args, **kwargs)

    def output(self, target: str, args: Tuple[Any, ...], kwargs: Dict[str, Any]) -> Any:
        """The graph's result."""
        del target, kwargs
        return args[0]


def _last_uses(graph: Graph) -> Dict[Node, List[Node]]:
    """By node, those that nothing uses behind it; itself when nothing does at all."""
    last: Dict[Node, Node] = {}
    for node in graph.nodes:
        last[node] = node
        for used in node.all_input_nodes:
            last[used] = node
    uses: Dict[Node, List[Node]] = {}
    for used, node in last.items():
        uses.setdefault(node, []).append(used)
    return uses


class Transformer(Interpreter):
    """Makes a new graph of one: each method gives the node, or the structure, that stands there.

    The methods are those of :class:`Interpreter`; their arguments hold nodes of the new graph
    where the old one's held nodes. Without a change the new graph is a copy.
    """

    def __init__(self, layer: GraphLayer) -> None:
        super().__init__(layer)
        self.new = Graph()
        self._current: Optional[Node] = None

    def transform(self) -> GraphLayer:
        """The new graph, as a layer of the same class with the same attributes.

        Raises:
            GraphError: the methods made a graph that breaks a rule.
        """
        self.new = Graph()
        self.values = {}
        for node in self.graph.nodes:
            self._current = node
            self.values[node] = self.run_node(node)
        self._current = None
        self.values = {}
        if self.new.output_node is None:
            raise GraphError("the transformed graph has no output: call super().output()")
        return type(self.layer)(self.new, self.layer.attributes)

    def call(self, target: Any, *args: Any, **kwargs: Any) -> Node:
        """A new call, with the source line of the node at hand."""
        meta = {} if self._current is None else dict(self._current.meta)
        meta.pop("tensor_meta", None)
        return self.new.call_function(target, args, kwargs, meta)

    def _copied(self) -> Tuple[str, Dict[str, Any]]:
        assert self._current is not None
        return self._current.name, dict(self._current.meta)

    def placeholder(self, target: str, args: Tuple[Any, ...], kwargs: Dict[str, Any]) -> Any:
        """An input of the new graph."""
        name, meta = self._copied()
        del target, args, kwargs
        return self.new.placeholder(name, meta)

    def get_attr(self, target: str, args: Tuple[Any, ...], kwargs: Dict[str, Any]) -> Any:
        """The same attribute in the new graph."""
        del args, kwargs
        return self.new.get_attr(target, self._copied()[1])

    def call_function(self, target: Any, args: Tuple[Any, ...], kwargs: Dict[str, Any]) -> Any:
        """The same call in the new graph."""
        name, meta = self._copied()
        return self.new.call_function(target, args, kwargs, meta, name)

    def output(self, target: str, args: Tuple[Any, ...], kwargs: Dict[str, Any]) -> Any:
        """The result of the new graph."""
        del target, kwargs
        return self.new.output(args[0], self._copied()[1])
