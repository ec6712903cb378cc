"""Who writes to which memory, and who sees it.

in: a graph, and the effects of its calls. out: :class:`Aliasing`: for each node the places in
memory that its value may lie in, whether it is pure, which nodes may write to a value, what is
seen from outside, and which outputs share memory with what.

All of it errs on one side: two values that may share memory are said to share it. Values from
outside (inputs, parameters, constants of the layer) may all be views of one another.
"""

from __future__ import annotations

import operator
from typing import Any, Dict, FrozenSet, List, NamedTuple, Optional, Tuple, Union

from ..effects import Effects, Operations
from ..graph import Graph
from ..node import Node, iter_nodes

__all__ = ["Aliasing", "Memory", "OutputSharing"]


class Memory(NamedTuple):
    """A place in memory.

    Args:
        node: the node that made it; ``None`` for everything from outside.
        result: which item of the node's result, when that is a tuple or list.
    """

    node: Optional[Node]
    result: Optional[int] = None


#: Where values from outside lie; they are told apart by identity only, never by memory.
OUTSIDE = Memory(None)

_Places = FrozenSet[Memory]
#: Of a tensor, or of each item of a tuple or list.
_Layout = Union[_Places, Tuple[_Places, ...]]

_NOWHERE: _Places = frozenset()


class OutputSharing(NamedTuple):
    """How the tensors of the output lie in memory.

    Args:
        leaves: the nodes in the output, in order, repeated ones repeated.
        outside: the positions of those that may share memory with inputs or parameters.
        pairs: pairs of positions of different nodes that may share memory with each other.
    """

    leaves: Tuple[Node, ...]
    outside: Tuple[int, ...]
    pairs: Tuple[Tuple[int, int], ...]


