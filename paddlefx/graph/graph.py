"""The tensor graph: nodes in the order in which they run.

Semantics and vocabulary are torch.fx's (``torch/fx/graph.py``).
"""

from __future__ import annotations

import builtins
import keyword
import re
from typing import Any, Callable, Dict, Iterator, List, Optional, Tuple

from .codegen import PythonCode, write_python
from .node import OPS, Node, input_nodes, map_nodes

__all__ = ["Graph", "GraphError", "NodeList"]

_NOT_IDENTIFIER = re.compile(r"\W+", re.ASCII)
_NUMBERED = re.compile(r"(.*)_(\d+)$")
#: What code can't call a variable, or shouldn't.
_RESERVED = frozenset([*keyword.kwlist, *dir(builtins)])


class GraphError(Exception):
    """A graph that breaks a rule; raised by :meth:`Graph.lint` and by edits that would break one."""


class NodeList:
    """The nodes of a graph, in order; the node at hand may be erased while iterating."""

    __slots__ = ("_graph",)

    def __init__(self, graph: Graph) -> None:
        self._graph = graph

    def __len__(self) -> int:
        return self._graph._length

    def __iter__(self) -> Iterator[Node]:
        root = self._graph._root
        node = root._next
        while node is not root:
            following = node._next
            if not node.erased:
                yield node
            # An edit may have moved what follows: trust a live node's own link.
            node = following if node.erased else node._next

    def __reversed__(self) -> Iterator[Node]:
        root = self._graph._root
        node = root._prev
        while node is not root:
            before = node._prev
            if not node.erased:
                yield node
            node = before if node.erased else node._prev

    def __getitem__(self, index: int) -> Node:
        return list(self)[index]


class _InsertPoint:
    """Restores the graph's insertion point on leaving the ``with``."""

    __slots__ = ("_graph", "_node")

    def __init__(self, graph: Graph, node: Node) -> None:
        self._graph = graph
        self._node = graph._insert_before
        graph._insert_before = node

    def __enter__(self) -> None:
        return None

    def __exit__(self, *exc: object) -> None:
        self._graph._insert_before = self._node


