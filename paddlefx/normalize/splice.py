"""Changes of a body that are planned first and then made all at once."""

from __future__ import annotations

from typing import Dict, List, Tuple

from ..ir.body import Body, Edge, Node

__all__ = ["Splice"]


class Splice:
    """Insertions before nodes, and replacements of nodes by any number of them.

    What ends an expression comes before what begins one; of two that begin at a node, the one
    whose consumer stands later is the outer one and comes first.
    """

    def __init__(self, body: Body) -> None:
        self.body = body
        self._insertions: Dict[Node, List[Tuple[float, List[Node]]]] = {}
        self._replacements: Dict[Node, List[Node]] = {}

    def begin(self, at: Node, consumer: Node, nodes: List[Node]) -> None:
        """Insert where an expression begins that a consumer takes."""
        self._insertions.setdefault(at, []).append((-consumer.place, nodes))

    def end(self, at: Node, nodes: List[Node]) -> None:
        """Insert behind an expression; ``at`` is what follows it."""
        self._insertions.setdefault(at, []).append((float("-inf"), nodes))

    def replace(self, node: Node, nodes: List[Node]) -> None:
        """Put nodes in the place of one that falls through, none to take it out."""
        self._replacements[node] = nodes

    def shift(self, start: Node, consumer: Node, base: int, by: int) -> None:
        """Tell the nodes of an expression that ``by`` values more are on the stack below it.

        Args:
            start, consumer: the first node, and what takes the value.
            base: how many values were below; handlers that keep more keep ``by`` more of them.
            by: how many values were put there (taken away, if negative).
        """
        seen = {start}
        work = [start]
        while work:
            node = work.pop()
            if node is consumer:
                continue
            handler = node.handler
            following = list(node.succ)
            if handler is not None and handler.depth > base:
                node.handler = Edge(handler.node, handler.depth + by, handler.scopes)
                following.append(handler.node)
            for one in following:
                if one not in seen:
                    seen.add(one)
                    work.append(one)

    def apply(self) -> bool:
        """Make the changes; whether there were any."""
        if not self._insertions and not self._replacements:
            return False
        chains: Dict[Node, Tuple[List[Node], Node]] = {}
        for node in {**self._insertions, **self._replacements}:
            chain: List[Node] = []
            for _, nodes in sorted(self._insertions.get(node, ()), key=lambda pair: pair[0]):
                chain += nodes
            after = node
            if node in self._replacements:
                chain += self._replacements[node]
                after = node.succ[0]
            chains[node] = (chain, after)

        def target(node: Node) -> Node:
            while node in chains:
                chain, after = chains[node]
                if chain or after is node:
                    return chain[0] if chain else node
                node = after
            return node

        for node in list(self.body.walk()):
            node.succ = [target(following) for following in node.succ]
            if node.handler is not None:
                node.handler = node.handler._replace(node=target(node.handler.node))
        self.body.entry = target(self.body.entry)
        for node, (chain, after) in chains.items():
            ends = node if after is node else target(after)
            for one, following in zip(chain, [*chain[1:], ends]):
                one.succ = [following]
                if one.handler is not None:
                    one.handler = one.handler._replace(node=target(one.handler.node))
        return True