class Aliasing:
    """The memory and the effects of a graph, as it is now; make another one after an edit.

    Args:
        graph: any.
        operations: the framework, which knows what each call does.
    """

    def __init__(self, graph: Graph, operations: Operations) -> None:
        self.graph = graph
        #: By node, what it does beside giving a result.
        self.effects: Dict[Node, Effects] = {}
        #: By node, its place in the order.
        self.position: Dict[Node, int] = {}
        self._layouts: Dict[Node, _Layout] = {}
        self._same: Dict[Node, Node] = {}
        self._writers: Dict[Memory, List[Node]] = {}
        # What a user's own function has been given, it may have kept.
        kept = {OUTSIDE}
        for position, node in enumerate(graph.nodes):
            self.position[node] = position
            effects = operations.effects(node) if node.op == "call_function" else Effects()
            self.effects[node] = effects
            self._layouts[node] = self._layout(node, effects)
            if effects.same is not None:
                self._same[node] = self.same_object(effects.same)
            if effects.opaque:
                for argument in node.all_input_nodes:
                    kept |= self.memory(argument)
            for written in effects.writes:
                for memory in self.memory(written):
                    self._writers.setdefault(memory, []).append(node)
        output = graph.output_node
        leaves = () if output is None else tuple(iter_nodes(output.args))
        self._kept: _Places = frozenset(kept)
        self._escaping: _Places = self._kept.union(*[self.memory(leaf) for leaf in leaves])
        self._leaves = leaves

    def _layout(self, node: Node, effects: Effects) -> _Layout:
        if node.op in ("placeholder", "get_attr"):
            return frozenset((OUTSIDE,))
        if node.op != "call_function":
            return _NOWHERE
        selected = self._selected(node)
        if selected is not None:
            return selected
        count = _result_count(node)
        if effects.opaque:
            everything = frozenset((OUTSIDE, Memory(node))).union(
                *[self.memory(argument) for argument in node.all_input_nodes]
            )
            return everything if count is None else (everything,) * count
        if count is None:
            shared = [self.memory(sharing.argument) for sharing in effects.shares]
            return frozenset().union(*shared) if shared else frozenset((Memory(node),))
        parts = []
        for index in range(count):
            shared = [
                self.memory(sharing.argument)
                for sharing in effects.shares
                if sharing.result is None or sharing.result == index
            ]
            parts.append(
                frozenset().union(*shared) if shared else frozenset((Memory(node, index),))
            )
        return tuple(parts)

    def _selected(self, node: Node) -> Optional[_Places]:
        """The memory of ``result[index]``, a step into a tuple that a node gave."""
        if node.target is not operator.getitem or not isinstance(node.args[0], Node):
            return None
        layout = self._layouts[node.args[0]]
        if not isinstance(layout, tuple):
            return None
        index = node.args[1]
        if type(index) is int and -len(layout) <= index < len(layout):
            return layout[index]
        return _NOWHERE.union(*layout)

    # -- questions about values

    def memory(self, node: Node) -> _Places:
        """The places that the node's value, or any item of it, may lie in."""
        layout = self._layouts[node]
        return layout if isinstance(layout, frozenset) else _NOWHERE.union(*layout)

    def may_share(self, one: Node, other: Node) -> bool:
        """Whether their values may share memory."""
        return not self.memory(one).isdisjoint(self.memory(other))

    def same_object(self, node: Node) -> Node:
        """The node whose value its value is, the very object; itself for most."""
        return self._same.get(node, node)

    def is_outside(self, node: Node) -> bool:
        """Whether its value may lie in the memory of an input or a parameter."""
        return OUTSIDE in self.memory(node)

    def escapes(self, node: Node) -> bool:
        """Whether its memory may be seen from outside, during the run or behind it."""
        return not self.memory(node).isdisjoint(self._escaping)

    def is_seen(self, node: Node) -> bool:
        """Whether its value, the object, may be met from outside, or memory that it has made.

        A view of an input is not: it lies in memory that is seen, but nobody meets the view.
        """
        fresh = self.memory(node) - {OUTSIDE}
        if not fresh.isdisjoint(self._escaping):
            return True
        if any(self.same_object(leaf) is self.same_object(node) for leaf in self._leaves):
            return True
        if isinstance(self._layouts[node], tuple) and any(self.is_seen(u) for u in node.users):
            return True  # a tuple or list: its items are objects of its own
        return any(self.effects[user].opaque for user in node.users)

    # -- questions about calls

    def is_pure(self, node: Node) -> bool:
        """Whether it only gives a result: it may move, come twice, or go when unused."""
        return self.effects[node].pure

    def writers(self, node: Node) -> List[Node]:
        """The nodes that may write to the memory of its value, in order."""
        found: Dict[Node, None] = {}
        for memory in self.memory(node):
            for writer in self._writers.get(memory, ()):
                found[writer] = None
        if not self.memory(node).isdisjoint(self._kept):
            for other, effects in self.effects.items():
                if effects.opaque:
                    found[other] = None
        return sorted(found, key=self.position.__getitem__)

    def is_written(self, node: Node, behind: Optional[Node] = None) -> bool:
        """Whether something may write to the memory of its value; only behind a node if given."""
        start = -1 if behind is None else self.position[behind]
        return any(self.position[writer] > start for writer in self.writers(node))

    def writes_outside(self, node: Node) -> bool:
        """Whether it may write to the memory of an input or a parameter."""
        effects = self.effects[node]
        return effects.opaque or any(self.is_outside(written) for written in effects.writes)

    def outputs(self) -> OutputSharing:
        """How the tensors of the output lie in memory."""
        leaves = self._leaves
        outside = [index for index, leaf in enumerate(leaves) if self.is_outside(leaf)]
        pairs = [
            (first, second)
            for first, one in enumerate(leaves)
            for second in range(first + 1, len(leaves))
            if one is not leaves[second] and self.may_share(one, leaves[second])
        ]
        return OutputSharing(leaves, tuple(outside), tuple(pairs))


def _result_count(node: Node) -> Optional[int]:
    """How many items the result has; ``None`` for a tensor, and where nothing is known."""
    meta: Any = node.meta.get("tensor_meta")
    is_structure = isinstance(meta, (tuple, list)) and not hasattr(meta, "_fields")
    return len(meta) if is_structure else None