class Graph:
    """Tensor operations in the order in which they run.

    Placeholders come first, one output last; each name is unique and each node
    is made before it is used. :meth:`lint` checks it.
    """

    def __init__(self) -> None:
        self._root = Node(self, "", "root", "")
        self._insert_before = self._root
        self._length = 0
        self._names: Dict[str, int] = {}

    # -- reading

    @property
    def nodes(self) -> NodeList:
        """Every node, in the order in which they run."""
        return NodeList(self)

    @property
    def placeholders(self) -> List[Node]:
        """The inputs, in order."""
        return [node for node in self.nodes if node.op == "placeholder"]

    @property
    def output_node(self) -> Optional[Node]:
        """The output; ``None`` before there is one."""
        last = self._root._prev
        return last if last.op == "output" else None

    def find_nodes(self, *, op: str, target: Any = None) -> List[Node]:
        """The nodes of a kind, in order; only those that call ``target`` when it is given."""
        return [
            node
            for node in self.nodes
            if node.op == op and (target is None or node.target is target or node.target == target)
        ]

    def __len__(self) -> int:
        return self._length

    def __str__(self) -> str:
        lines = ["graph():"]
        lines += [f"    {node.format_node()}" for node in self.nodes]
        return "\n".join(lines)

    # -- building

    def unique_name(self, candidate: str) -> str:
        """A Python identifier that no node has, close to ``candidate``."""
        named = candidate.isidentifier() and candidate.isascii()
        base = (candidate if named else _NOT_IDENTIFIER.sub("_", candidate)).strip("_") or "node"
        if base[0].isdigit():
            base = f"value_{base}"
        if base in _RESERVED:
            base = f"{base}_1"
        if base not in self._names:
            self._names[base] = 0
            return base
        numbered = _NUMBERED.match(base)
        stem = numbered.group(1) if numbered else base
        count = self._names.get(stem, 0)
        while True:
            count += 1
            name = f"{stem}_{count}"
            if name not in self._names:
                break
        self._names[stem] = count
        self._names[name] = 0
        return name

    def create_node(
        self,
        op: str,
        target: Any,
        args: Tuple[Any, ...] = (),
        kwargs: Optional[Dict[str, Any]] = None,
        name: Optional[str] = None,
        meta: Optional[Dict[str, Any]] = None,
    ) -> Node:
        """A new node at the insertion point.

        Args:
            op: one of :data:`~paddlefx.graph.node.OPS`.
            target: what :class:`~paddlefx.graph.node.Node` says.
            args: positional arguments.
            kwargs: keyword arguments.
            name: a wish for its name.
            meta: what is known of it.

        Raises:
            GraphError: an unknown kind, an argument of another graph, or a second output.
        """
        if op not in OPS:
            raise GraphError(f"no kind of node is called {op!r}")
        if op == "output" and self.output_node is not None:
            raise GraphError("the graph has an output already")
        inputs = input_nodes(args, kwargs)
        for node in inputs:
            if node.graph is not self or node.erased:
                raise GraphError(f"argument {node.name!r} is not in this graph")
        if name is None:
            name = target if isinstance(target, str) else getattr(target, "__name__", "node")
        node = Node(self, self.unique_name(name), op, target, args, kwargs, meta, inputs)
        before = self._root if op == "output" else self._insert_before
        self._link(node, before)
        return node

    def placeholder(self, name: str, meta: Optional[Dict[str, Any]] = None) -> Node:
        """A new input, behind the last one whatever the insertion point is."""
        node = Node(self, self.unique_name(name), "placeholder", name, (), None, meta)
        before = self._root._next
        while before is not self._root and before.op == "placeholder":
            before = before._next
        self._link(node, before)
        return node

    def get_attr(self, target: str, meta: Optional[Dict[str, Any]] = None) -> Node:
        """A new node for an attribute of the GraphLayer: a parameter or a buffer."""
        return self.create_node("get_attr", target, name=target, meta=meta)

    def call_function(
        self,
        target: Callable[..., Any],
        args: Tuple[Any, ...] = (),
        kwargs: Optional[Dict[str, Any]] = None,
        meta: Optional[Dict[str, Any]] = None,
        name: Optional[str] = None,
    ) -> Node:
        """A new call of ``target``."""
        return self.create_node("call_function", target, args, kwargs, name, meta)

    def output(self, value: Any, meta: Optional[Dict[str, Any]] = None) -> Node:
        """The result: a node, or a structure of nodes and constants."""
        return self.create_node("output", "output", (value,), name="output", meta=meta)

    def inserting_before(self, node: Optional[Node] = None) -> _InsertPoint:
        """``with graph.inserting_before(node):`` new nodes go before it; before all without one."""
        return _InsertPoint(self, self._root._next if node is None else self._own(node))

    def inserting_after(self, node: Optional[Node] = None) -> _InsertPoint:
        """``with graph.inserting_after(node):`` new nodes go behind it; at the end without one."""
        return _InsertPoint(self, self._root if node is None else self._own(node)._next)

    # -- editing

    def _own(self, node: Node) -> Node:
        if node.graph is not self or node.erased:
            raise GraphError(f"node {node.name!r} is not in this graph")
        return node

    def _link(self, node: Node, before: Node) -> None:
        previous = before._prev
        previous._next = node
        node._prev = previous
        node._next = before
        before._prev = node
        self._length += 1

    def _unlink(self, node: Node) -> None:
        if self._insert_before is node:
            self._insert_before = node._next
        node._prev._next = node._next
        node._next._prev = node._prev
        self._length -= 1

    def move_before(self, node: Node, before: Node) -> None:
        """Move ``node`` so that it runs right before ``before``."""
        self._own(node)
        if node is before:
            return
        self._unlink(node)
        self._link(node, before)

    def erase_node(self, node: Node) -> None:
        """Take out a node without users.

        Raises:
            GraphError: it has users, or is not in this graph.
        """
        self._own(node)
        if node.users:
            raise GraphError(f"{node.name!r} is used by {', '.join(u.name for u in node.users)}")
        node.args = ()
        node.kwargs = {}
        self._unlink(node)
        node.erased = True

    def replace_all_uses_with(self, old: Node, new: Node) -> List[Node]:
        """Let every user of ``old`` take ``new``; the users changed."""
        return old.replace_all_uses_with(new)

    def eliminate_dead_code(self, is_impure: Callable[[Node], bool]) -> int:
        """Take out calls and attributes that nothing uses; how many went.

        Args:
            is_impure: true for calls that must stay: they write to an input, draw
                random numbers, or have another effect. A framework knows
                (:meth:`paddlefx.frameworks.base.Framework.is_impure`).
        """
        before = self._length
        for node in reversed(self.nodes):
            if node.users or node.op in ("placeholder", "output"):
                continue
            if node.op == "call_function" and is_impure(node):
                continue
            self.erase_node(node)
        return before - self._length

    def copy(self) -> Tuple[Graph, Dict[Node, Node]]:
        """A graph with the same nodes, and the map from old to new nodes."""
        graph = Graph()
        mapping: Dict[Node, Node] = {}
        for node in self.nodes:
            args = map_nodes(node.args, mapping.__getitem__)
            kwargs = map_nodes(node.kwargs, mapping.__getitem__)
            new = Node(graph, node.name, node.op, node.target, args, kwargs, dict(node.meta))
            graph._link(new, graph._root)
            mapping[node] = new
        graph._names = dict(self._names)
        return graph, mapping

    # -- checking

    def lint(self, attributes: Optional[Dict[str, Any]] = None) -> None:
        """Check the graph's rules.

        Args:
            attributes: what ``get_attr`` nodes may name; not checked without.

        Raises:
            GraphError: the first rule broken, with the node.
        """
        seen: Dict[Node, None] = {}
        names: Dict[str, Node] = {}
        body = False
        finished: Optional[Node] = None
        for node in self.nodes:
            if finished is not None:
                raise GraphError(f"{node.name!r} comes behind the output")
            if node.op not in OPS:
                raise GraphError(f"{node.name!r} is of unknown kind {node.op!r}")
            if node.graph is not self:
                raise GraphError(f"{node.name!r} belongs to another graph")
            if node.name in names:
                raise GraphError(f"two nodes are called {node.name!r}")
            if not node.name.isidentifier() or keyword.iskeyword(node.name):
                raise GraphError(f"{node.name!r} is not an identifier")
            for argument in node.all_input_nodes:
                if argument not in seen:
                    raise GraphError(f"{node.name!r} uses {argument.name!r} before it is made")
                if node not in argument.users:
                    raise GraphError(f"{argument.name!r} doesn't know its user {node.name!r}")
            if node.op == "placeholder":
                if body:
                    raise GraphError(f"placeholder {node.name!r} comes behind another kind")
            else:
                body = True
            if node.op == "call_function" and not callable(node.target):
                raise GraphError(f"{node.name!r} calls {node.target!r}, which is not callable")
            if node.op == "get_attr" and attributes is not None and node.target not in attributes:
                raise GraphError(f"{node.name!r} reads {node.target!r}, which the layer has not")
            if node.op == "output":
                finished = node
            seen[node] = None
            names[node.name] = node
        for node in seen:
            for user in node.users:
                if user not in seen or node not in user.all_input_nodes:
                    raise GraphError(f"{node.name!r} has a stale user {user.name!r}")
        if finished is None:
            raise GraphError("the graph has no output")

    # -- writing

    def python_code(
        self, attributes: Optional[Dict[str, Any]] = None, name: str = "forward"
    ) -> PythonCode:
        """The graph as straight-line Python source with what its names stand for.

        Args:
            attributes: the values of ``get_attr`` nodes by target.
            name: the function's name.
        """
        return write_python(self.nodes, {} if attributes is None else attributes, name)

    def print_tabular(self, style: str = "rich", file: Any = None) -> None:
        """Print a table: op, name, target, args, shape, dtype and source line of each node.

        The graphs that a node's target chooses from follow, each with the node's name.

        Args:
            style: ``"rich"`` (plain where the ``rich`` package is missing) or ``"plain"``.
            file: where to; ``sys.stdout`` by default.

        Raises:
            ValueError: another style.
        """
        from .printing import print_tabular

        print_tabular(self, style, file)
